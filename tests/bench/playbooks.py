"""A step of one Ansible task, and of many: drill's action beside ansible_runner.run.

Run: ``python tests/bench/playbooks.py [ROUNDS]``. Both play the same playbook on the
same real sshd on loopback, with the same settings of ansible (pipelining, the
interpreter set, ControlPersist) and a connection that is warm for both.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from secrets import token_hex

import ansible_runner

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.table import HEAD, Row, in_turns

from drill.actions.place import Place
from drill.actions.playbook import Playbook, PlaybookParams
from drill.hosts.marked import end_here
from drill.model.outcome import Done
from drill.model.targets import Target
from drill.ports import Access
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd

ROUNDS, FEW = 9, 3
HEADER = "- hosts: all\n  gather_facts: false\n  tasks:\n"
TASK = "    - ansible.builtin.command: echo hello\n"
LONG = 20
PLAYBOOKS = {"one": 1, "many": LONG}
"""How many tasks each has."""
TARGETS = (0.4, 1.0)
HOST = Target(name="db1", site="a", address="10.0.0.1")


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """Compare a short playbook and a long one."""
    with tempfile.TemporaryDirectory() as base, LocalSshd(Path(base)) as sshd:
        for name, tasks in PLAYBOOKS.items():
            Path(base, f"{name}.yml").write_text(HEADER + TASK * tasks)
        action, access = Playbook(), Access(HOST, login=sshd.login, base=Path(base))
        with runner(sshd.login, Path(base)) as run:
            for (name, tasks), most, turns in zip(
                PLAYBOOKS.items(), TARGETS, (rounds, FEW), strict=True
            ):
                sides = {
                    "drill": partial(through_drill, action, access, name),
                    "peer": partial(run, name),
                }
                in_turns(2, sides)  # the servers and the connections of both are warm
                took = in_turns(turns, sides)
                what = f"ansible.playbook of {tasks} task{'s' * (tasks > 1)}"
                yield Row(what, took["drill"], "ansible_runner.run", took["peer"], most)


def through_drill(action, access, name):
    params = PlaybookParams(playbook=f"{name}.yml")
    outcome = action.apply(access, params, HandCancel(120), lambda _: None)
    assert isinstance(outcome, Done), outcome


@contextmanager
def runner(login, base):
    """Return what plays a playbook by the library alone, with drill's own settings."""
    with tempfile.TemporaryDirectory(prefix="peer-") as root:
        place = Place(Path(root), token_hex(8))
        place.furnish(HOST.model_dump(), login, {})

        def run(name):
            played = ansible_runner.run(
                private_data_dir=root,
                playbook=str(base / f"{name}.yml"),
                inventory=str(place.inventory),
                envvars=place.environment(),
                quiet=True,
            )
            assert played.status == "successful", played.stdout.read()

        yield run
        end_here(place.mark)  # the connection that ssh keeps


def main(rounds: int = ROUNDS) -> None:
    """Print the rows."""
    print(HEAD)
    for row in rows(rounds):
        print(row, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
