"""Plug-ins that do what a test tells them, and a crew made of them."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from drill.crews.secrets import Secrets
from drill.crews.threads import Means, Threads
from drill.engine.clock import SystemClock
from drill.model.base import Model
from drill.model.outcome import Done
from drill.model.steps import Inject, Recover
from drill.model.targets import Target
from drill.plugins import Registry, Shelf
from drill.ports import Access, Order, Reading


class Anything(Model):
    text: str = ""


@dataclass
class Doing:
    """An action that does what its ``act`` says."""

    act: Any
    params: type[Model] = Anything

    def apply(self, on, params, cancel, say):
        return self.act(on, params, cancel, say)


@dataclass
class Breaking:
    """A fault that notes what was called, in order."""

    calls: list[str] = field(default_factory=list)
    params: type[Model] = Anything
    removal: str = "put back"

    def prepare(self, on, params, cancel):
        self.calls.append("prepare")
        return {"was": "well"}

    def apply(self, on, params, receipt, cancel):
        self.calls.append("apply")
        return Done()

    def undo(self, on, params, receipt, cancel):
        self.calls.append(f"undo {dict(receipt)}")
        return Done()


@dataclass
class Looking:
    """A probe that gives one reading after the other, the last for ever."""

    readings: list[Reading]
    params: type[Model] = Anything
    lock: threading.Lock = field(default_factory=threading.Lock)

    def observe(self, on, params, cancel):
        with self.lock:
            return self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]


def crew_of(*, actions=None, faults=None, probes=None, ledgers=None, secrets=None, gate=None):
    registry = Registry(
        actions=Shelf("action", "", actions or {}),
        faults=Shelf("fault", "", faults or {}),
        probes=Shelf("probe", "", probes or {}),
        ledgers=Shelf("ledger", "", ledgers or {}),
    )
    target = Target(name="db1", site="a", address="192.0.2.1")
    means = Means(
        registry,
        Secrets(secrets or {}),
        lambda name: Access(target, base=Path()),
        SystemClock(),
        gate,
    )
    return Threads(means)


def soon(seconds):
    return SystemClock().now().plus(timedelta(seconds=seconds))


def recover(ticket=1, seconds=5.0, **with_):
    step = Recover.model_validate({"recover": "act", "on": "db1", "with": with_, "timeout": "5s"})
    return Order(ticket, "recover-it", step, soon(seconds))


def inject(ticket=1, seconds=5.0, undo=None):
    step = Inject.model_validate({"inject": "break", "on": "db1", "timeout": "5s"})
    return Order(ticket, "break-it", step, soon(seconds), undo=undo)


def reports(crew, until, seconds=5.0):
    """Return what is said until ``until`` holds of something said."""
    end, said = soon(seconds), []
    while not any(until(report) for report in said):
        assert not end.reached(SystemClock().now()), f"only {said}"
        said += crew.wait(end)
    return said
