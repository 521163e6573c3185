"""The people at a table: told the story, and asked what they would do and how long it takes."""

from dataclasses import replace
from datetime import timedelta
from typing import Protocol, assert_never

import rich_click as click

from drill.cli.answers import choices, understood
from drill.cli.ink import printable
from drill.cli.screen import Lines
from drill.cli.who import operator
from drill.crews.desk import Answer, outcome_of
from drill.crews.fates import Fate
from drill.graph.case import watched
from drill.graph.paths import limit
from drill.graph.plan import Plan
from drill.model.events import Record, StepStarted
from drill.model.outcome import Done, Failed, Outcome
from drill.model.steps import Check, Decide, Inject, Notify, Recover, Step, StoryInject, Task
from drill.model.time import format_duration, parse_duration
from drill.ports import Order
from drill.report.figures import moment

LEFT = "they rose from the table"
"""Why every step fails that was not yet answered when the people left."""
_NS = 1_000_000_000
_NO = "no"


class Table(Protocol):
    """Who is asked, and hears what happened."""

    def hear(self, order: Order, claimed: Fate) -> Fate:
        """Return what becomes of a step; ``claimed`` is what the plan says."""
        ...

    def tell(self, record: Record) -> None:
        """Hear a record."""
        ...


class EmptyTable:
    """Nobody is there: everything goes as the plan claims, one line a record."""

    def __init__(self, lines: Lines) -> None:
        self.tell = lines.tell

    def hear(self, order: Order, claimed: Fate) -> Fate:  # noqa: ARG002  the table's signature
        """Take the plan's word."""
        return claimed


class TerminalTable:
    """Asks at the terminal, in story time; whoever is in the room answers for every role.

    End of input or Ctrl-C means that they left: what they were still to answer
    fails, nothing that was said is lost, and the exercise is closed as it stands.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._by = operator()
        self._began: int | None = None
        self._now = ""
        self._left = False

    def tell(self, record: Record) -> None:
        """Keep the story's clock, and tell what nobody need be asked about."""
        if self._began is None:
            self._began = record.at.boot_ns
            click.echo(printable(f"Tabletop: {self._plan.scenario.title}"))
        self._now = moment((record.at.boot_ns - self._began) / _NS)
        if isinstance(record.event, StepStarted):
            step = self._plan.step(record.event.step)
            if watched(step) is not None or isinstance(step, StoryInject):
                self._say(record.event.step, step)

    def hear(self, order: Order, claimed: Fate) -> Fate:
        """Tell the step, and ask; an empty answer is what the plan says."""
        if self._left:
            return replace(claimed, takes=timedelta(), outcome=Failed(error=LEFT), by=self._by)
        self._say(order.id, order.step)
        try:
            outcome = self._outcome(order, claimed)
            takes = self._takes(order.step, claimed)
        except click.Abort:
            self._left = True
            click.echo()
            return self.hear(order, claimed)
        return replace(claimed, takes=takes, outcome=outcome, by=self._by)

    def _say(self, id_: str, step: Step) -> None:
        click.echo()
        click.echo(printable(f"{self._now:>9}  {id_}: {_what(step)}"))
        if step.story:
            click.echo(printable(f"{'':11}{step.story}"))
        if step.runbook:
            click.echo(printable(f"{'':11}see {self._plan.scenario.plan} {step.runbook}"))

    def _outcome(self, order: Order, claimed: Fate) -> Outcome:
        match order.step:
            case Inject() | StoryInject():
                return claimed.outcome
            case Recover():
                return _told(f"Who does it, and how? ({_NO}: nobody can)", "as planned")
            case Check():
                return _told(f"How would you know? ({_NO}: you would not)", "as planned")
            case Notify() | Decide() | Task():
                return outcome_of(order, Answer(_chosen(order), self._by))
        assert_never(order.step)

    @staticmethod
    def _takes(step: Step, claimed: Fate) -> timedelta | None:
        if isinstance(step, Inject | StoryInject):
            return claimed.takes
        default = format_duration(limit(step) if claimed.takes is None else claimed.takes)
        return click.prompt("  How long does that take?", default=default, value_proc=_duration)


def _told(question: str, default: str) -> Outcome:
    said = click.prompt(f"  {question}", default=default).strip()
    return Failed(error="nobody could") if said.lower() == _NO else Done(note=said)


def _chosen(order: Order) -> str:
    options = choices(order.step)
    for n, option in enumerate(options, 1):
        meaning = order.step.options[option] if isinstance(order.step, Decide) else ""
        click.echo(printable(f"    {n}  {option}  {meaning}".rstrip()))

    def one_of(text: str) -> str:
        found = understood(options, text)
        if found is None:
            raise click.UsageError(f"answer one of {', '.join(options)}, or its number")
        return found

    return click.prompt("  Your answer", default=options[0], value_proc=one_of)


def _duration(text: str) -> timedelta:
    try:
        found = parse_duration(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return found if isinstance(found, timedelta) else timedelta()


def _what(step: Step) -> str:
    match step:
        case Inject():
            return f"{step.inject} strikes {step.on}"
        case StoryInject():
            return f"news for {', '.join(step.to) or 'everybody'}"
        case Recover():
            return f"{step.recover} on {step.on}"
        case Check():
            return f"{step.check} must hold" + (f" on {step.on}" if step.on else "")
        case Notify():
            return f"{step.notify} is told: {step.message}"
        case Decide():
            return f"{step.by} decides: {step.decide}"
        case Task():
            return f"{step.by} is to do: {step.task}"
    assert_never(step)
