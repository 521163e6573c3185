"""Situations that must occur in every batch of schedules; else the simulator has stopped exploring.

After the *sometimes* assertions of FoundationDB and Antithesis.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from simulation.invariants import promises_kept
from simulation.play import Log, conduct
from simulation.schedule import Schedule

from drill.exercise.evolve import evolve
from drill.exercise.rules import GONE
from drill.exercise.state import HEALS, Phase, RunState, Standing
from drill.graph.plan import Plan
from drill.model.events import Record
from drill.model.outcome import Done


@dataclass(frozen=True)
class Seen:
    """What one schedule led to."""

    schedule: Schedule
    plan: Plan
    records: tuple[Record, ...]
    log: Log

    def some(self, type_: str, holds: Callable = lambda event: True) -> bool:
        """Tell whether there is such an event."""
        return any(r.event.type == type_ and holds(r.event) for r in self.records)

    def mark(self, name: str) -> bool:
        """Tell whether the simulation saw something that begins so."""
        return any(mark.startswith(name) for mark in self.log.marks)

    def when(self, type_: str, holds: Callable) -> bool:
        """Tell whether there is such an event in a state, as it was before, of which this holds."""
        state = RunState()
        for record in self.records:
            if record.event.type == type_ and holds(state, record.event):
                return True
            state = evolve(state, record)
        return False


def ended(why: str) -> Callable[[Seen], bool]:
    """Tell whether the exercise was ended early for such a reason."""
    return lambda seen: seen.some("abort-ordered", lambda event: why in f"{event.by}: {event.why}")


def marked(name: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.mark(name)


def _of(state, event, *phases) -> bool:
    return state.steps[event.step].phase in phases


def _undone_before(state, event) -> bool:
    return not event.undo and state.steps[event.step].standing is Standing.UNDONE


def _works_beside(state, event) -> bool:
    return any(state.steps[id_].phase is Phase.RUNNING for id_ in state.busy)


def _resumes_and_goes_on(seen: Seen) -> bool:
    return seen.schedule.approved and seen.when(
        "step-started",
        lambda state, event: (
            any(step.receipt for step in state.steps.values())
            and not state.stopping
            and seen.log.lives > 1
        ),
    )


def _asked_again(seen: Seen) -> bool:
    tickets = [order.ticket for _, order in seen.log.orders]
    return len(tickets) > len(set(tickets))


def _stuck(state, event) -> bool:
    return not isinstance(event.outcome, Done) and state.steps[event.step].undo_tries == 3


_ANSWERS = frozenset({"acknowledged", "decided", "finished", "refused"})


def _answers(refused: str) -> Callable:
    """Return what tells whether somebody answered, and was told that."""
    return lambda event: event.saying.says in _ANSWERS and event.refused == refused


def _refused(why: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.some("person-said", lambda event: why in event.refused)


def _counts(says: str) -> Callable:
    return lambda event: event.saying.says == says and not event.refused


def _answered_again(seen: Seen) -> bool:
    types = [record.event.type for record in seen.records]
    again = types.index("conductor-resumed") if "conductor-resumed" in types else len(types)
    later = (record.event for record in seen.records[again:])
    return any(event.type == "person-said" and _answers("")(event) for event in later)


SITUATIONS: dict[str, Callable[[Seen], bool]] = {
    # faults and their undo
    "an undo failed three times": lambda s: s.when("undo-ended", _stuck),
    "an undo took too long": lambda s: s.some("undo-expired"),
    "an undo was given up": lambda s: s.some("undo-ended", lambda e: e.outcome == GONE),
    "an undo spoke after it was given up": lambda s: s.some("straggler-reported", lambda e: e.undo),
    "a fault spoke after its undo": lambda s: s.when("straggler-reported", _undone_before),
    "a fault spoke during its undo": lambda s: s.when(
        "straggler-reported",
        lambda st, e: st.steps[e.step].standing is Standing.UNDOING and not e.undo,
    ),
    "a fault was prepared and never applied": lambda s: (
        {r.event.ticket for r in s.records if r.event.type == "fault-prepared"}
        - {ticket for _, ticket in s.log.proceeds}
        != set()
    ),
    "a fault was undone while others worked": lambda s: s.when("undo-started", _works_beside),
    "several faults stood at once": lambda s: s.when(
        "undo-started", lambda st, e: len(st.standing) > 1
    ),
    "a healing step ran after the exercise stopped": lambda s: s.when(
        "step-started", lambda st, e: bool(st.stopping)
    ),
    # steps
    "a step that had expired said done": lambda s: s.when(
        "step-ended", lambda st, e: _of(st, e, Phase.EXPIRED) and isinstance(e.outcome, Done)
    ),
    "a step was given up": lambda s: s.some("step-ended", lambda e: e.outcome == GONE),
    "a report came twice": lambda s: s.when(
        "straggler-reported", lambda st, e: _of(st, e, Phase.DONE)
    ),
    "a step could not start any more": lambda s: s.some(
        "step-skipped", lambda e: ", not " in e.because
    ),
    "a watch died": lambda s: s.when("watch-ended", lambda st, e: not st.stopping and st.left > 0),
    "a ledger was never read": lambda s: s.some("ledger-read", lambda e: e.outcome.kind != "done"),
    # the end before the end
    "somebody aborted": ended("a person"),
    "somebody aborted during an undo": lambda s: s.when(
        "abort-ordered",
        lambda st, e: any(step.standing is Standing.UNDOING for step in st.steps.values()),
    ),
    "a stop condition held: bad": ended(" was bad for "),
    "a stop condition held: silence": ended("stop condition: nothing was heard"),
    "a stop condition held: nobody watched": ended("stop condition: nobody watches"),
    "faults stood for as long as they may": ended("limits"),
    # crashes
    "crash before a receipt": marked("crash: before the receipt"),
    "crash between receipt and apply": marked("crash: between receipt and apply"),
    "crash between apply and its durable end": marked("crash: in an apply"),
    "crash while a fault stood": marked("crash: while a fault stands"),
    "crash in an undo": marked("crash: in an undo"),
    "crash in the recovery": marked("crash: in the recovery"),
    "crash after the close": marked("crash: after the close"),
    "crash that lost unsynced records": marked("crash: unsynced"),
    "reboot of the controller": lambda s: len({r.at.boot for r in s.records}) > 1,
    "the controller never came back": lambda s: s.log.abandoned,
    "taken up with approval, and gone on": _resumes_and_goes_on,
    "taken up without approval, and only healed": ended(HEALS),
    "a check was asked again": _asked_again,
    "a second controller was refused the journal": marked("second controller refused"),
    # people
    "an answer counted": lambda s: s.some("person-said", _answers("")),
    "an answer came before the question": _refused("is not asked yet"),
    "an answer came when it was over": _refused(" is over"),
    "the wrong one answered": _refused("an observer only watches"),
    "somebody chose what is no option": _refused("is none of"),
    "the clock was held, and went on": lambda s: s.some("person-said", _counts("resumed")),
    "nobody let the clock go on": ended("the clock was held for"),
    "a fault was undone while the clock was held": lambda s: s.when(
        "undo-started", lambda st, e: st.held_since is not None
    ),
    "the clock was put forward": lambda s: s.some("person-said", _counts("jumped")),
    "a step was kept back": lambda s: s.some("person-said", _counts("kept-back")),
    "a step was released": lambda s: s.some("person-said", _counts("released")),
    "a step was left out": lambda s: s.some("person-said", _counts("skipped")),
    "a facilitator stopped it": lambda s: s.some("person-said", _counts("aborted")),
    "a hot wash was ended": lambda s: s.some("person-said", _counts("ended")),
    "a hot wash was left alone": lambda s: (
        s.schedule.opening.get("facilitated", False)
        and not s.log.abandoned
        and not s.some("person-said", _counts("ended"))
    ),
    "crash while the clock was held": marked("crash: while the clock is held"),
    "crash in a hot wash": marked("crash: in the hot wash"),
    "crash that lost what somebody said": marked("crash: lost what somebody said"),
    "an answer counted after a crash": lambda s: s.log.lives > 1 and _answered_again(s),
    # clocks
    "the wall clock was stepped": marked("jump: wall"),
    "the controller slept": marked("jump: suspend"),
    # hosts and their network
    "a request was lost": lambda s: any(s.mark(f"lost: {w}") for w in ("inject", "undo")),
    "an answer was lost": lambda s: any(s.mark(f"reply-lost: {w}") for w in ("inject", "undo")),
    "a request came late": lambda s: any(s.mark(f"late: {w}") for w in ("inject", "undo")),
    "a request came twice": lambda s: any(s.mark(f"twice: {w}") for w in ("inject", "undo")),
    "a host was cut off during a renewal": marked("cut: renew"),
    "a host was cut off before an undo": marked("cut: undo"),
    "a late inject was refused by its tombstone": marked("inject refused: is undone"),
    "a lease was not renewed again": marked("renew refused"),
    "a host healed itself, and no controller lived": marked("lease healed without"),
    "a host healed itself under a living controller": marked("lease healed with "),
    "a host lost power while faulted": marked("host down while faulted"),
    "a host lost power in the midst of an effect": marked("host died in the midst"),
    "a way back failed": marked("way back failed"),
    "a host tried its way back again": marked("dead-man tries again"),
    "another run was refused on the host": marked("another run refused"),
}


class Batch:
    """Plays schedules, and counts what occurred; one that breaks a promise is written to a file."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self.schedules = 0
        self.occurred: Counter[str] = Counter(dict.fromkeys(SITUATIONS, 0))

    def play(self, schedule: Schedule, *, look: bool = True) -> None:
        """Play one; raise AssertionError if a promise was broken."""
        try:
            plan, journal, log = conduct(schedule)
            records = promises_kept(schedule, plan, journal, log)
        except Exception as error:
            raise AssertionError(f"{error}\n{self._keep(schedule)}") from error
        self.schedules += 1
        if look:
            seen = Seen(schedule, plan, records, log)
            self.occurred.update(name for name, holds in SITUATIONS.items() if holds(seen))

    def _keep(self, schedule: Schedule) -> str:
        """Write a schedule that broke a promise; return how it is replayed."""
        text = schedule.to_json()
        path = self._kept / f"failing-{sha256(text.encode()).hexdigest()[:12]}.json"
        path.write_text(text)
        return (
            f"This schedule is kept as {path}; replay it with\n"
            f"  pytest tests/simulation/test_simulation.py -k {path.stem}"
        )

    @property
    def figures(self) -> str:
        """Return what the run of the tests says of it."""
        return f"{self.schedules:,} schedules, 0 violations"

    @property
    def met(self) -> str:
        return f"{len(SITUATIONS) - len(self.missed)} of {len(SITUATIONS)} situations"

    @property
    def missed(self) -> list[str]:
        return [name for name, n in self.occurred.items() if not n]
