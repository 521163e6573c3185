"""What a fake host's kernel keeps, for the commands of faults that ask it: a part of its state."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from drill.lease.skew import OWN_MACHINE
from drill.ports import Completed

Command = Callable[[list[str]], Completed]
"""Answers a command's words."""


@dataclass
class FakeKernel:
    """The queues of a host's interfaces; ``lacks``: modules and libraries that it has not."""

    queues: dict[str, dict[str, object]] = field(default_factory=dict)
    """What is at an interface's root, where that is not the kernel's own."""
    lacks: frozenset[str] = frozenset()
    memory: int = 4096
    """MiB, half of which is available."""
    most_processes: int = 32768
    release: str = "6.1.0-18-amd64"
    ahead: float = 0.0
    """Seconds by which its wall clock is ahead of the other one."""
    synchronised: bool = False
    """Whether NTP keeps the wall clock right."""
    spaces: str = OWN_MACHINE
    covers: list[list[str]] = field(default_factory=list)
    """Directories with something mounted over them, whether that is ``ro`` or ``rw``, and from
    where, if that is not the disk."""
    ails: dict[str, object] = field(default_factory=dict)
    """What the file system that ails a directory was told."""
    room: dict[str, int] = field(default_factory=lambda: {"/srv": 1000})
    """MiB that the file systems of its directories have free when nothing fills them."""
    fills: dict[str, int] = field(default_factory=dict)
    """Files that take some of it, by path."""
    compiled: frozenset[str] = frozenset()
    """Executables of processes that are programs in Go, by their path in /proc."""
    runtime: dict[str, str] = field(default_factory=dict)
    """Files of /run, which are gone with the power, and what they say."""

    def commands(self) -> Mapping[str, Command]:
        """Return what it answers."""
        return {
            "tc": self._tc,
            "unshare": self._unshare,
            "readlink": self._readlink,
            "timedatectl": lambda _: Completed(0, "yes" if self.synchronised else "no", ""),
            "env": lambda _: Completed(0, "2026" if "libfaketime" in self.lacks else "2000", ""),
            "grep": lambda words: Completed(int(words[-1] not in self.compiled), "", ""),
            "stat": self._stat,
            "fallocate": self._fallocate,
            "rm": self._rm,
            "rmdir": lambda _: Completed(0, "", ""),
            "sync": lambda words: self._named(words[-1], ""),
            "test": lambda words: self._test(*words),
            "dd": lambda _: Completed(int("fuse" in self.lacks), "", "No such device"),
            "mount": self._remount,
            "umount": self._umount,
        }

    def files(self, hogs: Sequence[Sequence[str]]) -> Mapping[str, str]:
        """Return the files of /proc that say how much there is, less what hogs have taken."""
        floors = [int(words[3]) for words in hogs if "memory" in words]
        free = min([self.memory // 2, *floors])
        return {
            "/proc/meminfo": f"MemTotal: {self.memory << 10} kB\nMemAvailable: {free << 10} kB\n",
            "/proc/stat": "cpu  1 1\ncpu0 1 1\ncpu1 1 1\nintr 1\n",
            "/proc/loadavg": f"0.1 0.1 0.1 1/{len(hogs)} 9\n",
            "/proc/sys/kernel/pid_max": f"{self.most_processes}\n",
            "/proc/sys/kernel/osrelease": f"{self.release}\n",
            "/proc/self/mountinfo": "".join(
                f"9 8 0:1 / {path} {mode},relatime - {'fuse' if source else 'ext4'} "
                f"{' '.join(source) or 'disk'} rw\n"
                for path, mode, *source in [["/", "rw"], *self.covers]
            ),
            "/proc/sys/kernel/threads-max": "60000\n",
            "/proc/net/tcp": "".join(["listening\n", *map(_listening, hogs)]),
            **self.runtime,
        }

    def power_off(self) -> None:
        """Lose what only a running kernel keeps."""
        self.ahead = 0.0
        self.queues.clear()
        self.covers.clear()
        self.ails.clear()
        self.runtime.clear()

    def _tc(self, words: list[str]) -> Completed:
        if words[:3] == ["-j", "qdisc", "show"]:
            own = {"kind": "noqueue", "handle": "0:", "root": True, "options": {}}
            return Completed(0, json.dumps([self.queues.get(words[-1], own)]), "")
        verb, interface = words[1], words[3]
        if (verb == "add") == (interface in self.queues):
            return Completed(2, "", "Error: Exclusivity flag on, cannot modify.")
        if verb == "delete":
            del self.queues[interface]
            return Completed(0, "", "")
        handle, kind, *options = words[6:]
        if kind in self.lacks:
            return Completed(2, "", "Error: Specified qdisc kind is unknown.")
        told = dict(zip(options[::2], options[1::2], strict=False))
        self.queues[interface] = {"kind": kind, "handle": handle, "root": True, "options": told}
        return Completed(0, "", "")

    def _unshare(self, words: list[str]) -> Completed:
        kind = "nat" if "nft" in words else words[words.index("root") + 1]
        if kind in self.lacks:
            return Completed(2, "", "Error: Specified qdisc kind is unknown.")
        return Completed(0, "", "")

    def _named(self, path: str, told: str) -> Completed:
        known = path in self.room or path in self.fills
        return Completed(0, told, "") if known else Completed(1, "", "No such file or directory")

    def _readlink(self, words: list[str]) -> Completed:
        if words[-1].startswith("/proc/self/ns/"):
            return Completed(0, self.spaces, "")
        return self._named(words[-1], words[-1])

    def _stat(self, words: list[str]) -> Completed:
        path = words[-1]
        if words[0] != "-f":
            return self._named(path, "directory" if path in self.room else "regular file")
        free = self.room[path] - sum(self.fills.values())
        return self._named(path, f"{free * 256} 4096 ext2/ext3")

    def _fallocate(self, words: list[str]) -> Completed:
        self.fills[words[-1]] = int(words[1].removesuffix("MiB"))
        return Completed(0, "", "")

    def _rm(self, words: list[str]) -> Completed:
        self.fills.pop(words[-1], None)
        self.runtime.pop(words[-1], None)
        return Completed(0, "", "")

    def ail(self, told: dict[str, object]) -> None:
        """Have a directory's disk ail, as a file system that is mounted over it."""
        self.ails = told
        self.covers.append([str(told["directory"]), "rw", f"drill-{told['token']}"])

    def strain(self, operation: str, most: int) -> tuple[float, bool]:
        """Tell how long an operation takes, and whether it fails, tried so often."""
        if operation not in str(self.ails.get("operations")):
            return 0.0, False
        return float(str(self.ails.get("delay", 0))) / 1000, "percent" in self.ails and most > 0

    def _test(self, what: str, path: str) -> Completed:
        if what == "-e":
            return Completed(int(not self.ails), "", "")
        modes = [mode for covered, mode, *_ in self.covers if covered == path]
        return Completed(int(modes[-1:] == ["ro"]), "", "")

    def _remount(self, words: list[str]) -> Completed:
        next(each for each in reversed(self.covers) if each[0] == words[-1])[1] = "rw"
        return Completed(0, "", "")

    def _umount(self, words: list[str]) -> Completed:
        del self.covers[max(i for i, each in enumerate(self.covers) if each[0] == words[-1])]
        return Completed(0, "", "")


def _listening(hog: Sequence[str]) -> str:
    """Return the line of /proc/net/tcp of a hog that is a relay."""
    port = int(hog[3].partition(",")[0]) if "relay" in hog else 0
    return f" 0: 00000000:{port:04X} 00000000:0000 0A\n" if port else ""
