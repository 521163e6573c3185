"""By which name, from which page: what a request must say before anything looks at it."""

import itertools

import pytest
from starlette.datastructures import Headers

from drill.console.guard import LOOPBACK, Names, refusal

NAMES = Names()
HOST = "localhost:8737"
OWN = "http://localhost:8737"


def ask(method, path, names=NAMES, **headers):
    sent = {"host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in sent.items() if value is not None]
    return refusal(names, method, path, Headers(raw=raw))[0]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 0),
        ("localhost:1", 0),
        ("LOCALHOST:80", 0),
        ("127.0.0.1:8737", 0),
        ("[::1]:8737", 0),
        ("[::1]", 0),
        (None, 421),
        ("", 421),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("localhost@evil.example", 421),
        ("127.0.0.1.nip.io", 421),
        ("127.0.0.2", 421),
        ("localhost:evil", 421),
        ("0.0.0.0:8737", 421),
        ("::1", 421),
    ],
)
def test_only_a_name_that_people_were_told_reaches_it(host, status):
    assert ask("GET", "/", host=host) == status


def test_a_name_said_twice_reaches_nothing():
    raw = [(b"host", b"localhost"), (b"host", b"localhost")]
    assert refusal(NAMES, "GET", "/", Headers(raw=raw))[0] == 421


SITES = (None, "same-origin", "same-site", "cross-site", "none", "")
ORIGINS = (None, OWN, "null", "http://evil.example", "https://localhost:8737", "http://localhost")
WAYS = (("GET", "/"), ("GET", "/events"), ("HEAD", "/events"), ("POST", "/say"), ("PUT", "/x"))


@pytest.mark.parametrize(("way", "site", "origin"), list(itertools.product(WAYS, SITES, ORIGINS)))
def test_what_changes_or_streams_comes_from_its_own_page_or_not_at_all(way, site, origin):
    method, path = way
    status = ask(method, path, sec_fetch_site=site, origin=origin)
    own = site in {None, "same-origin"} and origin in {None, OWN}
    told = (site, origin) != (None, None)
    expected = {
        ("GET", "/"): True,
        ("GET", "/events"): own,
        ("HEAD", "/events"): own,
    }.get(way, own and told)
    assert status == (0 if expected else 403)


def test_behind_a_proxy_that_speaks_tls_its_own_page_is_https():
    names = Names(LOOPBACK | {"drill.example"}, https=True)
    for origin, status in (("https://drill.example", 0), ("http://drill.example", 403)):
        assert ask("POST", "/say", names, host="drill.example", origin=origin) == status
