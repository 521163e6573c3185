"""PostgreSQL, and a restic repository, on disks that ail: on a real host, and well again."""

from types import SimpleNamespace

import pytest

from drill.faults.ailing import DiskErrors, DiskErrorsParams, DiskSlow, DiskSlowParams
from drill.model.outcome import Done
from drill.testing.cancels import HandCancel

DATA = "/srv/cluster/data"
BIN = "/usr/lib/postgresql/15/bin"
ROWS = "insert into t select n, repeat('x', 500) from generate_series(1, 200) n;"
MAKE = f"""
rm -rf /srv/cluster; install -d -o postgres /srv/cluster; cd /srv/cluster
as() {{ runuser -u postgres -- "$@"; }}
as {BIN}/initdb -k -D {DATA} > initdb.log
printf "port = 5544\\nunix_socket_directories = '/tmp'\\nlisten_addresses = ''\\n" \
  >> {DATA}/postgresql.conf
"""
START = f"cd /; runuser -u postgres -- {BIN}/pg_ctl -w -D {DATA} -l /srv/cluster/log start"
STOP = f"cd /; runuser -u postgres -- {BIN}/pg_ctl -w -D {DATA} -m fast stop"
HALT = STOP.replace("-m fast", "-m immediate")
"""Whatever it was doing: one that panicked is recovering, and hears of nothing more polite."""
SOUND = f"cd /; runuser -u postgres -- {BIN}/pg_checksums --check -D {DATA}"


@pytest.fixture
def host(ways):
    access = ways("lb1")

    def run(script, most=120):
        ran = access.remote.run(["sh", "-c", script], HandCancel(most), root=True)
        return ran.exit, ran.out + ran.err

    def must(script, most=120):
        exit_, said = run(script, most)
        assert exit_ == 0, said
        return said

    must(f"set -e\n{MAKE}")
    try:
        yield SimpleNamespace(access=access, run=run, must=must)
    finally:
        run(f"drill-host heal; {STOP}; rm -rf /srv/cluster")


def sql(host, text):
    return host.must(f"""cd /; runuser -u postgres -- psql -h /tmp -p 5544 -qAtX \
      -v ON_ERROR_STOP=1 -c "{text}" 2>&1""").strip()


def seconds(host, text):
    began, ended = (f"t{n}=$(date +%s%N)" for n in (1, 2))
    ask = f'runuser -u postgres -- psql -h /tmp -p 5544 -qAtX -c "{text}"'
    return int(host.must(f"cd /; {began}; {ask} > /dev/null; {ended}; echo $((t2-t1))")) / 1e9


def broken(host, fault, params):
    receipt = fault.prepare(host.access, params, HandCancel())
    outcome = fault.apply(host.access, params, receipt, HandCancel())
    assert isinstance(outcome, Done), outcome
    return lambda: fault.undo(host.access, params, receipt, HandCancel())


def test_postgresql_runs_on_a_slow_disk_and_on_after_it(host):
    undo = broken(host, DiskSlow(), DiskSlowParams(directory="/srv/cluster/data", delay="20ms"))
    host.must(START)
    sql(host, "create table u(n int)")
    assert seconds(host, "insert into u values (1)") > 0.04  # its WAL written, and synced
    sql(host, f"create table s(n int, x text); {ROWS.replace(' t ', ' s ')} checkpoint;")
    assert isinstance(undo(), Done)
    sql(host, ROWS.replace(" t ", " s "))
    assert sql(host, "select count(*), sum(n), min(x) = max(x) from s") == "400|40200|t"
    host.must(STOP)
    host.must(SOUND)
    host.must(START)
    assert sql(host, "select count(*), sum(n) from s") == "400|40200"


def test_postgresql_that_runs_is_struck_in_its_wal_ends_and_is_well_after_the_undo(host):
    host.must(START)
    sql(host, f"create table t(n int, x text); {ROWS}")
    params = DiskErrorsParams(directory=f"{DATA}/pg_wal", percent=100, operations=("fsync",))
    undo = broken(host, DiskErrors(), params)
    exit_, said = host.run(
        f'cd /; runuser -u postgres -- psql -h /tmp -p 5544 -qAtX -c "{ROWS}" 2>&1'
    )
    assert (exit_ != 0, said != "") == (True, True)
    assert "Input/output error" in host.must("cat /srv/cluster/log")
    assert isinstance(undo(), Done)
    host.run(HALT)
    host.must(START)
    assert sql(host, "select count(*) from t") in {"200", "400"}
    sql(host, ROWS)
    host.must(STOP)
    host.must(SOUND)


def test_a_restic_repository_on_a_slow_disk_takes_backups_and_is_whole_after_it(host):
    host.must("install -d /srv/cluster/repo /srv/cluster/own; cp -r /etc/ssl /srv/cluster/own/")
    restic = "RESTIC_PASSWORD=x restic --no-cache -q -r /srv/cluster/repo"
    host.must(f"{restic} init && {restic} backup /srv/cluster/own")
    undo = broken(host, DiskSlow(), DiskSlowParams(directory="/srv/cluster/repo", delay="5ms"))
    host.must(f"cp -r /etc/systemd /srv/cluster/own/ && {restic} backup /srv/cluster/own")
    host.must(f"{restic} forget --prune --keep-last 1 && {restic} check --read-data")
    assert isinstance(undo(), Done)
    host.must(f"{restic} check --read-data")
    host.must(f"{restic} restore latest --target /srv/cluster/back")
    host.must("diff -r --no-dereference /srv/cluster/own /srv/cluster/back/srv/cluster/own")
