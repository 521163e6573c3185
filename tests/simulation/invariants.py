"""What holds for every exercise, whatever happens: read from the journal, not from the state.

The small fold here knows nothing of ``evolve``: it is written from the promises.
"""

from dataclasses import dataclass, field

from simulation.host_invariants import hosts_are_well, it_ended_in_time

from drill.exercise.decide import decide
from drill.exercise.evolve import evolve, fold
from drill.exercise.hearing import CLOSED
from drill.exercise.state import Phase, RunState, Standing, WatchPhase
from drill.model.events import PersonSaid
from drill.model.outcome import Done, Failed
from drill.model.sayings import (
    Acknowledged,
    Decided,
    Ended,
    Finished,
    Held,
    Jumped,
    KeptBack,
    Refused,
    Released,
    Resumed,
)
from drill.model.steps import PEOPLES, Inject, Recover
from drill.model.time import Stamp, seconds_between

ATTEMPTED = {"done", "failed", "indeterminate"}
ROUNDING = 1e-6
"""Seconds by which sums of spans may be off."""
ORDERS = {"step-started", "undo-started", "watch-started", "ledger-read-started"}


@dataclass
class Story:
    """What the journal told so far."""

    phase: dict = field(default_factory=dict)
    choice: dict = field(default_factory=dict)
    ticket: dict = field(default_factory=dict)
    expired: set = field(default_factory=set)
    prepared: dict = field(default_factory=dict)
    standing: list = field(default_factory=list)
    """Faults that may stand in the world, oldest first."""
    ever_undone: set = field(default_factory=set)
    undoing: dict = field(default_factory=dict)
    """Fault to its undo's ticket."""
    spoke: dict = field(default_factory=dict)
    """Fault to the last record in which its apply was heard of, if it may have had an effect."""
    mended: dict = field(default_factory=dict)
    """Fault to the ticket of the last undo that was done."""
    failures: dict = field(default_factory=dict)
    """Fault to undos without success in a row, in one process."""
    stopping: bool = False
    began: Stamp | None = None
    orphans: set = field(default_factory=set)
    """Faults whose undo was under way when its process died: no failure of the undo."""
    bad_from: dict = field(default_factory=dict)
    """Service to the first of the bad samples that it ends with, in nanoseconds."""
    newest: dict = field(default_factory=dict)
    """Service to its newest sample."""
    told: dict = field(default_factory=dict)
    """Service to its newest sample that told good or bad, or to the start of its watch."""
    dead: set = field(default_factory=set)
    """Services whose probe has ended."""
    stood: float = 0.0
    """Seconds that faults stood which stand no more."""
    since: dict = field(default_factory=dict)
    """Fault that stands to since when."""
    interrupted: bool = False
    """Taken up after any step had begun, and nobody approved that it goes on."""
    aborted: bool = False
    held: bool = False
    """The exercise clock stands."""
    held_since: Stamp | None = None
    held_for: float = 0.0
    """Seconds of the holds that are over."""
    jumped: float = 0.0
    """Seconds by which the clock was put forward."""
    kept: set = field(default_factory=set)
    """Steps that wait for a facilitator."""
    released: set = field(default_factory=set)
    """Steps that wait for no moment any more."""
    belated: set = field(default_factory=set)
    """Records that were decided upon before the process slept, and written after."""


def promises_kept(schedule, plan, journal, log) -> tuple:
    """Raise AssertionError unless every promise was kept; return the records."""
    records = tuple(journal)  # which verifies the chain
    hosts_are_well(plan, records, log)
    it_ended_in_time(plan, schedule, log)
    _orders_are_durable(records, log)
    _proceeds_are_durable(plan, records, log)
    _whoever_was_told_was_heard(records, log)
    story = _told(plan, records, log.belated, closed=not log.abandoned)
    if log.abandoned:
        return records
    _all_is_over(plan, story)
    _the_state_says_the_same(plan, records, story, log)
    _nobody_runs_in_circles(plan, records, log)
    return records


def _whoever_was_told_was_heard(records, log) -> None:
    """What somebody was told is in the journal, once, and was durable before they were told."""
    said = [record for record in records if isinstance(record.event, PersonSaid)]
    assert len(said) == len({record.event.person for record in said}), "one is heard twice"
    known = {record.event.person: record for record in said}
    for person, reply in log.people.replies.items():
        record = known.get(person)
        if record is None:
            assert reply.refused == CLOSED, "who was told is not in the journal"
            continue
        assert record.event.refused == reply.refused, "told otherwise than it is kept"
        assert record.seq < reply.synced, "told before it was durable"


def _orders_are_durable(records, log) -> None:
    for synced, order in log.orders:
        assert order.ticket < synced, "an order before its record was durable"
        event = records[order.ticket].event
        assert event.type in ORDERS
        name = "step" if hasattr(event, "step") else "service"
        assert getattr(event, name) == getattr(order, "id", None) or name == "service"
        if name == "service":
            assert event.service == order.service
    tickets = [order.ticket for _, order in log.orders]
    by_life = {t for t in tickets if tickets.count(t) > 1}
    for ticket in by_life:
        step = plan_step(log, ticket)
        assert not isinstance(step, Inject | Recover), "what changes the world is ordered once"


def plan_step(log, ticket):
    return next(getattr(order, "step", None) for _, order in log.orders if order.ticket == ticket)


def _proceeds_are_durable(plan, records, log) -> None:
    for synced, ticket in log.proceeds:
        receipts = [
            record.seq
            for record in records[:synced]
            if record.event.type == "fault-prepared" and record.event.ticket == ticket
        ]
        assert receipts, "a fault applied before its receipt was durable"
        story = Story(belated=log.belated)
        for record in records[:synced]:
            _tell(plan, story, record)
        assert not story.stopping, "a fault applied after the exercise stopped"
    tickets = [ticket for _, ticket in log.proceeds]
    assert len(tickets) == len(set(tickets)), "a fault applied twice"


def _told(plan, records, belated, *, closed) -> Story:
    story = Story(belated=belated)
    for i, record in enumerate(records):
        assert (record.event.type == "exercise-opened") == (i == 0)
        last = i == len(records) - 1
        assert (record.event.type == "exercise-closed") == last or (last and not closed)
        _tell(plan, story, record)
    return story


def _tell(plan, story: Story, record) -> None:
    name = "_on_" + record.event.type.replace("-", "_")
    if name in globals():
        globals()[name](plan, story, record, record.event)
    _keep_count(story, record.at)


def _came_true(story: Story, edge) -> bool:
    phase = story.phase.get(edge.step)
    if edge.outcome == "undone":
        return edge.step in story.ever_undone
    if edge.outcome == "ended":
        return phase in ATTEMPTED
    return phase == edge.outcome or (phase == "done" and story.choice[edge.step] == edge.outcome)


def _on_exercise_opened(plan, story, record, event) -> None:
    story.began = record.at


def _on_step_started(plan, story, record, event) -> None:
    assert event.step not in story.phase, "a step started twice, or after it was skipped"
    assert all(_came_true(story, edge) for edge in plan.step(event.step).after)
    step = plan.step(event.step)
    assert not (story.interrupted and isinstance(step, Inject)), "a fault nobody approved"
    waits = (story.held and not story.stopping) or event.step in story.kept
    assert not waits or plan.heals(event.step), "a step began that people held back"
    if story.stopping:
        assert event.step in plan.healing
        assert not isinstance(step, Inject)
    elif record.seq not in story.belated:
        assert not _breaches(plan, story, record.at), "a step started against a stop condition"
        assert not _is_exhausted(plan, story, record.at), "a step started beyond the limits"
        if step.at is not None and event.step not in story.released:
            early = step.at.total_seconds() - _net(story, record.at)
            assert early <= ROUNDING, "a step started before its moment"
    story.phase[event.step] = "running"
    story.ticket[event.step] = record.seq
    assert sum(phase == "running" for phase in story.phase.values()) <= plan.parallel


def _on_step_expired(plan, story, record, event) -> None:
    assert story.phase[event.step] == "running"
    asked = isinstance(plan.step(event.step), PEOPLES)
    assert not (asked and story.held), "somebody's time ran out while the clock was held"
    story.expired.add(event.step)


def _on_step_skipped(plan, story, record, event) -> None:
    assert event.step not in story.phase
    assert event.because
    heals = event.step in plan.healing and not isinstance(plan.step(event.step), Inject)
    told = story.aborted or event.because.startswith("left out by")
    assert heals or told or not story.interrupted, "less than was planned, and untold"
    story.phase[event.step] = "skipped"


def _on_fault_prepared(plan, story, record, event) -> None:
    assert isinstance(plan.step(event.step), Inject)
    assert event.ticket == story.ticket[event.step]
    assert event.step not in story.prepared, "a second receipt"
    story.prepared[event.step] = record.seq
    story.standing.append(event.step)


def _on_step_ended(plan, story, record, event) -> None:
    assert story.phase[event.step] == "running", "a step ended twice, or that never ran"
    assert event.ticket == story.ticket[event.step]
    kind = event.outcome.kind
    if event.step in story.expired and kind == "done":
        kind = "indeterminate"
    story.phase[event.step] = kind
    story.choice[event.step] = getattr(event.outcome, "choice", None)
    story.spoke[event.step] = record.seq
    if kind != "done" and plan.step(event.step).on_failure == "stop":
        story.stopping = True
        _let_go(story, record.at)


def _on_abort_ordered(plan, story, record, event) -> None:
    if event.by == "stop condition":
        assert _breaches(plan, story, record.at), "ended though no stop condition holds"
    if event.by == "limits":
        assert _is_exhausted(plan, story, record.at, 0.01), "ended though faults may stand longer"
    story.stopping = story.aborted = True
    _let_go(story, record.at)


def _on_person_said(plan, story, record, event) -> None:
    follows = _SAID.get(type(event.saying))
    if follows is not None and not event.refused:
        follows(plan, story, record, event.saying)


def _on_held(plan, story, record, saying) -> None:
    assert not story.held, "held twice"
    story.held, story.held_since = True, record.at


def _on_resumed(plan, story, record, saying) -> None:
    assert story.held, "nothing was held"
    _let_go(story, record.at)


def _on_jumped(plan, story, record, saying) -> None:
    story.jumped += _ahead(plan, story, record.at)


def _on_kept_back(plan, story, record, saying) -> None:
    assert saying.step not in story.phase, "kept back when it had begun"
    story.kept.add(saying.step)


def _on_released(plan, story, record, saying) -> None:
    story.kept.discard(saying.step)
    story.released.add(saying.step)


def _on_ended(plan, story, record, saying) -> None:
    assert set(story.phase) == set(plan.order), "the hot wash ended before the steps"
    assert not story.standing, "the hot wash ended before the healing"


def _on_answer(plan, story, record, saying) -> None:
    assert story.phase[saying.step] == "running", "an answer to nothing"


_SAID = {
    Held: _on_held,
    Resumed: _on_resumed,
    Jumped: _on_jumped,
    KeptBack: _on_kept_back,
    Released: _on_released,
    Ended: _on_ended,
    **dict.fromkeys((Acknowledged, Decided, Finished, Refused), _on_answer),
}


def _let_go(story: Story, at: Stamp) -> None:
    """Let the exercise clock go on, if it stood."""
    if story.held:
        story.held_for += seconds_between(story.held_since, at)
    story.held = False


def _net(story: Story, at: Stamp) -> float:
    """Return the seconds of the exercise clock: without holds, and with jumps."""
    standing = seconds_between(story.held_since, at) if story.held else 0.0
    return seconds_between(story.began, at) - story.held_for - standing + story.jumped


def _ahead(plan, story: Story, at: Stamp) -> float:
    """Return how far the next moment is that a step waits for."""
    waiting = set(plan.order) - set(story.phase) - story.released
    moments = (plan.step(id_).at for id_ in waiting)
    now = _net(story, at)
    return (
        min(m.total_seconds() for m in moments if m is not None and m.total_seconds() > now) - now
    )


def _is_exhausted(plan, story: Story, at: Stamp, early=-0.01) -> bool:
    limits = plan.scenario.limits
    if limits is None or not story.standing:
        return False
    stood = story.stood + sum(seconds_between(since, at) for since in story.since.values())
    return stood + early >= limits.fault_seconds.total_seconds()


def _keep_count(story: Story, at: Stamp) -> None:
    """Note which faults began to stand or stand no more since the record before."""
    for fault in set(story.since) - set(story.standing):
        story.stood += max(0.0, seconds_between(story.since.pop(fault), at))
    for fault in set(story.standing) - set(story.since):
        story.since[fault] = at


def _breaches(plan, story: Story, at: Stamp) -> list:
    """Return the stop conditions that hold: bad, not told, or not watched for too long."""
    found = []
    for condition in plan.scenario.stop:
        name, limit = condition.probe, condition.for_.total_seconds()
        probe = plan.scenario.services[name].probe
        patience = limit + 1 + (probe.every + probe.within).total_seconds()
        bad_for = (story.newest.get(name, 0) - story.bad_from.get(name, 1 << 63)) / 1e9
        silent_for = (at.boot_ns - story.told.get(name, at.boot_ns)) / 1e9
        if bad_for >= limit or silent_for >= patience or name in story.dead:
            found.append(condition)
    return found


def _on_watch_started(plan, story, record, event) -> None:
    if event.kind == "probe":
        _forget(story, event.service)
        story.told[event.service] = record.at.boot_ns


def _on_samples_taken(plan, story, record, event) -> None:
    name = event.service
    for sample in event.samples:
        story.newest[name] = sample.start
        if sample.state == "good":
            story.bad_from.pop(name, None)
        elif sample.state == "bad":
            story.bad_from.setdefault(name, sample.start)
        if sample.state != "unknown":
            story.told[name] = sample.start


def _on_watch_ended(plan, story, record, event) -> None:
    if event.kind == "probe":
        _forget(story, event.service)
        story.dead.add(event.service)


def _forget(story: Story, name) -> None:
    story.dead.discard(name)
    for known in (story.bad_from, story.newest, story.told):
        known.pop(name, None)


def _on_conductor_resumed(plan, story, record, event) -> None:
    if story.ticket and not event.approved_by:
        story.stopping = story.interrupted = True
        _let_go(story, record.at)
    story.failures = {id_: n for id_, n in story.failures.items() if n >= 3}
    story.orphans = set(story.undoing)


def _on_undo_started(plan, story, record, event) -> None:
    assert event.step in story.standing
    assert event.step not in story.undoing
    assert story.phase[event.step] in ATTEMPTED, "undone while it was being applied"
    until = plan.step(event.step).until
    due = until is not None and _came_true(story, until)
    if not due:
        assert story.standing[-1] == event.step, "not the last first"
        assert not story.undoing, "not one at a time"
        assert "running" not in story.phase.values(), "undone while others work"
    story.undoing[event.step] = record.seq


def _on_undo_ended(plan, story, record, event) -> None:
    assert story.undoing.pop(event.step) == event.ticket
    if event.step in story.orphans:
        story.orphans.discard(event.step)
        return
    if not isinstance(event.outcome, Done):
        story.failures[event.step] = story.failures.get(event.step, 0) + 1
        if story.failures[event.step] >= 3:
            story.standing.remove(event.step)
        return
    story.failures.pop(event.step, None)
    if story.spoke[event.step] < event.ticket:
        story.ever_undone.add(event.step)
        story.standing.remove(event.step)
        story.mended[event.step] = event.ticket


def _on_straggler_reported(plan, story, record, event) -> None:
    mattered = event.step in story.prepared and not event.undo
    if mattered and not isinstance(event.outcome, Failed):
        story.spoke[event.step] = record.seq
        if event.step not in story.standing:
            story.standing.append(event.step)
            story.failures.pop(event.step, None)


def _all_is_over(plan, story: Story) -> None:
    assert set(story.phase) == set(plan.order), "each step was started or skipped"
    assert "running" not in story.phase.values(), "each started step ended"
    assert not story.undoing
    assert not story.standing, "a fault was left standing, and not for want of trying"
    for fault in story.prepared:
        stuck = story.failures.get(fault, 0) >= 3
        assert stuck or story.mended[fault] > story.spoke[fault]


def _the_state_says_the_same(plan, records, story: Story, log) -> None:
    state = _lists_agree(records)
    assert state == log.states[-1], "the conductor kept another state than the journal tells"
    half = len(records) // 2
    assert fold(records[half:], fold(records[:half])) == state
    assert decide(plan, state, records[-1].at) == ()
    for id_ in plan.order:
        step = state.steps[id_]
        assert step.phase.value == story.phase[id_]
        if id_ in story.prepared:
            stuck = story.failures.get(id_, 0) >= 3
            assert step.standing is (Standing.STUCK if stuck else Standing.UNDONE)
        else:
            assert step.standing is Standing.NONE
    assert not state.busy
    assert not state.ready
    assert not state.doomed
    for (_, kind), watch in state.watches.items():
        assert watch.phase is (WatchPhase.READ if kind == "ledger" else WatchPhase.ENDED)


def _lists_agree(records) -> RunState:
    """The lists that the state keeps are what one finds by looking through all steps.

    Returns the last state.
    """
    state = RunState()
    for record in records:
        state = evolve(state, record)
        pending = {id_ for id_, step in state.steps.items() if step.phase is Phase.PENDING}
        assert pending >= set(state.ready)
        assert pending >= set(state.doomed)
        assert set(state.standing) == {
            id_
            for id_, step in state.steps.items()
            if step.standing in {Standing.STANDING, Standing.UNDOING}
        }
        working = {
            id_
            for id_, step in state.steps.items()
            if step.phase in {Phase.RUNNING, Phase.EXPIRED} or step.standing is Standing.UNDOING
        }
        assert set(state.busy) == working
        assert (state.idle_since is None) == bool(working)
    return state


def _nobody_runs_in_circles(plan, records, log) -> None:
    """A wait that brings nothing is one for a deadline; there are few of those."""
    deadlines = 4 * len(plan.order) + 4 * len(plan.scenario.services) + 2
    assert log.empty_waits <= deadlines * log.lives, (log.empty_waits, deadlines, log.lives)
    assert log.waits <= 2 * len(records) + deadlines * log.lives
