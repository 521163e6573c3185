"""Ansible kept in memory: what must be as if it was started anew, and what must not outlive it."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from drill.actions.playbook import Playbook, PlaybookParams
from drill.hosts.marked import MARK
from drill.hosts.ssh import SshRemote
from drill.model.outcome import Done, Indeterminate
from drill.model.targets import Target
from drill.ports import Access
from drill.testing.cancels import HandCancel

PLAY = "- hosts: all\n  gather_facts: false\n  tasks:\n"
HERE = "      delegate_to: localhost\n      connection: local\n"
SLOW = "    - name: waits\n      ansible.builtin.command: sleep 64.25\n" + HERE


@pytest.fixture
def access(sshd, tmp_path):
    remote = SshRemote(sshd.login)
    yield Access(
        Target(name="db1", site="a", address="10.0.0.1"), remote, login=sshd.login, base=tmp_path
    )
    remote.close()


@pytest.fixture
def play(access, tmp_path):
    action = Playbook()

    def play(tasks, cancel=None, said=None, name="play", **given):
        (tmp_path / f"{name}.yml").write_text(PLAY + tasks)
        params = PlaybookParams(playbook=f"{name}.yml", vars=given)
        said = [] if said is None else said
        return action.apply(access, params, cancel or HandCancel(60), said.append)

    play.action = action
    return play


def servers(action):
    return [server._child for server in action._warm._servers.values()]


def until(holds, seconds=10.0):
    deadline = monotonic() + seconds
    while not holds() and monotonic() < deadline:
        sleep(0.02)
    return holds()


def gone(pid):
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def test_one_server_serves_one_playbook_after_the_other(play):
    assert isinstance(play("    - ansible.builtin.command: 'true'\n"), Done)
    (server,) = servers(play.action)
    assert isinstance(play("    - ansible.builtin.command: 'true'\n"), Done)

    assert servers(play.action) == [server]
    assert server.poll() is None
    assert play.action._warm.complaint() == ""


def test_side_by_side_they_do_not_hear_of_each_other(play, tmp_path):
    said, outcomes = [[], [], []], {}
    tells = "    - name: task {n}\n      ansible.builtin.command: sleep 0.{n}\n"

    def one(n):
        outcomes[n] = play(tells.format(n=n), said=said[n], name=f"p{n}")

    threads = [Thread(target=one, args=[n]) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(isinstance(outcome, Done) for outcome in outcomes.values())
    assert [[p.what for p in each] for each in said] == [[f"task {n}"] * 2 for n in range(3)]


def test_the_mark_is_where_proc_shows_it(play, tmp_path):
    out = tmp_path / "out"
    tasks = (
        "    - name: look\n      ansible.builtin.shell: >-\n"
        "        p=$$; while [ $p -gt 1 ]; do tr '\\0' '\\n' </proc/$p/environ |\n"
        f"        grep ^{MARK}= || echo none; p=$(ps -o ppid= -p $p | tr -d ' '); done >{out}\n"
    )

    play(tasks + HERE)
    marks = out.read_text().split()

    own = marks[0]
    assert len(own) == len(MARK) + 17
    child_and_worker, server = marks[: marks.index(f"{MARK}={'0' * 16}")], marks[-1]
    assert set(child_and_worker) == {own}
    assert len(child_and_worker) >= 3, "the shell, ansible's worker, and the child"
    assert server != own


def test_a_playbook_has_the_terminal_that_ansible_runner_made(play, tmp_path):
    pauses = "    - name: asks\n      ansible.builtin.pause: {prompt: go on?}\n"

    outcome = play(pauses, HandCancel(3))

    assert isinstance(outcome, Indeterminate), "as it does without a server, it waits for an answer"


def test_told_to_stop_nothing_is_left_and_the_server_stays(play, count):
    cancel = HandCancel(60)
    said = []
    thread = Thread(target=lambda: said.append(play(SLOW, cancel)))
    thread.start()
    assert until(lambda: count("^sleep 64.25"))
    cancel.request()
    thread.join()

    assert "in task 'waits'" in said[0].error
    assert count("^sleep 64.25") == 0
    assert isinstance(play("    - ansible.builtin.command: 'true'\n"), Done)
    assert len(servers(play.action)) == 1


def test_a_server_that_falls_takes_its_playbook_along_and_the_next_does_without(play, count):
    outcomes, said = [], []
    thread = Thread(target=lambda: outcomes.append(play(SLOW)))
    thread.start()
    assert until(lambda: count("^sleep 64.25"))
    servers(play.action)[0].kill()
    thread.join()

    assert isinstance(outcomes[0], Indeterminate)
    assert until(lambda: count("^sleep 64.25") == 0)
    for _ in range(2):
        assert isinstance(play("    - ansible.builtin.command: 'true'\n", said=said), Done)
    assert [p.outcome for p in said if p.what == "keep ansible in memory"] == ["skipped"]


def test_where_no_server_can_run_it_is_said_once(play, access, monkeypatch):
    said = []
    monkeypatch.delattr(os, "pidfd_open")
    action = Playbook()
    (access.base / "play.yml").write_text(PLAY + "    - ansible.builtin.command: 'true'\n")

    for _ in range(2):
        outcome = action.apply(
            access, PlaybookParams(playbook="play.yml"), HandCancel(60), said.append
        )
        assert isinstance(outcome, Done)

    assert [p.note for p in said if p.outcome == "skipped"] == [
        "each playbook imports it: this system has no pidfd_open(2)"
    ]


def test_the_server_is_this_users_alone(play):
    play("    - ansible.builtin.command: 'true'\n")
    (server,) = play.action._warm._servers.values()

    assert stat.S_IMODE(server.home.stat().st_mode) == 0o700


def test_the_server_ends_with_who_started_it(play):
    play("    - ansible.builtin.command: 'true'\n")
    (server,) = play.action._warm._servers.values()
    child, home = server._child, server.home

    server = None
    play.action._warm._servers.clear()

    assert child.poll() == 0
    assert not home.exists()


DRILL = """
    import sys
    from pathlib import Path
    from drill.actions.playbook import Playbook, PlaybookParams
    from drill.model.targets import Target
    from drill.ports import Access, SshLogin
    from drill.testing.cancels import HandCancel
    host, port, user, key, known, base = sys.argv[1:]
    login = SshLogin(host, int(port), user, Path(key), Path(known))
    on = Access(Target(name="db1", site="a", address="10.0.0.1"), login=login, base=Path(base))
    Playbook().apply(on, PlaybookParams(playbook="play.yml"), HandCancel(60), print)
"""


@pytest.mark.parametrize("sort", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_drill_that_is_killed(sshd, tmp_path, count, sort):
    (tmp_path / "play.yml").write_text(PLAY + SLOW)
    one = sshd.login
    argv = [sys.executable, "-c", textwrap.dedent(DRILL), one.host, one.port, one.user]
    argv += [one.key, one.known_hosts, tmp_path]
    drill = subprocess.Popen(list(map(str, argv)), stdout=subprocess.DEVNULL)
    assert until(lambda: count("^sleep 64.25"))
    children = subprocess.run(
        ["pgrep", "-P", str(drill.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(children) == 3, "the fork server, the warm connection and the shim"

    drill.send_signal(sort)
    drill.wait()

    assert until(lambda: count("^sleep 64.25") == 0)
    assert until(lambda: all(gone(pid) for pid in children))
