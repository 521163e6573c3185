"""The form beside the journal: begun once, read strictly, and never a way to change a figure."""

import json

import pytest
import yaml
from cli.test_review import NEW, rehearse
from click.testing import CliRunner

from drill.cli.form import FORM, with_form
from drill.cli.review import report
from drill.cli.shelf import JOURNAL, view_of
from drill.errors import UsageError
from drill.model.problem import ScenarioProblemsError


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a directory of one run whose recovery failed, to be copied."""
    runs = tmp_path_factory.mktemp("made")
    rehearse(runs, NEW, failing="promote-db2")
    return (runs / NEW / JOURNAL).read_bytes(), (runs / NEW / "journal.pin").read_bytes()


@pytest.fixture
def run(made, tmp_path):
    """Return the directory of a run, of this test alone."""
    place = tmp_path / NEW
    place.mkdir()
    (place / JOURNAL).write_bytes(made[0])
    (place / "journal.pin").write_bytes(made[1])
    return place


def told(run, *more):
    return CliRunner().invoke(report, [NEW, "--runs", str(run.parent), *more])


def filled(run, text):
    (run / FORM).write_text(text, encoding="utf-8")
    return with_form(view_of(run / JOURNAL), run / JOURNAL)


def test_a_form_is_begun_beside_the_journal_and_is_read_as_it_is(run):
    begun = told(run, "--form")
    assert begun.exit_code == 0
    assert begun.output.strip() == str(run / FORM)
    empty = with_form(view_of(run / JOURNAL), run / JOURNAL)
    assert not any(empty.form.fields.values())
    assert {*empty.form.notes} == {one.key for one in empty.limits}
    assert {*empty.form.findings} == {one.id for one in empty.findings}
    assert "missing" in told(run, "--format", "markdown").output


def test_a_form_is_never_overwritten(run):
    (run / FORM).write_text("fields: {AAR-002: Ann}\n", encoding="utf-8")
    refused = told(run, "--form")
    assert isinstance(refused.exception, UsageError)
    assert "never overwritten" in str(refused.exception)
    assert (run / FORM).read_text(encoding="utf-8") == "fields: {AAR-002: Ann}\n"
    printed = told(run, "--form", "--output", "-").output
    assert {*yaml.safe_load(printed)} == {"fields", "notes", "findings"}


def test_a_form_can_be_begun_elsewhere_and_says_if_it_cannot(run):
    assert told(run, "--form", "--output", str(run / "mine.yaml")).exit_code == 0
    assert (run / "mine.yaml").exists()
    lost = told(run, "--form", "--output", str(run / "no" / "mine.yaml"))
    assert "cannot be written" in str(lost.exception)


def test_what_is_filled_in_is_in_every_format_and_changes_no_figure(run):
    before = json.loads(told(run, "--format", "json").output)
    finding = before["findings"][0]["id"]
    filled(
        run,
        f"""
fields: {{AAR-012: Buy a second one.}}
notes: {{no-load: In spring.}}
findings:
  "{finding}": {{action: Train it., due: 2027-03-01, owner: Ann}}
""",
    )
    after = json.loads(told(run, "--format", "json").output)
    assert {key for key in after if after[key] != before[key]} == {"form"}
    for form in ("html", "markdown"):
        text = told(run, "--format", form).output
        for said in ("Asked of management: Buy a second one.", "Note: In spring.", "Train it.",
                     "1 Mar 2027"):  # fmt: skip
            assert said in text
    assert told(run).exit_code == 0
    assert "Train it." in (run / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fields: {AAR-002: 3}", "after-action.yaml:1:19: error: `AAR-002` must be text"),
        ("fields: {AAR-999: x}", "there is no field that people fill in `AAR-999`"),
        ("fields: {AAR-010: x}", "there is no field that people fill in `AAR-010`"),
        ("notes:\n  no-laod: x", "after-action.yaml:2:3: error: there is no line"),
        ("notes:\n  no-laod: x", "did you mean `no-load`?"),
        ("findings: {'late:nobody': {}}", "there is no finding `late:nobody`"),
        ("limits: []", "unknown key `limits`"),
        ("fields: [", "after-action.yaml:1"),
        ("findings: {'x': {due: soon}}", "after-action.yaml:1:23"),
    ],
)
def test_what_is_wrong_with_a_form_is_told_at_its_line(run, text, said):
    with pytest.raises(ScenarioProblemsError) as caught:
        filled(run, text)
    assert said in str(caught.value)


def test_a_form_that_cannot_be_read_is_told(run):
    (run / FORM).mkdir()
    with pytest.raises(UsageError, match="cannot be read: it is a directory"):
        with_form(view_of(run / JOURNAL), run / JOURNAL)


def test_without_a_form_every_field_of_people_is_missing(run):
    view = view_of(run / JOURNAL)
    assert with_form(view, run / JOURNAL) == view
