"""``files.ledger`` in real directories, of this machine and over a real sshd."""

import os
import threading

import pytest
from pydantic import ValidationError

from drill.errors import RemoteError, StoppedError
from drill.model.events import WRITE_PATH, Span
from drill.plugins import Registry
from drill.ports import Canary, Completed
from drill.probes.files_ledger import FilesLedger, FilesLedgerParams, FileStore
from drill.testing.sshd import LocalSshd

RUN = "2026/run 7"


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    with LocalSshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def home(tmp_path):
    place = tmp_path / "data; $(x)"
    place.mkdir()
    return place


@pytest.fixture(params=["mounted", "over ssh"])
def params(request, home):
    """Return the parameters of a ledger in ``home``, by either way."""
    if request.param == "mounted":
        return FilesLedgerParams(directory=str(home))
    return over_ssh(request.getfixturevalue("sshd"), home)


def over_ssh(sshd, home, **more):
    login = sshd.login
    return FilesLedgerParams(
        directory=f"ssh://{login.user}@127.0.0.1:{login.port}{home}",
        key=str(login.key),
        known_hosts=str(login.known_hosts),
        **more,
    )


@pytest.fixture
def alone():
    one = FilesLedger()
    yield one
    for stores in one._idle.values():
        for store in stores:
            store.close()


@pytest.fixture
def ledger(alone, params, deadline):
    alone.open(params, RUN, deadline(10))
    yield alone
    alone.close(params, RUN, deadline(10))


@pytest.fixture
def write(ledger, params, deadline):
    """Return ``write(n)``: the receipt of one canary."""
    return lambda n: ledger.write(params, Canary(RUN, 7, n), deadline(20))


@pytest.fixture
def read(ledger, params, deadline):
    """Return ``read()``: what was found through the write path."""
    return lambda: ledger.read(params, RUN, deadline(10))[0]


def place(home):
    (one,) = home.glob("drill-ledger-*")
    return one


def test_files_that_were_written_are_found_and_those_that_are_gone_are_holes(home, write, read):
    receipts = [write(n) for n in range(6)]
    assert {receipt.outcome for receipt in receipts} == {"ok"}
    assert receipts[0].by == os.uname().nodename
    for file in place(home).glob("7-3.*"):
        file.unlink()
    assert read().found == (Span(ticket=7, first=0, last=2), Span(ticket=7, first=4, last=5))
    assert read().node == WRITE_PATH


def test_what_is_there_twice_is_a_duplicate_whatever_it_is_called(home, write, read):
    write(1)
    write(2)
    (one,) = place(home).glob("7-1.*")
    (place(home) / "conflicted copy").write_bytes(one.read_bytes())
    assert read().found == (Span(ticket=7, first=1, last=2),)
    assert read().duplicates == (Span(ticket=7, first=1, last=1),)


@pytest.mark.parametrize(("kept", "note"), [(0, ""), (4, "1 torn files"), (5, "1 torn files")])
def test_a_file_that_is_empty_or_torn_is_lost(home, write, read, kept, note):
    """As after a power cut: the name is there, and not all of what it named."""
    for n in (11, 12, 13):
        write(n)
    (torn,) = place(home).glob("7-12.*")
    os.truncate(torn, kept)
    found = read()
    assert found.note == note
    assert found.found == (Span(ticket=7, first=11, last=11), Span(ticket=7, first=13, last=13))


def test_without_its_directory_a_write_is_refused(home, write, read):
    write(1)
    place(home).rename(home / "away")
    receipt = write(2)
    assert receipt.outcome == "fail"
    assert "No such file" in receipt.note
    assert read().note == "it has no ledger"
    (home / "away").rename(home / "drill-ledger-2026_run_7")


def test_closing_removes_the_runs_files_alone(ledger, params, home, write, deadline):
    write(1)
    (home / "precious").write_text("x")
    ledger.close(params, RUN, deadline(10))
    assert [file.name for file in home.iterdir()] == ["precious"]


def test_writes_side_by_side_all_arrive(write, read):
    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read().found == (Span(ticket=7, first=0, last=5),)


def test_every_node_is_read_and_one_that_is_away_is_unreachable(alone, sshd, home, deadline):
    copy = home / "copy"
    copy.mkdir()
    away = f"ssh://{sshd.login.user}@127.0.0.1:1/srv"
    params = over_ssh(sshd, home, nodes={"copy": str(copy), "away": away})
    alone.open(params, RUN, deadline(5))
    alone.write(params, Canary(RUN, 7, 1), deadline(5))
    reads = {node.node: node for node in alone.read(params, RUN, deadline(10))}
    alone.close(params, RUN, deadline(5))
    assert reads[WRITE_PATH].found == (Span(ticket=7, first=1, last=1),)
    assert (reads["copy"].found, reads["copy"].note) == ((), "it has no ledger")
    assert not reads["away"].reachable


def test_a_host_that_is_away_was_sent_nothing(alone, sshd, home, deadline):
    params = over_ssh(sshd, home)
    away = params.model_copy(update={"directory": "ssh://root@127.0.0.1:1/srv"})
    receipt = alone.write(away, Canary(RUN, 7, 1), deadline(3))
    assert (receipt.outcome, receipt.note[:8]) == ("fail", "not sent")


class Shell:
    """A remote whose commands all end one way."""

    def __init__(self, end):
        self.end = end

    def run(self, argv, cancel, *, stdin=b"", root=False):
        if isinstance(self.end, Exception):
            raise self.end
        return self.end


class Given(FilesLedger):
    """The ledger over a remote that a test gives."""

    def __init__(self, end):
        super().__init__()
        self.end = end

    def reach(self, params, address, cancel):
        return FileStore(Shell(self.end), "/srv")


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (Completed(0, "db1\n", ""), "ok"),
        (Completed(10, "", "No space left on device"), "fail"),
        (Completed(11, "", "fsync: Input/output error"), "info"),
        (Completed(137, "", ""), "info"),
        (RemoteError("the link was lost"), "info"),
        (StoppedError("told to stop"), "info"),
    ],
)
def test_only_a_proof_makes_a_write_ok_or_refused(end, outcome, deadline):
    params = FilesLedgerParams(directory="/srv")
    assert Given(end).write(params, Canary(RUN, 7, 1), deadline(1)).outcome == outcome


@pytest.mark.parametrize("said", ["", "\n7 1 .\n", "\n7 1 .\n[9 bytes more were not kept]"])
def test_a_read_that_was_cut_short_counts_as_none(said, deadline):
    params = FilesLedgerParams(directory="/srv")
    (node,) = Given(Completed(1, said, "")).read(params, RUN, deadline(1))
    assert (node.reachable, node.found) == (False, ())


@pytest.mark.parametrize(
    "params",
    [
        {"directory": "data"},
        {"directory": "nfs://host/data"},
        {"directory": "ssh://host/data", "key": "k", "known_hosts": "h"},
        {"directory": "ssh://root:word@host/data", "key": "k", "known_hosts": "h"},
        {"directory": "ssh://root@host/data"},
        {"directory": "/data", "nodes": {"db2": "ssh://root@host/data"}},
        {"directory": "/data", "nodes": {"write-path": "/data"}},
    ],
)
def test_what_cannot_work_is_refused_at_check(params):
    with pytest.raises(ValidationError):
        FilesLedgerParams(**params)


def test_it_is_registered():
    assert isinstance(Registry().ledgers["files.ledger"], FilesLedger)
