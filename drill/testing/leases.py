"""The leasing program's machine and registry, in memory: all else of it is the real one."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Protocol

from typing_extensions import override

from drill.lease.answers import AnswerError, RefusedError
from drill.lease.machine import Machine
from drill.lease.program import answered, refusal, request
from drill.lease.registry import Registry
from drill.lease.requests import Values
from drill.lease.verbs import Host
from drill.ports import Completed
from drill.testing.disks import FakeDisk
from drill.testing.kernels import FakeKernel


class Acted(Protocol):
    """What a fake host must be able to do, to be a machine."""

    boot: int
    consent: dict[str, object] | None
    disk: FakeDisk
    kernel: FakeKernel

    @property
    def pids(self) -> Collection[int]:
        """Return the processes there are."""
        ...

    @property
    def hogs(self) -> Collection[int]:
        """Return the processes of the program itself."""
        ...

    def start(self, words: Sequence[str]) -> None:
        """Start the program once more."""
        ...

    def command(self, argv: Sequence[str], stdin: bytes) -> Completed:
        """Answer a command."""
        ...

    def file(self, name: str) -> str | None:
        """Return a file's text."""
        ...

    def signal(self, pid: int, name: str) -> None:
        """Have a process get a signal."""
        ...


class FakeMachine(Machine):
    """A :class:`~drill.lease.machine.Machine` that is a fake host."""

    def __init__(self, host: Acted) -> None:
        self._host = host

    @property
    @override
    def place(self) -> str:
        return str(self._host.disk.place)

    @override
    def run(self, *argv: str, given: str = "", most: float = 0) -> tuple[int, str, str]:
        told = self._host.command(argv, given.encode())
        return told.exit, told.out, told.err

    @override
    def text(self, path: str) -> str:
        return self._host.file(path) or ""

    @override
    def pids(self) -> list[int]:
        return list(self._host.pids)

    @override
    def kin(self) -> list[int]:
        return list(self._host.hogs)

    @override
    def start(self, *words: str) -> None:
        self._host.start(words)

    @override
    def cover(self, path: str) -> None:
        self._host.kernel.covers.append([path, "ro"])

    @override
    def strain(self, path: str, operation: str, most: int) -> tuple[float, bool]:
        return self._host.kernel.strain(operation, most)

    @override
    def kill(self, pid: int, name: str) -> None:
        self._host.signal(pid, name)

    @override
    def now(self) -> float:
        return monotonic()

    @override
    def boot(self) -> str:
        return str(self._host.boot)

    @override
    def consent(self) -> bytes:
        if self._host.consent is None:
            raise RefusedError("no consent: there is no marker with a good signature")
        return json.dumps(self._host.consent).encode()

    @override
    def wall(self) -> float:
        return self.now() + self._host.kernel.ahead

    @override
    def set_wall(self, seconds: float) -> None:
        self._host.kernel.ahead = round(seconds - self.now(), 1)


class FakeRegistry(Registry):
    """A :class:`~drill.lease.registry.Registry` that a test can look into: name to text."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    @override
    def read(self, name: str) -> Values | None:
        return json.loads(self.texts[name]) if name in self.texts else None

    @override
    def write(self, name: str, values: Values) -> None:
        self.texts[name] = json.dumps(values)

    @override
    def keep_room(self, name: str) -> None:
        pass

    @override
    def free_room(self, name: str) -> None:
        pass

    @override
    def remove(self, name: str) -> None:
        self.texts.pop(name, None)

    @override
    def names(self, suffix: str) -> list[str]:
        return sorted(name for name in self.texts if name.endswith(suffix))

    @override
    def is_held(self, name: str) -> bool:
        return True

    @override
    @contextmanager
    def hold(self, name: str, why: str, patience: float = 0) -> Iterator[bool]:
        yield True


def answer_of(
    machine: FakeMachine, registry: FakeRegistry, words: Sequence[str], given: str
) -> tuple[int, str]:
    """Return the exit status and the answer of the program to its words and its input."""
    host = Host(machine, registry, lambda: "B")
    verb, *flags = words
    try:
        if verb == "remove":
            host.must_be_idle()
            return 0, json.dumps({"ok": True, "removed": True})
        ask = request(verb, flags, lambda most: given.encode()[:most])
        return 0, json.dumps({"ok": True, **answered(host, verb, ask)})
    except AnswerError as error:
        return error.exit, json.dumps(refusal(error))
