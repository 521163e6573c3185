"""One frame of the terminal: everything of a view that fits in a window, as lines."""

from datetime import UTC

from rich.text import Text

from drill.cli.cards import cards
from drill.cli.ink import fit, ink, joined
from drill.cli.questions import questions, story
from drill.cli.rows import rows
from drill.model.view import FaultView, LogLine, Verdict, View
from drill.report.asking import phase_in_words
from drill.report.figures import clock, moment
from drill.report.signs import STANDING, UNSURE, VERDICTS

_LOG = 4
"""Lines of the log at most; a low window has fewer."""
_ROWS = 8
"""Lines that the steps need before the log may have any."""


def frame(
    view: View, width: int, height: int, *, answering: bool = False, typed: str = ""
) -> list[Text]:
    """Return the lines of one frame, at most ``height`` of them, none wider than ``width``.

    Args:
        view: what is shown.
        width: cells of the window.
        height: lines of the window.
        answering: whether questions can be answered in this terminal.
        typed: what was typed so far in answer to a question.
    """
    top = [_title(view, width), *_standing(view), Text(), *_gap(cards(view, width))]
    asked = _gap(questions(view, width, answering=answering, typed=typed))
    tale = _gap(story(view, width))
    if len(top) + len(tale) + len(asked) + _ROWS <= height:
        asked = [*tale, *asked]
    room = height - len(top) - len(asked)
    said = _log(view, width, max(0, min(_LOG, room - _ROWS)))
    steps = rows(view, width, room - len(said))
    lines = [*top, *asked, *steps, *said]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines[:height]


def _gap(lines: list[Text]) -> list[Text]:
    """Return the lines with an empty one below, if there are any."""
    return [*lines, Text()] if lines else []


def _title(view: View, width: int) -> Text:
    phase = ink(f"{view.mode} · {phase_in_words(view)}", "live" if view.closed is None else "off")
    if view.closed is not None and view.verdict is not Verdict.NOT_MEASURED:
        sign = VERDICTS[view.verdict]
        phase = joined(ink(f"{sign.char} {view.verdict.value}  ", sign.tone, bold=True), phase)
    end = joined(phase, "  ", ink(clock(view.clock), bold=True))
    title = fit(view.title, max(1, width - end.cell_len - 9))
    return joined(ink("drill  ", "live", bold=True), ink(title, bold=True), "  ", end)


def _standing(view: View) -> list[Text]:
    """Return the faults that are in the world now, and what keeps the exercise from going on."""
    lines = [_fault(fault) for fault in view.faults if fault.left]
    if view.held:
        hold = view.holds[-1]
        since = f"! held since {moment(hold.begins)} by {hold.by}: {hold.why}"
        lines.append(ink(since, "warn", bold=True))
    if view.aborted:
        lines.append(ink(f"! aborted: {view.aborted}", "warn"))
    return lines


def _fault(fault: FaultView) -> Text:
    sign = STANDING.get(fault.standing, UNSURE)
    return joined(
        ink(f"{sign.char} fault {fault.standing}: ", sign.tone, bold=True),
        ink(f"{fault.fault} on {fault.target}"),
    )


def _log(view: View, width: int, most: int) -> list[Text]:
    if most < 2 or not view.log:  # noqa: PLR2004  an empty line and nothing below
        return []
    return [Text(), *(_line(line, width) for line in view.log[-(most - 1) :])]


def _line(line: LogLine, width: int) -> Text:
    said = line.text or f"{line.what} {line.step}"
    return joined(
        ink(f"{line.wall.astimezone(UTC):%H:%M:%S}  ", "off"),
        ink(fit(said, max(0, width - 10)).rstrip()),
    )
