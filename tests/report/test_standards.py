"""Every field that standards ask for is in the report, in each mode: filled in, or missing."""

import re

import pytest
from report import samples
from report.rooms import told
from report.test_report import Page, squeezed

from drill.model.form import Action, Form
from drill.model.overview import About
from drill.report.answers import ANSWERS
from drill.report.blank import blank
from drill.report.chapters import chapters_of
from drill.report.fields import DEPTHS, depth_of, fields
from drill.report.html import html
from drill.report.markdown import markdown
from drill.report.standards import missing, standards

NUMBERS = """
    001 002 003 004 010 011 012 013 020 021 022 023 024 025 026 027 028
    030 031 032 033 034 035 036 037 038 040 041 042 043 044 045 050 051 052 053 054
    060 061 062 070 071 072 073 074 075 080 081 082 083 084 085 086
    090 091 092 093 094 095 096 100 101 102 103 104 105 106 110 111 120 130
"""
IDS = [f"AAR-{number}" for number in NUMBERS.split()]
"""The fields of the checklist, typed once more: none can be lost from the table unseen."""

FULL = About(kind="full-scale")


def full(view):
    return view.model_copy(update={"about": FULL})


VIEWS = {
    "tabletop": lambda: told("tabletop"),
    "functional exercise": lambda: told("live"),
    "full-scale exercise": lambda: full(samples.met()),
}
OTHERS = (samples.met, samples.missed, samples.running, samples.inconclusive,
          lambda: told("live", closed=False))  # fmt: skip


def rows(view):
    (table,) = standards(view).tables
    return {row[0].text: row for row in table.rows}


def test_the_table_has_every_field_once_and_in_order():
    assert [one.id for one in fields()] == IDS
    assert {one.by for one in fields()} == {"M", "H", "C", "M/H"}
    for one in fields():
        assert re.fullmatch("[xo-]{3}", one.depths)
        assert one.title
        assert one.source
        assert one.section


def test_whatever_a_machine_fills_in_has_an_answer_and_nothing_else_has_a_useless_one():
    filled = {one.id for one in fields() if one.by != "H"}
    assert filled <= set(ANSWERS) <= set(IDS)


@pytest.mark.parametrize("depth", VIEWS)
def test_no_field_is_left_out_in_any_mode(depth):
    view = VIEWS[depth]()
    assert depth_of(view) == depth
    asked = {one.id for one in fields() if one.depths[DEPTHS.index(depth)] != "-"}
    assert set(rows(view)) == asked
    left_out = {id_ for text in standards(view).prose for id_ in re.findall(r"AAR-\d{3}", text)}
    assert asked | left_out == set(IDS)
    assert not asked & left_out
    for shown in (Page(html(view)).text, markdown(view)):
        assert all(id_ in shown for id_ in IDS)


@pytest.mark.parametrize("sample", [*VIEWS.values(), *OTHERS])
def test_each_field_of_a_machine_has_a_value(sample):
    view = sample()
    for one in fields():
        if one.by != "H" and one.id in rows(view):
            assert rows(view)[one.id][2].text.strip(), one.id
            assert rows(view)[one.id][2].text != "missing", one.id


@pytest.mark.parametrize("sample", VIEWS.values())
def test_an_empty_field_of_people_is_told_as_missing(sample):
    view = sample()
    for one in missing(view):
        cell = rows(view)[one.id][2]
        assert "missing" in (cell.text if one.by == "H" else cell.note), one.id
    peoples = [one.id for one in fields() if one.peoples and one.asked(depth_of(view)) == "x"]
    assert [one.id for one in missing(view)] == peoples
    (table,) = standards(view).tables
    assert f"{len(peoples)} of them wait for people" in table.title


def test_an_optional_field_is_told_as_such():
    table, live = rows(told("tabletop")), rows(told("live"))
    assert table["AAR-071"][2].text == "not given, and optional at this depth"
    assert live["AAR-071"][2].text == "missing"
    assert live["AAR-073"][2].note == "not given, and optional at this depth."


def test_what_people_fill_in_is_printed_in_its_place():
    view = told("live")
    said = {one.id: f"said of {one.id}" for one in fields() if one.peoples}
    filled = view.model_copy(update={"form": Form(fields=said)})
    assert missing(filled) == ()
    page = Page(html(filled)).text
    for id_, text in said.items():
        assert text in (rows(filled)[id_][2].text, rows(filled)[id_][2].note)
        assert text in page
    assert "Asked of management: said of AAR-012" in page
    assert "Report state said of AAR-001" in page


@pytest.mark.parametrize("sample", [*VIEWS.values(), *OTHERS])
def test_an_answer_that_sends_elsewhere_names_a_chapter(sample):
    view = sample()
    titles = {one.title for one in chapters_of(view)} | {"the first page"}
    for id_, row in rows(view).items():
        for cell in (row[2].text, row[2].note):
            _, _, where = cell.partition("; see ")
            named = set(filter(None, re.split(", (?=[A-Z])", where)))
            assert named <= titles, id_


@pytest.mark.parametrize("sample", [samples.met, samples.missed, lambda: told("tabletop")])
def test_the_first_page_has_a_line_for_each_promise_and_little_else(sample):
    view = sample()
    front = [one for one in chapters_of(view) if one.front]
    assert front == list(chapters_of(view)[: len(front)])
    assert [one.key for one in front] == ["objectives", "well", "change"]
    assert len(front[0].tables[0].rows) == len(view.objectives)
    assert all(len(one.points) <= 6 for one in front)


def test_without_a_promise_the_first_page_has_what_people_were_to_show():
    view = told("tabletop").model_copy(update={"objectives": ()})
    front = [one.key for one in chapters_of(view) if one.front]
    assert front == ["objectives", "ratings", "duties", "well", "change"]
    assert sorted(one.key for one in chapters_of(view)) == sorted(
        one.key for one in chapters_of(told("tabletop"))
    )


def test_a_crowded_first_page_says_where_the_rest_is():
    view = samples.met()
    many = tuple(
        view.findings[0].model_copy(update={"id": f"late:{n}", "text": f"{n} is late."})
        for n in range(9)
    )
    change = next(
        one
        for one in chapters_of(view.model_copy(update={"findings": many}))
        if one.key == "change"
    )
    assert change.points[-1] == "And 4 more, in Findings and improvement plan."
    crowded = view.model_copy(
        update={"findings": many, "objectives": tuple(view.objectives[:1]) * 12}
    )
    change = next(one for one in chapters_of(crowded) if one.key == "change")
    assert len(change.points) == 4


def test_what_people_decide_about_a_finding_takes_the_place_of_the_rules():
    view = samples.missed()
    first, second = (one.id for one in view.findings[:2])
    form = Form(
        findings={
            first: Action(
                action="Train it.", element="training", owner="Ann", due="2027-01-02",
                cause="nobody knew",
            ),
            second: Action(accepted="the board, until June"),
        },
        notes={"no-load": "In spring with load."},
    )  # fmt: skip
    page = Page(html(view.model_copy(update={"form": form}))).text
    for text in ("Train it. training; cause: nobody knew", "Ann 2 Jan 2027",
                 "none: the risk is accepted", "risk accepted: the board, until June",
                 "Note: In spring with load."):  # fmt: skip
        assert squeezed(text) in page


def test_each_line_of_what_is_not_proven_is_in_both_formats_whatever_is_noted():
    view = samples.met()
    noted = view.model_copy(
        update={"form": Form(notes=dict.fromkeys((one.key for one in view.limits), "It does."))}
    )
    for shown in (Page(html(noted)).text, markdown(noted)):
        assert all(one.because in shown for one in view.limits)


def test_the_empty_form_asks_for_all_that_people_fill_in_and_nothing_else():
    view = told("live")
    text = blank(view)
    peoples = {one.id for one in fields() if one.peoples and one.asked(depth_of(view)) != "-"}
    assert set(re.findall(r"^  (AAR-\d{3}): \"\"$", text, re.MULTILINE)) == peoples
    for one in view.limits:
        assert f'\n  {one.key}: ""\n' in text
    for one in view.findings:
        assert f'\n  "{one.id}": {{action: ""' in text
    assert all(len(line.split("\n")) == 1 for line in text.splitlines())


def test_the_same_view_and_form_make_the_same_report():
    view = told("live")
    assert html(view) == html(view.model_copy(deep=True))
    assert blank(view) == blank(view.model_copy(deep=True))
