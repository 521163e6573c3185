"""The objectives as JUnit XML: one case an objective, so that a pipeline stops on what was missed.

An objective of which nobody can say that it was met is an error, and never a
skipped case: a pipeline that went on would take *not measured* for *met*.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO

from junitparser import Error, Failure, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from drill.model.view import Verdict, View
from drill.report.inert import in_xml
from drill.report.rows import Figure, rows_of

_SUITES = {"objective": "objectives", "time limit": "time limits"}
_PASSED = Verdict.MET.value
_OTHERWISE: dict[str, type[Failure | Skipped]] = {
    Verdict.MISSED.value: Failure,
    Verdict.NOT_APPLICABLE.value: Skipped,
}


def junit(view: View) -> bytes:
    """Return the objectives and time limits as JUnit XML; all other figures are properties."""
    rows, whole, file = rows_of(view), JUnitXml(in_xml(view.title)), BytesIO()
    suites = [
        _suite(view, name, [one for one in rows if one.kind == kind])
        for kind, name in _SUITES.items()
    ]
    for one in (one for one in rows if one.kind not in _SUITES):
        suites[0].add_property(in_xml(f"{one.kind}: {one.name}"), in_xml(_said(one)))
    for suite in suites:
        whole.add_testsuite(suite)
    whole.write(file)
    return file.getvalue() + b"\n"


def _said(one: Figure) -> str:
    return ", ".join(filter(None, (one.verdict, one.text)))


def _suite(view: View, name: str, rows: Iterable[Figure]) -> TestSuite:
    suite = TestSuite(name)
    suite.timestamp = view.opened.isoformat()
    suite.add_testcases([_case(view, one) for one in rows])
    return suite


def _case(view: View, one: Figure) -> TestCase:
    known = one.lo if one.hi is None else one.hi
    case = TestCase(in_xml(one.name), in_xml(view.scenario), known)
    told = Properties()
    for name, value in _told(one):
        told.add_property(Property(name, in_xml(value)))
    case.append(told)
    if one.verdict != _PASSED:
        sort = _OTHERWISE.get(one.verdict, Error)
        case.result = [sort(in_xml(f"{one.verdict}: {one.text}. {one.because}"), one.verdict)]
    return case


def _told(one: Figure) -> Iterator[tuple[str, str]]:
    """Yield name and value of what a case says beside passed and failed."""
    for name, value in (("target", one.target), ("lo", one.lo), ("hi", one.hi)):
        if value is not None:
            yield name, f"{value:g}"
    yield "measured", one.text
    yield "verdict", one.verdict
    yield "because", one.because
    if one.grade:
        yield "grade", one.grade
    if one.records:
        yield "records", " ".join(map(str, one.records))
