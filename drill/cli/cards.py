"""The services' cards: how well each is now, and how much of what was promised is left."""

from rich.text import Text

from drill.cli.ink import fit, ink, joined, strokes
from drill.model.view import AvailabilityView, ObjectiveView, Verdict, View
from drill.report.axis import Axis
from drill.report.burn import Burn, burn_of, tells
from drill.report.figures import clock, promised
from drill.report.signs import BAD, GOOD, UNSURE, VERDICTS, WAITING, Sign

_STATES = {"good": GOOD, "bad": BAD, "unknown": UNSURE}
_BARS = {"": " ", "good": "▔", "unknown": "╌", "bad": "▁"}
_WORST = ("bad", "unknown", "good")
_USED, _LEFT = "━", "┄"
_WIDEST = 60
_GAP = 3


def cards(view: View, width: int) -> list[Text]:
    """Return the lines of all cards, side by side as far as they fit."""
    services = _services(view)
    if not services:
        return []
    across = max(1, min(len(services), width // 30))
    wide = min(_WIDEST, (width - _GAP * (across - 1)) // across)
    lines: list[Text] = []
    for n in range(0, len(services), across):
        row = [_card(view, name, wide) for name in services[n : n + across]]
        lines += [_beside(parts, wide) for parts in zip(*row, strict=True)]
    return lines


def _beside(parts: tuple[Text, ...], wide: int) -> Text:
    padded = [joined(part, " " * (wide - part.cell_len + _GAP)) for part in parts]
    return joined(*padded)


def _services(view: View) -> list[str]:
    promises = [one.service for one in view.objectives]
    return list(dict.fromkeys([*promises, *(one.service for one in view.availability)]))


def _card(view: View, name: str, wide: int) -> list[Text]:
    """Return four lines: name and state, the clock, the burnt share, the samples so far."""
    mine = [one for one in view.objectives if one.service == name]
    time = next((one for one in mine if one.measure == "RTO"), None)
    seen = next((one for one in view.availability if one.service == name), None)
    points = [_point(one) for one in mine if one.measure == "RPO"]
    burn = None if time is None else burn_of(view, time)
    return [
        _named(name, seen, wide),
        _clock(time, burn, " ".join(points), wide, over=view.closed is not None),
        _bar(burn, wide),
        _spark(seen, view.clock, wide),
    ]


def _named(name: str, seen: AvailabilityView | None, wide: int) -> Text:
    state = seen.samples[-1][1] if seen and seen.samples else ""
    sign = _STATES.get(state, WAITING)
    word = f"{sign.char} {state or 'not seen yet'}"
    return joined(
        ink(fit(name, wide - len(word)), bold=True), ink(word, sign.tone, bold=bool(state))
    )


def _clock(
    time: ObjectiveView | None, burn: Burn | None, points: str, wide: int, *, over: bool
) -> Text:
    if time is None or burn is None:
        return ink(fit(points or "no time promised", wide), "off")
    figure, said = _told(time, burn) if tells(time, over=over) else _left(time, burn)
    rest = fit(f" {said}", wide - len(figure.plain) - len(points) - 1)
    return joined(figure, ink(rest, "off"), ink(f" {points}", "off"))


def _point(one: ObjectiveView) -> str:
    if one.verdict is Verdict.NOT_MEASURED:
        return f"RPO {promised(one.target)}"
    return f"RPO {VERDICTS[one.verdict].char} {one.verdict.value}"


def _told(time: ObjectiveView, burn: Burn) -> tuple[Text, str]:
    """Return how it came out, and the words around it."""
    sign: Sign = VERDICTS[time.verdict]
    shown = ink(f"{sign.char} {time.verdict.value}", sign.tone, bold=True)
    return shown, f"{time.text} of {promised(burn.target)}"


def _left(time: ObjectiveView, burn: Burn) -> tuple[Text, str]:
    """Return what is left of the promise, and the words around it."""
    if burn.used is None:
        return ink(clock(burn.target), "off"), f"RTO, from {time.counted_from}"
    left = burn.target - burn.used
    figure = ink(clock(abs(left)), burn.tone, bold=True)
    return figure, f"{'over' if left < 0 else 'left of'} {promised(burn.target)} RTO"


def _bar(burn: Burn | None, wide: int) -> Text:
    """Return the share that is used: two glyphs, for terminals without colour."""
    if burn is None:
        return Text()
    used = min(wide, round(wide * (burn.used or 0.0) / burn.target)) if burn.target else wide
    return joined(ink(_USED * used, burn.tone), ink(_LEFT * (wide - used), "off"))


def _spark(seen: AvailabilityView | None, now: float, wide: int) -> Text:
    """Return the samples so far: each cell shows the worst that it covers."""
    if seen is None or not seen.samples:
        return ink("no probe" if seen is None else "no sample yet", "off")
    axis = Axis(0.0, max(now, 1.0), 0, wide - 1)
    cells = [""] * wide
    for at, state in seen.samples:
        cell = int(axis.x(at))
        cells[cell] = min(cells[cell] or "good", state, key=_WORST.index)
    tones = {"": "off", "good": "good", "unknown": "warn", "bad": "bad"}
    return strokes((_BARS[state], tones[state]) for state in cells)
