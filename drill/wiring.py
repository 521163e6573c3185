"""The only place where real things are built and handed to each other."""

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from drill.crews.fates import Table, World, as_remembered, as_said
from drill.crews.gate import Gate, recount
from drill.crews.paced import PacedClock, Seated
from drill.crews.rehearsal import Rehearsal, VirtualClock
from drill.crews.secrets import SHORTEST, Secrets
from drill.crews.threads import Means, Threads
from drill.crews.token import Token
from drill.desk import DeskServer, desk_of
from drill.engine.clock import SystemClock
from drill.engine.conductor import Conductor
from drill.engine.scrubbed import Scrubbed
from drill.engine.told import Told
from drill.errors import DeskError, ScenarioError, UsageError
from drill.exercise.evolve import fold
from drill.exercise.state import RunState
from drill.files import state_place
from drill.graph.plan import Plan
from drill.graph.radius import allowed_of
from drill.graph.unguarded import unguarded, unlimited
from drill.hosts.access import Grounds
from drill.hosts.approvals import approved
from drill.hosts.deny import DenyList, deny_files
from drill.hosts.leaving import leave_all
from drill.hosts.lever import Lever, heeding
from drill.hosts.ownership import run_secret
from drill.journal.file import FileJournal
from drill.journal.memory import MemoryJournal
from drill.model.events import Approval, ExerciseOpened, Mode, Record
from drill.model.names import SECRET, RoleName, StepId, TargetName
from drill.model.steps import Inject
from drill.model.time import Stamp
from drill.plugins import Registry
from drill.ports import Access, Journal

_LEAVING = 15.0
"""Seconds that removing drill from all hosts may take."""
_PACKAGES = ("drill", "ansible-core", "ansible-runner", "paramiko", "psycopg", "pydantic")


def now() -> Stamp:
    """Read the clock."""
    return SystemClock().now()


def lever() -> Lever:
    """Return the one lever of this user on this machine."""
    return Lever(state_place() / "lever")


def secrets_for(plan: Plan, given: Mapping[str, str], known: Mapping[str, str]) -> Secrets:
    """Collect the secrets that a plan names, before anything begins.

    Args:
        plan: the plan.
        given: name to where it is: ``env:VARIABLE`` or ``file:PATH``.
        known: what the world itself knows.

    What came from the environment is taken out of it: no child inherits it.

    Raises:
        ScenarioError: one is missing, too short to be kept out of what is written, or
            stands in the plan as it is.
        UsageError: a source is none.
    """
    values = {**known, **{name: _secret(name, source) for name, source in given.items()}}
    for source in given.values():
        os.environ.pop(source.removeprefix("env:") if source.startswith("env:") else "", None)
    needed = set(SECRET.findall(plan.scenario.model_dump_json()))
    if missing := sorted(needed - set(values)):
        bare = "" if known else "the lab has none: `drill lab down` it, then up, not --bare; or "
        raise ScenarioError(
            f"no value for the secret {missing[0]!r}; {bare}"
            f"give it with --secret {missing[0]}=env:VARIABLE or =file:PATH"
        )
    secrets = Secrets({name: values[name] for name in needed})
    _assert_hidden(secrets, plan)
    return secrets


def _assert_hidden(secrets: Secrets, plan: Plan) -> None:
    """Refuse what could not be kept out of the journal and the report."""
    if (short := secrets.short()) is not None:
        raise ScenarioError(
            f"the secret {short!r}, or the password in it, has fewer than {SHORTEST} characters: "
            "it could not be told from other words, and so not be kept out of the journal; "
            "choose a longer one"
        )
    if (bare := secrets.standing_in(plan.scenario.model_dump_json())) is not None:
        raise ScenarioError(
            f"the value of the secret {bare!r} stands in the scenario, or was given with --set: "
            f"write $secret:{bare} there; or choose a secret that is no word of it"
        )


def _secret(name: str, source: str) -> str:
    kind, _, where = source.partition(":")
    if kind == "env" and where in os.environ:
        return os.environ[where]
    if kind == "file" and Path(where).is_file():
        return Path(where).read_text().strip()
    told = source if kind in {"env", "file"} else "..."  # it may be the secret itself
    raise UsageError(f"--secret {name}={told}: write env:VARIABLE or file:PATH, and let it exist")


def environment() -> dict[str, str]:
    """Return what the report says about where it ran."""
    packages = {package: version(package) for package in _PACKAGES}
    return {
        **packages,
        "python": platform.python_version(),
        "kernel": platform.release(),
        "controller": platform.node(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def approvals_of(plan: Plan, files: Sequence[Path], signers: Path) -> tuple[Approval, ...]:
    """Verify who approved a plan.

    Raises:
        SafetyError: not as many as it needs, or one of the files is no approval of it.
    """
    needed = plan.scenario.approvals.needed if plan.scenario.approvals else 0
    return approved(files, needed, plan.digest, signers, now().wall)


def opening(
    run: str,
    plan: Plan,
    answers: Mapping[str, str],
    mode: Mode,
    *,
    lab: str = "",
    history: str = "",
    approvals: tuple[Approval, ...] = (),
    facilitated: bool = False,
) -> ExerciseOpened:
    """Return the first event of an exercise; a live one names its lab.

    A rehearsal names the run whose history it goes by, if it goes by one.
    """
    grounds = {"lab": lab, "history": history}
    return ExerciseOpened(
        run=run,
        mode=mode,
        scenario=plan.scenario,
        targets=tuple(plan.targets.values()),
        digest=plan.digest,
        files=plan.files,
        answers={RoleName(role): answer for role, answer in answers.items()},
        environment={**environment(), **{name: told for name, told in grounds.items() if told}},
        approvals=approvals,
        facilitated=facilitated,
    )


def rehearse(
    plan: Plan,
    journal: Path,
    answers: Mapping[str, str],
    history: str = "",
    took: Mapping[StepId, timedelta] | None = None,
) -> tuple[Record, ...]:
    """Conduct a whole exercise on virtual time, connected to nothing; keep and return its records.

    It reaches the disk when it is over, in one piece: an instant is worth no flush of its own.

    Args:
        plan: the plan.
        journal: where it is kept.
        answers: given beforehand, role by role.
        history: the run by which ``took`` is known, as the report names it.
        took: how long steps took in that; those that are not in it go as the plan claims.

    Raises:
        JournalError: the journal cannot be written.
    """
    kept = MemoryJournal()
    opened = opening(journal.parent.name, plan, answers, "rehearsal", history=history)
    _imagine(plan, opened, kept, as_remembered(plan, took or {}))
    records = tuple(kept)
    with FileJournal(journal) as file:
        for record in records:
            file.append(record.event, record.at)
        file.sync()
    return records


def sit(
    plan: Plan,
    journal: Path,
    answers: Mapping[str, str],
    table: Table,
    tell: Callable[[Record], None],
) -> None:
    """Conduct an exercise at a table: on story time, as those who sit there say.

    Each record is on disk before the next question; ``tell`` hears it.

    Raises:
        JournalError: the journal cannot be written.
    """
    opened = opening(journal.parent.name, plan, answers, "tabletop")
    with FileJournal(journal) as file:
        _imagine(unguarded(plan), opened, Told(file, tell), as_said(plan, table))


@contextmanager
def seated(
    plan: Plan, journal: Path, opened: ExerciseOpened, tell: Callable[[Record], None], by: str
) -> Iterator[Conductor]:
    """Build a conductor of a facilitated table: in real time, as people say at its desk.

    Each record is on disk before ``tell`` hears it, old ones first: one that was
    interrupted goes on, approved ``by`` whoever takes it up, for nothing can be harmed.

    Raises:
        JournalError: the journal cannot be written.
        DeskError: the desk cannot be opened.
    """
    with FileJournal(journal) as file:
        records = tuple(file)
        clock = PacedClock(SystemClock(), records[-1].at if records else None)
        crew = Seated(clock, plan)

        def both(record: Record) -> None:
            crew.tell(record)
            tell(record)

        for record in records:
            both(record)
        told = Told(file, both)
        conductor = Conductor(unlimited(plan), opened, told, crew, clock, approved_by=by)
        with DeskServer(desk_of(journal), conductor.say):
            yield conductor


def _imagine(plan: Plan, opened: ExerciseOpened, journal: Journal, world: World) -> None:
    """Conduct to the end where nothing is touched."""
    clock = VirtualClock(epoch=now().wall)
    Conductor(plan, opened, journal, Rehearsal(clock, world), clock).run()


@dataclass(frozen=True)
class Exercise:
    """All that one live conduct needs."""

    plan: Plan
    journal: Path
    opening: ExerciseOpened
    world: Grounds
    secrets: Secrets
    approved_by: str = ""
    """Who approved that it goes on after a crash."""


@contextmanager
def live(
    exercise: Exercise, tell: Callable[[Record], None], warn: Callable[[str], None]
) -> Iterator[Conductor]:
    """Build a conductor around a run's journal, and open its desk.

    ``tell`` hears each record, old ones first, and ``warn`` what is wrong but holds up nothing.

    Raises:
        JournalError: the journal cannot be held, read or written.
        DeskError: the desk of a new run cannot be opened; one that was interrupted heals first.
    """
    clock = SystemClock()
    with closing(exercise.world), FileJournal(exercise.journal) as journal:
        denied, world = DenyList(deny_files()), exercise.world
        gate = Gate(
            clock,
            allowed_of(exercise.plan.scenario),
            lever().engaged,
            lambda name: denied.assert_open(name, *world.addresses(name)),
        )
        begun = False
        for record in journal:
            begun = True
            tell(record)
            recount(gate, exercise.plan, record)
        secret = run_secret(exercise.journal.parent)

        def access(name: TargetName | None) -> Access:
            return replace(exercise.world.access(name), secret=secret)

        means = Means(Registry(), exercise.secrets, access, clock, gate, exercise.world.vantage)
        told = Told(Scrubbed(journal, exercise.secrets.scrub), tell)
        crew = Threads(means)
        if exercise.approved_by:  # else what stands is healed at once
            _keep(crew, exercise.plan, fold(journal))
        conductor = Conductor(
            exercise.plan,
            exercise.opening,
            told,
            crew,
            clock,
            approved_by=exercise.approved_by,
        )
        with heeding(lever(), conductor.abort), ExitStack() as stack:
            try:
                stack.enter_context(DeskServer(desk_of(exercise.journal), conductor.say))
            except DeskError as error:
                if not begun:
                    raise
                warn(str(error))
            yield conductor


def leave(exercise: Exercise, state: RunState) -> dict[TargetName, str]:
    """Remove drill from each host on which a fault was begun; return where it stays, and why."""
    plan, world = exercise.plan, exercise.world
    begun = (plan.step(id_) for id_, step in state.steps.items() if step.ticket >= 0)
    remotes = {step.on: world.access(step.on).remote for step in begun if isinstance(step, Inject)}
    there = {name: remote for name, remote in remotes.items() if remote is not None}
    return leave_all(there, Token(SystemClock(), _LEAVING))


def _keep(crew: Threads, plan: Plan, state: RunState) -> None:
    """Renew the leases of what stands in an exercise that was interrupted and goes on."""
    for id_ in state.standing:
        step, receipt = plan.step(id_), state.steps[id_].receipt
        if isinstance(step, Inject) and receipt is not None:
            crew.keep(id_, step, receipt)
