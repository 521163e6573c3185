"""What goes into a bundle: names, outputs, checkpoints, and the page for an auditor."""

import hashlib

import pytest
from evidence.cases import archived, events, lines_of, plan

from drill.errors import EvidenceError
from drill.evidence.checkpoints import Checkpoint, contradictions, read
from drill.evidence.members import run_of
from drill.evidence.names import places_of
from drill.evidence.outputs import outputs_of
from drill.journal.chain import digest
from drill.model.events import StepEnded
from drill.model.outcome import Failed

SHA = hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("a.yaml", "files/a.yaml"),
        ("lab/b.yaml", "files/lab/b.yaml"),
        ("../runbooks/a.md", "files/up/runbooks/a.md"),
        ("../../a", "files/up/up/a"),
        ("up/a", "files/%75p/a"),
        ("root/a", "files/%72oot/a"),
        ("/etc/a", "files/root/etc/a"),
        (".a", "files/%2Ea"),
        ("-a", "files/%2Da"),
        ("a b", "files/a%20b"),
        ("é", "files/%C3%A9"),
        ("e\u0301", "files/e%CC%81"),
        ("%41", "files/%2541"),
        ("a\nb", "files/a%0Ab"),
        ("x" * 200, f"files/{SHA}"),
    ],
)
def test_a_files_place_is_read_in_one_way_only(name, place):
    assert places_of({name: SHA}) == {name: place}


def test_names_that_differ_by_case_alone_give_way_to_their_sums():
    other = "1" * 64
    assert places_of({"A.md": SHA, "a.md": other}) == {
        "A.md": "files/A.md",
        "a.md": f"files/{other}",
    }


def test_outputs_are_the_journals_own_words_named_by_record():
    run = run_of(lines_of())
    found = outputs_of(run.records)
    text = found["outputs/000011-step-ended-mend.txt"].decode()
    assert text == (
        "record 11, ticket 9, 2026-01-01T00:00:05+00:00\n"
        "record 10: changed: start it\nok\ndone\nup\n"
    )
    assert len(found) == 4


def test_an_output_holds_error_and_evidence_of_what_failed():
    bad = StepEnded(step="mend", ticket=9, outcome=Failed(error="no", evidence="line 1\nline 2\n"))
    happened = tuple((s, bad if s == 5 else e) for s, e in events())
    text = outputs_of(run_of(lines_of(happened)).records)["outputs/000011-step-ended-mend.txt"]
    assert text.endswith(b"failed\nno\nline 1\nline 2\n")


def test_one_run_has_one_bundle():
    assert archived(lines_of()) == archived(lines_of())


def test_the_page_is_calm_whatever_the_scenario_is_called():
    wild = plan().scenario.model_copy(update={"title": "\x1b[2Jgone \u202eback"})
    page = archived(lines_of(scenario=wild)).members["README.txt"].decode()
    assert " [2Jgone  back" in page
    assert "\x1b" not in page
    assert "\u202e" not in page


LINES = lines_of()


def reached(records: int, run: str = "a-run") -> Checkpoint:
    some = LINES[:records]
    return Checkpoint("T", run, records, sum(map(len, some)), digest(some[-1]), SHA)


def test_a_journal_that_only_grew_contradicts_nothing():
    known = [reached(n) for n in range(1, len(LINES) + 1)]
    assert list(contradictions(known, "a-run", LINES)) == []


def test_a_shorter_or_another_journal_contradicts_what_was_sealed():
    assert list(contradictions([reached(9)], "a-run", LINES[:8])) == [
        "rolled back: 9 records were sealed at T, and 8 are there"
    ]
    other = lines_of(environment={"host": "another"})
    assert list(contradictions([reached(9)], "a-run", other)) == [
        "another journal: its first 9 records are not those that were sealed at T"
    ]
    assert list(contradictions([reached(9, "b-run")], "a-run", LINES[:8])) == []


def test_another_journal_of_the_same_length_contradicts_it_as_well():
    one, other = (lines_of(environment={"host": name}) for name in ("this", "that"))
    length = sum(map(len, one))
    assert length == sum(map(len, other))
    known = [Checkpoint("T", "a-run", len(one), length, digest(one[-1]), SHA)]
    assert list(contradictions(known, "a-run", one)) == []
    assert "another journal" in next(contradictions(known, "a-run", other))


def test_checkpoints_are_read_as_they_are_written():
    known = (reached(1), reached(9))
    assert read("".join(one.line() for one in known)) == known
    assert read("") == ()


@pytest.mark.parametrize("line", ["", "x", "T a-run 1 2 3 4", f"T a-run -1 2 {SHA} {SHA}"])
def test_a_line_that_is_no_checkpoint_is_told_by_its_number(line):
    with pytest.raises(EvidenceError, match="line 2 is no checkpoint"):
        read(f"{reached(1).line()}{line}\n")
