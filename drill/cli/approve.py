"""``drill approve``: a person signs a plan, to the last byte of it."""

from datetime import timedelta
from pathlib import Path

import rich_click as click

from drill.cli.conduct import pairs, settings_option
from drill.errors import UsageError
from drill.model.time import format_duration, parse_duration


def _duration(_: click.Context, __: click.Parameter, text: str) -> timedelta:
    from drill.hosts.approvals import LONGEST  # noqa: PLC0415  heavy

    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--for {text}: {error}") from error
    if not isinstance(duration, timedelta) or not timedelta() < duration <= LONGEST:
        raise UsageError(f"--for {text}: at most {format_duration(LONGEST)}")
    return duration


@click.command()
@click.argument("scenario", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@settings_option
@click.option(
    "--key",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your SSH key: the private file, or the public one if an agent holds it.",
)
@click.option("--as", "by", required=True, metavar="NAME", help="Who you are to those who verify.")
@click.option(
    "--for",
    "lasting",
    default="8h",
    show_default=True,
    callback=_duration,
    help="How long the approval holds, 24h at most.",
)
@click.option(
    "--without-recovery",
    is_flag=True,
    help="Approve what `drill prove` conducts instead: the exercise without its recovery.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; - is standard output. Else SCENARIO.NAME.approval.",
)
def approve(
    scenario: Path,
    settings: tuple[str, ...],
    key: Path,
    by: str,
    lasting: timedelta,
    without_recovery: bool,
    output: Path | None,
) -> None:
    """Approve the exercise of SCENARIO, exactly as it is now, by signing its plan's digest.

    Look at it first with `drill plan`. Whoever conducts it gives the file to
    `drill run --approval`; a scenario says with `approvals:` how many it needs.
    """
    from pydantic import ValidationError  # noqa: PLC0415  heavy

    from drill.cli.sources import open_plan  # noqa: PLC0415  heavy
    from drill.files import put  # noqa: PLC0415  heavy
    from drill.graph.unrecovered import unrecovered  # noqa: PLC0415  heavy
    from drill.hosts.approvals import Said, sign  # noqa: PLC0415  heavy
    from drill.plugins import Registry  # noqa: PLC0415  heavy
    from drill.wiring import now  # noqa: PLC0415  heavy

    plan = open_plan(scenario, pairs(settings, "--set"), Registry()).plan
    plan = unrecovered(plan) if without_recovery else plan
    expires = now().wall.replace(microsecond=0) + lasting
    try:
        said = Said(digest=plan.digest, scenario=plan.scenario.id, by=by, expires=expires)
    except ValidationError as error:
        raise UsageError(f"--as {by}: letters, digits and . _ @ + - only") from error
    signed = sign(said, key)
    if str(output) == "-":
        click.echo(signed, nl=False)
        return
    output = output or scenario.with_name(f"{scenario.stem}.{by}.approval")
    try:
        put(output, signed)
    except OSError as error:
        raise UsageError(f"{output}: {error.strerror}") from error
    click.echo(f"{by} approves {plan.digest[:12]} until {expires.isoformat()}: {output}")
