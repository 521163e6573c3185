"""The faults of PostgreSQL, on the real servers of a lab."""

from faults.lab_host import HOSTS
from faults.scripted import OnHost, Parted

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

ASK = 'psql() { runuser -u postgres -- /usr/bin/psql -XAtqv ON_ERROR_STOP=1 "$@"; }\n'


def asked(*each):
    return ASK + "; ".join(f'psql -c "{sql}"' for sql in each)


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
    ready = f"""{ASK}
    psql -c "alter system reset max_standby_streaming_delay"; psql -c "select pg_reload_conf()"
    """
    shown = asked(
        "select pg_is_wal_replay_paused(), pg_is_in_recovery()",
        "show max_standby_streaming_delay",
    )
    earlier = f"""{ASK}
    delay=$((40001 + $1))ms; psql -c "alter system set max_standby_streaming_delay = '$delay'"
    psql -c "select pg_reload_conf()"
    until psql -c "show max_standby_streaming_delay" | grep -qx $delay; do sleep 0.05; done
    """


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
        self.play("postgres/rejoin.yml", primary=str(HOSTS["db1"].address))
