"""The console in a browser, from a link to what is said, over a journal that grows."""

from urllib.parse import urlsplit

import pytest
from console.conftest import HAPPY, Open

from drill.console import pages

LINES = HAPPY.read_bytes().splitlines(keepends=True)
BEGUN = next(n for n, line in enumerate(LINES) if b'"step-started"' in line) + 1


@pytest.fixture
def console(opened, desk, journal):
    """A console of the real pages, over an exercise that has begun."""
    journal.write_bytes(b"".join(LINES[:BEGUN]))
    with opened(pages=pages) as served:
        yield Open(served.links, served.port, desk)


def grow(journal):
    with journal.open("ab") as file:
        file.writelines(LINES[BEGUN:])


def test_a_person_joins_by_a_link_says_something_and_sees_what_comes(console, visit, journal):
    with visit() as window:
        window.goto(console.links["database-team"])
        window.get_by_label("Your name").fill("Ann <Lee>")
        window.get_by_role("button", name="Join the exercise").click()
        window.wait_for_url(f"http://127.0.0.1:{console.port}/")
        assert "Ann <Lee>" in window.get_by_role("banner").inner_text()
        [cookie] = window.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        window.get_by_label("A note for the log").fill("the pager is silent")
        window.locator("#say-note button").click()
        window.get_by_text("Taken down.").wait_for()
        grow(journal)
        window.get_by_text("The exercise is over").first.wait_for()
    heard = [(person, role, saying.says) for person, role, _, saying in console.desk.heard]
    assert heard == [
        ("Ann <Lee>", "database-team", "joined"),
        ("Ann <Lee>", "database-team", "noted"),
    ]


def test_a_refusal_is_told_and_what_was_typed_stays(console, visit):
    with visit(forgiven="409") as window:
        join(window, console, "database-team")
        console.desk.refuses = "too late"
        note = window.get_by_label("A note for the log")
        note.fill("still here")
        window.locator("#say-note button").click()
        window.get_by_text("too late").wait_for()
        assert note.input_value() == "still here"


def test_the_facilitator_withdraws_a_seat_and_its_window_is_shut_out(console, visit):
    with visit() as eve:
        join(eve, console, "facilitator")
        eve.get_by_role("link", name="Links").click()
        eve.get_by_role("heading", name="database-team").wait_for()
        assert eve.locator("svg path").count() >= len(console.links)
        ann = console.seat("database-team", "Ann")
        eve.get_by_role("button", name="Withdraw the link of database-team").click()
        eve.wait_for_url("**/links")
        eve.get_by_role("heading", name="database-team").wait_for()
        assert ann.get("/")[0] == 401
        assert ann.get(urlsplit(console.links["database-team"]).path)[0] == 404
        [field] = [
            one
            for one in eve.get_by_label("Link", exact=True).all()
            if one.input_value() not in console.links.values()
        ]
        console.links["database-team"] = field.input_value()
        assert console.seat("database-team", "Ann").get("/")[0] == 200


def test_who_leaves_is_told_the_way_back(console, visit):
    with visit() as window:
        join(window, console, "observer")
        window.get_by_role("button", name="Leave").click()
        window.get_by_text("Your link lets you in again").wait_for()
        assert window.context.cookies() == []


def join(window, console, seat):
    window.goto(console.links[seat])
    window.get_by_label("Your name").fill("Ann")
    window.get_by_role("button", name="Join the exercise").click()
    window.wait_for_url(f"http://127.0.0.1:{console.port}/")
