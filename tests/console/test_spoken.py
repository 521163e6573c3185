"""What a screen reader is given: the tree of names and roles that the browser makes of each page.

No screen reader is run here. What it would read, and when it would speak, is in this tree.
"""

import re
from collections import Counter
from itertools import pairwise

import pytest
from console.stage import PLAIN, staged

PLAYS = [
    ("facilitator", "middle"),
    ("facilitator", "wash"),
    ("evaluator", "middle"),
    ("commander", "middle"),
    ("dba", "table"),
    ("observer", "held"),
    ("observer", "over"),
    *(("observer", plain) for plain in PLAIN),
]
_LINE = re.compile(r"^\s*- '?([a-z]+)(?: \"((?:[^\"\\]|\\.)*)\")?(.*)$")
_NAMED = frozenset(
    "article button checkbox combobox link radio region textbox timer".split()  # noqa: SIM905  short
)
"""What must have a name: all that can be operated, and all that one can jump to."""
_DRAWINGS = ("Steps", "Steps by whom they wait for", "Planned and actual time")
_EACH = "Planned and actual time of each step, part 1 of 1"
READ = {
    "facilitator": (
        *("Yours", "Control", "Asked now 3", "Injects to come 3", "Attendance 4"),
        *("What has been told", "Note", "Services", "Broken now", "Duties"),
        *(*_DRAWINGS, _EACH, "Log"),
    ),
    "commander": (
        *("Yours", "For you now", "Note", "Services", "Duties"),
        *(*_DRAWINGS, _EACH, "Log"),
    ),
    "observer": ("Services", "Broken now", "Duties", *_DRAWINGS, _EACH, "Log"),
}
"""The regions of each seat's page, in the order in which they are read."""


@pytest.fixture(scope="module")
def stage():
    with staged() as stage:
        yield stage


def spoken(page):
    """Return role, name and the rest of each line that the browser would hand on."""
    lines = page.locator("body").aria_snapshot().splitlines()
    return [found.groups() for line in lines if (found := _LINE.match(line))]


@pytest.mark.parametrize(("who", "play"), PLAYS)
def test_a_page_has_one_title_its_landmarks_and_a_name_for_everything(visit, stage, who, play):
    stage.show(who, play)
    with visit() as page:
        page.goto(stage.url)
        lines = spoken(page)
    roles = Counter(role for role, _, _ in lines)
    assert roles["main"] == 1
    assert roles["banner"] <= 1
    assert [name for role, name, rest in lines if role == "heading" and "[level=1]" in rest]
    assert sum(role == "heading" and "[level=1]" in rest for role, _, rest in lines) == 1
    assert [(role, rest) for role, name, rest in lines if role in _NAMED and not name] == []
    assert roles.keys() & {"button", "link"}


@pytest.mark.parametrize("who", READ)
def test_each_seat_is_read_in_the_order_of_haste(visit, stage, who):
    stage.show(who, "middle")
    with visit() as page:
        page.goto(stage.url)
        lines = spoken(page)
    assert tuple(name for role, name, _ in lines if role == "region") == READ[who]
    levels = [int(rest[8]) for role, _, rest in lines if role == "heading"]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_who_is_asked_hears_the_question_the_choices_and_what_is_left(visit, stage):
    stage.show("commander", "middle")
    with visit() as page:
        page.goto(stage.url)
        page.locator("#panel-asked").wait_for()
        said = page.locator("#panel-asked").aria_snapshot()
    for line in (
        'heading "Invoke the database fail-over plan?" [level=3]',
        'timer "left: Invoke the database fail-over plan?"',
        'group "Your decision"',
        'radio "failover go on with the fail-over to db2"',
        'radio "wait keep investigating"',
        'textbox "Note if you like"',
        'button "Decide"',
    ):
        assert line in said


_LISTEN = """() => {
  window.heard = [];
  new MutationObserver((all) => window.heard.push(...all.map((one) => one.target.textContent)))
    .observe(document.querySelector('[aria-live]'),
      {childList: true, characterData: true, subtree: true});
}"""


def test_time_that_passes_is_not_spoken_and_takes_no_focus(visit, stage):
    stage.show("commander", "middle")
    with visit() as page:
        page.goto(stage.url)
        live = page.locator("[aria-live]")
        assert live.get_attribute("aria-live") == "polite"
        assert live.locator("[role=timer], drill-clock").count() == 0
        clocks = page.get_by_role("timer").count()
        assert clocks == page.locator("drill-clock").count() > 3
        note = page.get_by_label("A note for the log")
        note.focus()
        page.evaluate(_LISTEN)
        stage.show("commander", "later")
        page.wait_for_function(
            "() => document.querySelector('#head drill-clock').dataset.seconds === '20.0'"
        )
        assert page.evaluate("window.heard") == []
        assert page.evaluate("document.activeElement.id") == "note-text"
        stage.show("commander", "wash")
        page.wait_for_function("() => window.heard.length > 0")
        assert "Hot wash" in page.locator("main").aria_snapshot()
        assert page.evaluate("document.activeElement.id") == "note-text"
