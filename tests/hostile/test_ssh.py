"""A host is who it was, or nothing is sent to it; and files that trust rests on are ours alone."""

import os
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from time import monotonic

import pytest

from drill.actions.playbook import Playbook, PlaybookParams
from drill.errors import HostKeyError, RemoteError, StoppedError
from drill.hosts.connections import Connections
from drill.hosts.ssh import SshRemote
from drill.model.outcome import Failed
from drill.model.targets import Target
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd, make_key


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    with LocalSshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def login(sshd, tmp_path):
    """The server's login, with files of our own that a test may spoil."""
    for name in ("user", "known_hosts"):
        (tmp_path / name).write_bytes((sshd.login.key.parent / name).read_bytes())
        (tmp_path / name).chmod(0o600)
    return replace(sshd.login, key=tmp_path / "user", known_hosts=tmp_path / "known_hosts")


def line_of(sshd):
    return sshd.login.known_hosts.read_text().strip()


def other_key(tmp_path, kind):
    if kind == "ed25519":
        make_key(tmp_path / "other")
    else:
        argv = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(tmp_path / "other")]
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return " ".join((tmp_path / "other.pub").read_text().split()[:2])


def reached(login):
    """Return whether a command ran at the far end."""
    remote = SshRemote(login)
    try:
        return remote.run(["true"], HandCancel(20)).exit == 0
    finally:
        remote.close()


def test_the_right_key_in_files_of_ours_lets_in(login):
    assert reached(login)


PINS = {
    "changed-key": lambda name, line, tmp: f"{name} {other_key(tmp, 'ed25519')}",
    "wrong-type-ecdsa": lambda name, line, tmp: f"{name} {other_key(tmp, 'ecdsa')}",
    "wrong-type-rsa": lambda name, line, tmp: f"{name} {other_key(tmp, 'rsa')}",
    "type-never-heard-of": lambda name, line, tmp: f"{name} ssh-none AAAAB3NzaC1ub25l",
    "key-relabelled": lambda name, line, tmp: line.replace("ssh-ed25519", "ssh-rsa"),
    "unknown-host": lambda name, line, tmp: line.replace(name, "[127.0.0.2]:22"),
    "other-port": lambda name, line, tmp: line.replace(name, "127.0.0.1"),
    "empty": lambda name, line, tmp: "",
    "blank-lines": lambda name, line, tmp: "\n\n# nobody\n",
    "garbage": lambda name, line, tmp: "\x00\x01 not a line at all \xff\n" * 9,
    "broken-base64": lambda name, line, tmp: f"{name} ssh-ed25519 AAAA!!!!====",
    "cut-short": lambda name, line, tmp: line[:-20],
    "key-missing": lambda name, line, tmp: f"{name} ssh-ed25519",
    "revoked": lambda name, line, tmp: f"{line}\n@revoked * {line.split(' ', 1)[1]}",
    "revoked-before": lambda name, line, tmp: f"@revoked {line}\n{line}",
    "revoked-by-tabs": lambda name, line, tmp: (
        "@revoked\t*\t" + "\t".join(line.split()[1:]) + "\n" + line
    ),
    "authority-only": lambda name, line, tmp: f"@cert-authority {line}",
    "negated": lambda name, line, tmp: line.replace(name, f"!{name}"),
    "wildcard-elsewhere": lambda name, line, tmp: line.replace(name, "*.example.com"),
}


@pytest.mark.parametrize("name", PINS)
def test_a_host_that_is_not_plainly_pinned_is_sent_nothing(login, sshd, tmp_path, name):
    host = f"[127.0.0.1]:{sshd.port}"
    pinned = PINS[name](host, line_of(sshd), tmp_path)
    login.known_hosts.write_bytes(pinned.encode("utf-8", "surrogateescape"))

    with pytest.raises(HostKeyError) as caught:
        reached(login)

    assert str(login.known_hosts) in str(caught.value) or "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("name", ["changed-key", "empty", "garbage", "revoked", "wrong-type-rsa"])
def test_ansible_is_as_strict(login, sshd, tmp_path, name):
    pinned = PINS[name](f"[127.0.0.1]:{sshd.port}", line_of(sshd), tmp_path)
    login.known_hosts.write_text(pinned + "\n")
    (tmp_path / "play.yml").write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        f"    - ansible.builtin.command: touch {tmp_path}/canary\n"
    )
    access = Access(Target(name="db1", site="a", address="192.0.2.1"), login=login, base=tmp_path)

    params = PlaybookParams(playbook="play.yml")
    outcome = Playbook().apply(access, params, HandCancel(60), lambda _: None)

    assert isinstance(outcome, Failed)
    assert any(word in outcome.error.lower() for word in ("key", "identification has changed"))
    assert not (tmp_path / "canary").exists()


def test_a_host_that_changes_its_key_between_two_commands_is_refused(tmp_path):
    with LocalSshd(tmp_path) as server, Connections() as connections:
        remote = connections.remote(server.login)
        assert remote.run(["true"], HandCancel()).exit == 0
        server.stop()
        for name in ("host", "host.pub"):
            (tmp_path / name).unlink()
        make_key(tmp_path / "host")
        server.start()
        with suppress(RemoteError):  # it may find the old connection dead
            remote.run(["true"], HandCancel())
        with pytest.raises(HostKeyError, match="not the pinned one"):
            remote.run(["true"], HandCancel())


def _fifo(path):
    path.unlink()
    os.mkfifo(path)


def _directory(path):
    path.unlink()
    path.mkdir()


def _device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


SPOILT = {
    "world-writable": lambda path: path.chmod(0o666),
    "missing": lambda path: path.unlink(),
    "pipe": _fifo,
    "directory": _directory,
    "device": _device,
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_known_hosts_that_anybody_may_change_is_not_trusted(login, name):
    SPOILT[name](login.known_hosts)

    with pytest.raises(HostKeyError, match="no host keys can be read"):
        reached(login)


@pytest.mark.parametrize("name", [*SPOILT, "group-readable", "world-readable", "empty", "public"])
def test_a_key_that_others_may_read_is_not_used(login, name, sshd):
    more = {
        "group-readable": lambda path: path.chmod(0o640),
        "world-readable": lambda path: path.chmod(0o604),
        "empty": lambda path: path.write_text(""),
        "public": lambda path: path.write_bytes(sshd.login.key.with_suffix(".pub").read_bytes()),
    }
    {**SPOILT, **more}[name](login.key)

    with pytest.raises(RemoteError, match="cannot be used"):
        reached(login)


# Hosts that hang


@pytest.fixture
def silent():
    """A host that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


def test_a_hung_host_costs_its_own_time_and_no_other_hosts(sshd, silent):
    hung = replace(sshd.login, port=silent)
    pinned = sshd.login.known_hosts.with_name("pins")
    name, rest = line_of(sshd).split(" ", 1)
    pinned.write_text(f"{name} {rest}\n[127.0.0.1]:{silent} {rest}\n")
    hung = replace(hung, known_hosts=pinned)
    cancel = HandCancel(6)
    with Connections() as connections, ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(connections.remote(hung).run, ["true"], cancel) for _ in range(6)]
        began = monotonic()
        well = connections.remote(sshd.login)
        for _ in range(10):
            assert well.run(["true"], HandCancel()).exit == 0
        took = monotonic() - began
        assert not any(each.done() for each in waiting), "they hung all the while"
        cancel.request()
        asked = monotonic()
        for each in waiting:
            with pytest.raises((StoppedError, RemoteError)):
                each.result(timeout=10)

    assert took < 5
    assert monotonic() - asked < 3


def test_a_hung_host_is_given_up_at_the_deadline(sshd, silent):
    rest = line_of(sshd).split(" ", 1)[1]
    pinned = sshd.login.known_hosts.with_name("silent-pin")
    pinned.write_text(f"[127.0.0.1]:{silent} {rest}\n")
    login = SshLogin("127.0.0.1", silent, "x", sshd.login.key, pinned)
    began = monotonic()

    with pytest.raises(StoppedError, match="nothing ran"):
        SshRemote(login).run(["true"], HandCancel(0.5))

    assert monotonic() - began < 3
