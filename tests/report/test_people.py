"""The chapters of an exercise with people, live and at a table."""

import pytest
from report import samples
from report.rooms import told
from report.test_report import HOSTILE, Page, squeezed

from drill.measure.claims import claims_of
from drill.model.view import View
from drill.report.chapters import chapters_of
from drill.report.html import html
from drill.report.inert import inert
from drill.report.markdown import escaped, markdown
from drill.report.plain import plain

WORDS = {
    *("text", "note", "why", "by", "person", "role", "to", "channel", "reason", "because"),
    *("source", "what", "refused", "expected", "story", "objective", "capability", "present"),
    *("questions", "told_to", "run", "set_by", "step"),
}
OF_PEOPLE = (
    "attendance", "people", "injects", "ratings", "duties", "clock", "claims", "findings",
    "deviations",
)  # fmt: skip


@pytest.fixture(scope="module")
def table():
    return told("tabletop")


@pytest.fixture(scope="module")
def live(table):
    view = told("live")
    return view.model_copy(update={"claims": claims_of(table, view)})


def chapter(view, key):
    return next(one for one in chapters_of(view) if one.key == key)


def rows(view, key, number=0):
    """Return the rows of a chapter's table: each cell with its note."""
    table = chapter(view, key).tables[number]
    return [[f"{one.text} ({one.note})" if one.note else one.text for one in r] for r in table.rows]


def test_a_live_report_and_one_of_a_table_have_the_same_chapters(live, table):
    def titles(view):
        text = markdown(view)
        headings = [line for line in text.splitlines() if line.startswith("## ")]
        return headings, [(one.key, one.title) for one in chapters_of(view)]

    assert titles(live) == titles(table) == titles(told("live", facilitated=False))
    assert {key for key, _ in titles(live)[1]} >= set(OF_PEOPLE)


def test_both_formats_say_all_of_it(live, table):
    for view in (live, table):
        page, text = Page(html(view)).text, markdown(view)
        for one in chapters_of(view):
            for cell in (cell for part in one.tables for row in part.rows for cell in row):
                for said in (cell.text, cell.note):
                    assert squeezed(said) in page
                    assert escaped(said) in text


def test_attendance_is_told_as_planned_and_as_it_was(live):
    assert rows(live, "attendance") == [
        ["lead (has a deputy)", "1", "1", "1", "Kim +2.9 s"],
        ["head", "1", "2", "1", "Hilde +2.9 s"],
        ["on-call", "1", "1", "0", "nobody"],
        ["facilitator", "0", "0", "1", "Fay +2.9 s"],
    ]
    table = chapter(live, "attendance").tables[0]
    came = [row[3].sign.tone if row[3].sign else "" for row in table.rows]
    assert came == ["good", "bad", "bad", ""]


def test_what_people_answered_who_was_told_again_and_what_was_refused(live):
    asked = {row[0]: row for row in rows(live, "people")}
    undecided = "wait, by default, lead did not decide in time"
    assert asked["declare (decide)"][5] == f"defaulted ({undecided})"
    assert asked["declare (decide)"][6] == "nobody"
    assert asked["accept (task)"][6] == "Hilde (taken on by Hilde)"
    assert rows(live, "people", 1) == [["alert", "+9.1 s", "lead", "phone"]]
    assert rows(live, "people", 2) == [["Kim (lead)", "+9.1 s", "alert", "customers call"]]
    assert rows(live, "people", 3) == [
        ["Kim (lead)", "+2.9 s", "joined", "", "you are here already"]
    ]


def test_the_story_is_told_with_what_was_expected(live):
    found = {row[0]: row[1:] for row in rows(live, "injects")}
    assert list(found) == ["smoke (inject)", "printer (inject, decoy)", "flood (inject)",
                           "call (task, contingency)"]  # fmt: skip
    assert found["smoke (inject)"] == [
        "Smoke in the hall.", "lead", "+5.0 s", "+9.1 s",
        "They ask who is inside. (Do they count heads?)", "done (told)",
    ]  # fmt: skip
    assert found["printer (inject, decoy)"][1:3] == ["everybody", "when it is ready"]
    assert found["call (task, contingency)"][:2] == ["Call the supplier.", "head"]


def test_what_is_kept_back_is_told_so():
    view = told(closed=False)
    steps = tuple(
        one.model_copy(update={"kept_back": True}) if one.id == "flood" else one
        for one in view.steps
    )
    found = {row[0]: row for row in rows(view.model_copy(update={"steps": steps}), "injects")}
    assert found["flood (inject)"][-1].startswith("kept back")


def test_a_rating_is_kept_beside_the_one_proposed_with_the_reason(live):
    calm, owner, radio = rows(live, "ratings")
    assert calm[1:3] == ["U (missed: declare)", "M (Eve differs: nobody led)"]
    assert calm[3] == "Eve +14.1 s: M, nobody led"
    assert owner[2] == "M (Eve differs: no reason was given)"
    assert radio[1:4] == [
        "none (none of its steps was attempted)",
        "not rated",
        "Eve +14.1 s: it stayed in its box",
    ]


def test_an_evaluator_who_agrees_is_named(live):
    agreeing = live.ratings[0].model_copy(update={"set": "U", "reason": ""})
    view = live.model_copy(update={"ratings": (agreeing,)})
    assert rows(view, "ratings")[0][2] == "U (Eve)"


def test_time_limits_are_told_gross_and_net(live):
    tell, staff, rest = rows(live, "duties")
    assert tell[0] == "The authority is told. (GDPR Art. 33(1))"
    assert tell[3:5] == ["11.1 s (not done, net 9.06 s)", "missed"]
    assert (staff[3], staff[4]) == ("5.00 s (net 3.00 s)", "met")
    assert rest[2:5] == ["not measured", "not measured", "not applicable"]
    text = markdown(live)
    assert "Not in time: The authority is told. (11.1 s of 30 s, GDPR Art. 33(1))." in text
    assert "In time: Staff are told. (5.00 s of 1:00:00 h)" in text


def test_gross_and_net_time_and_each_hold_are_told(live):
    values = dict(rows(live, "clock"))
    assert values["Gross"] == "14.1 s"
    assert values["Net"] == "12.1 s"
    assert "The story begins on 1 Mar 2027, 03:10:00 UTC." in markdown(live)
    assert rows(live, "clock", 1) == [["+9.1 s", "2.00 s", "Fay", "a fire alarm"]]
    measures = {row[0]: row[2:] for row in rows(live, "clock", 2)}
    gross, net = measures["RTA from onset"]
    assert gross != net
    assert "mobilisation" not in measures
    held = live.holds[0].model_copy(update={"ends": None})
    view = live.model_copy(update={"holds": (held,)})
    assert rows(view, "clock", 1)[0][1] == "it lasts"


def test_a_clock_that_was_never_held_is_one_line(live):
    view = live.model_copy(update={"holds": (), "net": live.gross})
    assert chapter(view, "clock").prose == (
        "It was never held, nor put forward: 14.1 s. The story begins on 1 Mar 2027, 03:10:00 UTC.",
    )


def test_what_was_claimed_stands_beside_what_was_measured(live, table):
    found = {row[0]: row[1:] for row in rows(live, "claims")}
    assert found["fix (ssh.command)"] == ["4.00 s", "2 s", "3.00 s", "\N{MINUS SIGN}1.00 s"]
    assert "orders: RTA from onset, at most" in found
    claimed = {row[0]: row[1:] for row in rows(table, "claims")}
    assert claimed["fix (ssh.command)"] == ["4.00 s", "2 s", "not measured", "not measured"]
    assert list(claimed) == list(found)


def test_what_took_longer_than_was_claimed_is_marked(live):
    claim = live.claims[-1].model_copy(update={"claimed": 1.0})
    bare = claim.model_copy(update={"claimed": None, "planned": None})
    table = chapter(live.model_copy(update={"claims": (claim, bare)}), "claims").tables[0]
    assert table.rows[0][4].sign is not None
    assert [one.text for one in table.rows[1][1:]] == [
        "not claimed", "none", "3.00 s", "not measured",
    ]  # fmt: skip


def test_findings_are_proposed_with_who_said_so_and_what_would_prove_them_fixed(live):
    found = [row[:4] for row in rows(live, "findings")]
    said = next(one for one in live.findings if one.by).id
    told = "Not in time: The authority is told. (11.1 s of 30 s, GDPR Art. 33(1))."
    assert found[0] == [f"{told} (duty:tell; records 9)", "high", "head", "31 Mar 2026"]
    assert [row[0].split(" (")[-1].split(";")[0] for row in found[1:]] == [
        said, "rated:calm", "rated:owner", "unacknowledged:alert", "defaulted:declare",
        "refused:accept", "key-person:head", "key-person:on-call", "late:fix",
    ]  # fmt: skip
    assert {row[5] for row in rows(live, "findings")} >= {
        "duty tell is met, in a later run", "objective calm is rated P or S, in a later run",
    }  # fmt: skip
    assert all(row[4] == "missing" for row in rows(live, "findings"))


def test_each_deviation_names_who_answers_for_it_and_why(live):
    found = rows(live, "deviations")
    assert [row[:5] for row in found] == [
        ["flood", "+9.1 s", "kept back", "Fay (facilitator)", "no reason was given"],
        ["the exercise", "+9.1 s", "the clock was held", "Fay (facilitator)", "a fire alarm"],
        ["accept", "+14.1 s", "refused", "Hilde (head)", "no order goes through"],
        ["alert", "+9.1 s", "failed", "nobody", "on-call did not acknowledge in time"],
        ["call", "not begun", "skipped", "nobody", "nobody needs it"],
    ]
    assert all(row[5] for row in found)


def test_whoever_answers_for_a_role_deviates(live):
    acted = live.sayings[0].model_copy(
        update={"says": "decided", "step": "declare", "text": "go", "refused": ""}
    )
    view = live.model_copy(
        update={"sayings": (acted,), "steps": (), "resumed": 2, "aborted": "Kim: enough"}
    )
    assert [row[:5] for row in rows(view, "deviations")] == [
        ["declare", "+2.9 s", "answered for a role: decided", "Fay (facilitator)", "go"],
        ["the conductor", "", "taken up again 2 times", "nobody", "it had ended"],
        ["the exercise", "", "ended early", "", "Kim: enough"],
    ]


def test_an_exercise_without_people_says_each_of_it_in_one_line():
    view = samples.met()
    for key in OF_PEOPLE:
        one = chapter(view, key)
        if key in ("people", "findings"):
            assert len(one.tables) == 1
        else:
            assert (len(one.prose), one.tables, one.points) == (1, (), ()), key


def test_what_people_say_is_never_code(live):
    def poisoned(value, key=""):
        if isinstance(value, dict):
            return {name: poisoned(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [poisoned(inner, key) for inner in value]
        return HOSTILE if isinstance(value, str) and key in WORDS else value

    view = View.model_validate(poisoned(live.model_dump(mode="json")))
    page = Page(html(view))
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "iframe", "object"})
    assert page.text.count(squeezed(inert(HOSTILE))) > 50
    text = markdown(view)
    assert "<script" not in text.replace("\\<script", "")
    assert all(line.isprintable() for line in plain(view).split("\n"))
