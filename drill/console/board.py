"""What everybody sees: how the services are, what is broken, what was promised, what happened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import groupby
from operator import itemgetter

from drill.console.asked import washing
from drill.console.ticking import Ticking
from drill.model.view import (
    AvailabilityView,
    DutyView,
    FaultView,
    LogLine,
    ObjectiveView,
    StepView,
    Verdict,
    View,
)
from drill.report.axis import Axis
from drill.report.burn import Burn, burn_of, tells
from drill.report.figures import moment, promised, seconds
from drill.report.signs import (
    BAD,
    GOOD,
    LATE,
    LIVE,
    STANDING,
    UNSURE,
    VERDICTS,
    WAITING,
    Sign,
    sign_of,
)

_STATES: Mapping[str, Sign] = {"good": GOOD, "bad": BAD, "unknown": UNSURE}
_WORST = ("bad", "unknown", "good")
_SPARK = 240
"""Places of the small drawing of samples."""
_HARMLESS = frozenset({"undone", "never-applied"})
_UNTOLD = frozenset({Verdict.NOT_MEASURED, Verdict.NOT_APPLICABLE})
_LINES = 60
"""Of the log, on a board."""
_SIGNS: Mapping[str, Sign] = {
    "abort-ordered": BAD,
    "escalated": LATE,
    "exercise-closed": WAITING,
    "exercise-opened": WAITING,
    "fault-prepared": LIVE,
    "step-expired": LATE,
    "step-started": LIVE,
    "undo-ended": GOOD,
    "undo-started": LIVE,
}
_MODES: Mapping[str, str] = {
    "live": "Live exercise",
    "rehearsal": "Rehearsal",
    "tabletop": "Tabletop exercise",
}


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


@dataclass(frozen=True, slots=True)
class Standing:
    """A fault that is in the world, or a duty that binds."""

    key: str
    sign: Sign
    what: str
    said: str
    ticking: Ticking | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log."""

    key: int
    wall: str
    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Banner:
    """What everybody must know first."""

    sign: Sign
    title: str
    text: str


def mode_of(view: View) -> str:
    """Name the kind of exercise: it is never taken for the real thing."""
    return _MODES[view.mode]


def phase_of(view: View) -> str:
    """Say where the exercise stands, in a word or two."""
    if view.held:
        return "held"
    return "hot wash" if washing(view) and not view.aborted else view.phase


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


def standing(view: View) -> tuple[Standing, ...]:
    """Return what is broken now."""
    return tuple(_fault(one) for one in view.faults if one.standing not in _HARMLESS)


def _fault(fault: FaultView) -> Standing:
    lease = fault.lease
    ends = f"; the host ends it itself after {seconds(lease.seconds)} without word" if lease else ""
    since = f" since {moment(fault.applied)}" if fault.applied is not None else ""
    return Standing(
        key=f"fault-{fault.step}",
        sign=STANDING.get(fault.standing, UNSURE),
        what=f"{fault.fault} on {fault.target}",
        said=f"{fault.standing}{since}{ends}",
    )


def duties(view: View) -> tuple[Standing, ...]:
    """Return the time limits that bind from outside, and how much of each is left."""
    return tuple(_duty(view, one) for one in view.duties)


def _duty(view: View, duty: DutyView) -> Standing:
    asked = duty.verdict is not Verdict.NOT_APPLICABLE
    binding = asked and duty.took is not None and duty.ends is None
    ticking = None
    if binding and duty.took is not None:
        ticking = Ticking(duty.within - duty.took, 0 if view.closed else -1, duty.within)
    sign = LIVE if binding and view.closed is None else VERDICTS[duty.verdict]
    return Standing(
        key=f"duty-{duty.name}",
        sign=sign,
        what=f"{duty.text} ({duty.source})" if duty.source else duty.text,
        said=_kept(duty),
        ticking=ticking,
    )


def _kept(duty: DutyView) -> str:
    within = f"within {promised(duty.within)}"
    if duty.begins is None:
        return f"{within}; not begun"
    if duty.verdict is Verdict.NOT_APPLICABLE:
        return f"{within}; does not apply, as was decided"
    if duty.ends is None:
        return within
    return f"{within}; {duty.verdict.value} after {seconds(duty.took)}"


def log(view: View) -> tuple[Entry, ...]:
    """Return the last lines of the log, the latest first."""
    steps = {str(step.id): step for step in view.steps}
    return tuple(_entry(line, steps.get(line.step)) for line in reversed(view.log[-_LINES:]))


def _entry(line: LogLine, step: StepView | None) -> Entry:
    ended = line.what in ("step-ended", "step-skipped") and step is not None
    return Entry(
        key=line.seq,
        wall=f"{line.wall.astimezone(UTC):%H:%M:%S}",
        sign=sign_of(step) if ended and step else _SIGNS.get(line.what, WAITING),
        text=line.text or f"{line.what} {line.step}",
    )


def banners(view: View) -> tuple[Banner, ...]:
    """Return what stands above everything else."""
    return tuple(found for found in (_held(view), _aborted(view), _over(view)) if found)


def _held(view: View) -> Banner | None:
    hold = view.holds[-1] if view.holds else None
    if not view.held or hold is None:
        return None
    return Banner(
        LATE,
        "The exercise clock is held",
        f"by {hold.by} since {moment(hold.begins)}: {hold.why}. Nothing new begins, and nobody's "
        "time runs out. Machines finish what they do; what was broken is still healed.",
    )


def _aborted(view: View) -> Banner | None:
    if not view.aborted:
        return None
    return Banner(BAD, "Stopped early", f"{view.aborted}. Everything that was broken is healed.")


def _over(view: View) -> Banner | None:
    if view.closed is not None:
        told = "" if view.verdict in _UNTOLD else f": {view.verdict.value}"
        return Banner(VERDICTS[view.verdict], f"The exercise is over{told}", view.summary)
    if not washing(view):
        return None
    return Banner(LIVE, "Hot wash", "All steps are over. Say what went well and what to improve.")


def story_time(view: View) -> str:
    """Return the hour in the story; empty if it has none of its own."""
    if view.story_began is None:
        return ""
    return f"{view.story_began + timedelta(seconds=view.net):%d %b %Y, %H:%M}".lstrip("0")
