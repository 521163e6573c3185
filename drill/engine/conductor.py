"""The loop. One thread, the only writer: hear, decide, write, make durable, act."""

import queue

from drill.engine.orders import read_order, step_order, undo_order, watch_order
from drill.engine.speech import Reply, Speech
from drill.errors import JournalInconsistentError
from drill.exercise.clock import is_claimable
from drill.exercise.conditions import may_repeat
from drill.exercise.decide import decide, next_deadline
from drill.exercise.evolve import evolve, fold
from drill.exercise.hearing import CLOSED, hear, is_hot_wash
from drill.exercise.state import FINAL, Phase, RunState, Standing, WatchPhase
from drill.exercise.watching import watch_of
from drill.graph.plan import Plan
from drill.model.events import (
    AbortOrdered,
    ConductorResumed,
    Event,
    ExerciseOpened,
    FaultPrepared,
    LedgerRead,
    LedgerReadStarted,
    PersonSaid,
    Progressed,
    Record,
    Report,
    SamplesTaken,
    StepEnded,
    StepExpired,
    StepStarted,
    StragglerReported,
    UndoEnded,
    UndoExpired,
    UndoStarted,
    WatchEnded,
    WatchStarted,
    WatchStopRequested,
    WritesMade,
)
from drill.model.names import RoleName, StepId
from drill.model.outcome import Indeterminate
from drill.model.sayings import FACILITATOR, Ended, Saying
from drill.model.time import Stamp
from drill.ports import Clock, Crew, Journal

_STOPPED = "nobody conducts the exercise any more: take it up with the same command"
_FULL = "the disk is full: nothing more that people say is kept"
_RESTARTED = Indeterminate(error="the conductor was restarted meanwhile")


class Conductor:
    """Conducts one exercise from wherever its journal stands to its close.

    ``approved_by`` names who approved that an interrupted exercise goes on.
    """

    def __init__(
        self,
        plan: Plan,
        opening: ExerciseOpened,
        journal: Journal,
        crew: Crew,
        clock: Clock,
        *,
        approved_by: str = "",
    ) -> None:
        self._plan = plan
        self._opening = opening
        self._journal = journal
        self._crew = crew
        self._clock = clock
        self._approved_by = approved_by
        self._state = RunState()
        self._decided = clock.now()
        self._written: list[Record] = []
        self._asked: queue.SimpleQueue[AbortOrdered] = queue.SimpleQueue()
        self._speech = Speech()

    def abort(self, by: str, why: str) -> None:
        """Ask for no new work, healing and the close; safe in a signal's catcher."""
        self._asked.put(AbortOrdered(by=by, why=why))
        self._crew.nudge()

    def say(self, person: str, role: RoleName, saying: Saying, means: str, reply: Reply) -> None:
        """Have what a person says heard, kept and followed; from any thread.

        ``reply`` is called once: when the journal is durable, with nothing if it counts,
        else with the reason why it does not. It must not block.
        """
        said = PersonSaid(person=person, role=role, saying=saying, means=means)
        self._speech.put(said, reply)
        self._crew.nudge()

    def run(self) -> RunState:
        """Conduct the exercise to its close and return the final state."""
        try:
            return self._run()
        finally:
            self._speech.end(CLOSED if self._state.closed else _STOPPED)

    def _run(self) -> RunState:
        self._state = fold(self._journal)
        again = self._take_up()
        while not self._advance().closed:
            for id_ in again:
                if self._state.steps[id_].phase is Phase.RUNNING:
                    self._start(id_)
            again = ()
            until = next_deadline(self._plan, self._state, self._decided)
            for report in self._crew.wait(until):
                self._hear(report)
            self._listen()
            self._hear_people()
        return self._state

    def _advance(self) -> RunState:
        """Decide until nothing is left but waiting; make it durable; only then act.

        That the disk is full is decided upon before anything is done: no fault
        begins on the journal's reserve.
        """
        while events := self._decide():
            for event in events:
                self._write(event)
        self._journal.sync()
        self._speech.answer()
        if self._journal.low and not (self._state.aborted or self._state.closed):
            self.abort(by="drill", why="the disk is full: only the journal's reserve is left")
            self._listen()
            return self._advance()
        written, self._written = self._written, []
        for record in written:
            self._perform(record)
        return self._state

    def _decide(self) -> tuple[Event, ...]:
        """Ask what must be written now, and keep the moment: what falls due after it is waited for.

        A later one would not do: what fell due in between would never be asked for again.
        """
        self._decided = self._clock.now()
        return decide(self._plan, self._state, self._decided)

    def _write(self, event: Event, at: Stamp | None = None) -> Event:
        """Write what happened, and return it as it is kept."""
        record = self._journal.append(event, at or self._clock.now())
        self._state = evolve(self._state, record)
        self._written.append(record)
        return record.event

    def _perform(self, record: Record) -> None:  # noqa: C901  one arm an event
        """Do what a durable record orders."""
        state = self._state
        match record.event:
            case StepStarted(step=id_):
                self._start(id_)
            case UndoStarted(step=id_, deadline=deadline):
                self._crew.start(undo_order(self._plan, state, id_, record.seq, deadline))
            case FaultPrepared(step=id_, ticket=ticket):
                if state.steps[id_].phase is Phase.RUNNING:  # and not told to stop meanwhile
                    self._crew.proceed(ticket)
            case StepExpired(step=id_):
                self._crew.cancel(state.steps[id_].ticket)
            case UndoExpired(step=id_):
                self._crew.cancel(state.steps[id_].undo_ticket)
            case StepEnded(ticket=ticket) | UndoEnded(ticket=ticket) | LedgerRead(ticket=ticket):
                self._crew.cancel(ticket)
            case WatchStarted() as event:
                self._crew.start(watch_order(self._plan, state, event))
            case WatchStopRequested(service=service, kind=kind):
                self._crew.cancel(state.watches[service, kind].ticket)
            case LedgerReadStarted(service=service):
                if state.watches[service, "ledger"].phase is WatchPhase.READING:
                    self._crew.start(read_order(self._plan, state, service))
            case _:
                pass

    def _start(self, id_: StepId) -> None:
        order = step_order(self._plan, self._state, id_)
        if order is not None:
            self._crew.start(order)

    def _hear(self, report: Report) -> None:
        """Write what a worker says; of one that was given up, write that it spoke after all."""
        match report:
            case SamplesTaken() | WritesMade() | WatchEnded() | LedgerRead():
                if self._is_awaited(report):
                    self._write(report)
            case StepEnded() | UndoEnded():
                self._hear_end(report)
            case FaultPrepared():
                step = self._state.steps[report.step]
                if step.standing is Standing.NONE and self._is_at_work(report):
                    self._write(report)
            case Progressed():
                if self._is_at_work(report):
                    self._write(report)

    def _is_at_work(self, report: FaultPrepared | Progressed | StepEnded) -> bool:
        step = self._state.steps[report.step]
        return step.ticket == report.ticket and step.phase not in FINAL

    def _is_awaited(self, report: SamplesTaken | WritesMade | WatchEnded | LedgerRead) -> bool:
        watch = self._state.watches[watch_of(report)]
        reading = isinstance(report, LedgerRead)
        expected = {WatchPhase.READING} if reading else {WatchPhase.RUNNING, WatchPhase.STOPPING}
        return watch.ticket == report.ticket and watch.phase in expected

    def _hear_end(self, report: StepEnded | UndoEnded) -> None:
        if isinstance(report, UndoEnded):
            step = self._state.steps[report.step]
            awaited = (step.undo_ticket, step.standing) == (report.ticket, Standing.UNDOING)
        else:
            awaited = self._is_at_work(report)
        late = StragglerReported(
            step=report.step,
            ticket=report.ticket,
            undo=isinstance(report, UndoEnded),
            outcome=report.outcome,
        )
        self._write(report if awaited else late)

    def _listen(self) -> None:
        """Write what people asked for."""
        while not self._asked.empty():
            event = self._asked.get()
            if is_hot_wash(self._state):
                self._heard(_enough(event.by))
            elif not self._state.aborted:
                self._write(event)

    def _hear_people(self) -> None:
        """Write what people said, and what follows from it; on the reserve nothing is kept."""
        for said, reply in self._speech.taken():
            self._speech.owe(reply, _FULL if self._journal.low else self._heard(said))

    def _heard(self, said: PersonSaid) -> str:
        """Write what a person said; return why it counts for nothing, if so."""
        now = self._clock.now()  # it is written as of the moment by which it is judged
        said, *follows = hear(self._plan, self._state, now, said)
        kept = self._write(said, now)
        for event in follows:
            self._write(event, now)
        return kept.refused if isinstance(kept, PersonSaid) else said.refused

    def _take_up(self) -> tuple[StepId, ...]:
        """Open the exercise, or close what an earlier conductor left open.

        Returns the steps that are simply asked again: those that change nothing.
        """
        if self._state.opened is None:
            self._write(self._opening)
            return ()
        if self._state.opened.digest != self._plan.digest:
            raise JournalInconsistentError(
                "the journal is of another plan: resume it with the files as they were"
            )
        if self._state.closed:
            return ()
        self._write(
            ConductorResumed(environment=self._opening.environment, approved_by=self._approved_by)
        )
        again = []
        for id_ in sorted(self._state.busy):
            step = self._state.steps[id_]
            if step.standing is Standing.UNDOING:
                self._write(UndoEnded(step=id_, ticket=step.undo_ticket, outcome=_RESTARTED))
            elif step.phase is Phase.RUNNING and self._is_asked_again(id_):
                again.append(id_)
            else:
                self._write(StepEnded(step=id_, ticket=step.ticket, outcome=_RESTARTED))
        return tuple(again)

    def _is_asked_again(self, id_: StepId) -> bool:
        """Tell whether a step that changes nothing is still wanted: healing waits for nobody."""
        wanted = not self._state.stopping or id_ in self._plan.healing
        repeats = may_repeat(self._plan.step(id_)) or is_claimable(self._state, id_)
        return wanted and repeats


def _enough(by: str) -> PersonSaid:
    """Return what it means that somebody aborts when there is nothing left to abort."""
    return PersonSaid(person=by, role=FACILITATOR, means="abort", saying=Ended())
