"""Where drill reads and writes, somebody else was first: nothing is followed, filled or awaited."""

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from exercise.stories import RECOVER, at, opening_of, plan_with
from report.samples import met

from drill.cli.shelf import journal_of, run_names, view_of, views_of
from drill.errors import JournalError, LabError, UsageError
from drill.files import read_plain
from drill.journal.file import RESERVE, FileJournal
from drill.journal.reader import follow, read
from drill.lab.home import home
from drill.report.files import write_report

PLAN = plan_with(mend=RECOVER)
OUTSIDE = b"somebody's only copy\n"
"""What stands in the file that a trap leads to."""


def _device(trap, victim):
    trap.symlink_to("/dev/zero")


def _fifo(trap, victim):
    os.mkfifo(trap)


def _directory(trap, victim):
    trap.mkdir()
    (trap / "kept").write_bytes(OUTSIDE)


def _socket(trap, victim):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(trap))


TRAPS = {
    "symlink": lambda trap, victim: trap.symlink_to(victim),
    "dangling-symlink": lambda trap, victim: trap.symlink_to(victim.with_name("not-yet")),
    "symlink-to-itself": lambda trap, victim: trap.symlink_to(trap),
    "hard-link": lambda trap, victim: trap.hardlink_to(victim),
    "pipe": _fifo,
    "directory": _directory,
    "device": _device,
    "socket": _socket,
}
"""What may stand in a file's place before drill comes, by name."""


@pytest.fixture
def victim(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's address is short
    victim = tmp_path / "victim"
    victim.write_bytes(OUTSIDE)
    before = victim.stat()
    yield victim
    after = victim.stat()
    assert victim.read_bytes() == OUTSIDE
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert not victim.with_name("not-yet").exists()


@pytest.fixture
def run(tmp_path):
    run = tmp_path / "runs" / "a-run"
    run.mkdir(parents=True, mode=0o700)
    return run


@pytest.mark.parametrize("trap", TRAPS)
def test_a_journal_is_not_begun_through_a_trap(run, victim, trap):
    TRAPS[trap](Path(os.path.relpath(run / "journal.jsonl")), victim)

    with pytest.raises(JournalError, match=r"cannot be made: .*--runs"):
        FileJournal(run / "journal.jsonl")

    assert [each.name for each in run.iterdir()] == ["journal.jsonl"]


@pytest.mark.parametrize("trap", TRAPS)
def test_the_reserve_is_not_set_aside_through_a_trap(run, victim, trap):
    TRAPS[trap](Path(os.path.relpath(run / "journal.jsonl.reserve")), victim)

    with pytest.raises(JournalError, match=r"journal.jsonl.reserve: .*--runs"):
        FileJournal(run / "journal.jsonl")

    assert victim.stat().st_size < RESERVE


@pytest.mark.parametrize("trap", TRAPS)
def test_an_exercise_under_way_is_taken_up_without_its_reserve_and_loses_nothing(run, victim, trap):
    path = run / "journal.jsonl"
    with FileJournal(path) as journal:
        journal.append(opening_of(PLAN), at(0))
        journal.sync()
    TRAPS[trap](Path(os.path.relpath(run / "journal.jsonl.reserve")), victim)

    with FileJournal(path) as journal:
        assert journal.low
        journal.append(opening_of(PLAN), at(1))
        journal.sync()
        assert len(list(journal)) == 2


@pytest.mark.parametrize("trap", TRAPS)
def test_a_run_directory_that_is_a_trap_is_refused(tmp_path, victim, trap):
    (tmp_path / "runs").mkdir()
    run = tmp_path / "runs" / "a-run"
    TRAPS[trap](Path(os.path.relpath(run)), victim)
    if trap == "directory":
        run.chmod(0o777)

    with pytest.raises(JournalError, match="cannot be made"):
        FileJournal(run / "journal.jsonl")


def test_a_run_directory_that_leads_elsewhere_is_refused(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a-run").symlink_to(elsewhere)

    with pytest.raises(JournalError, match="it is a symbolic link"):
        FileJournal(tmp_path / "runs" / "a-run" / "journal.jsonl")

    assert list(elsewhere.iterdir()) == []


NOBODY = 65534
_AS_ROOT = os.geteuid() == 0


@pytest.mark.parametrize(
    ("mode", "owner", "refused"),
    [
        (0o777, 0, True),
        (0o1777, 0, False),
        (0o755, 0, False),
        *([(0o1777, NOBODY, True), (0o777, NOBODY, True)] if _AS_ROOT else []),
    ],
)
def test_runs_are_kept_where_nobody_else_may_exchange_them(tmp_path, mode, owner, refused):
    runs = tmp_path / "runs"
    runs.mkdir()
    runs.chmod(mode)
    if owner:
        os.chown(runs, owner, owner)

    if refused:
        with pytest.raises(JournalError, match=r"anybody may write in this directory.*--runs"):
            FileJournal(runs / "a-run" / "journal.jsonl")
        assert list(runs.iterdir()) == []
    else:
        FileJournal(runs / "a-run" / "journal.jsonl").__exit__(None, None, None)


def test_a_run_is_for_its_owners_eyes_whatever_the_mask(tmp_path):
    before = os.umask(0)
    try:
        with FileJournal(tmp_path / "runs" / "a-run" / "journal.jsonl"):
            pass
    finally:
        os.umask(before)

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "runs", *(tmp_path / "runs").rglob("*"))
    }
    assert modes == {"runs": 0o755, "a-run": 0o700, "journal.jsonl": 0o600, "journal.pin": 0o600}


@pytest.mark.parametrize("trap", ["pipe", "directory", "device", "socket", "symlink-to-itself"])
def test_reading_a_journal_waits_for_nothing(run, victim, trap):
    path = run / "journal.jsonl"
    TRAPS[trap](Path(os.path.relpath(path)), victim)

    with pytest.raises(JournalError, match="cannot be read"):
        read(path)
    with pytest.raises(JournalError, match="cannot be read"):
        next(follow(path, lambda: True))
    with pytest.raises(JournalError, match="cannot be read"):
        view_of(path)


def test_one_trap_hides_no_other_run(tmp_path):
    runs = tmp_path / "runs"
    with FileJournal(runs / "b" / "journal.jsonl") as journal:
        journal.append(opening_of(PLAN), at(0))
        journal.sync()
    (runs / "a").mkdir()
    os.mkfifo(runs / "a" / "journal.jsonl")

    told = dict(views_of(runs))

    assert run_names(runs) == ["b", "a"]
    assert isinstance(told["a"], JournalError)
    assert told["b"].run
    assert journal_of(runs, "latest").parent.name == "b"


def test_a_line_that_never_ends_is_refused_before_it_fills_the_memory(run, monkeypatch):
    monkeypatch.setattr("drill.journal.reader.LONGEST", 1000)
    (run / "journal.jsonl").write_bytes(b"x" * 5000)

    with pytest.raises(JournalError, match="longer than 1000 bytes"):
        read(run / "journal.jsonl")


@pytest.mark.parametrize("trap", [each for each in TRAPS if each != "directory"])
@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_a_report_takes_a_traps_place_and_goes_nowhere_else(run, victim, trap, name):
    TRAPS[trap](Path(os.path.relpath(run / name)), victim)

    write_report(met(), run)

    assert (run / name).is_file()
    assert not (run / name).is_symlink()
    assert {each.name for each in run.iterdir()} == {"report.html", "report.md"}


def test_a_report_does_not_replace_a_directory(run, victim):
    TRAPS["directory"](run / "report.html", victim)

    with pytest.raises(UsageError, match=r"report.html: cannot be written: .*--output"):
        write_report(met(), run)

    assert [each.name for each in run.iterdir()] == ["report.html"]
    assert (run / "report.html" / "kept").read_bytes() == OUTSIDE


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/dev/zero", "device"),
        ("/dev/null", "device"),
        ("/proc/self/environ", "kernel"),
        ("/proc/self/mem", "kernel"),
        ("/proc/kmsg", "kernel"),
        ("/sys/kernel/notes", "kernel"),
        ("/", "directory"),
        ("/nowhere", "No such file"),
    ],
)
def test_only_what_was_written_is_read(path, said):
    if not Path(path).exists():
        said = "No such file"
    with pytest.raises(OSError, match=said):
        read_plain(Path(path), 100)


def test_a_file_too_large_is_not_read_to_its_end(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(OSError, match="larger than 100 bytes"):
        read_plain(tmp_path / "large", 100)


@pytest.fixture
def labs(tmp_path, monkeypatch):
    tmp_path.chmod(0o711)
    monkeypatch.setattr("drill.lab.home.lab_owner", os.geteuid)
    monkeypatch.setenv("DRILL_LAB_HOME", str(tmp_path / "labs-of-mine"))
    return tmp_path / "labs-of-mine"


NAMES = ["..", "../x", "a/b", "/etc", "", ".", "-x", "A", "a\0b", "a\nb", "$(id)", "a" * 40, "a b"]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_lab_is_not_named_out_of_its_home(labs, name):
    with pytest.raises(LabError, match="name"):
        home().lab(name)


@pytest.mark.parametrize("place", ["locks", "run", "secrets", "labs", "images", "layers", ""])
@pytest.mark.parametrize("how", ["symlink", "anybody", "file"])
def test_labs_are_kept_where_nobody_else_may_exchange_them(labs, tmp_path, place, how):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    trap = labs / place
    trap.parent.mkdir(exist_ok=True)
    if how == "symlink" and place:
        trap.symlink_to(elsewhere)
    elif how == "file":
        trap.write_text("")
    else:
        trap.mkdir(exist_ok=True)
        trap.chmod(0o777)

    with pytest.raises(LabError):
        home()

    assert list(elsewhere.iterdir()) == []


def test_a_labs_lock_is_not_taken_through_a_link(labs, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(OUTSIDE)
    (home().path / "locks" / "lab-x").symlink_to(victim)

    with pytest.raises(LabError, match="link"), home().lock("lab-x"):
        pass

    assert victim.read_bytes() == OUTSIDE
    with suppress(LabError), home().lock("../x"):
        raise AssertionError("a lock is no path")
