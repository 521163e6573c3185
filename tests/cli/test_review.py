"""What the review commands make of real journals: those that rehearsals leave."""

import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from drill.cli.review import _watch, report, runs, show, watch
from drill.cli.screen import Screen
from drill.cli.shelf import completed_run, journal_of
from drill.crews.fates import Fate, as_planned
from drill.crews.rehearsal import Rehearsal, VirtualClock
from drill.engine.conductor import Conductor
from drill.errors import JournalCorruptError, JournalError, UsageError
from drill.graph.load import load
from drill.graph.params import resolve
from drill.graph.plan import plan_of
from drill.journal.file import FileJournal
from drill.model.events import ExerciseOpened
from drill.model.outcome import Failed
from drill.model.targets import Target

SCENARIO = Path(__file__).parents[2] / "scenarios" / "primary-database-loss.yaml"
TARGETS = tuple(Target(name=name, site="s", address="10.0.0.1") for name in ("db1", "db2", "lb1"))
OLD, NEW = "20261118-090000-met", "20261119-090000-failed"


def rehearse(runs_, name, failing=""):
    scenario = resolve(load(SCENARIO.read_bytes(), "scenario"), {})
    plan = plan_of(scenario, TARGETS, {})
    clock, planned = VirtualClock(), as_planned(plan)

    def world(order):
        if order.id == failing and order.undo is None:
            return Fate(timedelta(seconds=1), Failed(error="it would not"))
        return planned(order)

    opening = ExerciseOpened(
        run=name, mode="rehearsal", scenario=scenario, targets=TARGETS, digest=plan.digest
    )
    with FileJournal(runs_ / name / "journal.jsonl") as journal:
        Conductor(plan, opening, journal, Rehearsal(clock, world), clock).run()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Return a directory of two runs, a torn one, a broken one and one that has not begun."""
    runs_ = tmp_path_factory.mktemp("runs")
    rehearse(runs_, OLD)
    rehearse(runs_, NEW, failing="promote-db2")
    text = (runs_ / OLD / "journal.jsonl").read_bytes()
    for name, part in (
        ("20261101-torn", text[: len(text) // 2]),
        ("20261102-changed", text.replace(b"orders", b"Orders", 1)),
        ("20261103-empty", b""),
    ):
        (runs_ / name).mkdir()
        (runs_ / name / "journal.jsonl").write_bytes(part)
    return runs_


def invoke(command, *arguments):
    options = [str(one) for one in arguments]
    return CliRunner().invoke(command, options, catch_exceptions=False).output


def test_a_run_is_found_by_id_directory_journal_and_as_the_latest(shelf):
    journal = shelf / NEW / "journal.jsonl"
    for name in (NEW, "latest", str(shelf / NEW), str(journal)):
        assert journal_of(shelf, name) == journal


def test_an_unknown_run_is_told_with_those_that_are_known(shelf, tmp_path):
    with pytest.raises(UsageError, match=NEW):
        journal_of(shelf, "nope")
    with pytest.raises(UsageError, match="none yet; begin one with"):
        journal_of(tmp_path, "latest")


def test_report_is_written_beside_the_journal(shelf):
    said = invoke(report, OLD, "--runs", shelf)
    assert said.split() == [str(shelf / OLD / name) for name in ("report.html", "report.md")]
    assert "The primary database host dies" in (shelf / OLD / "report.html").read_text()
    assert (shelf / OLD / "report.md").read_text().startswith("# After-action report")


@pytest.mark.parametrize(
    ("options", "begins"),
    [
        (["--format", "html"], "<!doctype html>"),
        (["--format", "markdown"], "# After-action report"),
        (["--format", "json", "--output", "-"], "{\n"),
    ],
)
def test_a_format_alone_goes_to_standard_output(shelf, options, begins):
    assert invoke(report, "latest", "--runs", shelf, *options).lstrip().startswith(begins)


@pytest.mark.parametrize(
    ("name", "begins"), [("a.html", "<!doctype"), ("a.md", "# After"), ("a.json", "{")]
)
def test_the_suffix_of_the_output_tells_its_format(shelf, tmp_path, name, begins):
    invoke(report, "latest", "--runs", shelf, "--output", tmp_path / name)
    assert (tmp_path / name).read_text().lstrip().startswith(begins)


def test_an_output_that_tells_no_format_or_cannot_be_written_is_refused(shelf, tmp_path):
    with pytest.raises(UsageError, match="add --format"):
        invoke(report, "latest", "--runs", shelf, "--output", tmp_path / "report")
    with pytest.raises(UsageError, match="cannot be written"):
        invoke(report, "latest", "--runs", shelf, "--output", tmp_path / "no" / "a.html")


def test_show_prints_every_step_and_the_verdict(shelf):
    said = invoke(show, NEW, "--runs", shelf)
    assert "✗ promote-db2" in said
    assert "Step promote-db2 is failed" in said
    assert "✓ fault host.power-off on db1: undone" in said


def test_show_as_json_is_the_whole_view(shelf):
    view = json.loads(invoke(show, OLD, "--runs", shelf, "--json"))
    assert view["verdict"] == "met"
    assert len(view["steps"]) == len(load(SCENARIO.read_bytes(), "scenario").steps)


def test_runs_lists_all_of_them_newest_first_and_hides_no_broken_one(shelf):
    known = json.loads(invoke(runs, "--runs", shelf, "--json"))
    assert [one["run"] for one in known] == [
        NEW, OLD, "20261103-empty", "20261102-changed", "20261101-torn",
    ]  # fmt: skip
    failed, met, empty, changed, torn = known
    assert (met["verdict"], met["closed"] is None) == ("met", False)
    assert failed["verdict"] == "inconclusive"
    assert "holds no record yet" in empty["error"]
    assert "a line was changed" in changed["error"]
    assert torn["closed"] is None
    said = invoke(runs, "--runs", shelf)
    assert "✓ met" in said
    assert "✗ unreadable" in said


def test_an_empty_shelf_says_how_to_begin(tmp_path):
    assert "drill run SCENARIO" in invoke(runs, "--runs", tmp_path)


def test_a_broken_journal_is_not_reported_on(shelf):
    with pytest.raises(JournalCorruptError):
        invoke(report, "20261102-changed", "--runs", shelf)
    with pytest.raises(JournalError, match="no record yet"):
        invoke(show, "20261103-empty", "--runs", shelf)


def test_an_unfinished_run_can_be_reported(shelf):
    said = invoke(report, "20261101-torn", "--runs", shelf, "--format", "markdown")
    assert "every figure may still change" in said


def test_watch_prints_the_records_of_a_closed_run_and_ends(shelf):
    lines = invoke(watch, OLD, "--runs", shelf).splitlines()
    assert "exercise-opened" in lines[0]
    assert lines[-1].endswith("exercise-closed")
    records = [
        json.loads(line) for line in invoke(watch, OLD, "--runs", shelf, "--json").split("\n")[:-1]
    ]
    assert [one["seq"] for one in records] == list(range(len(records)))
    assert len(lines) < len(records)
    assert sum("samples-taken" in line for line in lines) == 3, "well, ill and well again"


def test_runs_are_completed_for_the_shell(shelf):
    context = report.make_context("report", ["latest", "--runs", str(shelf)])
    found = completed_run(context, report.params[0], "2026111")
    assert [item.value for item in found] == [NEW, OLD]
    assert completed_run(context, report.params[0], "la")[0].value == "latest"


def test_watch_draws_the_last_frame_of_a_closed_run(shelf):
    file = io.StringIO()
    console = Console(file=file, width=100, height=40, force_terminal=True, no_color=True)
    with Screen(console) as screen:
        _watch(shelf / NEW / "journal.jsonl", screen)
    assert "? inconclusive" in file.getvalue()
    assert "✗ promote-db2" in file.getvalue()


def test_watch_draws_while_it_waits_for_more(tmp_path, shelf):
    text = (shelf / OLD / "journal.jsonl").read_bytes()
    whole = tmp_path / "journal.jsonl"
    whole.write_bytes(b"".join(text.splitlines(keepends=True)[:60]))
    shown = []

    class Slate(Screen):
        """A screen that has the rest of the journal written when it first draws."""

        def show(self, view, typed=""):
            shown.append(view.phase)
            whole.write_bytes(text)

    _watch(whole, Slate(Console(file=io.StringIO())))
    assert shown[0] != "closed"
    assert shown[-1] == "closed"


def test_every_format_is_written_and_what_is_left_out_is_told(shelf, tmp_path, monkeypatch):
    for lacking in ("weasyprint", "docxtpl"):
        monkeypatch.setitem(sys.modules, lacking, None)
    said = invoke(report, NEW, "--runs", shelf, "--all", tmp_path / "all")
    there = {one.name for one in (tmp_path / "all").iterdir()}
    kinds = {"html", "md", "json", "junit.xml", "csv", "oscal.json", "poam.json"}
    assert there <= {f"report.{kind}" for kind in kinds}
    assert {"report.html", "report.junit.xml", "report.csv", "report.oscal.json"} <= there
    assert "drill: report.pdf is left out: a PDF needs weasyprint; install: pip install" in said
    assert "drill: report.docx is left out: a Word file needs docxtpl" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--all", "x", "--format", "csv"], "--all writes every format"),
        (["--template", "x.docx", "--format", "pdf"], "add --format docx"),
        (["--template", "gone.docx", "--format", "docx"], "gone.docx: cannot be read"),
    ],
)
def test_options_that_contradict_each_other_are_refused(shelf, options, said):
    with pytest.raises(UsageError, match=said):
        invoke(report, NEW, "--runs", shelf, *options)


def test_a_program_reads_the_objectives(shelf):
    said = invoke(report, NEW, "--runs", shelf, "--format", "junit")
    assert said.startswith("<?xml")
    assert '<testcase name="orders RTO"' in said
