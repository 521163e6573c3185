"""The service that the lab's playbook makes of bare hosts, and how it bears a disaster."""

import json
import time

import pytest
from lab.inside import TWO_SITES, http, ssh, told, until

import drill.lab as laboratory
from drill.errors import LabError
from drill.hosts.fabric import Fabric

pytestmark = pytest.mark.lab

SQL = "cd /; runuser -u postgres -- psql -XAtc"
STANDBY = "10.20.0.16"


def _ok(lab, path):
    return http(lab, path)[0] == 200


def test_the_service_keeps_what_it_is_told(raise_lab):
    lab = raise_lab()
    status, body = http(lab, "/health?token=abc")
    health = json.loads(body)
    assert (status, health["token"], health["database"]) == (200, "abc", "10.10.0.15")
    assert health["app"] in ("app1", "app2")
    number = json.loads(http(lab, "/orders", '{"total": 12.5}')[1])["id"]
    assert (
        ssh(lab, "db1", f"{SQL} 'select total from orders where id = {number}' orders") == "12.50"
    )
    assert json.loads(http(lab, "/orders/count")[1])["count"] >= number
    assert ssh(lab, "db1", f"{SQL} 'select application_name from pg_stat_replication'") == "db2"
    for host in lab.hosts:
        assert until(
            lambda host=host: ssh(lab, host.name, "systemctl is-system-running") == "running"
        )


def test_nginx_stands_before_the_application_and_knows_the_customer(raise_lab):
    lab = raise_lab()
    assert _ok(lab, "/health?token=by-nginx")
    log = "grep by-nginx /var/log/nginx/access.log"
    logged = "\n".join(ssh(lab, app, log) for app in ("app1", "app2"))
    assert logged.strip().startswith("10.200.0.2 ")
    assert ssh(lab, "app1", "ss -ltnH 'sport == 8001' | awk '{print $4}'") == "127.0.0.1:8001"
    asked = "curl -s -o /dev/null -m 2 -w '%{http_code}' localhost:8000/alive"
    for verb, heard in [("stop", "502"), ("start", "200"), ("kill -s STOP", "000")]:
        assert until(
            lambda h=heard, v=verb: ssh(lab, "app1", f"systemctl {v} orders; {asked}") == h
        )
        assert all(_ok(lab, f"/health?token={n}") for n in range(3)), verb


def test_a_databases_disk_is_its_own_and_outlives_a_power_cycle(raise_lab):
    lab = raise_lab()
    fabric, size = Fabric(lab.fabric), "df --output=size -BM /var/lib/postgresql | tail -n 1"
    assert ssh(lab, "db1", size).strip() == "640M"
    assert ssh(lab, "db1", "du -m /var/lib/postgresql/reserve").split()[0] == "64"
    ssh(lab, "db1", "echo kept > /var/lib/postgresql/note")
    fabric.power_off("db1")
    fabric.power_on("db1")
    assert until(lambda: ssh(lab, "db1", "cat /var/lib/postgresql/note") == "kept")
    assert until(lambda: _ok(lab, "/health?token=again"))


def test_both_sites_are_told_where_the_shop_is(raise_lab):
    lab = raise_lab()
    ask = (TWO_SITES.parents[2] / "playbooks" / "dns" / "files" / "ask-name").read_text()
    said = told(lab, ask, "orders.lab", "10.20.0.10", "10.10.0.13")
    assert said == "10.20.0.10 10.20.0.10\n10.10.0.13 10.20.0.10"
    said = told(lab, ask, "db1", "10.20.0.10", "10.20.0.14")
    assert said == "10.20.0.10 error-5\n10.20.0.14 silent"


def test_secrets_open_the_databases_and_nobody_else_reads_them(raise_lab):
    lab = raise_lab()
    assert lab.secrets.stat().st_mode & 0o077 == 0
    for name in ("orders", "db1", "db2"):
        file = lab.secrets / f"{name}-dsn"
        assert file.stat().st_mode & 0o077 == 0
        asked = f"psql -XAtc 'select pg_is_in_recovery()' {file.read_text()}"
        assert ssh(lab, "db1", asked) == ("t" if name == "db2" else "f")


def test_a_synchronous_standby_can_be_demanded(raise_lab):
    lab = raise_lab()
    ssh(lab, "db1", f"{SQL} \"alter system set synchronous_standby_names = 'db2'\"")
    ssh(lab, "db1", f"{SQL} 'select pg_reload_conf()'")
    state = f"{SQL} 'select sync_state from pg_stat_replication'"
    assert until(lambda: ssh(lab, "db1", state) == "sync")
    Fabric(lab.fabric).link("db2", False)
    assert http(lab, "/orders", "{}")[0] == 503


def test_a_lost_primary_is_a_quick_no_and_its_successor_a_quick_yes(raise_lab):
    lab = raise_lab()
    fabric = Fabric(lab.fabric)
    fabric.power_off("db1")
    began = time.monotonic()
    status, body = http(lab, "/health?token=lost")
    assert (status, time.monotonic() - began < 2) == (503, True)
    assert "app" in json.loads(body)
    assert ssh(lab, "db2", f"{SQL} 'select pg_promote(true, 30)'") == "t"
    command = f"set server database/database addr {STANDBY} port 5432"
    ssh(lab, "lb1", f"echo '{command}' | socat stdio /run/haproxy/admin.sock")
    assert until(lambda: _ok(lab, "/health?token=new"))
    assert json.loads(http(lab, "/health?token=new")[1])["database"] == STANDBY


def test_an_old_primary_stays_down_beside_its_successor(raise_lab):
    lab = raise_lab()
    fabric = Fabric(lab.fabric)
    fabric.power_off("db1")
    assert ssh(lab, "db2", f"{SQL} 'select pg_promote(true, 30)'") == "t"
    fabric.power_on("db1")
    failed = "systemctl --failed --plain --no-legend"
    assert until(lambda: "postgresql@" in ssh(lab, "db1", failed), seconds=20)
    said = ssh(lab, "db1", "journalctl -b | grep pg-guard:")
    assert f"{STANDBY} is the primary; rejoin this host as its standby" in said


def test_a_primary_whose_peer_is_dark_may_start(raise_lab):
    lab = raise_lab()
    fabric = Fabric(lab.fabric)
    fabric.power_off("db2")
    fabric.power_off("db1")
    fabric.power_on("db1")
    assert until(lambda: _ok(lab, "/health?token=alone"), seconds=30)


def test_labs_from_kept_disks_share_nothing_that_they_write(raise_lab):
    one = raise_lab()
    http(one, "/orders", '{"total": 777}')
    with pytest.raises(LabError, match="stands on these disks"):
        raise_lab(fresh=True)
    other = raise_lab()
    assert ssh(one, "db1", f"{SQL} 'select count(*) from orders where total = 777' orders") == "1"
    assert ssh(other, "db1", f"{SQL} 'select count(*) from orders where total = 777' orders") == "0"
    laboratory.down(one.name)
    assert _ok(other, "/health?token=still")
