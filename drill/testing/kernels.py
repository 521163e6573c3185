"""What a fake host's kernel keeps, for the commands of faults that ask it: a part of its state."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drill.ports import Completed

Command = Callable[[list[str]], Completed]
"""Answers a command's words."""


@dataclass
class FakeKernel:
    """The queues of a host's interfaces; ``lacks``: kinds of queues that it has no module for."""

    queues: dict[str, dict[str, object]] = field(default_factory=dict)
    """What is at an interface's root, where that is not the kernel's own."""
    lacks: frozenset[str] = frozenset()

    def commands(self) -> Mapping[str, Command]:
        """Return what it answers."""
        return {"tc": self._tc, "unshare": self._unshare}

    def power_off(self) -> None:
        """Lose what only a running kernel keeps."""
        self.queues.clear()

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
        kind = words[words.index("root") + 1]
        if kind in self.lacks:
            return Completed(2, "", "Error: Specified qdisc kind is unknown.")
        return Completed(0, "", "")
