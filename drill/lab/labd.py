"""Pid 1 of the lab: brings wires and hosts up, then serves the fabric and reaps the dead."""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from typing import NoReturn

from drill.lab import disk, network
from drill.lab.blueprint import Blueprint, Mark
from drill.lab.control import Control
from drill.lab.kernel import MountFlag, mount, set_host_name
from drill.lab.machine import Machine
from drill.lab.readiness import await_page, await_ssh
from drill.lab.router import fork_router

_SLOW_CLIENT = 2.0
"""Seconds that a client may take to say what it wants."""
_DYING = 10.0
"""Seconds that a killed host may take to be gone before it is powered on again."""
_BOOT = 60.0
"""Seconds until every host must answer SSH."""
_SERVICES = 60.0
"""Seconds from there until the services must work."""


class Labd:
    """The lab's only long-lived logic; single-threaded."""

    def __init__(self, blueprint: Blueprint, say: Callable[[Mark], None]) -> None:
        self._blueprint = blueprint
        self._spec = blueprint.spec
        self._say = say
        self._born = time.monotonic()
        self._machines = {name: Machine(name, blueprint) for name in self._spec.hosts}
        self._router = 0

    def run(self) -> NoReturn:
        """Bring everything up, say so, then serve until killed."""
        mount("none", "/", None, MountFlag.REC | MountFlag.PRIVATE)
        mount("proc", "/proc", "proc", MountFlag.NOSUID | MountFlag.NODEV | MountFlag.NOEXEC)
        set_host_name(f"lab-{self._spec.name}")
        self._wire()
        for machine in self._machines.values():
            machine.prepare()
        disk.introduce(self._blueprint.directory / "hosts", self._spec)
        self._mark("disks")
        for machine in self._machines.values():
            machine.power_on()
        self._mark("power")
        self._await_ready()
        self._serve()

    def _wire(self) -> None:
        self._router, start = fork_router(self._spec)
        network.ip_batch(network.backbone(self._spec, self._router))
        start()
        network.ip_batch(network.routes(self._spec))
        self._mark("network")

    def _await_ready(self) -> None:
        missing = await_ssh(self._spec, limit=_BOOT)
        if missing:
            raise OSError(f"no SSH within {_BOOT:.0f} s from {', '.join(missing)}")
        self._mark("ssh")
        page = self._spec.ready
        if page is None or self._blueprint.layers is None:
            return
        if not await_page(page, limit=_SERVICES):
            raise OSError(f"{page.address}:{page.port}{page.path} not 200 within {_SERVICES:.0f} s")
        self._mark("services")

    def _mark(self, step: str) -> None:
        self._say(Mark(step=step, seconds=time.monotonic() - self._born))

    def _serve(self) -> NoReturn:
        control = Control(self._spec, self._machines, self._router, self._await_reaped)
        with _listen(self._blueprint) as server, selectors.DefaultSelector() as selector:
            selector.register(server, selectors.EVENT_READ)
            selector.register(_child_alarm(), selectors.EVENT_READ)
            self._say(Mark(step="fabric", seconds=time.monotonic() - self._born, ready=True))
            while True:
                for key, _ in selector.select(control.until_thaw()):
                    if key.fileobj is server:
                        _answer(server, control)
                    else:
                        os.read(key.fd, 4096)
                self._reap()
                control.thaw_due()

    def _reap(self) -> None:
        """Take note of every dead child; pid 1 gets the lab's orphans too."""
        while True:
            try:
                pid, ending = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._mourn(pid, os.waitstatus_to_exitcode(ending))

    def _mourn(self, pid: int, ending: int) -> None:
        if pid == self._router:  # a lab without its router would lie: let the kernel end it all
            os._exit(1)
        for machine in self._machines.values():
            if machine.pid == pid:
                machine.reaped()
                if ending == -signal.SIGHUP:  # reboot(2) inside a pid namespace
                    machine.power_on()

    def _await_reaped(self, machine: Machine) -> None:
        deadline = time.monotonic() + _DYING
        while machine.pid is not None:
            if time.monotonic() > deadline:
                raise OSError(f"{machine.name}: its last processes still die after {_DYING:.0f} s")
            time.sleep(0.002)
            self._reap()


def _listen(blueprint: Blueprint) -> socket.socket:
    """Bind by relative name: a socket's address ends at 107 bytes (unix(7))."""
    os.chdir(blueprint.directory)
    blueprint.socket.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(blueprint.socket.name)
    blueprint.socket.chmod(0o600)
    server.listen(16)
    os.chdir("/")
    return server


def _child_alarm() -> int:
    """Return a descriptor that is readable after a child died."""
    readable, writable = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    return readable


def _answer(server: socket.socket, control: Control) -> None:
    client, _ = server.accept()
    client.settimeout(_SLOW_CLIENT)
    try:
        with client, client.makefile("rb") as lines:
            client.sendall(control.answer(lines.readline()).model_dump_json().encode() + b"\n")
    except OSError:  # the client went away: nothing to tell it
        return
