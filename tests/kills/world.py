"""A small world that outlives its controller: faults are files, and other processes make them."""

import os
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from exercise.stories import opening_of, scenario_of

from drill.graph.plan import plan_of
from drill.model.base import Model
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.targets import Target
from drill.plugins import Registry, Shelf
from drill.ports import Access, Reading, Remote

HOST = Path(__file__).with_name("host.sh")
TAKES = 0.012
"""Seconds that the host takes for an effect."""
LATE = 1.0
"""Seconds that the network holds an inject back, where it does: longer than a restart takes."""

_ACTING = {"on": "host", "timeout": "20s", "on-failure": "continue"}
STEPS = {
    "cut-off": {"inject": "a.fault", "until": "mend.ended", **_ACTING},
    "stop-it": {"inject": "a.fault", "after": ["cut-off.ended"], **_ACTING},
    "mend": {"recover": "an.action", "after": ["stop-it.ended"], **_ACTING},
    "look": {"check": "a.probe", "after": ["cut-off.undone"], **_ACTING},
}
"""Two faults, of which one is undone on the way and one at the end; nothing stops by itself."""

PLAN = replace(
    plan_of(
        scenario_of({id_: {**step, "with": {"of": id_}} for id_, step in STEPS.items()}),
        (Target(name="host", site="a", address="192.0.2.1"),),
        {},
    ),
    undo_timeout=timedelta(seconds=20),
    undo_pause=timedelta(milliseconds=20),
)
OPENING = opening_of(PLAN).model_copy(update={"mode": "live"})


@dataclass(frozen=True)
class World:
    """A directory with the run's journal, the host, and what was sent to it."""

    home: Path

    @property
    def journal(self) -> Path:
        return self.home / "run" / "journal.jsonl"

    @property
    def durable(self) -> Path:
        """How many bytes of the journal were flushed, as decimal digits."""
        return self.home / "durable"

    @property
    def sent(self) -> Path:
        """One line for each inject that was sent: its token, and whether that was allowed."""
        return self.home / "sent"

    @property
    def host(self) -> Path:
        return self.home / "host"

    def make(self) -> None:
        for name in ("faults", "tombs", "locks"):
            (self.host / name).mkdir(parents=True)
        (self.host / "log").touch()
        self.sent.touch()

    def log(self) -> list[tuple[str, str, str, str]]:
        """Return verb, step, token, and what came of it, as it happened."""
        return [tuple(line.split()) for line in (self.host / "log").read_text().splitlines()]

    def times(self, verb: str, token: str, came: str) -> int:
        """Count how often something came of a verb."""
        return [(v, t, c) for v, _, t, c in self.log()].count((verb, token, came))

    def effects(self) -> list[tuple[str, str, str]]:
        """Return verb, step and token of every effect, as they happened."""
        return [(verb, step, token) for verb, step, token, came in self.log() if came == "effect"]

    def faults(self) -> list[str]:
        """Return the tokens of the faults that stand in the world."""
        return sorted(path.name for path in (self.host / "faults").iterdir())

    def intends(self, token: str) -> bool:
        """Tell whether the flushed part of the journal has a receipt with that token."""
        flushed = self.journal.read_bytes()[: int(self.durable.read_text())]
        lines = flushed.splitlines()
        return any(b'"fault-prepared"' in line and token.encode() in line for line in lines)


class Named(Model):
    """Which step it is of: the host writes it down."""

    of: str


class Asking:
    """Asks the host."""

    params = Named
    removal = "the file is removed and looked for"

    def __init__(self, world: World) -> None:
        self._world = world

    def ask(self, on: Access, verb: str, step: str, token: str, cancel) -> int:
        assert on.remote is not None
        argv = ["/bin/sh", str(HOST), str(self._world.host), verb, step, token]
        return on.remote.run(argv, cancel).exit


class File(Asking):
    """A fault: a file that the host makes, some time after it is asked to."""

    def prepare(self, on, params, cancel):
        token = uuid.uuid4().hex
        if self.ask(on, "capture", params.of, token, cancel):
            raise AssertionError("the token is not new")
        return {"token": token}

    def apply(self, on, params, receipt, cancel):
        token = str(receipt["token"])
        allowed = self._world.intends(token)
        note_durably(self._world.sent, f"{token} {'allowed' if allowed else 'hasty'}\n")
        return self._outcome(self.ask(on, "inject", params.of, token, cancel))

    def undo(self, on, params, receipt, cancel):
        return self._outcome(self.ask(on, "undo", params.of, str(receipt["token"]), cancel))

    def _outcome(self, exit_):
        if exit_ == 3:
            return Failed(error="this token was undone before")
        return Done() if exit_ == 0 else Indeterminate(error=f"the host said {exit_}")


class Mend(Asking):
    """A recovery that must not happen twice."""

    def apply(self, on, params, cancel, say):
        exit_ = self.ask(on, "recover", params.of, "mend", cancel)
        return Done() if exit_ == 0 else Failed(error=f"the host said {exit_}")


class Look(Asking):
    """Sees whether the fault that was undone on the way is gone."""

    def observe(self, on, params, cancel):
        good = self.ask(on, "look", params.of, "look", cancel) == 0
        return Reading(state="good" if good else "bad")


def note_durably(path: Path, line: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(fd, line.encode())
        os.fsync(fd)
    finally:
        os.close(fd)


def registry_of(world: World) -> Registry:
    return Registry(
        actions=Shelf("action", "", {"an.action": Mend(world)}),
        faults=Shelf("fault", "", {"a.fault": File(world)}),
        probes=Shelf("probe", "", {"a.probe": Look(world)}),
        ledgers=Shelf("ledger", "", {}),
    )


def access_of(remote: Remote) -> Access:
    return Access(PLAN.targets["host"], remote)
