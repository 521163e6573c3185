"""What people say to an exercise that is conducted elsewhere, one command each.

All of it goes to the desk of the run, and its conductor alone writes it down.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from drill.cli.shelf import completed_run, journal_of, runs_option
from drill.errors import UsageError

if TYPE_CHECKING:
    from drill.model.sayings import Saying
    from drill.model.scenario import Scenario
    from drill.model.steps import Step

F = TypeVar("F", bound=Callable[..., Any])

REFUSED = 1
"""Exit status of what counts for nothing, as the conductor says."""
_FACILITATOR = "facilitator"
_EVALUATOR = "evaluator"
_MEANS = "command line"

_RUN = click.argument("run", metavar="RUN", shell_complete=completed_run)
_STEP = click.argument("step", metavar="STEP")
_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for a machine.")
_note = click.option("--note", default="", help="What the log is to say with it.")


def _as(help_: str) -> Callable[[F], F]:
    return click.option("--as", "role", metavar="ROLE", help=help_)


@dataclass(frozen=True)
class _Run:
    """A run that somebody speaks to."""

    name: str
    journal: Path
    as_json: bool

    def say(self, role: str, says: str, person: str = "", **fields: Any) -> int:
        """Say something, tell whether it counts, and return the exit status.

        Raises:
            UsageError: it is nothing that can be said.
            DeskError: nobody conducts the run.
        """
        return self.speak(role, _saying(says, fields), person)

    def speak(self, role: str, saying: "Saying", person: str = "") -> int:
        """Say that."""
        from drill.cli.ink import printable  # noqa: PLC0415  heavy
        from drill.cli.who import operator  # noqa: PLC0415  heavy
        from drill.desk import desk_of, say_at  # noqa: PLC0415  heavy

        person = person or operator()
        refused = say_at(desk_of(self.journal), person, _role(role), _MEANS, saying)
        if self.as_json:
            said = {"person": person, "role": role, "saying": saying.model_dump(mode="json")}
            click.echo(json.dumps({"run": self.name, **said, "refused": refused}))
        elif refused:
            click.echo(printable(f"refused: {refused}"), err=True)
        else:
            step = getattr(saying, "step", None)
            what = saying.says + (f" {step}" if step else "")
            click.echo(printable(f"{what}: {person} as {role}, in {self.name}"))
        return REFUSED if refused else 0

    def scenario(self) -> "Scenario":
        """Return what is exercised.

        Raises:
            JournalError: the journal cannot be read, or holds no record yet.
        """
        from drill.cli.shelf import opening_of  # noqa: PLC0415  heavy

        return opening_of(self.journal).scenario

    def step(self, id_: str) -> "Step | None":
        """Return the step of that name, if there is one."""
        from drill.model.names import StepId  # noqa: PLC0415  heavy

        return self.scenario().steps.get(StepId(id_))


def _run(runs: Path, run: str, *, as_json: bool) -> _Run:
    journal = journal_of(runs, run)
    return _Run(journal.resolve().parent.name, journal, as_json)


def _saying(says: str, fields: dict[str, Any]) -> "Saying":
    from pydantic import TypeAdapter  # noqa: PLC0415  heavy

    from drill.model.sayings import Saying  # noqa: PLC0415  heavy

    with _sayable():
        return TypeAdapter[Saying](Saying).validate_python({"says": says, **fields})


@contextmanager
def _sayable() -> Iterator[None]:
    """Say in one line why something cannot be said at all."""
    from pydantic import ValidationError  # noqa: PLC0415  heavy

    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise UsageError(f"{first['loc'][-1]}: {first['msg']}") from error


def _role(role: str) -> Any:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415  heavy

    from drill.model.names import RoleRef  # noqa: PLC0415  heavy

    try:
        return TypeAdapter[RoleRef](RoleRef).validate_python(role)
    except ValidationError as error:
        raise UsageError(f"--as {role}: a role is written like incident-lead") from error


@click.command()
@_RUN
@_as("The role: one of the scenario's, facilitator, evaluator or observer.")
@click.option("--person", default="", help="Who; else the user of this machine.")
@runs_option
@_json
def join(run: str, role: str | None, person: str, runs: Path, as_json: bool) -> int:
    """Say that somebody is there in RUN, in a role: the actual attendance.

    Example: `drill join latest --as oncall --person "Ann Lee"`
    """
    if role is None:
        raise UsageError("join: add --as ROLE, the role in which you are there")
    return _run(runs, run, as_json=as_json).say(role, "joined", person)


@click.command()
@_RUN
@_STEP
@click.argument("answer", metavar="ANSWER")
@_as("The role that answers; else the one that is asked, or the facilitator.")
@_note
@click.option("--in-vain", is_flag=True, help="With a duration: and it would not work.")
@runs_option
@_json
def answer(
    run: str,
    step: str,
    answer: str,
    role: str | None,
    note: str,
    in_vain: bool,
    runs: Path,
    as_json: bool,
) -> int:
    """Answer STEP of RUN: `acknowledge`, an option of a decision, `done`, `refuse` or `accept`.

    At a facilitated table a duration such as `20m` says that what machines would do
    takes so long, from its start.

    Example: `drill answer latest declare failover --note "the site is dark"`
    """
    from drill.cli.answers import answered, answerer_of  # noqa: PLC0415  heavy
    from drill.model.names import StepId  # noqa: PLC0415  heavy

    there = _run(runs, run, as_json=as_json)
    asked = there.step(step)
    with _sayable():
        saying = answered(StepId(step), asked, answer, note, works=not in_vain)
    return there.speak(role or answerer_of(asked), saying)


@click.command()
@_RUN
@click.argument("why", metavar="WHY")
@runs_option
@_json
def hold(run: str, why: str, runs: Path, as_json: bool) -> int:
    """Stop the exercise clock of RUN: nothing new begins, nobody's time runs out.

    What machines do goes on, and healing waits for nobody.

    Example: `drill hold latest "the bridge call broke down"`
    """
    return _run(runs, run, as_json=as_json).say(_FACILITATOR, "held", why=why)


@click.command()
@_RUN
@runs_option
@_json
def resume(run: str, runs: Path, as_json: bool) -> int:
    """Let the exercise clock of RUN go on.

    What became due of the story meanwhile waits for `drill inject`, one by one.

    Example: `drill resume latest`
    """
    return _run(runs, run, as_json=as_json).say(_FACILITATOR, "resumed")


@click.command()
@_RUN
@runs_option
@_json
def jump(run: str, runs: Path, as_json: bool) -> int:
    """Put the exercise clock of RUN forward to the next moment that a step waits for.

    Example: `drill jump latest`
    """
    return _run(runs, run, as_json=as_json).say(_FACILITATOR, "jumped")


@click.command()
@_RUN
@_STEP
@click.option("--keep", is_flag=True, help="Do not start it before it is released.")
@click.option("--skip", metavar="WHY", help="Leave it out, and say why.")
@runs_option
@_json
def inject(run: str, step: str, keep: bool, skip: str | None, runs: Path, as_json: bool) -> int:
    """Release STEP of RUN now: it waits no longer for its moment, nor because it was kept back.

    Example: `drill inject latest press-call`, or
    `drill inject latest press-call --skip "the hour is over"`
    """
    if keep and skip is not None:
        raise UsageError("inject: --keep or --skip, not both")
    there = _run(runs, run, as_json=as_json)
    if skip is not None:
        return there.say(_FACILITATOR, "skipped", step=step, why=skip)
    return there.say(_FACILITATOR, "kept-back" if keep else "released", step=step)


@click.command()
@_RUN
@click.argument("text", metavar="TEXT")
@_as("The role that notes it; else facilitator, or evaluator for what shows of an objective.")
@click.option("--on", "step", metavar="STEP", help="The step that it is about.")
@click.option("--objective", metavar="NAME", help="The objective of people that it is about.")
@click.option(
    "--rating",
    type=click.Choice(["P", "S", "M", "U"]),
    help="How that objective is rated: performed without challenges, with some, with major "
    "ones, unable to be performed.",
)
@click.option("--strength", "about", flag_value="strength", help="Hot wash: it went well.")
@click.option("--improvement", "about", flag_value="improvement", help="Hot wash: improve it.")
@runs_option
@_json
def note(
    run: str,
    text: str,
    role: str | None,
    step: str | None,
    objective: str | None,
    rating: str | None,
    about: str | None,
    runs: Path,
    as_json: bool,
) -> int:
    """Note TEXT in the log of RUN, observe it of an objective, or say it in the hot wash.

    Example: `drill note latest "Nobody had the number" --objective call-out --rating S`
    """
    if rating and not objective:
        raise UsageError("--rating: add --objective NAME, which is rated")
    if step and (objective or about):
        raise UsageError("--on: a note about a step is not about an objective nor a hot wash")
    if rating and about:
        raise UsageError("--rating: nothing is rated in the hot wash; leave one of them out")
    there = _run(runs, run, as_json=as_json)
    if about:
        who, where = role or _FACILITATOR, objective or ""
        return there.say(who, "reflected", about=about, text=text, objective=where)
    if objective:
        who = role or _EVALUATOR
        return there.say(who, "observed", objective=objective, text=text, rating=rating)
    return there.say(role or _FACILITATOR, "noted", text=text, step=step)


@click.command()
@_RUN
@click.option("--early", metavar="WHY", help="Abort it: it heals first, then closes.")
@runs_option
@_json
def end(run: str, early: str | None, runs: Path, as_json: bool) -> int:
    """End the hot wash of RUN: its conductor closes it, and writes the report.

    Example: `drill end latest`, or `drill end latest --early "fire alarm"`
    """
    there = _run(runs, run, as_json=as_json)
    if early is not None:
        return there.say(_FACILITATOR, "aborted", why=early)
    return there.say(_FACILITATOR, "ended")
