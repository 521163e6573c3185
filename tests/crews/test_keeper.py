"""Leases are renewed from before the fault is applied until its undo, and never after it."""

import threading
import time

import pytest
from crews.worlds import Anything, Breaking, crew_of, inject, reports

from drill.crews.keeper import Keeper
from drill.engine.clock import SystemClock
from drill.errors import RefusedError, RemoteError
from drill.model.events import FaultPrepared, StepEnded, UndoEnded


def is_end(report):
    return isinstance(report, StepEnded | UndoEnded)


class Renewed(Breaking):
    """A leased fault that notes its renewals; a lease lasts for 0.15 s."""

    def renew(self, on, params, receipt, cancel):
        self.calls.append("renew")
        return 0.15


def applied(fault):
    crew = crew_of(faults={"break": fault})
    crew.start(inject(ticket=4))
    reports(crew, lambda report: isinstance(report, FaultPrepared))
    crew.proceed(4)
    reports(crew, is_end)
    return crew


def undo(crew):
    crew.start(inject(ticket=9, undo={"was": "well"}))
    reports(crew, is_end)


def test_it_is_renewed_three_times_a_lease_until_its_undo_begins():
    fault = Renewed()
    crew = applied(fault)
    time.sleep(0.5)
    undo(crew)
    count = fault.calls.count("renew")
    assert count >= 4
    time.sleep(0.3)
    assert fault.calls.count("renew") <= count + 1, "one may have been on its way"
    assert fault.calls[0] == "prepare"


def test_a_fault_that_was_told_to_stop_before_it_was_applied_is_not_renewed():
    fault = Renewed()
    crew = crew_of(faults={"break": fault})
    crew.start(inject(ticket=4))
    reports(crew, lambda report: isinstance(report, FaultPrepared))
    crew.cancel(4)
    reports(crew, is_end)
    assert fault.calls == ["prepare"]


def test_what_stands_when_an_exercise_is_taken_up_is_renewed_again():
    fault, order = Renewed(), inject()
    crew = crew_of(faults={"break": fault})
    crew.keep(order.id, order.step, {"was": "well"})
    time.sleep(0.2)
    undo(crew)
    assert fault.calls.count("renew") >= 2


@pytest.mark.parametrize(
    ("error", "again"),
    [(RefusedError("it ended"), False), (RemoteError("no link"), True), (KeyError("a bug"), True)],
)
def test_only_a_refusal_ends_the_renewing(error, again):
    asked = threading.Semaphore(0)

    def renew(cancel):
        asked.release()
        raise error

    keeper = Keeper(SystemClock())
    keeper.keep("break-it", renew)
    assert asked.acquire(timeout=5)
    assert asked.acquire(timeout=1.5) is again
    keeper.let_go("break-it")


def test_a_step_that_was_let_go_is_never_kept_again():
    asked = threading.Event()
    keeper = Keeper(SystemClock())
    keeper.let_go("break-it")
    keeper.keep("break-it", lambda cancel: asked.set() or 60.0)
    assert not asked.wait(0.2)


def test_letting_go_stops_a_renewal_that_hangs():
    began, stopped = threading.Event(), threading.Event()

    def renew(cancel):
        began.set()
        if cancel.wait(8):
            stopped.set()
        return 60.0

    keeper = Keeper(SystemClock())
    keeper.keep("break-it", renew)
    assert began.wait(5)
    keeper.let_go("break-it")
    assert stopped.wait(2)


def test_a_fault_without_a_lease_is_not_renewed():
    fault = Breaking(params=Anything)
    undo(applied(fault))
    assert fault.calls == ["prepare", "apply", "undo {'was': 'well'}"]
