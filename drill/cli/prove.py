"""``drill prove``: conduct an exercise with its recovery left out, and demand that it fails."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from drill.cli.conduct import exercise_options, json_option, pairs
from drill.cli.shelf import view_of
from drill.errors import LEFT_STANDING

if TYPE_CHECKING:
    from drill.model.view import View


@click.command(
    epilog="Exit status: 0 the drill can fail; 1 it cannot, or nothing was broken; 4 a fault is "
    "left standing, as one that only a recovery ends; errors as of `drill run`."
)
@exercise_options
@json_option
def prove(
    scenario: Path,
    settings: tuple[str, ...],
    answers: tuple[str, ...],
    secrets: tuple[str, ...],
    lab_name: str | None,
    approvals: tuple[Path, ...],
    signers: Path,
    runs: Path,
    as_json: bool,
) -> int:
    """Conduct the exercise of SCENARIO without its recovery, and demand that it fails.

    A drill that cannot fail proves nothing. The faults are applied, the probes and checks
    look, people are asked; but no recovery step and no person's task that follows a fault
    is done. Then an objective must be missed, or a check must fail. Every fault is undone
    at the end, as in `drill run`; one that only a recovery ends is left standing, so take
    a fresh lab for it. It is another plan than that of `drill run`: where the scenario needs
    approvals, they are those of `drill approve --without-recovery`.
    """
    from drill.cli.session import Request, conduct, prepare  # noqa: PLC0415  heavy

    request = Request(
        scenario=scenario,
        settings=pairs(settings, "--set"),
        answers=pairs(answers, "--yes-as"),
        secrets=pairs(secrets, "--secret"),
        lab_name=lab_name,
        runs=runs,
        go_on=False,
        approvals=approvals,
        signers=signers,
        recovers=False,
    )
    exercise = prepare(request)
    status = conduct(exercise, as_json=as_json)
    found = tuple(shortfalls(view_of(exercise.journal)))
    told = f"the drill can fail: {'; '.join(found)}" if found else "nothing shows that it can fail"
    click.echo(f"without recovery {told}", err=as_json)
    if status == LEFT_STANDING:
        return LEFT_STANDING
    return 0 if found else 1


def shortfalls(view: "View") -> Iterator[str]:
    """Yield what a run without recovery fell short of; nothing, if its faults broke nothing."""
    applied = all(step.phase == "done" for step in view.steps if step.kind == "inject")
    if not applied or any(one.verdict == "invalid" for one in view.objectives):
        return
    for one in view.objectives:
        if one.verdict == "missed":
            yield f"the {one.measure} of {one.service} is missed"
    for step in view.steps:
        if step.kind == "check" and step.phase == "failed":
            yield f"the check {step.id} fails"
