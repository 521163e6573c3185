"""One live conduct from the command line: opened, shown while it runs, reported."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import rich_click as click

from drill import wiring, worlds
from drill.cli.claimed import with_controls
from drill.cli.claims import with_claims
from drill.cli.console import beside
from drill.cli.hush import hushed
from drill.cli.papers import keep
from drill.cli.shelf import new_journal, tell_unpinned, unfinished, view_of
from drill.cli.sources import assert_live, assert_not_denied, open_plan
from drill.cli.surface import surface
from drill.cli.who import operator
from drill.crews.secrets import Secrets
from drill.errors import SafetyError, ScenarioError, UsageError
from drill.graph.plan import Plan
from drill.graph.unrecovered import unrecovered
from drill.graph.uses import assert_equipped
from drill.hosts.access import Grounds
from drill.hosts.approvals import SIGNERS
from drill.lab import enter
from drill.model.events import ExerciseOpened
from drill.plugins import Registry
from drill.report.files import write_report
from drill.report.plain import plain


@dataclass(frozen=True)
class Request:
    """What the command line asked for."""

    scenario: Path
    settings: Mapping[str, str]
    answers: Mapping[str, str]
    secrets: Mapping[str, str]
    lab_name: str | None
    runs: Path
    go_on: bool
    approvals: tuple[Path, ...] = ()
    signers: Path = SIGNERS
    facilitated: bool = False
    """Whether somebody controls it, and it stays open for the hot wash."""
    console: int | None = None
    """The port on which people take part in browsers; none: they do not."""
    history: str | None = None
    """The live run by which a rehearsal knows how long steps take; none: by the plan's claims."""
    recovers: bool = True
    """Whether the recovery is done; without it the drill must fail."""


def prepare(request: Request) -> wiring.Exercise:
    """Check everything that can be wrong before anything begins, and enter the lab.

    Raises:
        ScenarioError: the scenario, a secret or a file it names is wrong.
        UsageError: an option is wrong.
        PluginError: what one of its plug-ins needs is not installed.
        SafetyError: a target is not a host of the running lab, nor an account at hand, or a
            deny-list denies it.
    """
    registry = Registry()
    opened = open_plan(request.scenario, request.settings, registry)
    plan = opened.plan if request.recovers else unrecovered(opened.plan)
    assert_live(plan)
    assert_roles(plan, request.answers)
    assert_equipped(plan.scenario, registry)
    world: Grounds | None = worlds.cloud_of(plan, opened.base)
    lab = None
    if world is None:
        lab = worlds.lab_named(request.lab_name or opened.lab)
        world = worlds.LabWorld(plan, lab, opened.base)
    secrets = wiring.secrets_for(plan, request.secrets, world.secrets())
    assert_bare(secrets, opened.papers)
    journal, opening = _run_of(request, plan, world)
    if lab is not None:
        enter(lab)
    if not journal.exists():  # what is taken up again heals first, whatever the disk says
        keep(opened.papers, plan.files, journal.parent)
    approved_by = operator() if request.go_on else ""
    return wiring.Exercise(plan, journal, opening, world, secrets, approved_by)


def assert_bare(secrets: Secrets, papers: Mapping[str, bytes]) -> None:
    """Refuse a file of the plan in which a secret stands: a copy is kept with the run.

    Raises:
        ScenarioError: one does.
    """
    for name, text in papers.items():
        if found := secrets.standing_in(text.decode(errors="replace")):
            raise ScenarioError(
                f"{name}: the value of the secret {found!r} stands in it, and a copy is kept with "
                "the run; hand it over as $secret: instead"
            )


def _run_of(request: Request, plan: Plan, world: Grounds) -> tuple[Path, ExerciseOpened]:
    """Take the plan's interrupted run up, if its lab still stands; else begin a new one."""
    before = unfinished(request.runs, plan)
    if before is not None:
        run, stands = before[1].run, before[1].environment.get("lab") == world.identity
        if stands:
            if request.go_on:  # what only heals is never held up
                _assert_may_break(plan)
            tell_unpinned(before[0])
            click.echo(f"taking up the interrupted run {run}", err=True)
            return before
        click.echo(f"the run {run} was interrupted, and its lab is gone: beginning anew", err=True)
    if request.go_on:
        raise UsageError("--go-on: there is no interrupted run of this plan to go on with")
    _assert_may_break(plan)
    approvals = wiring.approvals_of(plan, request.approvals, request.signers)
    journal = new_journal(request.runs, plan, wiring.now().wall)
    run = journal.parent.name
    opened = wiring.opening(
        run,
        plan,
        request.answers,
        "live",
        lab=world.identity,
        approvals=approvals,
        facilitated=request.facilitated,
    )
    return journal, opened


def _assert_may_break(plan: Plan) -> None:
    """Refuse to break what a deny-list denies, and anything while everything is halted."""
    assert_not_denied(plan)
    _assert_released()


def _assert_released() -> None:
    """Refuse to break anything while everything is halted."""
    lever = wiring.lever()
    lever.mount()
    if why := lever.engaged():
        raise SafetyError(f"halted: {why}; nothing begins before: drill release")


def assert_roles(plan: Plan, answers: Mapping[str, str]) -> None:
    """Refuse an answer for a role that the scenario does not have."""
    if unknown := [role for role in answers if role not in plan.scenario.roles]:
        known = ", ".join(plan.scenario.roles)
        raise UsageError(f"--yes-as {unknown[0]}: no such role; the scenario has {known}")


@contextmanager
def ending_early(abort: Callable[[str, str], None]) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP end the exercise early: it heals, then closes."""

    def catch(number: int, _: FrameType | None) -> None:
        abort(signal.Signals(number).name, "ended early from outside")

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, catch) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def conduct(exercise: wiring.Exercise, *, as_json: bool, console: int | None = None) -> int:
    """Run the exercise to its close, shown while it runs, and return its exit status."""
    tell_facilitated(exercise.opening)
    with (
        hushed(exercise.secrets.mask),
        beside(exercise.journal, exercise.plan.scenario, console),
        surface(as_json=as_json) as shown,
        wiring.live(exercise, shown.tell, _warn) as conductor,
        ending_early(conductor.abort),
    ):
        shown.attend(conductor.say)
        stays = wiring.leave(exercise, conductor.run())
    for host, why in stays.items():
        click.echo(f"drill-host stays on {host}: {why}", err=True)
    return conclude(exercise.journal, quiet=as_json)


def tell_facilitated(opened: ExerciseOpened) -> None:
    """Say how people take part in a facilitated exercise, before it begins."""
    if opened.facilitated:
        click.echo(f"run {opened.run}: take part with drill join {opened.run} --as ROLE", err=True)
        click.echo(f"it stays open for the hot wash until: drill end {opened.run}", err=True)


def _warn(what: str) -> None:
    click.echo(f"drill: {what}", err=True)


def conclude(journal: Path, *, quiet: bool) -> int:
    """Write the report beside the journal, say how it went, and return the exit status."""
    seen = with_claims(view_of(journal), journal.parent.parent)
    page, _ = write_report(with_controls(seen, journal), journal.parent)
    if not quiet:
        click.echo(plain(seen))
        click.echo(f"  report {page}")
    return seen.exit_status
