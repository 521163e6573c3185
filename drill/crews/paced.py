"""The people at a facilitated table: real time while they think, and a jump over what they claim.

No host is touched, so nothing here works on a step: people say how each goes, and
the conductor ends it then. What is left for the crew is the services of the story,
which break and are mended as the steps end, and the clock.
"""

import heapq
import queue
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from typing_extensions import override

from drill.crews.fates import Fate, World, as_claimed, mending_of
from drill.crews.rehearsal import Rehearsal
from drill.crews.virtual import Service
from drill.exercise.clock import claimable
from drill.exercise.evolve import evolve
from drill.exercise.state import Phase, RunState
from drill.graph.plan import Plan
from drill.model.events import ExerciseOpened, PersonSaid, Record, Report, StepEnded
from drill.model.names import ServiceName, StepId
from drill.model.outcome import Failed
from drill.model.sayings import Claimed
from drill.model.steps import PEOPLES, Inject
from drill.model.time import Stamp
from drill.ports import Clock, Order

_NS = 1_000_000_000


class PacedClock:
    """Real time, which can be put forward.

    Only ``boot_ns`` jumps, by which all is measured; the wall stays what it is, so
    that whoever reads the journal can tell how far it was put forward. One that is
    taken up goes on at its last stamp: while nobody conducts, no time passes.
    """

    def __init__(self, real: Clock, last: Stamp | None = None) -> None:
        begins = real.now()
        last = last or begins
        self._real = real
        self._boot = last.boot
        self._ahead = last.boot_ns - begins.boot_ns

    def now(self) -> Stamp:
        """Return the stamp at the table."""
        real = self._real.now()
        return Stamp(wall=real.wall, boot_ns=real.boot_ns + self._ahead, boot=self._boot)

    def advance_to(self, ns: int) -> None:
        """Move forward, never back."""
        self._ahead += max(0, ns - self.now().boot_ns)


class Seated(Rehearsal):
    """A crew that waits for people in real time, and jumps when there is nobody to wait for.

    It hears each record by :meth:`tell`, once that is durable. ``rest`` lets real time
    pass: at most so many seconds, less when :meth:`nudge` is called.
    """

    def __init__(
        self, clock: PacedClock, plan: Plan, rest: Callable[[float | None], None] | None = None
    ) -> None:
        super().__init__(clock, _as_told(plan))
        self._mending = mending_of(plan)
        self._state = RunState()
        self._nudges: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._rest = rest or self._doze

    @override
    def nudge(self) -> None:
        """Have ``wait`` return; safe in a signal's catcher."""
        self._nudges.put(None)

    def tell(self, record: Record) -> None:
        """Follow the story: what ended breaks services or mends them, what is claimed waits."""
        self._state = evolve(self._state, record)
        match record.event:
            case StepEnded() as ended:
                self._happen(ended)
            case PersonSaid(saying=Claimed(step=id_), refused=""):
                self._forget(self._state.steps[id_].ticket)
            case _:
                pass

    @override
    def cancel(self, ticket: int) -> None:
        """End a watch, and a step at once that is told to stop: there is nothing to wait for."""
        super().cancel(ticket)
        order = self._orders.get(ticket)
        if order is None or order.undo is not None:
            return
        if self._state.steps[order.id].phase is Phase.EXPIRED:
            self._forget(ticket)
            stopped = Failed(error="the exercise ended before anybody said how it goes")
            self._later(timedelta(), StepEnded(step=order.id, ticket=ticket, outcome=stopped))

    @override
    def _pass_until(self, ns: int | None) -> None:
        if ns is not None and self._nobody_is_asked():
            self._clock.advance_to(ns)
            return
        self._rest(None if ns is None else max(0.0, (ns - self._now) / _NS))

    def _nobody_is_asked(self) -> bool:
        """Tell whether something is under way, and all that is under way has been answered."""
        state, opened = self._state, self._state.opened
        if opened is None or state.held_since is not None:
            return False
        running = [id_ for id_ in state.busy if state.steps[id_].phase is Phase.RUNNING]
        return bool(running) and not any(self._is_asked(opened, id_) for id_ in running)

    def _is_asked(self, opened: ExerciseOpened, id_: StepId) -> bool:
        """Tell whether it waits for people's word; an inject needs none, it is the story's."""
        step = opened.scenario.steps[id_]
        if isinstance(step, Inject):
            return False
        return isinstance(step, PEOPLES) or (
            claimable(step, opened) and self._state.steps[id_].claim is None
        )

    @override
    def _service(self, name: ServiceName) -> Service:
        if name not in self._services:
            self._services[name] = Service(name)
            self._services[name].broken_by.update(self._broken(name))
        return self._services[name]

    def _broken(self, name: ServiceName) -> Iterator[StepId]:
        """Yield the faults from which a service suffers as it begins to be watched."""
        steps, mends = self._state.steps, self._mending.get(name)
        if mends is None or steps[mends].phase is not Phase.DONE:
            yield from (id_ for id_ in self._state.standing if steps[id_].phase is Phase.DONE)

    def _forget(self, ticket: int) -> None:
        """Leave an inject's end to those who said when it comes."""
        self._due = [due for due in self._due if not _ends(due[2], ticket)]
        heapq.heapify(self._due)

    @override
    def _happen(self, report: Report) -> None:
        fails = isinstance(report, StepEnded) and isinstance(report.outcome, Failed)
        if not fails and getattr(report, "ticket", None) in self._orders:
            super()._happen(report)

    def _doze(self, seconds: float | None) -> None:
        with suppress(queue.Empty):
            self._nudges.get(timeout=seconds)
            while True:
                self._nudges.get_nowait()


def _as_told(plan: Plan) -> World:
    """Let the conductor end each step, and injects and undos go as the plan claims."""
    claimed = as_claimed(plan)

    def world(played: Order) -> Fate:
        order = replace(played, step=plan.step(played.id))
        fate = claimed(order)
        machines = order.undo is None and not isinstance(order.step, Inject)
        return replace(fate, takes=None) if machines else fate

    return world


def _ends(report: Report, ticket: int) -> bool:
    return isinstance(report, StepEnded) and report.ticket == ticket
