"""The steps on the terminal: sign, name, for whom, how long, and a chart in characters."""

from dataclasses import dataclass

from rich.text import Text

from drill.cli.ink import fit, ink, joined, strokes
from drill.model.view import StepView, View
from drill.report.axis import Axis
from drill.report.figures import promised, seconds
from drill.report.signs import overran, sign_of, took_of, waited_of

_WIDE = 110
"""From here on there is room for everything."""
_CHARTED = 60
_FIGURE = 9
_PLANNED, _WAITED, _WORKED, _NOW = "┄", "·", "━", "│"
_LIVE = ("running", "expired")
_AHEAD, _STRETCH = 60.0, 1.6
"""How far the chart looks ahead: to this second, then to so many times what has passed."""


@dataclass(frozen=True, slots=True)
class Widths:
    """The columns, in cells; 0: left out."""

    name: int
    lane: int
    took: int
    plan: int
    chart: int


def widths_of(view: View, width: int) -> Widths:
    """Share the width out: below 110 columns the lane and the plan go, below 60 the chart."""
    longest = max((len(step.id) for step in view.steps), default=4)
    lanes = max((len(step.lane) for step in view.steps), default=3)
    wide = width >= _WIDE
    name = min(longest, 32 if wide else 24)
    lane = min(max(lanes, 3), 20) + 2 if wide else 0
    plan = _FIGURE + 1 if wide else 0
    rest = width - 3 - name - lane - _FIGURE - 2 - plan - 2
    chart = rest if width >= _CHARTED else 0
    return Widths(name + (0 if chart else rest), lane, _FIGURE, plan, chart)


def rows(view: View, width: int, height: int) -> list[Text]:
    """Return the heading and as many steps as fit: the running ones and their neighbours."""
    if not view.steps or height < 2:  # noqa: PLR2004  a heading alone says nothing
        return []
    widths = widths_of(view, width)
    steps = sorted(view.steps, key=_begins)
    axis = Axis(0.0, _end(view), 0, max(1, widths.chart - 1))
    first, last = window(steps, height - 1)
    now = view.clock if view.closed is None else None
    lines = [_row(step, widths, axis, now) for step in steps[first:last]]
    if first:
        lines[0] = ink(f"   ⋮ {first + 1} steps before", "off")
    if last < len(steps):
        lines[-1] = ink(f"   ⋮ {len(steps) - last + 1} steps to come", "off")
    return [_heading(widths, axis), *lines]


def window(steps: list[StepView], room: int) -> tuple[int, int]:
    """Return which steps are shown when not all fit: those around the first that runs."""
    if len(steps) <= room:
        return 0, len(steps)
    places = [n for n, step in enumerate(steps) if step.phase in _LIVE] or [
        n for n, step in enumerate(steps) if step.phase == "pending"
    ]
    focus = places[0] if places else len(steps) - 1
    first = max(0, min(focus - room // 2, len(steps) - room))
    return first, first + room


def _begins(step: StepView) -> float:
    known = (step.started, step.ready, step.planned_start)
    return next((at for at in known if at is not None), float("inf"))


def _end(view: View) -> float:
    """Return where the chart ends: a plan that reaches far beyond now must not squeeze it."""
    planned = [step.planned_end for step in view.steps if step.planned_end is not None]
    room = view.clock if view.closed else max(_AHEAD, _STRETCH * view.clock)
    return max(view.clock, min(room, max(planned, default=0.0)), 1.0)


def _heading(widths: Widths, axis: Axis) -> Text:
    plan = f"{'plan':>{widths.plan}}" if widths.plan else ""
    chart = [" "] * widths.chart
    for tick in axis.ticks(max(2, widths.chart // 12)) if widths.chart else ():
        place = int(tick.x)
        if place + len(tick.label) <= widths.chart:
            chart[place : place + len(tick.label)] = tick.label
    return ink(
        f"   {fit('step', widths.name)}{fit('  for', widths.lane)}{'took':>{widths.took + 2}}"
        f"{plan}  {''.join(chart)}",
        "off",
    )


def _row(step: StepView, widths: Widths, axis: Axis, now: float | None) -> Text:
    sign = sign_of(step)
    live = step.phase in _LIVE
    took = took_of(step, now if live else None)
    figure = "" if took is None else promised(int(took)) if live else seconds(took)
    plan = promised(step.expect) if step.expect is not None else ""
    return joined(
        ink(f" {sign.char} ", sign.tone, bold=live),
        ink(fit(step.id, widths.name), "live" if live else _quiet(step), bold=live),
        ink(fit(f"  {step.lane}", widths.lane), "off"),
        ink(f"{figure:>{widths.took + 2}}", "warn" if overran(step) else "live" if live else ""),
        ink(f"{plan:>{widths.plan}}" if widths.plan else "", "off"),
        "  ",
        _chart(step, widths.chart, axis, now),
    )


def _quiet(step: StepView) -> str:
    return "off" if step.phase in ("pending", "skipped") else ""


def _chart(step: StepView, width: int, axis: Axis, now: float | None) -> Text:
    """Return planned, waited and worked, later drawn over earlier, and the line of now."""
    if not width:
        return Text()
    cells: list[tuple[str, str]] = [(" ", "")] * width
    live = step.phase in _LIVE
    waited = (waited_of(step) or 0.0) > 0.0
    stretches = (
        (step.planned_start, step.planned_end, _PLANNED, "off"),
        (step.ready if waited else None, step.started, _WAITED, "off"),
        (step.started, now if live else step.ended, _WORKED, sign_of(step).tone),
    )
    for begin, end, glyph, tone in stretches:
        if begin is not None and end is not None and begin <= axis.end:
            first = int(axis.x(begin))
            last = max(first + 1, int(axis.x(end)))
            cells[first:last] = [(glyph, tone)] * (last - first)
    place = None if now is None else min(width - 1, int(axis.x(now)))
    if place is not None and cells[place][0] != _WORKED:
        cells[place] = (_NOW, "live")
    return strokes(cells[:width])
