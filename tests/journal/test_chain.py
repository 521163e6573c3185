"""The chain: what was done to a journal is seen, and never taken for a crash."""

import hashlib
import json
import subprocess

import pytest
from exercise.stories import DONE, RECOVER, at, opening_of, plan_with
from hypothesis import given
from hypothesis import strategies as st

from drill.errors import JournalCorruptError, JournalNewerError
from drill.journal.chain import GENESIS, assert_torn, decode, digest, encode
from drill.journal.memory import MemoryJournal
from drill.model.events import AbortOrdered, Progressed, StepEnded, StepStarted

PLAN = plan_with(mend=RECOVER)


def lines_of_a_journal() -> list[bytes]:
    journal = MemoryJournal()
    journal.append(opening_of(PLAN), at(0))
    journal.append(StepStarted(step="mend", deadline=at(10)), at(1))
    journal.append(
        Progressed(step="mend", ticket=1, what="naïve\nline\r\u2028 ✓", outcome="ok"), at(2)
    )
    journal.append(StepEnded(step="mend", ticket=1, outcome=DONE), at(3))
    journal.append(AbortOrdered(by="boss", why="enough"), at(4))
    return journal.lines


LINES = lines_of_a_journal()
HEAD = digest(LINES[-1])
places = st.integers(0, sum(map(len, LINES)) - 1)


def read(lines):
    """Return the records and the head, as whoever reads a journal does."""
    found = list(decode(lines))
    return [record for record, _ in found], digest(found[-1][1]) if found else GENESIS


def read_bytes(text: bytes):
    """Read as the file journal does: whole lines, and perhaps a torn one."""
    *whole, tail = text.split(b"\n")
    assert_torn(tail)
    return read([line + b"\n" for line in whole])


def test_what_was_written_is_read():
    assert read(LINES)[1] == HEAD
    assert [record.seq for record in read(LINES)[0]] == [0, 1, 2, 3, 4]


def test_the_genesis_is_what_the_documented_command_prints():
    printed = subprocess.run(
        ["sha256sum"], input=b"drill journal v1\n", capture_output=True, check=True
    ).stdout
    assert printed.split()[0].decode() == GENESIS


def test_a_stranger_can_verify_the_chain_without_drill():
    prev = GENESIS
    for line in LINES:
        assert json.loads(line)["prev"] == prev
        prev = hashlib.sha256(line).hexdigest()


def test_no_text_can_break_a_line_in_two():
    assert all(line.count(b"\n") == 1 for line in LINES)


@given(places, st.integers(1, 255))
def test_a_changed_byte_is_seen_and_never_taken_for_a_torn_line(place, flip):
    text = bytearray(b"".join(LINES))
    text[place] ^= flip
    try:
        _, head = read_bytes(bytes(text))
    except JournalCorruptError:
        return
    assert place >= len(b"".join(LINES[:-1])), "only the last line is not in the chain"
    assert head != HEAD, "then the head tells"


def test_every_flipped_bit_is_seen_and_none_taken_for_a_torn_line(record_property):
    text = bytearray(b"".join(LINES))
    told_by_the_head = 0
    for bit in range(len(text) * 8):
        text[bit // 8] ^= 1 << bit % 8
        try:
            _, head = read_bytes(bytes(text))
        except JournalCorruptError:
            pass
        else:
            told_by_the_head += 1
            assert head != HEAD
            assert bit // 8 >= len(text) - len(LINES[-1])
        text[bit // 8] ^= 1 << bit % 8
    assert told_by_the_head > 0
    record_property("P12", f"{len(text) * 8:,} flipped bits, 0 unseen, 0 taken for a torn line")


def test_a_changed_last_newline_is_no_torn_line():
    for byte in set(range(256)) - {ord("\n")}:
        with pytest.raises(JournalCorruptError, match="newline"):
            read_bytes(b"".join(LINES)[:-1] + bytes([byte]))


def test_a_changed_newline_before_a_torn_line_is_no_torn_line():
    with pytest.raises(JournalCorruptError, match="newline"):
        read_bytes(b"".join(LINES)[:-1] + b" " + LINES[1][:30])


@given(st.integers(0, len(LINES) - 1))
def test_a_removed_line_is_seen(gone):
    left = LINES[:gone] + LINES[gone + 1 :]
    if gone == len(LINES) - 1:
        assert read(left)[1] != HEAD
    else:
        with pytest.raises(JournalCorruptError, match=f"line {gone + 1} "):
            read(left)


@given(st.integers(0, len(LINES)), st.sampled_from(LINES))
def test_an_added_line_is_seen(place, extra):
    longer = [*LINES[:place], extra, *LINES[place:]]
    first = next(i for i, line in enumerate(longer) if [line] != LINES[i : i + 1])
    with pytest.raises(JournalCorruptError, match=f"line {first + 1} does not follow"):
        read(longer)


@given(st.permutations(range(len(LINES))))
def test_swapped_lines_are_seen(order):
    swapped = [LINES[i] for i in order]
    if swapped == LINES:
        assert read(swapped)[1] == HEAD
        return
    first = next(i for i, line in enumerate(swapped) if line != LINES[i])
    with pytest.raises(JournalCorruptError, match=f"line {first + 1} does not follow"):
        read(swapped)


def test_a_line_with_another_number_is_seen():
    numbered = encode(7, HEAD, at(5), AbortOrdered(by="boss", why="enough"))[1]
    with pytest.raises(JournalCorruptError, match="line 6 does not follow"):
        read([*LINES, numbered])


def test_a_line_of_another_exercise_is_seen():
    other = MemoryJournal()
    other.append(opening_of(PLAN).model_copy(update={"run": "another"}), at(0))
    second = encode(1, other.head, at(1), StepStarted(step="mend", deadline=at(10)))[1]
    with pytest.raises(JournalCorruptError, match="line 2 does not follow"):
        read([LINES[0], second])


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"null\n", b"\xff\n", LINES[0][:-1] + b"}\n"])
def test_what_is_no_record_is_refused_with_its_place(line):
    with pytest.raises(JournalCorruptError, match="line 2 is not a record"):
        read([LINES[0], line])


@pytest.mark.parametrize(
    "newer",
    [
        {"event": {**json.loads(LINES[1])["event"], "mood": "good"}},
        {"event": {"type": "spirits-raised"}},
        {"signed": "yes"},
    ],
    ids=str,
)
def test_what_a_newer_drill_wrote_is_refused_by_name_and_not_skipped(newer):
    line = json.dumps(json.loads(LINES[1]) | newer).encode() + b"\n"
    with pytest.raises(JournalNewerError, match=r"not a record of this version.*heal --from-hosts"):
        read([LINES[0], line])


@given(places)
def test_any_beginning_of_a_journal_is_a_torn_one(place):
    whole = b"".join(LINES)[:place]
    kept = read_bytes(whole)[0]
    assert len(kept) == whole.count(b"\n")


@pytest.mark.parametrize("tail", [b"", b"{", b"\0\0\0", LINES[1][:-1], b"[" * 100_000, b"\xc3"])
def test_what_a_crash_leaves_is_torn(tail):
    assert_torn(tail)
