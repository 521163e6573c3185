"""The services' cards: how well each is now, and how much of what was promised is left."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from drill.console.ticking import Ticking
from drill.model.view import AvailabilityView, ObjectiveView, Verdict, View
from drill.report.axis import Axis
from drill.report.burn import Burn, burn_of, tells
from drill.report.figures import promised
from drill.report.signs import BAD, GOOD, UNSURE, VERDICTS, WAITING, Sign

_STATES: Mapping[str, Sign] = {"good": GOOD, "bad": BAD, "unknown": UNSURE}
_WORST = ("bad", "unknown", "good")
_SPARK = 240
"""Places of the small drawing of samples."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring samples of one state, in hundredths of the drawing's width."""

    state: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Card:
    """One service: how it is now, and how much of what was promised is left."""

    key: str
    sign: Sign
    state: str
    ticking: Ticking | None
    verdict: Sign | None
    """Of the time objective, once it says more than the clock."""
    figure: str
    said: str
    points: tuple[str, ...]
    runs: tuple[Run, ...]


def cards(view: View) -> tuple[Card, ...]:
    """Return a card for each service."""
    promises = [one.service for one in view.objectives]
    names = dict.fromkeys([*promises, *(one.service for one in view.availability)])
    return tuple(_card(view, name) for name in names)


def _card(view: View, name: str) -> Card:
    mine = [one for one in view.objectives if one.service == name]
    time = next((one for one in mine if one.measure == "RTO"), None)
    seen = next((one for one in view.availability if one.service == name), None)
    state = seen.samples[-1][1] if seen and seen.samples else ""
    over = view.closed is not None
    told = time is not None and tells(time, over=over)
    burn = None if time is None else burn_of(view, time)
    return Card(
        key=name,
        sign=_STATES.get(state, WAITING),
        state=state or ("not seen yet" if seen else "no probe"),
        ticking=None if burn is None else _ticking(view, burn, time),
        verdict=VERDICTS[time.verdict] if time and told else None,
        figure=time.text if time and told else "",
        said=_said(time, burn),
        points=tuple(_point(one) for one in mine if one.measure != "RTO"),
        runs=tuple(_runs(seen, view.clock)) if seen else (),
    )


def _ticking(view: View, burn: Burn, time: ObjectiveView | None) -> Ticking:
    if burn.used is None:
        return Ticking(burn.target, 0, burn.target, stopped="off")
    restored = any(
        mark.name == "T6" and time and mark.service == time.service and mark.at is not None
        for mark in view.marks
    )
    still = restored or view.closed is not None
    good = "good" if restored and burn.used <= burn.target else "bad"
    return Ticking(
        burn.target - burn.used, 0 if still else -1, burn.target, stopped=good if still else ""
    )


def _said(time: ObjectiveView | None, burn: Burn | None) -> str:
    if time is None or burn is None:
        return "no time promised"
    target = promised(time.target)
    if burn.used is None:
        return f"{target} RTO, counted from {time.counted_from}"
    return f"of {target} RTO"


def _point(one: ObjectiveView) -> str:
    if one.verdict is Verdict.NOT_MEASURED:
        return f"{one.measure} {promised(one.target)}"
    return f"{one.measure} {VERDICTS[one.verdict].char} {one.verdict.value}, {one.text}"


def _runs(seen: AvailabilityView, now: float) -> Iterator[Run]:
    """Yield what was sampled, in :data:`_SPARK` places: each shows the worst of its own.

    Samples come ten a second for hours: only where the state changes is anything done.
    """
    axis = Axis(0.0, max(now, 1.0), 0.0, _SPARK - 1)
    turns = [(next(same)[0], state) for state, same in groupby(seen.samples, key=itemgetter(1))]
    ends = [at for at, _ in turns[1:]] + [at for at, _ in seen.samples[-1:]]
    worst: dict[int, str] = {}
    for (begin, state), end in zip(turns, ends, strict=True):
        for place in range(int(axis.x(begin)), int(axis.x(end)) + 1):
            worst[place] = min(worst.get(place, "good"), state, key=_WORST.index)
    for state, members in groupby(worst.items(), key=itemgetter(1)):
        places = [place for place, _ in members]
        yield Run(state, _hundredth(places[0]), _hundredth(len(places)))


def _hundredth(places: int) -> float:
    return round(100 * places / _SPARK, 2)
