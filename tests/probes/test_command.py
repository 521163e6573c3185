"""``ssh.command`` as a probe and ``file.fresh``, over a real sshd and on this machine."""

import os
import time

import pytest
from pydantic import ValidationError

from drill.errors import HostKeyError, RefusedError, RemoteError
from drill.hosts.ssh import SshRemote
from drill.model.targets import Target
from drill.plugins import Registry
from drill.ports import Access
from drill.probes.command import Command, CommandParams
from drill.probes.fresh import FileFresh, FileFreshParams
from drill.testing.sshd import LocalSshd


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    with LocalSshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def host(sshd):
    remote = SshRemote(sshd.login)
    yield Access(Target(name="db1", site="a", address="127.0.0.1"), remote=remote)
    remote.close()


@pytest.mark.parametrize(
    ("params", "state", "note"),
    [
        ({"argv": ["echo", "all well"]}, "good", "all well"),
        ({"argv": ["echo", "all well"], "text": "well"}, "good", "all well"),
        ({"argv": ["echo", "all ill"], "text": "well"}, "bad", "echo did not say what was"),
        ({"argv": ["sh", "-c", "echo no >&2; exit 3"]}, "bad", "sh ended with 3: no"),
        ({"argv": ["false"], "exits": [1]}, "good", ""),
    ],
)
def test_exit_status_and_text_decide(host, deadline, params, state, note):
    reading = Command().observe(host, CommandParams(**params), deadline(10))
    assert (reading.state, reading.by) == (state, "db1")
    assert reading.note.startswith(note)


def test_a_command_that_hangs_is_bad_and_does_not_go_on(host, deadline, now_ns, tmp_path):
    left = tmp_path / "left"
    argv = ("sh", "-c", f"sleep 2; touch {left}")
    begun = now_ns()
    reading = Command().observe(host, CommandParams(argv=argv), deadline(0.5))
    assert (reading.state, reading.note) == ("bad", "no answer in time")
    assert now_ns() - begun < 1.9e9
    assert not deadline(2).wait(2) or not left.exists()


class Unreached:
    """A remote whose commands all end one way."""

    def __init__(self, error):
        self.error = error

    def run(self, argv, cancel, *, stdin=b"", root=False):
        raise self.error


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RemoteError("db1: the link was lost"), "bad"),
        (HostKeyError("db1 is not who it was"), "unknown"),
    ],
)
def test_a_host_that_is_away_is_bad_and_one_that_is_not_itself_is_unknown(
    on, deadline, error, state
):
    access = Access(on.target, remote=Unreached(error))
    assert Command().observe(access, CommandParams(argv=("true",)), deadline(1)).state == state


def test_the_observers_own_trouble_is_unknown(on, deadline):
    error = RemoteError("no more descriptors")
    error.__cause__ = OSError(24, "Too many open files")
    access = Access(on.target, remote=Unreached(error))
    reading = Command().observe(access, CommandParams(argv=("true",)), deadline(1))
    assert reading.state == "unknown"


def test_a_target_without_a_shell_is_refused(on, deadline):
    with pytest.raises(RefusedError):
        Command().observe(on, CommandParams(argv=("true",)), deadline(1))


@pytest.fixture
def backups(tmp_path):
    """Return ``add(name, age, content)``, in a directory whose name a shell would split."""
    home = tmp_path / "old backups; $(touch gone)"
    home.mkdir()

    def add(name, age=0.0, content="x"):
        file = home / name
        file.write_text(content)
        at = time.clock_gettime(time.CLOCK_REALTIME) - age
        os.utime(file, (at, at))
        return file

    add.glob = f"{home}/*.dump"
    return add


@pytest.fixture(params=["over ssh", "from the observer"])
def fresh(request, host, on, deadline):
    """Return ``fresh(**params)``: one reading, on a target or where the observer is."""
    access = host if request.param == "over ssh" else on

    def fresh(**params):
        params.setdefault("younger_than", "1h")
        return FileFresh().observe(access, FileFreshParams(**params), deadline(10))

    return fresh


def test_the_newest_file_counts_and_is_named(backups, fresh):
    backups("a.dump", 5000)
    newest = backups("b with blanks.dump", 120)
    backups("c.dump", 9000)
    reading = fresh(glob=backups.glob)
    assert (reading.state, reading.by) == ("good", str(newest))
    assert reading.note.startswith("2m")


def test_where_the_newest_is_too_old_no_younger_other_file_helps(backups, fresh):
    backups("a.dump", 7200)
    backups("b.log", 1)
    reading = fresh(glob=backups.glob)
    assert (reading.state, reading.note[:8]) == ("bad", "it is 2h")


@pytest.mark.parametrize(
    ("content", "bytes_", "state"), [("", 1, "bad"), ("", 0, "good"), ("abc", 4, "bad")]
)
def test_an_empty_or_short_file_is_no_backup(backups, fresh, content, bytes_, state):
    backups("a.dump", 1, content)
    assert fresh(glob=backups.glob, bytes=bytes_).state == state


def test_no_file_is_bad_and_a_directory_is_no_file(backups, fresh):
    assert fresh(glob=backups.glob).note == "no file matches"
    backups("a.log").with_name("dir.dump").mkdir()
    assert fresh(glob=backups.glob).note == "no file matches"


def test_a_file_of_the_future_is_not_fresh(backups, fresh):
    backups("a.dump", -500)
    reading = fresh(glob=backups.glob)
    assert reading.state == "bad"
    assert "of the future" in reading.note


def test_a_pattern_is_never_run(backups, fresh, tmp_path):
    backups("a.dump")
    assert fresh(glob=f"/$(touch {tmp_path}/made)`touch {tmp_path}/made`").state == "bad"
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "params",
    [
        {"glob": "backups/*", "younger_than": "1h"},
        {"glob": "/a\nb", "younger_than": "1h"},
        {"glob": "/a", "younger_than": "0s"},
        {"glob": "/a", "younger_than": "1h", "bytes": -1},
    ],
)
def test_what_cannot_work_is_refused_at_check(params):
    with pytest.raises(ValidationError):
        FileFreshParams(**params)


def test_they_are_registered():
    assert isinstance(Registry().probes["ssh.command"], Command)
    assert isinstance(Registry().probes["file.fresh"], FileFresh)
