"""Every route there is, taken by everybody, by every method, about what is theirs and what is not.

The table says what each gets; a route that is not in it, or an entry that is no route, fails.
"""

import itertools
from urllib.parse import urlencode

import pytest
from console import plain
from console.browser import Browser
from console.conftest import ROLES, FakeDesk, Open, copied

from drill.console.app import Address, serving
from drill.console.routes import ALL, WAYS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "MEOW")
VISITORS = {
    "nobody": "",
    "facilitator": "facilitator",
    "evaluator": "evaluator",
    "participant": "incident-commander",
    "other": "database-team",
    "observer": "observer",
}
"""Who asks, and the seat that they joined."""
JOINED = tuple(VISITORS)[1:]
EVERYBODY = dict.fromkeys(VISITORS, 200)

NOTED = {"says": "noted", "text": "a note"}
ANSWERED = {"says": "acknowledged", "step": "tell-commander"}


def of(known, **others):
    """Return what each visitor gets: 401 who is not known, ``known`` the others, but for some."""
    return {"nobody": 401, **dict.fromkeys(JOINED, known), **others}


ONLY_FACILITATOR = dict.fromkeys(JOINED[1:], 403)
SAID = of(303, observer=403)
OBJECTS = {
    ("GET", "/healthz"): {"/healthz": ({}, EVERYBODY)},
    ("GET", "/static/{name}"): {
        "/static/none.js": ({}, dict.fromkeys(VISITORS, 404)),
        "/static/%2e%2e": ({}, dict.fromkeys(VISITORS, 404)),
    },
    ("GET", "/join/{token}"): {
        "/join/TOKEN-observer": ({}, EVERYBODY),
        "/join/TOKEN-facilitator": ({}, EVERYBODY),
        "/join/guessed": ({}, dict.fromkeys(VISITORS, 404)),
    },
    ("POST", "/join/{token}"): {
        "/join/TOKEN-observer": ({"person": "Ann"}, dict.fromkeys(VISITORS, 303)),
        "/join/TOKEN-evaluator": ({"person": ""}, dict.fromkeys(VISITORS, 422)),
        "/join/guessed": ({"person": "Ann"}, dict.fromkeys(VISITORS, 404)),
    },
    ("GET", "/"): {"/": ({}, of(200))},
    ("GET", "/events"): {"/events": ({}, of(200))},
    ("POST", "/say"): {
        "/say": (NOTED, SAID),
        "/say?own": (ANSWERED, SAID),
        "/say?as": ({**NOTED, "role": "facilitator"}, of(422, observer=403)),
        "/say?by": ({**NOTED, "person": "boss"}, of(422, observer=403)),
        "/say?nothing": ({}, of(422, observer=403)),
    },
    ("POST", "/leave"): {"/leave": ({}, of(200))},
    ("GET", "/links"): {"/links": ({}, of(200, **ONLY_FACILITATOR))},
    ("POST", "/seats/{name}/revoke"): {
        "/seats/observer/revoke": ({}, of(303, **ONLY_FACILITATOR)),
        "/seats/facilitator/revoke": ({}, of(303, **ONLY_FACILITATOR)),
        "/seats/incident-commander/revoke": ({}, of(303, **ONLY_FACILITATOR)),
        "/seats/nobody/revoke": ({}, of(404, **ONLY_FACILITATOR)),
    },
}
"""Each route: the objects asked for, the form sent, and what each visitor gets."""
PATHS = {
    path: route[1] for route, objects in OBJECTS.items() for path in objects if "?" not in path
}
"""Each object, and its route."""
NOWHERE = (
    "/static/..%2fpages.py",
    "/admin",
    "/events/",
    "/say/x",
    "/docs",
    "/openapi.json",
    "//",
    "/static/",
    "/join/",
)


def test_the_table_here_names_every_route_and_no_other():
    assert set(OBJECTS) == {(way.method, way.path) for way in WAYS}


def test_how_much_the_table_holds(record_property):
    objects = sum(map(len, OBJECTS.values()))
    asked = len(VISITORS) * (objects + len(PATHS) * len(METHODS))
    record_property("P23", f"{asked} requests: {len(VISITORS)} visitors, {len(WAYS)} routes")


def test_only_what_needs_no_name_is_open():
    open_ways = {(way.method, way.path) for way in WAYS if not way.who}
    assert open_ways == {
        ("GET", "/healthz"),
        ("GET", "/static/{name}"),
        ("GET", "/join/{token}"),
        ("POST", "/join/{token}"),
    }
    assert all(way.who <= ALL for way in WAYS)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One console for all of these tests, since nobody's sessions are in another's way."""
    place, desk = tmp_path_factory.mktemp("console"), FakeDesk()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRILL_STATE", str(place / "state"))
        with serving(copied(place), desk, ROLES, plain, Address(port=0)) as served:
            yield Open(served.links, served.port, desk)


@pytest.fixture
def console(shared):
    """The console, whose desk heard nothing yet."""
    shared.desk.heard.clear()
    return shared


@pytest.fixture(params=VISITORS)
def visitor(request, console):
    browser = fresh(console, request.param)
    console.desk.heard.clear()
    yield request.param, browser
    if browser.cookie:
        browser.post("/leave", {})


def path_of(console, path):
    """Put a real link where an object stands for one."""
    before, mark, seat = path.partition("TOKEN-")
    return before + console.links[seat].rpartition("/")[2] if mark else path


def send(browser, method, path, form):
    if method != "POST":
        return browser.ask(method, path)[0]
    return browser.post(path, form)[0]


def fresh(console, visitor):
    seat = VISITORS[visitor]
    return console.seat(seat) if seat else console.nobody()


@pytest.mark.parametrize("route", OBJECTS, ids=" ".join)
def test_everybody_gets_what_the_table_says_of_every_object(console, route):
    for visitor, (path, (form, expected)) in itertools.product(VISITORS, OBJECTS[route].items()):
        fields = {name: value for name, value in form.items() if route[1] != "/join/{token}"}
        browser = fresh(console, visitor)
        where = path_of(console, path)
        if route == ("POST", "/join/{token}"):
            status = browser.ask("POST", where, urlencode(form))[0]
        else:
            status = send(browser, route[0], where, fields)
        assert status == expected[visitor], (visitor, route[0], path)
        if "revoke" in path and status == 303:
            console.links.update(_links_now(browser))


def _links_now(browser):
    text = browser.get("/links")[2]
    found = (part.partition(">") for part in text.split("<a href=")[1:])
    return {name.partition("<")[0]: url for url, _, name in found}


@pytest.mark.parametrize("path", PATHS)
def test_no_other_method_does_anything(console, visitor, path):
    name, browser = visitor
    allowed = {method for method, route in OBJECTS if route == PATHS[path]}
    allowed |= {"HEAD"} if "GET" in allowed else set()
    others = set(METHODS) - allowed
    where = path_of(console, path)
    for method in others:
        status = browser.ask(method, where, urlencode({"csrf": browser.csrf, **NOTED}))[0]
        assert status == 405, (name, method, path)
    assert console.desk.heard == []


@pytest.mark.parametrize("path", NOWHERE)
def test_what_is_not_in_the_table_is_not_there(console, visitor, path):
    browser = visitor[1]
    for method in METHODS:
        assert browser.ask(method, path, "x=1")[0] in {404, 405}
    assert console.desk.heard == []


def test_what_is_said_is_said_by_who_sits_there_whatever_the_form_says(console):
    browser = console.seat("database-team", "Ann")
    console.desk.heard.clear()
    browser.post("/say", ANSWERED)
    [(person, role, means, saying)] = console.desk.heard
    assert (person, role, means, saying.step) == (
        "Ann",
        "database-team",
        "console",
        "tell-commander",
    )


POSTS = [
    (path, *found)
    for (m, _), all_ in OBJECTS.items()
    if m == "POST"
    for path, found in all_.items()
]
KNOWN = [(path, form) for path, form, _ in POSTS if not path.startswith("/join")]


@pytest.mark.parametrize(("path", "form"), KNOWN)
def test_no_form_counts_that_this_session_was_not_given(console, path, form):
    browser, other = console.seat("facilitator"), console.seat("facilitator")
    console.desk.heard.clear()
    for wrong in ({}, {"csrf": ""}, {"csrf": other.csrf}, {"csrf": browser.csrf[:-1]}):
        assert browser.ask("POST", path, urlencode({**form, **wrong}))[0] == 403
    assert browser.ask("POST", path, "")[0] == 403
    assert console.desk.heard == []
    assert browser.get("/")[0] == 200


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": None, "Sec-Fetch-Site": None},
]


@pytest.mark.parametrize(("path", "form"), [(path, form) for path, form, _ in POSTS])
@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_page_of_anybody_elses_changes_anything(console, path, form, headers):
    browser = console.seat("facilitator")
    console.desk.heard.clear()
    where = path_of(console, path)
    status, answered, _ = browser.post(where, form, **headers)
    assert status == 403
    assert "set-cookie" not in answered
    assert console.desk.heard == []
    assert browser.get("/")[0] == 200


@pytest.mark.parametrize("headers", FOREIGN[:-1], ids=str)
def test_no_page_of_anybody_elses_reads_the_stream(console, headers):
    assert console.seat("facilitator").get("/events", **headers)[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1", ""])
@pytest.mark.parametrize("path", PATHS)
def test_no_other_name_reaches_anything(console, host, path):
    browser = console.seat("facilitator")
    origin = {"Origin": f"http://{host}"}
    assert browser.get(path_of(console, path), Host=host, **origin)[0] in {400, 421}


def test_a_session_of_another_exercise_is_none_here(console):
    browser = console.seat("facilitator")
    name, _, secret = browser.cookie.partition("=")
    for cookie in (f"drill-0123456789abcdef={secret}", f"{name}={secret[:-1]}", f"{name}="):
        assert Browser(console.port, cookie).get("/")[0] == 401
