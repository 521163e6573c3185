"""The fail-over and the rejoin on real hosts, run in the lab's network by test_in_lab.py."""

import os
from pathlib import Path

import pytest

from drill.actions.playbook import Playbook, PlaybookParams
from drill.faults.host import PowerOff, PowerOffParams
from drill.hosts.connections import Connections
from drill.hosts.fabric import Fabric
from drill.hosts.power import FabricPower
from drill.lab import enter, running
from drill.model.outcome import Done
from drill.model.targets import Target
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel

LAB = running(os.environ["DRILL_TEST_LAB"])
enter(LAB)
ADDRESS = {host.name: str(host.address) for host in LAB.hosts}
PLAYBOOKS = Path(__file__).parents[2] / "playbooks" / "postgres"
SYNC_STATE = "select application_name || ' ' || sync_state from pg_stat_replication"
RECEIVER = "select sender_host || ' ' || status from pg_stat_wal_receiver"


@pytest.fixture(scope="module")
def access():
    with Connections() as connections:
        fabric = Fabric(LAB.fabric)

        def access(name):
            host = next(host for host in LAB.hosts if host.name == name)
            login = SshLogin(str(host.management), host.port, host.user, host.key, host.known_hosts)
            target = Target(name=name, site=host.site, address=str(host.address))
            shell, power = connections.remote(login), FabricPower(fabric, name)
            ours = {"environment": "lab", "group": LAB.name}
            return Access(target, shell, power, login, PLAYBOOKS, **ours)

        yield access


@pytest.fixture
def play(access):
    def play(on, name, **given):
        params = PlaybookParams(playbook=f"{name}.yml", vars=given)
        outcome = Playbook().apply(access(on), params, HandCancel(120), lambda _: None)
        assert isinstance(outcome, Done), outcome
        return outcome.note.partition(", ")[2]

    return play


@pytest.fixture
def ask(access):
    def ask(on, sql):
        argv = ["runuser", "-u", "postgres", "--", "psql", "-qXAtc", sql]
        return access(on).remote.run(argv, HandCancel()).out.strip()

    return ask


def test_the_plan_works_in_either_mode_and_each_part_may_be_repeated(access, play, ask):
    failed_over = [("db1", "db2"), ("db2", "db1")]
    for mode, (old, new) in zip(["sync", "async"], failed_over, strict=True):
        play(old, "replication", mode=mode, standby=new)
        assert play(old, "replication", mode=mode, standby=new) == "0 changed something"
        assert ask(old, SYNC_STATE) == f"{new} {mode}"

        fault, cancel = PowerOff(), HandCancel(120)
        receipt = fault.prepare(access(old), PowerOffParams(), cancel)
        fault.apply(access(old), PowerOffParams(), receipt, cancel)
        for again in ("1 changed something", "0 changed something"):
            assert play("lb1", "fence", fenced=old) == again
            assert play(new, "promote") == again
            assert play("lb1", "repoint", primary=ADDRESS[new]) == again
        assert ask(new, "show synchronous_standby_names") == ""

        fault.undo(access(old), PowerOffParams(), receipt, cancel)
        assert ask(old, "select 1") == ""  # the guard holds it down
        play(old, "rejoin", primary=ADDRESS[new])
        assert play(old, "rejoin", primary=ADDRESS[new]) == "0 changed something"
        assert ask(old, RECEIVER) == f"{ADDRESS[new]} streaming"
