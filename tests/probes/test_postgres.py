import errno
import os

import psycopg
import pytest

from drill.probes.pg import trouble_of
from drill.probes.postgres import PostgresQuery, PostgresQueryParams


@pytest.fixture
def ask(primary, on, deadline):
    def ask(sql, seconds=3.0, **params):
        params = PostgresQueryParams(dsn=primary.dsn, sql=sql, **params)
        return PostgresQuery().observe(on, params, deadline(seconds))

    return ask


@pytest.mark.parametrize(
    ("sql", "expect"),
    [
        ("select 0", 0),
        ("select 1.5::numeric", 1.5),
        ("select true", True),
        ("select null", None),
        ("select 'a'", "a"),
        ("""select '{"a": [1]}'::jsonb""", {"a": [1]}),
        ("select 1, 'a' union all select 2, null order by 1", [[1, "a"], [2, None]]),
        ("select 1 where false", []),
    ],
)
def test_what_it_gives_is_compared(ask, primary, sql, expect):
    reading = ask(sql, expect=expect)
    assert (reading.state, reading.note) == ("good", "")
    assert reading.by == f"127.0.0.1:{primary.port}"
    other = ask(sql, expect="other")
    assert other.state == "bad"
    assert other.note.startswith("it gave")


def test_without_an_expectation_it_must_succeed(ask):
    assert ask("select 1").state == "good"
    assert ask("select oops").note.startswith("42703")


@pytest.mark.parametrize(
    ("sql", "note"),
    [
        ("create table drill_oops (a int)", "25006"),
        ("select 1; select 2", "42601"),
        ("set default_transaction_read_only = off; create table drill_oops (a int)", "42601"),
    ],
)
def test_it_changes_nothing_and_takes_one_statement(ask, sql, note):
    reading = ask(sql)
    assert (reading.state, reading.note[:5]) == ("bad", note)


def test_it_may_write_where_the_scenario_says_so(ask):
    assert ask("create temp table t (a int)", writes=True).state == "good"


def test_a_slow_query_is_bad_when_its_time_is_over(ask, now_ns):
    begun = now_ns()
    assert ask("select pg_sleep(20)", seconds=0.4).state == "bad"
    assert now_ns() - begun < 1e9


def test_a_server_that_is_away_is_bad(on, deadline, primary):
    params = PostgresQueryParams(dsn="host=127.0.0.1 port=1 user=drill", sql="select 1")
    assert PostgresQuery().observe(on, params, deadline(2)).state == "bad"


def test_a_server_that_never_speaks_is_bad_in_time(on, deadline, server, now_ns):
    silent = server(lambda sock: sock.recv(4096) and sock.recv(1))
    dsn = f"host=127.0.0.1 port={silent.port} user=drill"
    begun = now_ns()
    reading = PostgresQuery().observe(
        on, PostgresQueryParams(dsn=dsn, sql="select 1"), deadline(0.3)
    )
    assert (reading.state, reading.note) == ("bad", "no answer in time")
    assert now_ns() - begun < 0.8e9


def test_no_descriptors_left_is_the_observers_trouble():

    error = psycopg.OperationalError(f"could not create socket: {os.strerror(errno.EMFILE)}")
    assert trouble_of(error).state == "unknown"
    assert trouble_of(psycopg.OperationalError("Connection refused")).state == "bad"
