"""Write the journals of this directory anew: run it when a story is added, never to please a test.

Old journals are sacred: one that can no longer be folded means that the schema
did not only grow.
"""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from drill.crews.fates import Fate, as_planned
from drill.crews.rehearsal import Rehearsal, VirtualClock
from drill.engine.conductor import Conductor
from drill.graph.load import load
from drill.graph.plan import Plan, plan_of
from drill.journal.memory import MemoryJournal
from drill.model.events import ExerciseOpened
from drill.model.outcome import Failed
from drill.ports import Order

HERE = Path(__file__).parent
SCENARIO = HERE.parents[1] / "scenarios" / "primary-database-loss.yaml"
RESUMED_AT = 300 * 1_000_000_000


def opening(plan: Plan, run: str) -> ExerciseOpened:
    return ExerciseOpened(
        run=run, mode="rehearsal", scenario=plan.scenario, targets=(), digest=plan.digest
    )


def world_of(plan: Plan, fails: str = ""):
    """Let all go as planned, but the acceptance be quick and one step fail."""
    planned = as_planned(plan)

    def world(order: Order) -> Fate:
        fate = planned(order)
        if order.id == fails and order.undo is None:
            fate = replace(fate, outcome=Failed(error="the standby refused"))
        return replace(fate, takes=timedelta(seconds=2)) if order.id == "accept" else fate

    return world


class Aborting(Rehearsal):
    """Has somebody abort when the step ``at`` begins."""

    at = "promote-db2"
    conductor: Conductor

    def start(self, order) -> None:
        super().start(order)
        if isinstance(order, Order) and order.id == self.at:
            self.conductor.abort(by="incident-commander", why="a real incident")


class DyingError(BaseException):
    """The process is gone."""


class Dying(Rehearsal):
    """Dies when the step ``at`` begins."""

    at = "repoint"

    def start(self, order) -> None:
        super().start(order)
        if isinstance(order, Order) and order.id == self.at:
            raise DyingError


def happy(plan: Plan) -> MemoryJournal:
    return conducted(plan, "happy", Rehearsal)


def failed_recovery(plan: Plan) -> MemoryJournal:
    return conducted(plan, "failed-recovery", Rehearsal, fails="promote-db2")


def aborted(plan: Plan) -> MemoryJournal:
    return conducted(plan, "aborted", Aborting)


def resumed(plan: Plan) -> MemoryJournal:
    journal = MemoryJournal()
    try:
        conducted(plan, "resumed", Dying, journal)
    except DyingError:
        left = MemoryJournal(journal.lines[: journal.synced])
    clock = VirtualClock("second-boot", RESUMED_AT)
    crew = Rehearsal(clock, world_of(plan))
    Conductor(plan, opening(plan, "resumed"), left, crew, clock).run()
    return left


def conducted(plan, run, crew_of, journal=None, fails="") -> MemoryJournal:
    clock, journal = VirtualClock(), journal or MemoryJournal()
    crew = crew_of(clock, world_of(plan, fails))
    crew.conductor = Conductor(plan, opening(plan, run), journal, crew, clock)
    crew.conductor.run()
    return journal


STORIES = {
    "happy": happy,
    "failed-recovery": failed_recovery,
    "aborted": aborted,
    "resumed": resumed,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or STORIES:
        plan = plan_of(load(SCENARIO.read_bytes(), SCENARIO.name), (), {})
        journal = STORIES[name](plan)
        (HERE / f"{name}.jsonl").write_bytes(b"".join(journal.lines))
        sys.stdout.write(f"{name}: {len(journal.lines)} records, head {journal.head}\n")
