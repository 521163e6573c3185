"""The console as a server, over real connections of this machine."""

import json
import re
import socket
import threading
from contextlib import ExitStack, suppress
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import pytest
from console import plain
from console.browser import read_to_end, read_until
from console.conftest import HAPPY, Open
from console.events import events_in

from drill.console import app
from drill.console.app import Address
from drill.console.guard import POLICY
from drill.errors import UsageError

SOON = 5.0
"""Seconds within which a stream ends whose session does."""
LAST = b"0\r\n\r\n"
"""How a stream ends (RFC 9112, chunked)."""


def test_the_cookie_is_for_this_console_alone(console):
    link = urlsplit(console.links["observer"]).path
    headers = console.nobody().ask("POST", link, urlencode({"person": "Ann"}))[1]
    [(name, morsel)] = SimpleCookie(headers["set-cookie"]).items()
    assert re.fullmatch(r"drill-[0-9a-f]{16}", name)
    assert morsel["httponly"]
    assert morsel["samesite"] == "strict"
    assert morsel["path"] == "/"
    assert not morsel["secure"]
    assert not morsel["domain"]


def test_behind_tls_the_cookie_is_secure_and_of_this_host(opened, desk):
    address = Address(port=0, hosts=("drill.example",), https=True)
    with opened(address=address) as served:
        assert served.url == "https://drill.example"
        with socket.create_connection(("127.0.0.1", served.port)) as link:
            path = urlsplit(served.links["observer"]).path
            body = "person=Ann"
            link.sendall(
                f"POST {path} HTTP/1.1\r\nHost: drill.example\r\nOrigin: https://drill.example\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            answer = read_to_end(link).decode()
    assert re.search(r"(?i)set-cookie: __Host-drill-[0-9a-f]{16}=.*; Path=/.*; Secure", answer)


@pytest.mark.parametrize("path", ["/healthz", "/", "/nowhere", "/static/none.js", "/events"])
def test_every_answer_forbids_what_a_page_does_not_need(console, path):
    for browser in (console.nobody(), console.seat("observer")):
        headers = browser.get(path)[1]
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
    assert "no-store" in console.nobody().get("/", Host="evil.example")[1]["cache-control"]


def listeners():
    """Return the addresses on which this machine listens, by port, as the kernel tells."""
    found = {}
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(name).read_text().splitlines()[1:]:
            _, local, _, state = row.split()[:4]
            if state == "0A":
                address, _, port = local.partition(":")
                found.setdefault(int(port, 16), set()).add(address)
    return found


def test_nothing_listens_off_this_machine(opened):
    before = set(listeners())
    with opened() as served:
        port = served.port
        now = listeners()
        assert now[port] == {"0100007F"}
    assert port not in listeners() or port in before


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (
            Address(port=0, hosts=("drill.example",)),
            "nobody reaches it by that name; give --listen",
        ),
        (Address(port=0, listen="0.0.0.0"), "say by which name people reach it: --host"),
        (Address(port=0, listen="::"), "say by which name people reach it: --host"),
        (Address(port=0, listen="drill.example"), "write an address of this machine"),
        (Address(port=0, listen="192.0.2.1"), "cannot listen on 192.0.2.1"),
    ],
)
def test_it_says_why_it_will_not_listen(opened, address, told):
    with pytest.raises(UsageError, match=re.escape(told)), opened(address=address):
        pass


def test_a_port_that_is_taken_is_told_with_the_cure(opened):
    with opened() as served:
        port = served.port
        with (
            pytest.raises(UsageError, match=f"port {port}.*choose another with --port"),
            opened(address=Address(port=port)),
        ):
            pass


def test_no_second_console_shows_the_same_exercise(opened):
    with opened(), pytest.raises(UsageError, match="another console shows this run"), opened():
        pass
    with opened() as again:
        assert again.links


def test_what_breaks_while_it_is_open_is_not_called_a_port_that_is_taken(opened):
    with pytest.raises(OSError, match="mine"), opened():
        raise OSError(5, "mine")


def test_another_address_of_this_machine_is_a_name_too(opened, desk):
    with opened(address=Address(port=0, listen="127.0.0.2")) as served:
        assert served.url.startswith("http://127.0.0.2:")


# ---- people


def test_joining_and_leaving_are_said(console):
    ann = console.seat("database-team", "  Ann   Lee ")
    assert [(p, r, s.says) for p, r, _, s in console.desk.heard] == [
        ("Ann Lee", "database-team", "joined")
    ]
    assert ann.post("/leave", {})[0] == 200
    assert [s.says for *_, s in console.desk.heard] == ["joined", "left"]
    assert ann.get("/")[0] == 401


def test_who_joins_where_nobody_conducts_may_look_on(console):
    console.desk.is_gone = True
    assert console.seat("observer").get("/")[0] == 200


def test_who_joins_again_sits_in_one_seat(console):
    ann = console.seat("facilitator", "Ann")
    before = ann.cookie
    ann.join(console.links["observer"], "Ann")
    assert ann.get("/links")[0] == 403
    ann.cookie = before
    assert ann.get("/")[0] == 401


def test_a_name_that_is_none_is_asked_for_again_with_what_was_typed(console):
    link = urlsplit(console.links["observer"]).path
    status, _, text = console.nobody().ask("POST", link, urlencode({"person": "x" * 81}))
    assert status == 422
    assert "x" * 81 in text
    assert "80 letters" in text


def test_a_refusal_hands_back_what_was_typed(console):
    ann = console.seat("database-team", "Ann")
    console.desk.refuses = "too late: <it> is over"
    form = {"says": "finished", "step": "promote-db2", "note": "two\nlines & more"}
    status, _, text = ann.post("/say", form)
    assert status == 409
    assert "too late: &lt;it&gt; is over" in text
    assert "two\nlines &amp; more" in text
    status, _, text = ann.post("/say", form, HX_Request="true")
    assert (status, text) == (409, "<p>too late: &lt;it&gt; is over</p>")


def test_what_cannot_be_said_hands_back_what_was_typed(console):
    ann = console.seat("database-team", "Ann")
    form = {"says": "claimed", "step": "promote-db2", "takes": "a while", "note": "we would"}
    status, _, text = ann.post("/say", form)
    assert status == 422
    assert "takes: a duration is written like" in text
    assert "we would" in text
    assert "a while" in text


def test_what_nobody_hears_hands_back_what_was_typed(console):
    ann = console.seat("database-team", "Ann")
    console.desk.is_gone = True
    status, _, text = ann.post("/say", {"says": "noted", "text": "remember"})
    assert status == 409
    assert "nobody conducts this exercise" in text
    assert "remember" in text


def test_what_counts_leads_back_to_the_page(console):
    ann = console.seat("database-team", "Ann")
    status, headers, _ = ann.post("/say", {"says": "noted", "text": "x"})
    assert (status, headers["location"]) == (303, "/")
    assert ann.post("/say", {"says": "noted", "text": "x"}, HX_Request="true")[::2] == (
        200,
        "<p></p>",
    )


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("says=noted", "text/plain", 415),
        ('{"says": "noted"}', "application/json", 415),
        ("--x--", "multipart/form-data; boundary=x", 415),
        ("text=" + "x" * 70_000, "application/x-www-form-urlencoded", 413),
        ("text=%ff", "application/x-www-form-urlencoded", 422),
        ("says=noted&says=held", "application/x-www-form-urlencoded", 422),
    ],
)
def test_what_is_no_form_is_turned_away(console, body, kind, status):
    ann = console.seat("database-team", "Ann")
    assert ann.ask("POST", "/say", body, Content_Type=kind)[0] == status
    answer = ann.ask("POST", "/say", body, Content_Type=kind, HX_Request="true")
    assert answer[0] == status
    assert answer[2].startswith("<p>")


def test_the_facilitator_hands_out_links_that_open(console):
    eve = console.seat("facilitator", "Eve")
    text = eve.get("/links")[2]
    assert all(url in text for url in console.links.values())
    assert text.count("<svg") == len(console.links)
    assert "style=" not in text


# ---- the stream


def view_in(data):
    """Return the view that a plain page shows."""

    class Reader(HTMLParser):
        text = ""

        def handle_data(self, data):
            self.text += data

    reader = Reader()
    reader.feed(data)
    return json.loads(reader.text)


def test_the_stream_begins_with_all_that_there_is(console):
    with console.seat("observer").stream() as link:
        text = read_until(link, b"</pre>\r\n\r\n")
    [(id_, data)] = events_in(text.partition(b"\r\n\r\n")[2])
    seen = view_in(data)
    assert seen["phase"] == "closed"
    assert int(id_) == seen["records"] - 1


def test_forms_in_the_stream_are_each_sessions_own(console):
    ann, bob = console.seat("database-team", "Ann"), console.seat("database-team", "Bob")
    for one, other in ((ann, bob), (bob, ann)):
        with one.stream() as link:
            text = read_until(link, b"</pre>").decode()
        assert f"data-csrf={one.csrf}" in text
        assert other.csrf not in text


def test_who_was_away_and_missed_nothing_gets_nothing_again(console):
    ann = console.seat("observer")
    with ann.stream() as link:
        id_ = events_in(read_until(link, b"</pre>\r\n\r\n").partition(b"\r\n\r\n")[2])[0][0]
    with ann.stream(Last_Event_ID=id_.decode()) as link:
        link.settimeout(1.0)
        head = read_until(link, b"\r\n\r\n")
        with pytest.raises(TimeoutError):
            link.recv(1)
        assert b"event-stream" in head
    with ann.stream(Last_Event_ID="3") as link:
        assert b"</pre>" in read_until(link, b"</pre>")


def test_a_journal_that_grows_is_followed_and_one_that_is_not_there_yet_is_waited_for(
    opened, desk, tmp_path
):
    lines = HAPPY.read_bytes().splitlines(keepends=True)
    place = tmp_path / "later" / "journal.jsonl"
    with opened(where=place) as served:
        ann = Open(served.links, served.port, desk).seat("observer")
        status, headers, text = ann.get("/")
        assert (status, headers["refresh"]) == (200, "2")
        assert "Not begun" in text
        with ann.stream() as link:
            place.parent.mkdir()
            got = b""
            for part, mark in ((lines[:3], b"id: 2\r\n"), (lines[3:], b"&quot;closed&quot;")):
                with place.open("ab") as file:
                    file.writelines(part)
                got += read_until(link, mark)
                got += read_until(link, b"</pre>\r\n\r\n") if b"</pre>" not in got else b""
        assert "closed" in ann.get("/")[2]


def test_a_journal_that_was_changed_is_told_to_everybody_and_its_place_to_the_staff(
    opened, desk, journal
):
    journal.write_bytes(journal.read_bytes().replace(b"orders", b"Orders", 1))
    with opened() as served:
        seats = Open(served.links, served.port, desk)
        eve, ann = seats.seat("facilitator"), seats.seat("observer")
        until = monotonic() + SOON
        while eve.get("/")[0] != 503 and monotonic() < until:
            sleep(0.05)
        status, _, text = eve.get("/")
        assert status == 503
        assert str(journal) in text
        status, _, text = ann.get("/")
        assert status == 503
        assert str(journal) not in text
        assert ann.get("/healthz")[0] == 503


def test_a_stream_of_a_seat_that_is_revoked_ends_soon_and_others_go_on(console, record_property):
    eve, ann, bob = (
        console.seat("facilitator"),
        console.seat("database-team"),
        console.seat("observer"),
    )
    with ann.stream() as one, bob.stream() as two:
        read_until(one, b"</pre>")
        read_until(two, b"</pre>")
        began = monotonic()
        assert eve.post("/seats/database-team/revoke", {})[0] == 303
        one.settimeout(SOON)
        read_until(one, LAST)
        took = monotonic() - began
        two.settimeout(0.5)
        with pytest.raises(TimeoutError):
            read_to_end(two)
    assert took < SOON
    assert ann.get("/")[0] == 401
    assert ann.get("/events")[0] == 401
    old = urlsplit(console.links["database-team"]).path
    assert console.nobody().get(old)[0] == 404
    assert bob.get("/")[0] == 200
    record_property("P23", f"a revoked stream ended within {took:.2f} s")


def test_whoever_revokes_their_own_seat_stays_in_it(console):
    eve, other = console.seat("facilitator", "Eve"), console.seat("facilitator", "Mallory")
    assert eve.post("/seats/facilitator/revoke", {})[0] == 303
    assert eve.get("/links")[0] == 200
    assert other.get("/links")[0] == 401


def test_a_stream_ends_when_its_person_leaves(console):
    ann = console.seat("observer")
    with ann.stream() as link:
        read_until(link, b"</pre>")
        ann.post("/leave", {})
        link.settimeout(SOON)
        read_until(link, LAST)


def test_streams_end_at_once_when_the_console_does(opened, desk):
    with ExitStack() as stack:
        served = stack.enter_context(opened())
        ann = Open(served.links, served.port, desk).seat("observer")
        link = stack.enter_context(ann.stream())
        read_until(link, b"</pre>")
        began = monotonic()
        ender = threading.Thread(target=stack.pop_all().close)
        ender.start()
        ender.join()
        assert monotonic() - began < 3


def test_one_session_opens_so_many_streams_and_no_more(console):
    ann = console.seat("observer")
    with ExitStack() as stack:
        for _ in range(8):
            read_until(stack.enter_context(ann.stream()), b"</pre>")
        assert ann.get("/events")[0] == 429
        assert console.seat("observer").get("/events")[0] == 200
    until = monotonic() + SOON
    while ann.get("/events")[0] != 200 and monotonic() < until:
        sleep(0.05)
    assert ann.get("/events")[0] == 200


def test_sessions_and_links_survive_a_restart(opened, desk):
    with opened() as served:
        port = served.port
        ann = Open(served.links, port, desk).seat("database-team", "Ann")
        gone = Open(served.links, port, desk).seat("observer")
        gone.post("/leave", {})
    with opened(address=Address(port=port)) as again:
        status, _, text = ann.get("/")
        assert status == 200
        assert "Ann" in text
        assert ann.post("/say", {"says": "noted", "text": "still here"})[0] == 303
        assert gone.get("/")[0] == 401
        assert ann.get(urlsplit(served.links["observer"]).path)[0] == 200
        assert again.links != served.links


def test_a_reader_that_does_not_read_is_dropped_and_holds_up_nobody(
    opened, desk, journal, monkeypatch
):
    monkeypatch.setattr("drill.console.answers._SLOW", 0.5)
    lines = HAPPY.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]))  # open: its clock goes on
    large = SimpleNamespace(**vars(plain))
    large.parts = lambda seat, view, csrf: plain.parts(seat, view, csrf) + "x" * 2_000_000
    with opened(pages=large) as served:
        seats = Open(served.links, served.port, desk)
        slow, quick = seats.seat("observer"), seats.seat("observer")
        with slow.stream() as one, quick.stream() as two:
            for _ in range(4):
                read_until(two, b"\r\nid: ")
            one.settimeout(SOON)
            with suppress(ConnectionError):
                got = read_to_end(one)
                assert LAST not in got[-9:]  # broken off, and not ended
            assert slow.get("/")[0] == 200


def test_where_it_is_kept_is_one_place_for_each_journal(tmp_path, monkeypatch):
    monkeypatch.setenv("DRILL_STATE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    one = app.kept_at(tmp_path / "a" / "journal.jsonl")
    assert one == app.kept_at(Path("a") / "journal.jsonl")
    assert one != app.kept_at(tmp_path / "b" / "journal.jsonl")
    assert one.parent == tmp_path / "consoles"
