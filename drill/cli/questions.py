"""What people are asked right now: shown so that nobody can overlook it."""

from textwrap import wrap

from rich.text import Text

from drill.cli.ink import ink, joined, printable
from drill.model.view import StepView, View
from drill.report.asking import is_answer_awaited, is_claim_awaited, is_washing, told
from drill.report.figures import clock

_BAR = "▌ "
_MOST = 4
"""Lines of one text."""
_CLAIMED = ("recover", "check")
"""What nobody does at a facilitated table: people say how long it would take."""
_ANSWERS = {
    "notify": (("acknowledge", "I have read it"),),
    "task": (
        ("done", "it is done"),
        ("refuse", "it will not be done"),
        ("accept", "I take it on"),
    ),
    **dict.fromkeys(_CLAIMED, (("20m", "how long that would take, from its start"),)),
}
_ASKS = {
    "notify": "is told",
    "decide": "decides",
    "task": "is to do",
    **dict.fromkeys(_CLAIMED, "how would that be done?"),
}


def open_steps(view: View) -> list[StepView]:
    """Return the steps that wait for a person."""
    return [step for step in view.steps if is_answer_awaited(step) or _is_claimed(view, step)]


def _is_claimed(view: View, step: StepView) -> bool:
    """Tell whether it is worth a question: an inject goes as the plan claims if nobody speaks."""
    return step.kind in _CLAIMED and is_claim_awaited(view, step)


def questions(view: View, width: int, *, answering: bool, typed: str) -> list[Text]:
    """Return each open question with its answers, and how to give one."""
    asked = open_steps(view)
    lines = [line for step in asked for line in _question(step, view.clock, width)]
    if not lines:
        return _washing(view) if is_washing(view) else []
    return [*lines, *_how(asked, answering=answering, typed=typed)]


def _question(step: StepView, now: float, width: int) -> list[Text]:
    left = _left(step, now)
    asks = f"{step.by} {_ASKS[step.kind]}".lstrip()
    answers = tuple(step.options.items()) or _ANSWERS.get(step.kind, ())
    wide = max((len(option) for option, _ in answers), default=0)
    offered = [
        joined(
            ink(_BAR, "live"),
            ink(f"  {' ' if step.kind in _CLAIMED else n}  ", "off"),
            ink(f"{printable(option):<{wide}}", "live", bold=True),
            ink(f"  {meaning}"),
        )
        for n, (option, meaning) in enumerate(answers, 1)
    ]
    head = joined(ink(_BAR, "live"), ink(asks, "live", bold=True), ink(f"  {step.id}", "off"), left)
    said = [joined(ink(_BAR, "live"), ink(line, bold=True)) for line in folded(step.uses, width)]
    return [head, *said, *offered]


def story(view: View, width: int) -> list[Text]:
    """Return what the story told last: at a table all else hangs on it."""
    if view.phase != "running":
        return []
    lines = [line for step in told(view)[:1] for line in folded(step.story, width)]
    return [joined(ink(_BAR, "warn"), ink(line)) for line in lines]


def folded(text: str, width: int) -> list[str]:
    """Return a text in lines that fit beside the bar, at most :data:`_MOST` of them."""
    room = max(1, width - len(_BAR))
    return wrap(printable(text), room, max_lines=_MOST, placeholder=" …"[-room:])


def _left(step: StepView, now: float) -> Text:
    """Return how long there is to answer, which no hold uses up."""
    if step.deadline is None:
        return Text()
    left = step.deadline - now
    then = f", else {step.default}" if step.default else ""
    return ink(f"  {clock(max(0.0, left))} left{then}", "off")


def _washing(view: View) -> list[Text]:
    """Return what an exercise waits for that is kept open, and how it is ended."""
    said = (
        ("hot wash: every role may say what went well, and what to improve", "live"),
        (f'drill note {view.run} "TEXT" --strength', ""),
        ("or --improvement, --as ROLE; then this closes it, and writes the report", "off"),
        (f"drill end {view.run}", ""),
    )
    return [joined(ink(_BAR, "live"), ink(text, tone, bold=tone != "off")) for text, tone in said]


def _how(asked: list[StepView], *, answering: bool, typed: str) -> list[Text]:
    if not answering:
        where = "answered where drill run runs, or with drill answer"
        return [joined(ink(_BAR, "live"), ink(where, "off"))]
    several = len(asked) > 1
    how = "type the step and an answer" if several else "type an answer"
    answer = "20m" if asked[0].kind in _CLAIMED else "1"
    example = f"{asked[0].id} {answer}" if several else answer
    told = f"{how} (its word, its beginning or its number, like {example}), Enter: "
    return [
        joined(ink(_BAR, "live"), ink(told, "off")),
        joined(ink(_BAR, "live"), ink(f"{typed}_", "live", bold=True)),
    ]
