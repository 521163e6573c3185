"""The thirteen tests that an auditor puts to a bundle: a table, and the going through it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from drill.errors import JournalInconsistentError
from drill.evidence import course, figures, holding, people
from drill.evidence.bundle import Bundle
from drill.evidence.findings import Case, Finding, Outside, State, failed, idle, unchecked
from drill.measure.timeline import view

BROKEN, FAILED, UNCHECKED = 74, 1, 3
"""Exit statuses: the evidence is broken; a test failed; one could not be done."""


def _population(_: Case) -> Finding:
    """CT-10: a bundle knows of no other exercise."""
    return idle("a bundle is one exercise: which services have none is the programme's to say")


def _closure(_: Case) -> Finding:
    """CT-12: what was found here can only be closed by a later run."""
    return idle("a bundle is one exercise: what was found in it is closed by a later one")


TESTS: Mapping[str, tuple[str, Callable[[Case], Finding]]] = {
    "CT-01": ("integrity", holding.integrity),
    "CT-02": ("re-performance", figures.re_performance),
    "CT-03": ("completeness", course.completeness),
    "CT-04": ("cut-off", holding.cut_off),
    "CT-05": ("pre-commitment", holding.pre_commitment),
    "CT-06": ("authority", people.authority),
    "CT-07": ("clock", course.clock),
    "CT-08": ("independence of probe", figures.independence),
    "CT-09": ("outliers", figures.outliers),
    "CT-10": ("population", _population),
    "CT-11": ("sampling", holding.sampling),
    "CT-12": ("closure", _closure),
    "CT-13": ("override", people.overrides),
}
"""Each test's name, and what does it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A test and what it found."""

    id: str
    name: str
    finding: Finding


def audited(bundle: Bundle, outside: Outside) -> tuple[Asked, ...]:
    """Put every test to a bundle; one that is broken fails the first, and gets no other."""
    run = bundle.run
    if run is None or bundle.breaks:
        return _broken("; ".join(bundle.breaks))
    try:
        seen = view(run.records, None, run.head)
    except (JournalInconsistentError, LookupError) as error:
        return _broken(f"the records follow from each other, but tell an impossible story: {error}")
    case = Case(bundle, run, seen, outside)
    return tuple(Asked(id_, name, test(case)) for id_, (name, test) in TESTS.items())


def _broken(why: str) -> tuple[Asked, ...]:
    broken, rest = failed(why), unchecked("what is broken shows nothing: CT-01 failed")
    return tuple(
        Asked(id_, name, broken if id_ == "CT-01" else rest) for id_, (name, _) in TESTS.items()
    )


def status_of(tested: Iterable[Asked]) -> int:
    """Return the exit status of an audit: 0 if every test is passed, or is about nothing here."""
    states = {one.id: one.finding.state for one in tested}
    if states["CT-01"] is State.FAIL:
        return BROKEN
    if State.FAIL in states.values():
        return FAILED
    return UNCHECKED if State.NOT_CHECKED in states.values() else 0
