import time

import pytest
from crews.worlds import Breaking, Doing, Looking, crew_of, inject, recover, reports, soon

from drill.errors import HostKeyError, RemoteError, SafetyError
from drill.model.events import FaultPrepared, Progressed, StepEnded, UndoEnded
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.steps import Check, Task
from drill.ports import Order, Progress, Reading


def is_end(report):
    return isinstance(report, StepEnded | UndoEnded)


def outcome_of(crew, order):
    crew.start(order)
    (end,) = [report for report in reports(crew, is_end) if is_end(report)]
    assert end.ticket == order.ticket
    return end.outcome


def raising(error):
    def act(on, params, cancel, say):
        raise error

    return Doing(act)


def test_what_an_action_says_while_it_runs_comes_before_its_end():
    def act(on, params, cancel, say):
        say(Progress("one", "changed", note="fine", seconds=0.1))
        return Done(note="all")

    crew = crew_of(actions={"act": Doing(act)})
    crew.start(recover(ticket=7))
    said = reports(crew, is_end)
    assert [type(report) for report in said] == [Progressed, StepEnded]
    assert {report.ticket for report in said} == {7}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RemoteError("the link was lost"), Indeterminate),
        (HostKeyError("another key"), Failed),
        (SafetyError("out of bounds"), Failed),
        (ZeroDivisionError("a plug-in's bug"), Indeterminate),
    ],
)
def test_what_a_plugin_raises_becomes_an_outcome(error, kind):
    assert isinstance(outcome_of(crew_of(actions={"act": raising(error)}), recover()), kind)


def test_a_bug_leaves_its_traceback_as_evidence():
    outcome = outcome_of(crew_of(actions={"act": raising(ZeroDivisionError("oops"))}), recover())
    assert "Traceback" in outcome.evidence


def test_cancel_reaches_a_blocking_action_at_once():
    def act(on, params, cancel, say):
        began = time.monotonic()
        cancel.wait(30)
        return Done(note=str(time.monotonic() - began < 5))

    crew = crew_of(actions={"act": Doing(act)})
    crew.start(recover(ticket=3, seconds=60))
    crew.cancel(3)
    assert reports(crew, is_end)[-1].outcome == Done(note="True")


def test_an_action_sees_its_deadline():
    def act(on, params, cancel, say):
        return Done(note="in time" if 0 < cancel.remaining() <= 5 else "out of time")

    assert outcome_of(crew_of(actions={"act": Doing(act)}), recover()).note == "in time"


def test_a_fault_is_applied_only_after_its_receipt_is_safe():
    fault = Breaking()
    crew = crew_of(faults={"break": fault})
    crew.start(inject(ticket=4))
    said = reports(crew, lambda report: isinstance(report, FaultPrepared))
    assert said[-1].receipt == {"was": "well"}
    assert fault.calls == ["prepare"]
    crew.proceed(4)
    assert reports(crew, is_end)[-1].outcome == Done()
    assert fault.calls == ["prepare", "apply"]


def test_a_fault_told_to_stop_while_it_waits_is_never_applied():
    fault = Breaking()
    crew = crew_of(faults={"break": fault})
    crew.start(inject(ticket=4))
    reports(crew, lambda report: isinstance(report, FaultPrepared))
    crew.cancel(4)
    assert isinstance(reports(crew, is_end)[-1].outcome, Failed)
    assert fault.calls == ["prepare"]


def test_a_fault_that_nobody_lets_proceed_stops_at_its_deadline():
    fault = Breaking()
    crew = crew_of(faults={"break": fault})
    crew.start(inject(ticket=4, seconds=0.2))
    assert isinstance(reports(crew, is_end)[-1].outcome, Failed)
    assert fault.calls == ["prepare"]


def test_an_undo_gets_the_receipt_and_nothing_is_prepared():
    fault = Breaking()
    order = inject(undo={"was": "well"})
    assert outcome_of(crew_of(faults={"break": fault}), order) == Done()
    assert fault.calls == ["undo {'was': 'well'}"]


def check(seconds=5.0):
    step = Check.model_validate({"check": "look", "timeout": "5s"})
    return Order(1, "look-at-it", step, soon(seconds))


def test_a_check_is_repeated_until_it_holds():
    bad, good = Reading(state="bad", note="not yet"), Reading(state="good", note="yes")
    crew = crew_of(probes={"look": Looking([bad, bad, good])})
    assert outcome_of(crew, check()) == Done(note="yes")


def test_a_check_that_never_holds_fails_with_what_was_seen_last():
    crew = crew_of(probes={"look": Looking([Reading(state="bad", note="2, not 1")])})
    assert outcome_of(crew, check(seconds=0.3)) == Failed(error="did not hold: 2, not 1")


def test_secrets_go_in_and_never_come_out():
    seen = []

    def act(on, params, cancel, say):
        seen.append(params.text)
        say(Progress("uses hunter2", "ok"))
        return Failed(error="cannot log in with host=x password=hunter2")

    crew = crew_of(actions={"act": Doing(act)}, secrets={"dsn": "host=x password=hunter2"})
    crew.start(recover(text="$secret:dsn"))
    said = reports(crew, is_end)
    assert seen == ["host=x password=hunter2"]
    assert "hunter2" not in "".join(report.model_dump_json() for report in said)


TASK = Task.model_validate({"task": "look", "by": "boss", "timeout": "5s"})


def test_what_people_are_to_do_is_no_work_for_a_thread():
    outcome = outcome_of(crew_of(), Order(1, "ask", TASK, soon(5)))
    assert isinstance(outcome, Indeterminate)
    assert "ask is not work for a thread" in outcome.error


def test_a_nudge_ends_the_waiting():
    crew = crew_of()
    crew.nudge()
    assert crew.wait(soon(30)) == ()
