"""The journal on disk: one holder, all or nothing, and room to heal on a full disk."""

import errno
import fcntl
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from exercise.stories import RECOVER, at, opening_of, plan_with

from drill.errors import JournalBusyError, JournalCorruptError, JournalError
from drill.files import open_own
from drill.journal.chain import digest
from drill.journal.file import RESERVE, FileJournal
from drill.journal.pin import Pin, pin_path
from drill.journal.reader import first, read
from drill.model.events import AbortOrdered, ExerciseClosed, StepStarted

PLAN = plan_with(mend=RECOVER)
STARTED = StepStarted(step="mend", deadline=at(10))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "a-run" / "journal.jsonl"


def written(path: Path) -> bytes:
    """Write two records and return the file's bytes."""
    with FileJournal(path) as journal:
        journal.append(opening_of(PLAN), at(0))
        journal.append(STARTED, at(1))
        journal.sync()
    return path.read_bytes()


def test_a_journal_is_taken_up_where_it_stands(path):
    before = written(path)
    with FileJournal(path) as journal:
        record = journal.append(AbortOrdered(by="boss", why="enough"), at(2))
        assert record.seq == 2
        journal.sync()
        records = list(journal)
    assert path.read_bytes().startswith(before)
    assert records == list(read(path)[0])
    assert read(path)[1] == journal.head
    assert len(records) == 3


def test_only_its_owner_may_read_it(path):
    written(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_before_sync_and_an_idle_sync_writes_nothing(path):
    with FileJournal(path) as journal:
        journal.append(opening_of(PLAN), at(0))
        assert path.stat().st_size == 0
        journal.sync()
        size = path.stat().st_size
        journal.sync()
        assert path.stat().st_size == size > 0


def test_every_torn_tail_is_cut_on_open(path):
    whole = written(path)
    first = whole.index(b"\n") + 1
    for cut in range(first, len(whole)):
        path.write_bytes(whole[:cut])
        pin_path(path).write_bytes(Pin(1, first, digest(whole[:first])).encode())
        assert len(read(path)[0]) == 1
        with FileJournal(path) as journal:
            assert len(list(journal)) == 1
            journal.append(STARTED, at(1))
            journal.sync()
        assert path.read_bytes() == whole


def test_zeros_after_the_last_line_are_a_torn_tail(path):
    whole = written(path)
    path.write_bytes(whole + bytes(4096))
    with FileJournal(path):
        assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text[:-1] + b" ", id="newline changed"),
        pytest.param(lambda text: text[1:], id="first byte gone"),
        pytest.param(lambda text: text.replace(b"a-run", b"b-run") + b'{"torn', id="line changed"),
        pytest.param(lambda text: text + text, id="doubled"),
    ],
)
def test_a_corrupt_journal_is_refused_and_left_as_it_is(path, change):
    bad = change(written(path))
    path.write_bytes(bad)
    with pytest.raises(JournalCorruptError):
        FileJournal(path)
    with pytest.raises(JournalCorruptError):
        read(path)
    assert path.read_bytes() == bad


def test_a_second_holder_is_refused_until_the_first_lets_go(path):
    with FileJournal(path) as journal:
        with pytest.raises(JournalBusyError, match="drill watch"):
            FileJournal(path)
        journal.append(opening_of(PLAN), at(0))
        journal.sync()
        assert not journal.low, "the second left the reserve of the first alone"
    with FileJournal(path) as journal:
        assert len(list(journal)) == 1


def test_the_lock_dies_with_its_process(path):
    path.parent.mkdir(parents=True)
    code = f"""
from drill.journal.file import FileJournal, Path
journal = FileJournal(Path({str(path)!r}))
print(flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout.readline() == b"\n"
        with pytest.raises(JournalBusyError):
            FileJournal(path)
        child.send_signal(signal.SIGKILL)
    with FileJournal(path) as journal:
        assert not journal.low, "what the dead one had set aside is used again"


def test_a_holder_that_is_just_dying_is_waited_for(path):
    written(path)
    with path.open("rb") as dying:
        fcntl.flock(dying, fcntl.LOCK_EX)
        gone = threading.Timer(0.2, fcntl.flock, (dying, fcntl.LOCK_UN))
        gone.start()
        with FileJournal(path) as journal:
            assert len(list(journal)) == 2
        gone.join()


def test_the_reserve_is_real_room_and_goes_with_its_holder(path):
    with FileJournal(path):
        reserve = path.with_name(path.name + ".reserve").stat()
        assert reserve.st_size == RESERVE
        assert reserve.st_blocks * 512 >= RESERVE
    assert {entry.name for entry in path.parent.iterdir()} == {path.name, pin_path(path).name}


def test_there_is_no_reading_what_is_not_there(path):
    with pytest.raises(JournalError, match="cannot be read: No such file"):
        read(path)


def test_the_first_record_is_read_without_the_rest(path):
    with FileJournal(path) as journal:
        assert first(path) is None
        journal.append(AbortOrdered(by="Fay", why="enough"), at(0))
        journal.append(ExerciseClosed(), at(1))
        journal.sync()
    path.write_bytes(path.read_bytes() + b"{}\n")
    record = first(path)
    assert record is not None
    assert record.event == AbortOrdered(by="Fay", why="enough")


def test_there_is_no_first_record_of_what_is_not_there_or_is_no_journal(path):
    with pytest.raises(JournalError, match="cannot be read: No such file"):
        first(path)
    path.parent.mkdir(parents=True)
    path.write_text("{}\n")
    with pytest.raises(JournalCorruptError):
        first(path)


class OnFullDisk(FileJournal):
    """Stands for a disk that is full but for the reserve: each write fails while that is there.

    ``test_on_a_really_full_disk`` proves the same on a small tmpfs, where there
    are the rights to mount one.
    """

    def _write(self, block: bytes) -> None:
        if self.low:
            super()._write(block)
        else:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_costs_the_reserve_and_no_record(path):
    journal = OnFullDisk(path)
    journal.append(opening_of(PLAN), at(0))
    assert not journal.low
    journal.sync()
    assert journal.low
    journal.append(STARTED, at(1))
    journal.sync()
    os.close(journal._fd)
    assert [record.seq for record in read(path)[0]] == [0, 1]


def test_a_write_that_really_fails_leaves_the_file_whole_and_is_tried_again(path):
    before = written(path)
    journal = FileJournal(path)
    file = os.dup(journal._fd)
    full = os.open("/dev/full", os.O_RDWR)
    journal.append(AbortOrdered(by="boss", why="enough"), at(2))
    os.dup2(full, journal._fd)
    with pytest.raises(JournalError, match=r"No space left.*run the same command again"):
        journal.sync()
    assert journal.low
    with pytest.raises(JournalError):
        journal.sync()
    assert path.read_bytes() == before
    os.dup2(file, journal._fd)
    journal.sync()
    for fd in (full, file, journal._fd):
        os.close(fd)
    assert len(read(path)[0]) == 3


def test_what_cannot_be_flushed_is_not_taken_for_durable(path):
    """/dev/null takes every write and refuses every flush (EINVAL)."""
    with FileJournal(path) as journal:
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, journal._fd)
        os.close(null)
        journal.append(opening_of(PLAN), at(0))
        with pytest.raises(JournalError, match="Invalid argument"):
            journal.sync()


def test_a_write_cut_short_is_undone(path):
    """RLIMIT_FSIZE makes the kernel write a part, then refuse the rest (EFBIG)."""
    before = written(path)
    with FileJournal(path) as journal:
        journal.append(AbortOrdered(by="boss", why="enough"), at(2))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
        try:
            with pytest.raises(JournalError, match="File too large"):
                journal.sync()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert path.read_bytes() == before
        assert not journal.low, "the reserve is no cure for this"
        journal.sync()
    assert len(read(path)[0]) == 3


def without_room(call):
    """Call with room for no file larger than a journal's few lines."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (RESERVE // 2, hard))
    try:
        return call()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_exercise_begins_without_room_for_its_healing(path):
    with pytest.raises(JournalError, match=r"no room for a journal: .*--runs"):
        without_room(lambda: FileJournal(path))
    with FileJournal(path) as journal:
        assert not journal.low


def test_an_exercise_under_way_is_taken_up_without_room_to_heal_what_stands(path):
    written(path)
    with without_room(lambda: FileJournal(path)) as journal:
        assert journal.low
        journal.append(AbortOrdered(by="boss", why="enough"), at(2))
        journal.sync()
        assert len(list(journal)) == 3


FULL = """
import os, sys
from pathlib import Path
from exercise.stories import *
from drill.errors import JournalError
from drill.journal.file import FileJournal
from drill.journal.reader import read
from drill.model.events import Progressed, StepStarted
path = Path("/mnt/run/journal.jsonl")
plan = plan_with(mend=RECOVER)
journal = FileJournal(path)
journal.append(opening_of(plan), at(0))
journal.sync()
with open("/mnt/filler", "wb", buffering=0) as filler:
    try:
        while filler.write(bytes(4096)): pass
    except OSError as error:
        assert error.errno == 28, error
note = Progressed(step="mend", ticket=1, what="x" * 1000, outcome="ok")
written = 1
while not journal.low:
    journal.append(note, at(1)); journal.sync(); written += 1
room = 0
try:
    while True:
        journal.append(note, at(2)); journal.sync(); room += 1
except JournalError as error:
    assert "No space left" in str(error), error
assert room > 200, room
records, head = read(path)
assert len(records) == written + room, (len(records), written, room)
os.close(journal._fd)
assert FileJournal(path).low, "it can be taken up all the same"
print("held", room)
"""


@pytest.mark.lab
def test_on_a_really_full_disk_the_reserve_holds_two_hundred_records_more():
    tests = Path(__file__).parents[1]
    mounted = 'mount -t tmpfs -o size=1M none /mnt && exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", mounted, sys.executable, FULL],
        env={**os.environ, "PYTHONPATH": str(tests)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("held "), done.stderr


def test_a_place_where_nothing_can_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match=r"cannot be made.*--runs"):
        FileJournal(tmp_path / "file" / "run" / "journal.jsonl")


def test_a_link_in_the_journals_place_is_not_followed(path):
    path.parent.mkdir(parents=True)
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(JournalError, match="symbolic link"):
        FileJournal(path)
    assert not path.with_name("elsewhere").exists()


def test_a_line_that_never_ends_is_no_record(path, monkeypatch):
    monkeypatch.setattr("drill.journal.reader.LONGEST", 10)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 11)
    with pytest.raises(JournalError, match="longer than 10 bytes"):
        read(path)


class Stuck(FileJournal):
    """A journal whose pin the disk does not take."""

    def _write_pin(self):
        raise OSError(errno.EIO, "Input/output error")


def test_a_pin_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(JournalError, match="Input/output error"):
        Stuck(tmp_path / "run" / "journal.jsonl")


def test_a_pin_that_cannot_be_opened_is_told(tmp_path, monkeypatch):
    def full(name, place):
        if name == "journal.pin":
            raise OSError(errno.EMFILE, "Too many open files")
        return open_own(name, place)

    monkeypatch.setattr("drill.journal.file.open_own", full)
    with pytest.raises(JournalError, match="Too many open files"):
        FileJournal(tmp_path / "run" / "journal.jsonl")
