"""One model, many formats: each figure is the same in all of them."""

import json

import pytest
from report.told import FATES, PEOPLE, PROSE, ROWS, made, prose, rows, view_of

from drill.model.view import View
from drill.report.figures import interval


def figures(view):
    """Return the figures that every format must say, taken from the view by hand."""
    for one in view.objectives:
        name = f"{one.service} {one.measure}"
        yield "objective", name, one.text, one.verdict.value, one.grade.value
    for one in view.durations:
        name, grade = f"{one.service or ''} {one.name}".strip(), one.grade or ""
        yield "duration", name, interval(one.actual), "", str(grade)
    for ledger in view.ledgers:
        for one in ledger.sets:
            yield "ledger", f"{ledger.service} {one.name}", f"{one.count:,}", "", ""
        yield "ledger", f"{ledger.service} acknowledged", f"{ledger.acknowledged:,}", "", ""


DEAR = {("pdf", "missed")}
"""A PDF takes a second or two: two of them say enough."""
CASES = [(form, fate) for form in (*PROSE, *ROWS) for fate in FATES if (form, fate) not in DEAR]


@pytest.mark.parametrize(("form", "fate"), [one for one in CASES if one[0] in PROSE])
def test_what_people_read_says_every_figure(form, fate):
    words = prose(form, fate)
    for _, name, text, verdict, grade in figures(view_of(fate)):
        assert name.split()[-1] in words
        assert text in words, name
        assert verdict in words
        assert not grade or f" {grade} " in words
    assert view_of(fate).head in words.replace(" ", "")


@pytest.mark.parametrize(
    ("form", "fate"),
    [one for one in CASES if one[0] in ROWS and (one[0] != "oscal-poam" or one[1] == PEOPLE)],
)
def test_what_programs_read_says_every_figure_of_what_it_is(form, fate):
    said = rows(form, fate)
    if form == "junit":  # a property has no room for a grade
        said |= {(kind, name, text, verdict, "") for kind, name, text, verdict, _ in said}
    for kind, name, text, verdict, grade in figures(view_of(fate)):
        told = (kind, name, text, verdict, "" if form == "junit" and kind == "duration" else grade)
        assert told in said


@pytest.mark.parametrize("fate", FATES)
def test_the_json_is_the_whole_view(fate):
    view, content = view_of(fate), made("json", fate)
    assert View.model_validate_json(content) == view
    assert json.loads(content)["head"] == view.head


def test_exact_values_stand_beside_the_printed_ones():
    (rto,) = (line for line in made("csv", "met").decode().split("\r\n") if ",RTO," in line)
    assert ",objective,orders,RTO,s,60,16.42,16.64,met,A,16.42 to 16.64 s," in rto
    assert rto.endswith(",19 44")


def test_at_least_is_not_at_most():
    (rto,) = (line for line in made("csv", "missed").decode().split("\r\n") if ",RTO," in line)
    assert ",s,60,77.69,,missed,A,not recovered: at least 77.7 s," in rto
