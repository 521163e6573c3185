"""Nothing is broken while everything is halted; what heals is never held up."""

from crews.worlds import Breaking, crew_of, inject, reports

from drill.crews.gate import Gate
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

    return Gate(why)


def test_while_all_is_halted_a_fault_is_not_even_prepared():
    fault = Breaking()
    crew = crew_of(faults={"break": fault}, gate=halted_after(0))
    crew.start(inject())
    (end,) = reports(crew, is_end)
    assert isinstance(end.outcome, Failed)
    assert "halted: smoke" in end.outcome.error
    assert fault.calls == []


def test_a_halt_while_it_was_prepared_keeps_it_from_being_applied():
    fault = Breaking()
    crew = crew_of(faults={"break": fault}, gate=halted_after(1))
    crew.start(inject(ticket=5))
    reports(crew, lambda report: isinstance(report, FaultPrepared))
    crew.proceed(5)
    (end,) = reports(crew, is_end)
    assert isinstance(end.outcome, Failed)
    assert fault.calls == ["prepare"]


def test_a_halt_holds_up_no_undo():
    fault = Breaking()
    crew = crew_of(faults={"break": fault}, gate=halted_after(0))
    crew.start(inject(undo={"was": "well"}))
    (end,) = reports(crew, is_end)
    assert isinstance(end.outcome, Done)
