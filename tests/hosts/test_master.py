"""A warm connection of OpenSSH's own: found out when it is lost, and gone with who made it."""

import os
import signal
import subprocess
from dataclasses import replace
from time import monotonic

import pytest

from drill.hosts.master import Masters
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd


@pytest.fixture
def sshd(tmp_path):
    with LocalSshd(tmp_path) as server:
        yield server


@pytest.fixture
def masters():
    return Masters()


@pytest.fixture
def path(sshd, masters):
    options = ["-F", "/dev/null", "-o", f"UserKnownHostsFile={sshd.login.known_hosts}"]
    options += ["-o", "BatchMode=yes"]
    return lambda login=sshd.login, cancel=None: masters.path(
        login, options, cancel or HandCancel()
    )


def child(masters):
    (master,) = masters._masters.values()
    return master._children[0]


def test_programs_that_start_ssh_go_over_it(path, sshd):
    control = path()

    argv = ["ssh", "-F", "/dev/null", "-S", control, "-p", str(sshd.login.port)]
    argv += ["-o", "ProxyCommand=false", sshd.login.host, "echo over it"]
    ran = subprocess.run(argv, capture_output=True, text=True, check=True)

    assert ran.stdout == "over it\n"
    assert path() == control


def test_one_that_was_lost_is_opened_again(path, sshd, masters):
    path()
    first = child(masters)
    sshd.stop()
    assert path() == ""
    sshd.start()

    assert path()
    assert child(masters) is not first


def test_one_that_hangs_is_found_out_in_time(path, masters):
    path()
    hung = child(masters)
    os.kill(hung.pid, signal.SIGSTOP)
    began = monotonic()

    assert path()
    assert monotonic() - began < 3
    assert child(masters) is not hung
    assert hung.poll() is not None


@pytest.mark.parametrize("change", [{"port": 1}, {"user": "nobody-here"}])
def test_where_there_is_none_the_work_goes_on_without(path, sshd, change):
    assert path(replace(sshd.login, **change)) == ""


def test_whoever_is_told_to_stop_does_not_wait_for_it(path):
    cancel = HandCancel()
    cancel.request()

    assert path(cancel=cancel) == ""


def test_a_place_too_long_for_a_socket_has_none(path, tmp_path, monkeypatch):
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))

    assert path() == ""


def test_it_ends_with_who_made_it(path, masters):
    path()
    ssh = child(masters)

    masters._masters.clear()

    assert ssh.poll() is not None
