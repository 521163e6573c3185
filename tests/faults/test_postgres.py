"""Faults of PostgreSQL keep their promises on a real server, and data that is lost stays lost."""

import contextlib
import subprocess

import psycopg
import pytest
from faults.real_postgres import host_of, ran
from pydantic import ValidationError

from drill.errors import RefusedError, RemoteError
from drill.faults.postgres import (
    LimitParams,
    NoConnections,
    ReplayPaused,
    RoleLocked,
    RoleParams,
    ServerParams,
)
from drill.faults.postgres_data import DropTable, TableParams, UpdateAll, UpdateParams
from drill.hosts import warden
from drill.hosts.patience import until
from drill.lease.postgres import ROLE_QUERY
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World
from drill.testing.hosts import access_to

ROLE = "select rolcanlogin, rolconnlimit from pg_roles where rolname = 'app'"


def as_app(cluster):
    return cluster.dsn.replace("user=drill", "user=app")


def lets_in(cluster):
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(as_app(cluster)):
        return True
    return False


@pytest.fixture
def app(primary):
    """Return the server, with a role and a table of its own."""
    primary.sql("create role app login connection limit 20")
    primary.sql("create table orders (id int, paid text)")
    primary.sql("insert into orders select n, 'no' from generate_series(1, 50) as n")
    yield primary
    primary.sql("drop table if exists orders, kept")
    primary.sql("drop role app")


class OnARole(FaultConformance):
    params = {}
    model = RoleParams

    @pytest.fixture(autouse=True)
    def _lend(self, app):
        self._app = app

    def world(self):
        params = self.model(role="app", port=self._app.port, **self.params)
        access = access_to(host_of(self._app))
        return World(access, params, lambda: self._app.sql(ROLE), lambda: not lets_in(self._app))


class TestRoleLocked(OnARole):
    fault = RoleLocked()


class TestNoConnections(OnARole):
    fault, model, params = NoConnections(), LimitParams, {"limit": 0}


class TestReplayPaused(FaultConformance):
    fault = ReplayPaused()

    @pytest.fixture(autouse=True)
    def _lend(self, standby):
        self._standby = standby

    def world(self):
        def paused():
            return self._standby.sql("select pg_is_wal_replay_paused()")[0][0]

        access = access_to(host_of(self._standby))
        return World(access, ServerParams(port=self._standby.port), paused, paused)


def armed(cluster, fault, params):
    access = access_to(host_of(cluster))
    receipt = fault.prepare(access, params, HandCancel())
    return access, params, receipt, HandCancel()


def test_a_standby_that_is_paused_shows_nothing_new(primary, standby):
    primary.sql("create table seen (n int)")
    until(lambda: standby.sql("select to_regclass('seen')")[0][0], HandCancel(9), every=0.1)
    lent = armed(standby, ReplayPaused(), ServerParams(port=standby.port))
    ReplayPaused().apply(*lent)
    primary.sql("insert into seen values (1)")
    count = lambda: standby.sql("select count(*) from seen")[0][0]  # noqa: E731  short
    assert not until(lambda: count() == 1, HandCancel(0.5), every=0.1)
    ReplayPaused().undo(*lent)
    assert until(lambda: count() == 1, HandCancel(9), every=0.1)
    primary.sql("drop table seen")


@pytest.mark.parametrize(("sessions", "open_"), [("end", False), ("leave", True)])
def test_open_sessions_end_only_if_asked(app, sessions, open_):
    params = RoleParams(role="app", port=app.port, sessions=sessions)
    with psycopg.connect(as_app(app), autocommit=True) as session:
        lent = armed(app, RoleLocked(), params)
        assert isinstance(RoleLocked().apply(*lent), Done)
        with contextlib.nullcontext() if open_ else pytest.raises(psycopg.OperationalError):
            session.execute("select 1")
    assert isinstance(RoleLocked().undo(*lent), Done)


def test_a_role_that_somebody_changed_is_dirty_and_stays(app):
    lent = armed(app, NoConnections(), LimitParams(role="app", port=app.port))
    NoConnections().apply(*lent)
    app.sql("alter role app connection limit 7")
    outcome = NoConnections().undo(*lent)
    assert isinstance(outcome, Failed)
    assert outcome.error.startswith(warden.DIRTY)
    assert app.sql(ROLE) == [(True, 7)]


@pytest.mark.parametrize(
    ("role", "why"), [("drill", "superuser"), ("nobody", "no role"), ("postgres", "no role")]
)
def test_a_role_that_cannot_be_put_back_is_declined(app, role, why):
    with pytest.raises(RefusedError, match=why):
        armed(app, RoleLocked(), RoleParams(role=role, port=app.port))


def test_a_server_that_does_not_answer_is_declined(app):
    with pytest.raises(RefusedError, match="PostgreSQL"):
        armed(app, RoleLocked(), RoleParams(role="app", port=1))


def test_a_role_of_a_standby_and_the_replay_of_a_primary_are_declined(app, standby):
    until(lambda: standby.sql(ROLE), HandCancel(9), every=0.1)
    with pytest.raises(RefusedError, match="standby"):
        armed(standby, RoleLocked(), RoleParams(role="app", port=standby.port))
    with pytest.raises(RefusedError, match="no standby"):
        armed(app, ReplayPaused(), ServerParams(port=app.port))


def test_a_word_is_never_a_part_of_a_statement(app):
    hostile = "app'; drop table orders; --"
    argv = ["psql", "-XAtq", "-p", str(app.port), "-d", "dbname=postgres", "-f", "-"]
    argv += ["-h", "127.0.0.1", "-U", "drill", "-v", f"role={hostile}"]
    assert ran(argv, ROLE_QUERY + ";\n").out == ""
    assert app.sql("select count(*) from orders") == [(50,)]


# What cannot be undone


@pytest.fixture
def dump(app, tmp_path):
    file = tmp_path / "orders.dump"
    app.run("pg_dump", "-Fc", "-d", app.dsn, "-f", app.home / "orders.dump")
    file.write_bytes((app.home / "orders.dump").read_bytes())
    return file


def table(app, dump, **more):
    return TableParams(database="postgres", table="orders", dump=str(dump), port=app.port, **more)


def update(app, dump, **more):
    given = {"database": "postgres", "table": "orders", "column": "paid", "value": "yes"}
    return UpdateParams(**given, dump=str(dump), port=app.port, **more)


def recovered(app, dump):
    app.sql("drop table if exists orders")
    (app.home / "back.dump").write_bytes(dump.read_bytes())
    app.run("pg_restore", "-d", app.dsn, "-t", "orders", app.home / "back.dump")


@pytest.mark.parametrize(("fault", "params"), [(DropTable(), table), (UpdateAll(), update)])
def test_what_is_lost_stays_lost_until_it_is_recovered(app, dump, fault, params):
    lent = armed(app, fault, params(app, dump))
    assert lent[2]["rows"] == 50
    assert str(dump) in lent[2]["restore"]
    assert isinstance(fault.undo(*lent), Done)
    assert isinstance(fault.apply(*lent), Done)
    outcome = fault.undo(*lent)
    assert isinstance(outcome, Failed)
    assert f"needs a recovery from the dump {dump}" in outcome.error
    recovered(app, dump)
    assert isinstance(fault.undo(*lent), Done)
    assert app.sql("select count(*), min(paid) from orders") == [(50, "no")]


def test_hostile_values_are_only_values(app, dump):
    value = "'; drop table orders; --"
    lent = armed(app, UpdateAll(), update(app, dump).model_copy(update={"value": value}))
    assert isinstance(UpdateAll().apply(*lent), Done)
    assert app.sql("select distinct paid from orders") == [(value,)]


def garbled(app, dump):
    dump.write_bytes(b"no dump")


def gone(app, dump):
    dump.unlink()


def of_another(app, dump):
    app.sql("create table kept as table orders")
    app.run("pg_dump", "-Fc", "-d", app.dsn, "-t", "kept", "-f", app.home / "kept.dump")
    dump.write_bytes((app.home / "kept.dump").read_bytes())


def old(app, dump):
    subprocess.run(["touch", "-d", "2 days ago", dump], check=True)


def emptied(app, dump):
    app.sql("delete from orders")


def dropped(app, dump):
    app.sql("drop table orders")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (garbled, "is no dump"),
        (gone, "is no dump"),
        (of_another, "holds no rows"),
        (old, "s old"),
        (emptied, "nothing to break"),
        (dropped, "there is no table"),
    ],
)
def test_without_a_good_restore_point_nothing_is_broken(app, dump, change, why):
    change(app, dump)
    with pytest.raises(RefusedError, match=why):
        armed(app, DropTable(), table(app, dump))


def test_a_host_that_is_not_disposable_is_spared(app, dump):
    host = host_of(app)
    host.consent = {**host.consent, "disposable": False}
    with pytest.raises(RefusedError, match="disposable"):
        DropTable().prepare(access_to(host), table(app, dump), HandCancel())


def test_a_server_that_is_down_is_not_called_well(app, dump):
    access, params, receipt, cancel = armed(app, DropTable(), table(app, dump))
    with pytest.raises(RemoteError):
        DropTable().undo(access, params.model_copy(update={"port": 1}), receipt, cancel)


@pytest.mark.parametrize(
    "given",
    [{}, {"dump": "/var/d", "stanza": "main"}, {"dump": "relative"}, {"stanza": "--x"}],
)
def test_a_restore_point_must_be_named(given):
    with pytest.raises(ValidationError):
        TableParams(database="postgres", table="orders", **given)
