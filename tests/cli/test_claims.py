"""A live run is reported with what was claimed at a table before."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from report.keeping import keep
from report.rooms import played

from drill.cli.claims import with_claims
from drill.cli.review import report
from drill.cli.session import conclude
from drill.cli.shelf import JOURNAL, view_of
from drill.errors import UsageError

DAY = timedelta(days=1)


def kept(runs, name, mode="tabletop", *, after=-DAY, closed=True, scenario="lost-primary"):
    """Keep a run, opened so long after the others; return its journal."""
    told = played(mode)
    if closed:
        told.close()
    return keep(told.records, runs, name, after, id=scenario)


@pytest.fixture
def runs(tmp_path):
    """Return runs of which one, `3-table`, is what a live run of `5-live` is compared with."""
    kept(tmp_path, "1-table", after=-3 * DAY)
    kept(tmp_path, "2-other", scenario="split-brain")
    kept(tmp_path, "3-table")
    kept(tmp_path, "4-open", closed=False)
    kept(tmp_path, "5-live", "live", after=timedelta())
    kept(tmp_path, "6-live", "live", after=timedelta())
    kept(tmp_path, "7-later", after=DAY)
    (tmp_path / "8-empty").mkdir()
    (tmp_path / "8-empty" / JOURNAL).write_bytes(b"")
    (tmp_path / "9-nothing").mkdir()
    (tmp_path / "9-nothing" / JOURNAL).write_bytes(b"nothing\n")
    return tmp_path


def invoke(*arguments):
    options = [str(one) for one in arguments]
    done = CliRunner().invoke(report, options, catch_exceptions=False)
    return done.output


def claimed_at(view):
    return {one.run for one in view.claims}


def test_the_newest_closed_tabletop_that_was_held_before_is_found(runs):
    view = with_claims(view_of(runs / "5-live" / JOURNAL), runs)
    assert claimed_at(view) == {"3-table"}
    (fix,) = [one for one in view.claims if one.step == "fix"]
    assert (fix.claimed, fix.planned, fix.measured) == (4.0, 2.0, pytest.approx(3.0))


def test_a_tabletop_that_cannot_be_read_hides_no_other(runs, capsys):
    journal = runs / "3-table" / JOURNAL
    journal.write_bytes(journal.read_bytes().replace(b"Kim", b"Tim"))
    assert claimed_at(with_claims(view_of(runs / "5-live" / JOURNAL), runs)) == {"1-table"}
    assert "the tabletop 3-table is left out: line 6" in capsys.readouterr().err


def test_a_tabletop_can_be_named(runs):
    text = invoke("5-live", "--runs", runs, "--format", "markdown", "--claims", "1-table")
    assert "Claimed at the table of 1-table" in text
    assert "| fix (ssh.command) | 4.00 s | 2 s | 3.00 s |" in text


def test_the_report_of_a_live_run_finds_it_by_itself(runs):
    text = invoke("5-live", "--runs", runs, "--format", "markdown")
    assert "Claimed at the table of 3-table" in text


def test_the_tabletop_is_looked_for_beside_the_run_itself(runs, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    text = invoke(runs / "5-live", "--runs", elsewhere, "--format", "markdown")
    assert "Claimed at the table of 3-table" in text


def test_the_report_at_the_end_of_a_live_run_has_it_too(runs):
    conclude(runs / "5-live" / JOURNAL, quiet=True)
    assert "the table of 3-table" in (runs / "5-live" / "report.md").read_text()


def test_without_a_tabletop_nothing_is_claimed(tmp_path):
    kept(tmp_path, "5-live", "live", after=timedelta())
    text = invoke("5-live", "--runs", tmp_path, "--format", "markdown")
    assert "Nothing was claimed: no earlier tabletop of this scenario is at hand." in text


def test_the_report_of_a_tabletop_measures_nothing(runs):
    text = invoke("3-table", "--runs", runs, "--format", "markdown")
    assert "| fix (ssh.command) | 4.00 s | 2 s | not measured | not measured |" in text


@pytest.mark.parametrize(
    ("run", "claims", "said"),
    [
        ("5-live", "6-live", "but lost-primary .live.; name a tabletop of lost-primary"),
        ("5-live", "2-other", "no tabletop of lost-primary, but split-brain .tabletop."),
        ("5-live", "none", "no run 'none'"),
        ("3-table", "1-table", "3-table is a tabletop, and only a live run measures"),
    ],
)
def test_what_cannot_be_compared_is_refused(runs, run, claims, said):
    with pytest.raises(UsageError, match=said):
        invoke(run, "--runs", runs, "--claims", claims)
