"""A journal that was cut, or exchanged, is found out by the pin beside it."""

import os
from pathlib import Path

import pytest
from exercise.stories import RECOVER, at, opening_of, plan_with

from drill.errors import JournalCorruptError
from drill.journal.chain import GENESIS, digest
from drill.journal.file import FileJournal
from drill.journal.memory import MemoryJournal
from drill.journal.pin import Pin, pin_of, pin_path
from drill.journal.reader import follow, read
from drill.model.events import ExerciseClosed, Progressed

PLAN = plan_with(mend=RECOVER)
NOTE = Progressed(step="mend", ticket=1, what="a task", outcome="ok")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a-run" / "journal.jsonl"


def written(path: Path, records: int = 4) -> list[bytes]:
    """Write so many records, a sync each, and return their lines."""
    with FileJournal(path) as journal:
        journal.append(opening_of(PLAN), at(0))
        for n in range(1, records):
            journal.sync()
            journal.append(NOTE, at(n))
        journal.sync()
    return path.read_bytes().splitlines(keepends=True)


def refused(path: Path, match: str) -> None:
    """Assert that nobody takes the journal for whole, and that it is left as it is."""
    before = {entry: entry.read_bytes() for entry in path.parent.iterdir()}
    for look in (read, FileJournal, lambda path: list(follow(path, lambda: True))):
        with pytest.raises(JournalCorruptError, match=match) as refusal:
            look(path)
        assert "drill heal --from-hosts" in str(refusal.value)
    assert {entry: entry.read_bytes() for entry in path.parent.iterdir()} == before


def test_the_pin_names_what_is_durable_after_each_sync(path):
    with FileJournal(path) as journal:
        assert pin_of(path) == Pin(0, 0, GENESIS)
        journal.append(opening_of(PLAN), at(0))
        assert pin_of(path) == Pin(0, 0, GENESIS), "never ahead"
        journal.sync()
        assert pin_of(path) == Pin(1, path.stat().st_size, journal.head)


def test_every_cut_is_found_out_on_a_line_and_within_one(path):
    whole = b"".join(written(path))
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(JournalCorruptError):
            read(path)
    for length in (0, whole.index(b"\n") + 1, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(path, "rolled back: its pin counts 4 records, and [0-3] are there")


def test_another_journal_in_its_stead_is_found_out(path):
    written(path)
    other = MemoryJournal()
    other.append(opening_of(PLAN, environment={"host": "another"}), at(0))
    for n in range(9):
        other.append(NOTE, at(n))
    path.write_bytes(b"".join(other.lines))
    refused(path, "are not those that its pin names")


def test_a_pin_that_lags_after_a_power_cut_proves_what_it_still_names(path):
    lines = written(path)
    first = lines[0]
    pin_path(path).write_bytes(Pin(1, len(first), digest(first)).encode())
    assert len(read(path)[0]) == 4
    with FileJournal(path):
        assert pin_of(path).records == 4, "and is made good"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace(b"4", b"3", 1), id="another number"),
        pytest.param(lambda text: text[:-1], id="cut"),
        pytest.param(lambda text: text + b" ", id="longer"),
        pytest.param(lambda text: bytes(len(text)), id="zeros"),
        pytest.param(lambda text: text.replace(b" ", b"\xff"), id="no text"),
        pytest.param(lambda text: text.replace(b"0", b"x", 1), id="no number"),
    ],
)
def test_a_damaged_pin_is_found_out(path, change):
    written(path)
    pin_path(path).write_bytes(change(pin_path(path).read_bytes()))
    refused(path, "journal.pin")


def test_every_flipped_bit_of_a_pin_is_found_out(path):
    written(path)
    pin = pin_path(path).read_bytes()
    for bit in range(len(pin) * 8):
        flipped = bytearray(pin)
        flipped[bit // 8] ^= 1 << bit % 8
        pin_path(path).write_bytes(flipped)
        with pytest.raises(JournalCorruptError):
            pin_of(path)


def test_a_pin_that_is_a_trap_is_refused(path):
    written(path)
    pin_path(path).unlink()
    os.mkfifo(pin_path(path))
    with pytest.raises(JournalCorruptError, match="a pipe"):
        read(path)


def test_a_journal_without_a_pin_is_read_and_pinned_when_it_is_taken_up(path):
    written(path)
    for there in (False, True):
        if there:
            pin_path(path).touch()
        else:
            pin_path(path).unlink()
        assert pin_of(path) is None
        assert len(read(path)[0]) == 4
    with FileJournal(path):
        assert pin_of(path).records == 4


def test_whoever_follows_a_growing_journal_is_not_disturbed_by_its_pin(path):
    seen = []

    def more() -> bool:
        if len(seen) == 5:
            journal.append(ExerciseClosed(), at(9))
        else:
            journal.append(NOTE, at(5))
        journal.sync()
        return False

    written(path, 3)
    with FileJournal(path) as journal:
        seen.extend(record.seq for record in follow(path, more, pause=0))
    assert seen == list(range(6))


def test_a_pin_that_cannot_be_written_holds_nothing_up(path):
    with FileJournal(path) as journal:
        os.dup2(os.open(path, os.O_RDONLY | os.O_CLOEXEC), journal._pin)
        journal.append(opening_of(PLAN), at(0))
        journal.sync()
        assert len(read(path)[0]) == 1
    assert pin_of(path) == Pin()
