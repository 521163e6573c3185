"""Fakes of what a plug-in is lent: a host in memory, its shell and its power switch.

A fake answers the commands that the built-in plug-ins send, and no others: an
unknown command ends with 127, as a shell's would. Its whole state is its
public attributes, so a test can set and compare them. The program that leases
faults is the real one (:mod:`drill.lease`), run on the fake as its machine.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from drill.errors import RefusedError, RemoteError, StoppedError
from drill.lease.machine import PROGRAM
from drill.model.names import TargetName
from drill.model.targets import Target
from drill.ports import Access, Cancel, Completed, SshLogin
from drill.testing.disks import FakeDisk
from drill.testing.kernels import FakeKernel
from drill.testing.leases import FakeMachine, FakeRegistry, answer_of
from drill.testing.postgres import FakePostgres
from drill.testing.tables import nft
from drill.testing.things import CONSENT, FakeProcess, FakeUnit


@dataclass
class FakeHost:
    """A small Debian host: units, processes, nftables tables, addresses, power."""

    units: dict[str, FakeUnit] = field(default_factory=dict)
    processes: dict[int, FakeProcess] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    """Tables of the family ``inet``, by name, as they were loaded."""
    addresses: dict[str, str] = field(default_factory=lambda: {"eth0": "10.10.0.11"})
    powered: bool = True
    linked: bool = True
    frozen: bool = False
    starting: int = 0
    """How often it still says that it is starting, when it is asked."""
    boot: int = 1
    consent: dict[str, object] | None = field(default_factory=lambda: dict(CONSENT))
    """What its marker says; ``None``: it has none with a good signature."""
    program: bytes = b""
    """What is where the leasing program belongs."""
    known: FakeRegistry = field(default_factory=FakeRegistry)
    disk: FakeDisk = field(default_factory=FakeDisk)
    """Its files, as far as faults of files go."""
    expiry: dict[str, str] = field(default_factory=dict)
    """Accounts, and when they expire (shadow(5))."""
    postgres: FakePostgres = field(default_factory=FakePostgres)
    kernel: FakeKernel = field(default_factory=FakeKernel)
    _next: int = 5000

    def add_unit(self, name: str, process: str) -> FakeUnit:
        """Add a running unit with one process."""
        unit = self.units[name] = FakeUnit()
        self._spawn(name, unit, process)
        return unit

    def command(self, argv: Sequence[str], stdin: bytes) -> Completed:
        """Answer a command."""
        name, *rest = argv
        known: dict[str, Callable[[list[str], str], Completed]] = {
            "systemctl": self._systemctl,
            "cat": self._cat,
            "nft": lambda words, stdin: nft(self.tables, words, stdin),
            "ip": self._ip,
            "python3": self._python,
            "sha256sum": self._sha256sum,
            "chage": self._chage,
            "id": self._id,
            "getent": self._getent,
            "install": self._install,
            "openssl": _openssl,
            "runuser": self.postgres.command,
            "true": lambda _words, _stdin: Completed(0, "", ""),
        }
        answer = known.get(name)
        if name in (of_kernel := self.kernel.commands()):
            return of_kernel[name]([word for word in rest if word != "--"])
        if answer is None:
            return Completed(127, "", f"{name}: not found")
        return answer([word for word in rest if word != "--"], stdin.decode())

    def power(self, on: bool) -> None:
        """Switch it: what was started by the boot comes back, nothing else does."""
        if on and not self.powered:
            self.boot += 1
            for name, unit in self.units.items():
                if unit.enabled == "enabled":
                    self._spawn(name, unit, name.partition(".")[0])
            if self.program:  # what the dead-man does at boot
                answer_of(FakeMachine(self), self.known, ["heal"], "")
        if not on:
            self.processes.clear()
            self.tables.clear()
            self.kernel.power_off()
        self.powered = self.linked = on

    def _spawn(self, name: str, unit: FakeUnit, process: str) -> None:
        said = "".join(self.kernel.runtime[path] for path in self._drop_ins(name).split())
        if "/bin/false" in said:
            unit.active, unit.main, unit.restarts = "activating", 0, unit.restarts + 1
            return
        self._next += 1
        unit.active, unit.main = "active", self._next
        maps = said.partition("LD_PRELOAD=")[2].partition("\n")[0]
        self.processes[self._next] = FakeProcess(process, name, started=self._next, maps=maps)

    def _systemctl(self, words: list[str], stdin: str) -> Completed:
        del stdin
        if words[0] == "is-system-running":
            self.starting = max(0, self.starting - 1)
            return Completed(0, "starting\n" if self.starting else "running\n", "")
        if words[0] == "reboot":
            self.power(on=False)
            self.power(on=True)
            self.starting = 3
            return Completed(0, "", "")
        if words[0] == "daemon-reload":
            return Completed(0, "", "")
        name = words[-1]
        unit = self.units.get(name)
        if words[0] == "show":
            return Completed(0, self._shown(name, unit), "")
        if unit is None:
            return Completed(5, "", f"Unit {name} not loaded.")
        if words[0] in {"stop", "restart"}:
            unit.active, unit.main = "inactive", 0
            self.processes = {i: p for i, p in self.processes.items() if p.unit != name}
        if words[0] in {"start", "restart"} and unit.active != "active":
            self._spawn(name, unit, name.partition(".")[0])
        return Completed(0, "", "")

    def _shown(self, name: str, unit: FakeUnit | None) -> str:
        if unit is None:
            return "LoadState=not-found\nActiveState=inactive\nMainPID=0\n"
        return (
            f"LoadState=loaded\nActiveState={unit.active}\nUnitFileState={unit.enabled}\n"
            f"MainPID={unit.main}\nControlGroup=/system.slice/{name}\n"
            f"FragmentPath=/lib/systemd/system/{name}\nDropInPaths={self._drop_ins(name)}\n"
            f"NRestarts={unit.restarts}\nType={unit.type}\n"
            f"Environment={unit.environment}\n"
        )

    def _drop_ins(self, name: str) -> str:
        within = f"/run/systemd/system/{name}.d/"
        return " ".join(path for path in self.kernel.runtime if path.startswith(within))

    def _install(self, words: list[str], stdin: str) -> Completed:
        self.kernel.runtime[words[-1]] = stdin
        return Completed(0, "", "")

    def _getent(self, words: list[str], stdin: str) -> Completed:
        del stdin
        login = words[-1]
        known = f"{login}:x:{1000 * (login != 'root')}:1000::/srv/{login}:/bin/sh\n"
        return Completed(0, known, "") if login in self.expiry else Completed(2, "", "")

    def _cat(self, files: list[str], stdin: str) -> Completed:
        del stdin
        found = [text for text in map(self.file, files) if text is not None]
        missing = len(files) - len(found)
        return Completed(1 if missing else 0, "".join(found), "No such file\n" * missing)

    def file(self, name: str) -> str | None:
        """Return a file's text; ``None``: there is no such file."""
        known = {
            "/proc/sys/kernel/random/boot_id": "kernel\n",
            "/etc/machine-id": f"{CONSENT['host']}\n",
            "/proc/1/stat": f"1 (systemd) S {' '.join('0' * 18)} {self.boot} 0\n",
            **self.kernel.files([process.words for process in self.processes.values()]),
        }
        if name in known:
            return known[name]
        if name.startswith("/sys/fs/cgroup/system.slice/"):
            unit = name.split("/")[5]
            return "".join(f"{i}\n" for i, p in self.processes.items() if p.unit == unit)
        if name == "/etc/shadow":
            return "".join(f"{each}:*:1:0:9:7::{at}:\n" for each, at in self.expiry.items())
        match = re.fullmatch(r"/proc/(\d+)/(stat|cgroup|cmdline|maps)", name)
        process = self.processes.get(int(match[1])) if match else None
        if match is None or process is None:
            return None
        if match[2] == "maps":
            return process.maps
        if match[2] == "cgroup":
            return f"0::/system.slice/{process.unit}\n"
        if match[2] == "cmdline":
            return "\0".join(["python3", "-I", PROGRAM, *process.words])
        zeros = " ".join("0" * 10 + "1" * 8)
        return f"{match[1]} ({process.name}) {process.state} {zeros} {process.started} 0\n"

    @property
    def pids(self) -> tuple[int, ...]:
        """Return the processes there are."""
        return tuple(i for i, process in self.processes.items() if not process.words)

    @property
    def hogs(self) -> tuple[int, ...]:
        """Return the processes of the leasing program."""
        return tuple(i for i, process in self.processes.items() if process.words)

    def start(self, words: Sequence[str]) -> None:
        """Start the leasing program: a hog of processes is as many more, one of a disk mounts."""
        if words[2] == "disk" and "fuse" not in self.kernel.lacks:
            self.kernel.ail(json.loads(words[3]))
        for _ in range(1 + (int(words[3]) if words[2] == "processes" else 0)):
            self._next += 1
            self.processes[self._next] = FakeProcess("python3", words=tuple(words))

    def signal(self, pid: int, name: str) -> None:
        """Have a process get a signal."""
        if pid not in self.processes:
            return
        if name in {"STOP", "CONT"}:
            self.processes[pid].state = "T" if name == "STOP" else "S"
        else:
            self._bury(pid)
        if name == "USR1":
            self.kernel.ails.clear()

    def _bury(self, pid: int) -> None:
        unit = self.units.get(self.processes.pop(pid).unit)
        if unit is not None and unit.main == pid:
            unit.active, unit.main = "failed", 0

    def _ip(self, words: list[str], stdin: str) -> Completed:
        del stdin
        address = self.addresses.get(words[-1])
        if address is None:
            return Completed(1, "", f'Device "{words[-1]}" does not exist.')
        return Completed(0, json.dumps([{"addr_info": [{"local": address}]}]), "")

    def _chage(self, words: list[str], stdin: str) -> Completed:
        del stdin
        self.expiry[words[-1]] = "" if words[1] == "-1" else words[1]
        return Completed(0, "", "")

    def _id(self, words: list[str], stdin: str) -> Completed:
        del stdin
        if words[-1] not in self.expiry:
            return Completed(1, "", "no such user")
        number = "0" if words[-1] == "root" else "1000"
        return Completed(0, f"{number if words[0] == '-u' else words[-1]}\n", "")

    def _sha256sum(self, files: list[str], stdin: str) -> Completed:
        del stdin
        if files != [PROGRAM] or not self.program:
            return Completed(1, "", "No such file or directory")
        return Completed(0, f"{self._digest}  {PROGRAM}\n", "")

    def _python(self, words: list[str], stdin: str) -> Completed:
        if words[1] == "-c":
            self.program = stdin.encode()
            return Completed(0, "", "")
        if words[1] != PROGRAM or not self.program:
            return Completed(2, "", "can't open file")
        exit_, answer = answer_of(FakeMachine(self), self.known, words[2:], stdin)
        if words[2] == "remove" and not exit_:
            self.program, self.known = b"", FakeRegistry()
        if words[2] == "probe":
            answer = json.dumps({**json.loads(answer), "program": self._digest})
        return Completed(exit_, answer, "")

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self.program).hexdigest()


def _openssl(words: list[str], stdin: str) -> Completed:
    """Make what looks like a certificate from what it is made from."""
    digest = hashlib.sha256("\n".join([*words, stdin]).encode()).hexdigest()
    return Completed(0, f"-----BEGIN CERTIFICATE-----\n{digest}\n-----END CERTIFICATE-----\n", "")


class FakeRemote:
    """A :class:`~drill.ports.Remote` of a :class:`FakeHost`; ``sent`` is every command it got."""

    def __init__(self, host: FakeHost) -> None:
        self._host = host
        self.sent: list[tuple[str, ...]] = []

    def run(
        self, argv: Sequence[str], cancel: Cancel, *, stdin: bytes = b"", root: bool = False
    ) -> Completed:
        """Answer at once; nobody answers without power, or when told to stop."""
        del root
        if cancel.requested():
            raise StoppedError("told to stop")
        if not self._host.powered:
            raise RemoteError("no route to host")
        if self._host.frozen:
            raise RemoteError("no answer")
        self.sent.append(tuple(argv))
        return self._host.command(argv, stdin)


class FakePower:
    """A :class:`~drill.ports.Power` of a :class:`FakeHost`."""

    def __init__(self, host: FakeHost) -> None:
        self._host = host

    def off(self) -> None:
        """Cut its power."""
        self._host.power(on=False)

    def on(self) -> None:
        """Give it power."""
        self._host.power(on=True)

    def is_on(self) -> bool:
        """Read the switch."""
        return self._host.powered

    def replace_disk(self) -> None:
        """Let all that was installed be gone."""
        self._host.power(on=False)
        self._host.units.clear()
        self._host.program, self._host.known = b"", FakeRegistry()
        self._host.power(on=True)

    def freeze(self, seconds: float) -> None:
        """Stop it; a fake has no time, so it stays so until it is thawed."""
        del seconds
        self._host.frozen = True

    def keep_frozen(self, seconds: float) -> None:
        """Decline, if somebody thawed it."""
        del seconds
        if not self._host.frozen:
            raise RefusedError("it is not frozen")

    def thaw(self) -> None:
        """Let it go on."""
        self._host.frozen = False

    def is_frozen(self) -> bool:
        """Read the state."""
        return self._host.frozen

    def link(self, up: bool) -> None:
        """Plug its data link in or out."""
        self._host.linked = up

    def link_is_up(self) -> bool:
        """Read the port."""
        return self._host.linked


def access_to(host: FakeHost) -> Access:
    """Return what a plug-in is lent of a fake host."""
    return Access(
        target=Target(name=TargetName("db1"), site="a", address="10.10.0.11"),
        remote=FakeRemote(host),
        power=FakePower(host),
        login=SshLogin("10.99.0.11", 22, "drill", Path("key"), Path("known_hosts")),
        environment="lab",
        group="test",
    )
