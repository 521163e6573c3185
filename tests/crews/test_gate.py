"""Nothing is broken while all is halted, or beyond the limits; healing is never held up."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
from crews.worlds import Breaking, Doing, crew_of, inject, recover, reports
from exercise.stories import SECOND
from hypothesis import given, settings
from hypothesis import strategies as st

from drill.crews.gate import Gate
from drill.crews.rehearsal import VirtualClock
from drill.engine.clock import SystemClock
from drill.errors import RefusedError, RemoteError
from drill.graph.radius import Radius
from drill.model.events import FaultPrepared, StepEnded, UndoEnded
from drill.model.outcome import Done, Failed


def is_end(report):
    return isinstance(report, StepEnded | UndoEnded)


def halted_after(looks):
    """Return a gate that is halted once it was looked at so often."""
    seen = []

    def why():
        seen.append(1)
        return "smoke" if len(seen) > looks else ""

    return Gate(SystemClock(), halted=why)


def test_while_all_is_halted_a_fault_is_not_even_prepared():
    fault = Breaking()
    crew = crew_of(faults={"break": fault}, gate=halted_after(0))
    crew.start(inject())
    (end,) = reports(crew, is_end)
    assert isinstance(end.outcome, Failed)
    assert "halted: smoke" in end.outcome.error
    assert fault.calls == []


def denying(after=0):
    """Return a gate whose target is denied once it was looked at so often."""
    seen = []

    def look(on):
        seen.append(on)
        if len(seen) > after:
            raise RefusedError(f"{on} must not be touched: deny:3")

    return Gate(SystemClock(), assert_touchable=look)


def test_a_denied_target_is_neither_broken_nor_changed_by_a_recovery():
    fault, done = Breaking(), []
    act = Doing(lambda *_: done.append(1) or Done())
    crew = crew_of(faults={"break": fault}, actions={"act": act}, gate=denying())
    for order in (inject(), recover(ticket=2)):
        crew.start(order)
        (end,) = reports(crew, is_end)
        assert isinstance(end.outcome, Failed)
        assert "db1 must not be touched: deny:3" in end.outcome.error
    assert (fault.calls, done) == ([], [])


@pytest.mark.parametrize("gate", [halted_after, denying])
def test_what_is_halted_or_denied_while_it_was_prepared_is_not_applied(gate):
    fault = Breaking()
    crew = crew_of(faults={"break": fault}, gate=gate(1))
    crew.start(inject(ticket=5))
    reports(crew, lambda report: isinstance(report, FaultPrepared))
    crew.proceed(5)
    (end,) = reports(crew, is_end)
    assert isinstance(end.outcome, Failed)
    assert fault.calls == ["prepare"]


@pytest.mark.parametrize("gate", [halted_after, denying])
def test_neither_a_halt_nor_a_denial_holds_up_an_undo(gate):
    crew = crew_of(faults={"break": Breaking()}, gate=gate(0))
    crew.start(inject(undo={"was": "well"}))
    (end,) = reports(crew, is_end)
    assert isinstance(end.outcome, Done)


TARGETS = st.sampled_from(["db1", "db2", "lb1"])
DOINGS = st.lists(
    st.one_of(
        st.tuples(st.just("admit"), st.integers(0, 5), TARGETS),
        st.tuples(st.just("recall"), st.integers(0, 5), TARGETS),
        st.tuples(st.just("let go"), st.integers(0, 5), TARGETS),
        st.tuples(st.just("wait"), st.integers(0, 5), TARGETS),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(DOINGS, st.integers(1, 3), st.integers(1, 4), st.sampled_from([None, 4, 9]))
def test_it_never_lets_more_through_than_is_allowed_and_never_less(doings, targets, faults, most):
    allowed = Radius(targets, faults, None if most is None else timedelta(seconds=most))
    clock = VirtualClock()
    gate = Gate(clock, allowed)
    touched, standing, stood = set(), {}, 0
    for what, number, on in doings:
        now = clock.now().boot_ns // SECOND
        if what == "wait":
            clock.advance_to((now + number) * SECOND)
        elif what == "let go":
            gate.let_go(f"s{number}")
            stood += now - standing.pop(number, now)
        elif number in standing:
            continue
        elif what == "recall":
            gate.recall(f"s{number}", on, clock.now())
            touched, standing[number] = touched | {on}, now
        else:
            together = stood + sum(now - since for since in standing.values())
            fits = len(touched | {on}) <= targets and len(standing) < faults
            fits = fits and (most is None or together < most)
            with nullcontext() if fits else pytest.raises(RefusedError, match="beyond the limits"):
                gate.admit(f"s{number}", on)
            if fits:
                touched, standing[number] = touched | {on}, now


def test_a_fault_beyond_the_limits_fails_and_was_not_even_prepared():
    fault, gate = Breaking(), Gate(SystemClock(), Radius(targets=1, faults=1))
    gate.recall("another", "db1", SystemClock().now())
    crew = crew_of(faults={"break": fault}, gate=gate)
    crew.start(inject())
    (end,) = reports(crew, is_end)
    assert isinstance(end.outcome, Failed)
    assert "fault 2 of 1 at once" in end.outcome.error
    assert fault.calls == []


class Refusing(Breaking):
    """A fault that says no, or does not say anything that could be understood."""

    error: Exception = RefusedError("nothing to break")

    def prepare(self, on, params, cancel):
        raise self.error


@pytest.mark.parametrize(
    ("error", "next_one"),
    [(RefusedError("nothing to break"), Done), (RemoteError("the link was lost"), Failed)],
)
def test_what_was_refused_counts_no_more_and_what_nobody_knows_goes_on_counting(error, next_one):
    no, yes = Refusing(), Breaking()
    no.error = error
    crew = crew_of(
        faults={"break": no, "other": yes}, gate=Gate(SystemClock(), Radius(targets=1, faults=1))
    )
    crew.start(inject(ticket=1))
    reports(crew, is_end)
    other = inject(ticket=2)
    step = other.step.model_copy(update={"inject": "other"})
    crew.start(replace(other, id="other-one", step=step))
    crew.proceed(2)
    said = reports(crew, lambda report: is_end(report) or isinstance(report, FaultPrepared))
    crew.proceed(2)
    said += [] if any(map(is_end, said)) else reports(crew, is_end)
    assert isinstance(next(filter(is_end, said)).outcome, next_one)


def test_what_was_undone_makes_room_for_the_next():
    gate = Gate(SystemClock(), Radius(targets=1, faults=1))
    gate.recall("break-it", "db1", SystemClock().now())
    crew = crew_of(faults={"break": Breaking()}, gate=gate)
    crew.start(inject(ticket=1, undo={"was": "well"}))
    reports(crew, is_end)
    gate.admit("another", "db1")
