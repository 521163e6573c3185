"""A piece of wire that can be cut, reset or fall silent in either direction."""

import contextlib
import socket
import struct
import threading

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no seconds: closing sends a reset (tcp(7))
_CHUNK = 1 << 16


class Relay:
    """Passes on what comes to ``port``, on loopback, to another one."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._asks, self._answers = threading.Event(), threading.Event()
        self._wires: list[socket.socket] = []
        self.silence(asks=True, answers=True)
        threading.Thread(target=self._serve, daemon=True).start()

    def silence(self, *, asks: bool, answers: bool) -> None:
        """Say what passes from now on; what does not is kept until it does."""
        for way, passes in ((self._asks, asks), (self._answers, answers)):
            (way.set if passes else way.clear)()

    def cut(self, *, reset: bool) -> None:
        """End every connection, to both sides."""
        wires, self._wires = self._wires, []
        for wire in wires:
            with contextlib.suppress(OSError):
                if reset:
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                else:
                    wire.shutdown(socket.SHUT_RDWR)
            wire.close()

    def close(self) -> None:
        self.silence(asks=True, answers=True)
        self._door.close()
        self.cut(reset=True)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # the door was closed
            while True:
                near, _ = self._door.accept()
                far = socket.socket()
                if far.connect_ex(("127.0.0.1", self._to)):
                    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    near.close()
                    far.close()
                    continue
                self._wires += [near, far]
                if self._door.fileno() < 0:  # closed meanwhile, and the wires with it
                    self.cut(reset=True)
                for ends in ((near, far, self._asks), (far, near, self._answers)):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, way: threading.Event) -> None:
        source.settimeout(0.02)  # so that a cut is noticed: closing wakes no reader
        with contextlib.suppress(OSError):
            while source.fileno() >= 0:
                try:
                    data = source.recv(_CHUNK)
                except TimeoutError:
                    continue
                way.wait()
                if not data:
                    break
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
