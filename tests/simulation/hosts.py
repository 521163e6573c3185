"""Hosts that hold faults by the real leasing program, in virtual time.

Of :mod:`drill.lease` everything runs but its locks, its files and its loop: the
machine is a fake, the registry a dict, and the dead-man looks when the real one
would, at the latest. The host is the worst there can be: what was broken stays
broken when it boots again.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from exercise.stories import SECOND
from simulation.virtual import World
from typing_extensions import override

from drill.errors import RefusedError, RemoteError
from drill.faults.service import Stop, StopParams
from drill.hosts import warden
from drill.hosts.program import program
from drill.lease.answers import AnswerError
from drill.lease.deadman import AGAIN, TICK
from drill.lease.machine import PROGRAM
from drill.lease.verbs import Host
from drill.model.outcome import Done
from drill.ports import Access, Completed
from drill.testing.cancels import HandCancel
from drill.testing.hosts import FakeHost
from drill.testing.leases import FakeMachine, answer_of

STOP = Stop()
RIVAL = "rival.service"
RIVAL_LEASE = 20
OVERRUN = 5.0
"""Seconds that a fault may outlive its lease (P1)."""
BOOTED = 60.0
"""Seconds after a boot within which what stands must be gone (P1)."""


def params_of(step: str, ttl: int) -> StopParams:
    return StopParams(unit=f"{step}.service", lease=timedelta(seconds=ttl))


class Machine(FakeMachine):
    """A fake machine on virtual time, where what does not hold at once never will."""

    @override
    def now(self) -> float:
        return self._host.world.ns / SECOND

    @override
    def wait(self, holds, seconds):
        return holds()


@dataclass
class Effect:
    """A unit that was stopped, and what was known then."""

    unit: str
    ns: int
    intents: int
    """How many records of the journal were durable."""
    allowed: bool
    """The registry held a token for it that was active, and nobody had undone it before."""


@dataclass
class SimHost(FakeHost):
    """A host with one unit an inject, each of which it can stop and start."""

    name: str = ""
    world: World = field(default_factory=World)
    mark: Callable[[str], None] = print
    durable: Callable[[], int] = int
    """How many records of the journal are durable right now."""
    controlled: Callable[[], bool] = bool
    """Whether a controller lives right now."""
    stiff: dict[str, int] = field(default_factory=dict)
    """For a unit: how often its start fails before it works."""
    dies_for: float | None = None
    """Seconds for which its power fails, in the midst of the next effect."""
    effects: list[Effect] = field(default_factory=list)
    overruns: list[str] = field(default_factory=list)
    """Faults that outlived their lease for too long."""
    undone: set[str] = field(default_factory=set)
    """Units of which an undo was answered with yes."""
    _until: dict[str, float] = field(default_factory=dict)
    """For a unit: when its lease ends, in seconds of true time."""
    _booted: float = 0.0
    _failures: int = 0

    def __post_init__(self) -> None:
        self.program = program()
        self.add_unit(RIVAL, "rival")

    @property
    def faulted(self) -> list[str]:
        return [name for name, unit in self.units.items() if unit.active != "active"]

    @property
    def _now(self) -> float:
        return self.world.ns / SECOND

    @property
    def _host(self) -> Host:
        return Host(Machine(self), self.known, lambda: "A")

    def go_down(self, seconds: float) -> None:
        """Lose power, for so long; what was broken before is broken after."""
        if not self.powered:
            return
        if self.faulted:
            self.mark("host down while faulted")
        self.powered = False
        self.world.later(seconds, self._boot)

    def _boot(self) -> None:
        self.powered = True
        self.boot += 1
        self._booted = self._now
        self.world.later(TICK, self.look)

    def look(self) -> None:
        """Do what the dead-man does: end what nobody renewed; try again what did not end."""
        if not self.powered:
            return
        for record in list(self._host.live()):
            if self._host.left(record["token"]):
                continue
            try:
                self._host.undo({"token": record["token"], "by": "lease"})
            except AnswerError:
                self.mark("dead-man tries again")
                self._failures += 1
                self.world.later(AGAIN, self.look)
            else:
                alone = "with" if self.controlled() else "without"
                if record["state"] == "active":
                    self.undone |= {record["params"]["unit"]} - {RIVAL}
                    self.mark(f"lease healed {alone} a controller")

    def meddle(self, access: Access) -> None:
        """Let another run try what only the owner may; then let it break something and die."""
        cancel = HandCancel()
        for record in list(self._host.live()):
            if record["params"]["unit"] == RIVAL:
                continue
            receipt = {"token": record["token"]}
            outcome = warden.inject(access, receipt, cancel)
            assert not isinstance(outcome, Done), "somebody else's token was injected"
            try:
                warden.renew(access, receipt, cancel)
            except RefusedError:
                self.mark("another run refused")
            else:
                raise AssertionError("somebody else's lease was renewed")
        try:
            params = params_of("rival", RIVAL_LEASE)
            receipt = STOP.prepare(access, params, cancel)
        except RefusedError:  # it did the same before
            return
        STOP.apply(access, params, receipt, cancel)

    @override
    def _python(self, words, stdin):
        if words[1] == "-c" or words[1] != PROGRAM:
            return super()._python(words, stdin)
        verb, ask = words[2], json.loads(stdin or "{}")
        exit_, answer = answer_of(Machine(self), self.known, words[2:], stdin)
        self._note(verb, ask.get("token", ""), json.loads(answer))
        return Completed(exit_, answer, "")

    def _note(self, verb: str, token: str, answer: dict) -> None:
        record = self.known.read(f"{token}.json") or {}
        unit = record.get("params", {}).get("unit", "")
        if not answer["ok"]:
            self.mark(f"{verb} refused: {_kind_of(answer['error'])}")
        elif verb in {"arm", "renew"}:
            self._until[unit] = self._now + record["ttl"]
            self.world.later(record["ttl"] + TICK, self.look)
        elif verb == "undo":
            self.undone.add(unit)

    @override
    def _systemctl(self, words, stdin):
        verb, name = words[0], words[-1]
        if verb == "stop" and self.units[name].active == "active":
            return self._stop(words, name)
        if verb == "start" and self.stiff.get(name, 0):
            self.stiff[name] -= 1
            self.mark("way back failed")
            return Completed(1, "", "it does not start")
        before = self.units[name].active if name in self.units else ""
        told = super()._systemctl(words, stdin)
        if verb == "start" and before != "active":
            self._see_in_time(name)
        return told

    def _stop(self, words, name):
        states = [
            record["state"]
            for record in map(self.known.read, self.known.names(".json"))
            if record.get("params", {}).get("unit") == name
        ]
        allowed = "active" in states and name not in self.undone
        self.effects.append(Effect(name, self.world.ns, self.durable(), allowed))
        seconds, self.dies_for = self.dies_for, None
        told = super()._systemctl(words, "")
        if seconds is not None:
            self.mark("host died in the midst of an effect")
            self.go_down(seconds)
            raise RemoteError("the host is gone")
        return told

    def _see_in_time(self, name: str) -> None:
        """See that a fault did not outlive its lease by more than was promised."""
        late = self._now - self._until[name]
        boot = self._now - self._booted if self._booted else BOOTED + 1
        allowed = OVERRUN + self._failures * (AGAIN + TICK)
        if late > allowed and boot > BOOTED + self._failures * (AGAIN + TICK):
            self.overruns.append(f"{self.name}: {name} stood {late:.1f} s longer than its lease")


def _kind_of(error: str) -> str:
    """Return which refusal it was, for the situations that must occur."""
    known = ("is undone", "lease has ended", "already", "somebody else's", "nothing to break")
    return next((each for each in known if each in error), error)
