"""Journals written by hand: a scenario, and a pen that writes records at given seconds."""

from datetime import UTC, datetime, timedelta

import pytest

from drill.measure.timeline import view
from drill.model.events import (
    Escalated,
    ExerciseClosed,
    ExerciseOpened,
    FaultPrepared,
    LedgerRead,
    LedgerReadStarted,
    NodeRead,
    PersonSaid,
    Record,
    Sample,
    SamplesTaken,
    Span,
    StepEnded,
    StepStarted,
    UndoEnded,
    UndoStarted,
    WatchEnded,
    WatchStarted,
    Write,
    WritesMade,
)
from drill.model.outcome import Done
from drill.model.scenario import Scenario
from drill.model.targets import Target
from drill.model.time import Stamp

NS = 1_000_000_000
BOOT = 5_000 * NS
"""The boot clock at the first record: no test may mistake it for the exercise clock."""
WALL = datetime(2026, 3, 1, 12, tzinfo=UTC)

STEPS = {
    "lose": {"inject": "host.power-off", "on": "db1", "timeout": "15s"},
    "fix": {"recover": "ssh.command", "on": "db2", "timeout": "30s", "after": ["lose"]},
}


def service(**more):
    return {
        "owner": "head",
        "rto": {"target": "10s"},
        "rpo": {"target": "5s"},
        "probe": {"uses": "http.get", "every": "100ms", "within": "1s"},
        "ledger": {"uses": "postgres.ledger", "every": "50ms"},
        "stable": "1s",
        **more,
    }


def ns(seconds):
    return round(seconds * NS)


class Pen:
    """Writes a journal. Seconds are those of the exercise clock."""

    def __init__(self, steps=None, services=None, mode="live", *, facilitated=False, **scenario):
        self.records = []
        self.now = 0.0
        self.wall_step = 0.0
        self.boot = "boot-1"
        self.boot_zero = BOOT
        self.tickets = {}
        self.canaries = 0
        self.steps = steps or STEPS
        self.services = {"orders": service()} if services is None else services
        self.write(
            ExerciseOpened(
                run="run-1",
                mode=mode,
                facilitated=facilitated,
                scenario=Scenario.model_validate(
                    {
                        "drill": 1,
                        "id": "lost-primary",
                        "title": "The primary is lost",
                        "targets": "targets.yaml",
                        "services": self.services,
                        "roles": {"head": {}, "lead": {}, "on-call": {}},
                        "steps": self.steps,
                        **scenario,
                    }
                ),
                targets=(Target(name="db1", site="a", address="10.0.0.1"),),
                digest="d" * 64,
            )
        )

    def stamp(self, seconds):
        return Stamp(
            wall=WALL + timedelta(seconds=seconds + self.wall_step),
            boot_ns=self.boot_zero + ns(seconds),
            boot=self.boot,
        )

    def at(self, seconds):
        self.now = seconds
        return self

    def write(self, event):
        record = Record(seq=len(self.records), prev="p", at=self.stamp(self.now), event=event)
        self.records.append(record)
        return record.seq

    def watch(self, kind="probe", name="orders"):
        self.tickets[name, kind] = self.write(WatchStarted(service=name, kind=kind))
        return self.tickets[name, kind]

    def start(self, step):
        self.tickets[step] = self.write(StepStarted(step=step, deadline=self.stamp(self.now + 60)))

    def prepare(self, step, **receipt):
        self.write(FaultPrepared(step=step, ticket=self.tickets[step], receipt=receipt))

    def end(self, step, outcome=None, by=""):
        self.write(
            StepEnded(step=step, ticket=self.tickets[step], outcome=outcome or Done(), by=by)
        )

    def undo(self, step, outcome=None):
        ticket = self.write(UndoStarted(step=step, deadline=self.stamp(self.now + 60)))
        self.write(UndoEnded(step=step, ticket=ticket, outcome=outcome or Done(note="read back")))

    def fault(self, commanded, effective, step="lose"):
        self.at(commanded).start(step)
        self.prepare(step)
        self.at(effective).end(step)

    def say(self, role, saying, person="", refused=""):
        """Write what somebody said; a role's only person is called after it."""
        return self.write(
            PersonSaid(
                person=person or role.capitalize(),
                role=role,
                means="console",
                saying=saying,
                refused=refused,
            )
        )

    def escalate(self, step, to, channel=""):
        self.write(Escalated(step=step, ticket=self.tickets[step], to=to, channel=channel))

    def samples(self, *samples, name="orders"):
        """Write samples, each ``(start, end, state)`` or ``(start, end, state, by)``."""
        self.now = max(self.now, *(end for _, end, *_ in samples))
        self.write(
            SamplesTaken(
                ticket=self.tickets.get((name, "probe"), 0),
                service=name,
                samples=tuple(
                    Sample(
                        planned=self.boot_zero + ns(start),
                        start=self.boot_zero + ns(start),
                        end=self.boot_zero + ns(end),
                        state=state,
                        by=by[0] if by else "",
                    )
                    for start, end, state, *by in samples
                ),
            )
        )

    def series(self, begin, end, state, by="", *, every=0.1, took=0.01, name="orders"):
        """Write a sample every tenth of a second, from ``begin`` up to ``end``."""
        count = round((end - begin) / every)
        starts = (begin + i * every for i in range(count))
        self.samples(*((start, start + took, state, by) for start in starts), name=name)

    def canary(self, outcome, invoke, complete, *, by="db1", n=None, name="orders"):
        """Write one canary; return its number."""
        n = self.canaries if n is None else n
        self.canaries = max(self.canaries, n) + 1
        self.now = max(self.now, complete or invoke)
        self.write(
            WritesMade(
                ticket=self.tickets[name, "ledger"],
                service=name,
                writes=(
                    Write(
                        n=n,
                        invoke=self.boot_zero + ns(invoke),
                        complete=None if complete is None else self.boot_zero + ns(complete),
                        outcome=outcome,
                        by=by,
                    ),
                ),
            )
        )
        return n

    def read_back(self, *nodes, reads=2, outcome=None, stopped=None, name="orders"):
        ticket = self.tickets[name, "ledger"]
        self.write(
            WatchEnded(ticket=ticket, service=name, kind="ledger", outcome=stopped or Done())
        )
        reading = self.write(LedgerReadStarted(service=name, deadline=self.stamp(self.now + 30)))
        self.write(
            LedgerRead(
                ticket=reading,
                service=name,
                nodes=nodes,
                reads=reads,
                outcome=outcome or Done(),
            )
        )

    def node(self, node, numbers, *, duplicates=(), ticket=None, reachable=True, note=""):
        ticket = self.tickets["orders", "ledger"] if ticket is None else ticket
        return NodeRead(
            node=node,
            reachable=reachable,
            found=tuple(Span(ticket=ticket, first=n, last=n) for n in numbers),
            duplicates=tuple(Span(ticket=ticket, first=n, last=n) for n in duplicates),
            note=note,
        )

    def close(self):
        self.write(ExerciseClosed())
        return self.view()

    def view(self, now=None):
        return view(self.records, now, "head")


@pytest.fixture(scope="session")
def pen():
    return Pen


@pytest.fixture(scope="session")
def a_service():
    return service
