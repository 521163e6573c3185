"""What people are asked right now: shown so that nobody can overlook it."""

from rich.text import Text

from drill.cli.ink import fit, ink, joined, printable
from drill.model.view import StepView, View
from drill.report.figures import clock

_BAR = "▌ "
_ASKED = ("notify", "decide", "task")
_ANSWERS = {
    "notify": (("acknowledge", "I have read it"),),
    "task": (("done", "it is done"), ("refuse", "it will not be done")),
}
_ASKS = {"notify": "is told", "decide": "decides", "task": "is to do"}


def open_steps(view: View) -> list[StepView]:
    """Return the steps that wait for a person."""
    return [step for step in view.steps if step.kind in _ASKED and step.phase == "running"]


def questions(view: View, width: int, *, answering: bool, typed: str) -> list[Text]:
    """Return each open question with its answers, and how to give one."""
    asked = open_steps(view)
    lines = [line for step in asked for line in _question(step, view.clock, width)]
    if not lines:
        return []
    return [*lines, *_how(asked, answering=answering, typed=typed)]


def _question(step: StepView, now: float, width: int) -> list[Text]:
    left = _left(step, now)
    asks = f"{step.by} {_ASKS[step.kind]}"
    answers = tuple(step.options.items()) or _ANSWERS.get(step.kind, ())
    wide = max((len(option) for option, _ in answers), default=0)
    offered = [
        joined(
            ink(_BAR, "live"),
            ink(f"  {n}  ", "off"),
            ink(f"{printable(option):<{wide}}", "live", bold=True),
            ink(f"  {meaning}"),
        )
        for n, (option, meaning) in enumerate(answers, 1)
    ]
    head = joined(ink(_BAR, "live"), ink(asks, "live", bold=True), ink(f"  {step.id}", "off"), left)
    said = ink(fit(step.uses, width - 2).rstrip(), bold=True)
    return [head, joined(ink(_BAR, "live"), said), *offered]


def _left(step: StepView, now: float) -> Text:
    if step.timeout is None or step.started is None:
        return Text()
    left = step.started + step.timeout - now
    then = f", else {step.default}" if step.default else ""
    return ink(f"  {clock(max(0.0, left))} left{then}", "off")


def _how(asked: list[StepView], *, answering: bool, typed: str) -> list[Text]:
    if not answering:
        return [joined(ink(_BAR, "live"), ink("answered where drill run runs", "off"))]
    several = len(asked) > 1
    how = "type the step and an answer" if several else "type an answer"
    example = f"{asked[0].id} 1" if several else "1"
    return [
        joined(
            ink(_BAR, "live"),
            ink(f"{how} (its word, its beginning or its number, like {example}), Enter: ", "off"),
            ink(f"{typed}_", "live", bold=True),
        )
    ]
