"""Every figure of an exercise, one a row: what the machine-readable formats are made of.

CSV, JUnit and OSCAL say the same as the chapters because all of them take the
words of :mod:`drill.report.figures`; here stand the exact values beside them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from drill.model.view import Interval, LedgerView, View
from drill.report.figures import count, interval, moment, seconds
from drill.report.signs import took_of

SECONDS, WRITES, SAMPLES, RECORDS = "s", "writes", "samples", "records"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, or one verdict; what it has not is empty."""

    kind: str
    measure: str
    text: str
    """As the report prints it."""
    service: str = ""
    unit: str = ""
    target: float | None = None
    lo: float | None = None
    hi: float | None = None
    """With a ``lo`` and without a ``hi``, nobody knows how much it is at most."""
    verdict: str = ""
    grade: str = ""
    because: str = ""
    records: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Return what tells it from its kind: ``orders RTO``."""
        return f"{self.service} {self.measure}".strip()


def rows_of(view: View) -> tuple[Figure, ...]:
    """Return every figure, the verdicts first."""
    return tuple(row for part in _PARTS for row in part(view))


def _exercise(view: View) -> Iterator[Figure]:
    kind = "exercise"
    yield Figure(kind, "verdict", view.summary, verdict=view.verdict.value)
    for name, value in (("clock", view.clock), ("gross", view.gross), ("net", view.net)):
        yield _lasted(kind, name, value)
    yield _exact(kind, "records", count(view.records), view.records, RECORDS)


def _exact(kind: str, measure: str, text: str, value: float | None, unit: str) -> Figure:
    return Figure(kind, measure, text, unit=unit, lo=value, hi=value)


def _lasted(kind: str, measure: str, value: float | None) -> Figure:
    return _exact(kind, measure, seconds(value), value, SECONDS)


def _objectives(view: View) -> Iterator[Figure]:
    for one in view.objectives:
        lo, hi = _ends(one.actual)
        yield Figure(
            "objective",
            one.measure,
            one.text or interval(one.actual),
            service=one.service,
            unit=SECONDS,
            target=one.target,
            lo=lo,
            hi=hi,
            verdict=one.verdict.value,
            grade=one.grade.value,
            because=one.reason,
            records=one.records,
        )


def _ends(actual: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if actual is None else (actual.lo, actual.hi)


def _limits(view: View) -> Iterator[Figure]:
    for one in view.duties:
        yield replace(
            _lasted("time limit", one.name, one.took),
            target=one.within,
            verdict=one.verdict.value,
            because=": ".join(filter(None, (one.source, one.text))),
            records=one.records,
        )


def _ratings(view: View) -> Iterator[Figure]:
    for one in view.ratings:
        yield Figure(
            "rating",
            one.objective,
            one.set or "not rated",
            verdict=one.set,
            because=one.reason or one.because,
            records=one.records,
        )


def _durations(view: View) -> Iterator[Figure]:
    for one in view.durations:
        for kind, actual in (("duration", one.actual), ("net duration", one.net)):
            if kind == "duration" or actual is not None:
                lo, hi = _ends(actual)
                yield Figure(
                    kind,
                    one.name,
                    interval(actual),
                    service=one.service or "",
                    unit=SECONDS,
                    lo=lo,
                    hi=hi,
                    grade=one.grade.value if one.grade else "",
                    because=f"from {one.begins} to {one.ends}",
                )


def _marks(view: View) -> Iterator[Figure]:
    for one in view.marks:
        yield replace(
            _exact("mark", one.name, moment(one.at), one.at, SECONDS),
            service=one.service or "",
            grade=one.grade.value if one.grade else "",
            because=one.title,
            records=one.records,
        )


def _availability(view: View) -> Iterator[Figure]:
    for one in view.availability:
        states = [state for _, state in one.samples]
        for name in ("good", "bad", "unknown"):
            number = states.count(name)
            found = _exact("availability", name, count(number), number, SAMPLES)
            yield replace(found, service=one.service)
        floor = _lasted("availability", "floor", one.detection_floor)
        yield replace(floor, service=one.service)


def _ledgers(view: View) -> Iterator[Figure]:
    for ledger in view.ledgers:
        for name, number, meaning in _counts(ledger):
            found = _exact("ledger", name, count(number), number, WRITES)
            yield replace(found, service=ledger.service, because=meaning)


def _counts(ledger: LedgerView) -> Iterator[tuple[str, int, str]]:
    yield "written", ledger.written, "sent"
    yield "acknowledged", ledger.acknowledged, "sent, and confirmed"
    yield "refused", ledger.refused, "sent, and refused"
    yield "unknown", ledger.unknown, "sent, and nobody knows"
    yield from ((one.name, one.count, one.meaning) for one in ledger.sets)


def _faults(view: View) -> Iterator[Figure]:
    for one in view.faults:
        name = f"{one.fault} on {one.target}"
        yield replace(
            _exact("fault", name, moment(one.undone), one.undone, SECONDS),
            verdict=one.standing,
            because=one.proof,
            records=one.records,
        )


def _steps(view: View) -> Iterator[Figure]:
    for one in view.steps:
        yield replace(
            _lasted("step", one.id, took_of(one)),
            target=one.expect,
            verdict=one.phase,
            because=one.note,
            records=one.records,
        )


def _suppliers(view: View) -> Iterator[Figure]:
    for one in view.suppliers:
        yield replace(
            _lasted("supplier", one.name, one.responded),
            target=one.commitment,
            because=one.text,
            records=one.records,
        )


def _controls(view: View) -> Iterator[Figure]:
    for one in view.controls:
        yield Figure("control", one.name, one.state, verdict=one.state, because=one.title)


_PARTS: tuple[Callable[[View], Iterator[Figure]], ...] = (
    _exercise, _objectives, _limits, _ratings, _durations, _marks, _availability, _ledgers,
    _faults, _steps, _suppliers, _controls,
)  # fmt: skip
