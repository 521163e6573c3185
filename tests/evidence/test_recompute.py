"""The plain SQL query gives the RTA and the RPA of the report, to the last digit."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from evidence.agreement import VERIFY, report_of
from evidence.worlds import by_hand, exercises, journals
from hypothesis import HealthCheck, Phase, given, settings

from drill.journal.reader import read

QUERY = VERIFY.with_name("recompute.sql")
KEPT = sorted((Path(__file__).parents[1] / "journals").glob("*.jsonl"))


def asked(lines):
    """Ask as the sqlite3 of Python does, which knows no command that begins with a dot."""
    text = "".join(one for one in QUERY.read_text().splitlines(True) if not one.startswith("."))
    tables, last = text.split("CREATE TABLE line(text TEXT);")[1].rsplit("\nSELECT s.key", 1)
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE line(text TEXT)")
        database.executemany("INSERT INTO line VALUES (?)", ((line,) for line in lines))
        database.executescript(tables)
        rows = database.execute("SELECT s.key" + last).fetchall()
    database.close()
    return {
        service: (tuple(rta), tuple(rpa))
        for service, *figures in rows
        for rta, rpa in [(figures[:2], figures[2:])]
    }


def reported(report):
    """Return the same of a report, for each service that promises both from the onset."""
    found = {}
    for one in report["objectives"]:
        if one["counted_from"] in {"T0", ""} and one["measure"] in {"RTO", "RPO"}:
            actual = one["actual"] or {"lo": None, "hi": None}
            found[one["service"], one["measure"]] = actual["lo"], actual["hi"]
    return found


def assert_the_same(records):
    answer = asked(record.model_dump_json() for record in records)
    for (service, measure), figures in reported(report_of(records)).items():
        assert answer[service][measure == "RPO"] == figures, (service, measure)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_it_is_the_report_of_every_old_journal(path):
    records = read(path)[0]
    assert len(reported(report_of(records))) == 2
    assert_the_same(records)


def test_it_is_the_report_of_what_chance_seldom_writes():
    for pen in by_hand():
        pen.close()
        assert_the_same(pen.records)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(exercises() | journals())
def test_it_is_the_report_of_random_exercises(records):
    assert_the_same(records)


TYPED = [
    ".mode ascii",
    '.separator "\\037" "\\n"',
    ".import journal.jsonl line",
    ".mode list",
    '.separator " | " "\\n"',
    ".headers on",
]


def test_it_is_what_an_auditor_types(tmp_path):
    """Where the command is not installed, that what it is told is what it was told here."""
    text = QUERY.read_text()
    assert [line for line in text.splitlines() if line.startswith(".")] == TYPED
    if shutil.which("sqlite3") is None:
        return
    shutil.copy(KEPT[0], tmp_path / "journal.jsonl")
    ran = subprocess.run(
        ["sqlite3"], input=text, capture_output=True, text=True, check=True, cwd=tmp_path
    )
    names, row = (line.split(" | ") for line in ran.stdout.splitlines())
    assert names == ["service", "rta_lo", "rta_hi", "rpa_lo", "rpa_hi"]
    service, *figures = row
    (rto, rpo) = reported(report_of(read(KEPT[0])[0])).values()
    assert [float(one) for one in figures] == pytest.approx([*rto, *rpo], rel=1e-14)
    assert service == "orders"
