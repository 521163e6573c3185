"""The faults of PostgreSQL, on the real servers of a lab."""

from dataclasses import replace
from pathlib import Path

from faults.lab_host import HOSTS
from faults.scripted import OnHost, Scripted

from drill.actions.playbook import Playbook, PlaybookParams
from drill.faults.postgres import (
    LimitParams,
    NoConnections,
    ReplayPaused,
    RoleLocked,
    RoleParams,
    ServerParams,
)
from drill.faults.postgres_data import DropTable, TableParams, UpdateAll, UpdateParams
from drill.faults.promotion import BothPrimary, PromotionParams
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance

PLAYBOOKS = Path(__file__).parents[2] / "playbooks" / "postgres"
ASK = 'psql() { runuser -u postgres -- /usr/bin/psql -XAtqv ON_ERROR_STOP=1 "$@"; }\n'


def asked(sql):
    return f'{ASK}psql -c "{sql}"'


def holds(sql):
    return f'{ASK}test "$(psql -c "{sql}")" = t'


class OnARole(OnHost):
    host = "db1"
    ready = f"""{ASK}
    psql -c "drop role if exists victim"; psql -c "create role victim login connection limit 20"
    """
    shown = asked(
        "select rolcanlogin, rolconnlimit, rolinherit from pg_roles where rolname = 'victim'"
    )
    earlier = f"""{ASK}
    psql -c "alter role victim connection limit $((5 + $1))"
    [ $(($1 % 2)) = 0 ] && w=inherit || w=noinherit; psql -c "alter role victim $w"
    """
    mend = asked("select 1")


class TestRoleLocked(OnARole):
    fault, params = RoleLocked(), RoleParams(role="victim")
    works = holds("select rolcanlogin from pg_roles where rolname = 'victim'")
    meddle = asked("drop role victim")


class TestNoConnections(OnARole):
    fault, params = NoConnections(), LimitParams(role="victim")
    works = holds("select rolconnlimit <> 0 from pg_roles where rolname = 'victim'")
    meddle = asked("alter role victim connection limit 7")


class TestReplayPaused(OnHost):
    fault, params, host = ReplayPaused(), ServerParams(), "db2"
    works = holds("select not pg_is_wal_replay_paused()")
    shown = asked("select pg_is_wal_replay_paused(), pg_is_in_recovery()")
    earlier = asked("select 1")


class Parted(Scripted, FaultConformance):
    """What was lost, or parted, stays so until people recover it: no lease, no undo."""

    test_undo_restores_what_was_captured = None
    test_undo_may_be_repeated = None
    test_a_stopped_undo_does_not_claim_to_be_done = None

    def recover(self):
        raise NotImplementedError

    def test_apply_has_the_effect(self):
        super().test_apply_has_the_effect()
        self.recover()

    def test_it_stays_so_until_it_is_recovered(self):
        world = self.world()
        receipt = self.prepared(world)
        assert isinstance(self.applied(world, receipt), Done)
        assert world.broken()
        for _ in range(2):
            assert isinstance(self.undone(world, receipt), Failed)
        self.recover()
        assert isinstance(self.undone(world, receipt), Done)
        assert not world.broken()

    test_it_stays_so_until_it_is_recovered.proves = "recovered"


DUMP = "/var/backups/victims.dump"
TABLE = {"database": "postgres", "table": "victims", "dump": DUMP}


class Lost(Parted):
    host = "db1"
    ready = f"""{ASK}
    psql -c "drop table if exists victims"; psql -c "create table victims (id int, paid text)"
    psql -c "insert into victims select n, 'no' from generate_series(1, 50) as n"
    mkdir -p /var/backups; runuser -u postgres -- pg_dump -Fc -t victims postgres > {DUMP}
    """
    works = holds("select count(*) = 50 and min(paid) = 'no' from victims")
    shown = asked("select count(*), min(paid) from victims")

    def recover(self):
        self.must(
            f"""{ASK}
            psql -c "drop table if exists victims"
            runuser -u postgres -- pg_restore -d postgres < {DUMP}
            """
        )


class TestDropTable(Lost):
    fault, params = DropTable(), TableParams(**TABLE)


class TestUpdateAll(Lost):
    fault, params = UpdateAll(), UpdateParams(**TABLE, column="paid", value="yes")


class TestBothPrimary(Parted):
    """Two servers take writes; the failback winds the one back that should not have."""

    fault, params, host = BothPrimary(), PromotionParams(), "db2"
    works = holds("select pg_is_in_recovery()")
    shown = asked("select pg_is_in_recovery()")

    def recover(self):
        rejoin = PlaybookParams(playbook="rejoin.yml", vars={"primary": str(HOSTS["db1"].address)})
        access = replace(self._access, base=PLAYBOOKS)
        outcome = Playbook().apply(access, rejoin, HandCancel(120), lambda _: None)
        assert isinstance(outcome, Done), outcome
