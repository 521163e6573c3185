"""The only place where real things are built and handed to each other."""

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from drill.crews.desk import Desk
from drill.crews.fates import Table, World, as_claimed, as_said
from drill.crews.gate import Gate, recount
from drill.crews.rehearsal import Rehearsal, VirtualClock
from drill.crews.secrets import Secrets
from drill.crews.threads import Means, Threads
from drill.crews.token import Token
from drill.engine.clock import SystemClock
from drill.engine.conductor import Conductor
from drill.engine.told import Told
from drill.errors import LabError, RemoteError, SafetyError, ScenarioError, UsageError
from drill.exercise.evolve import fold
from drill.exercise.state import RunState
from drill.graph.plan import Plan
from drill.graph.radius import allowed_of
from drill.graph.unguarded import unguarded
from drill.hosts.access import Grounds, observer_at
from drill.hosts.approvals import approved
from drill.hosts.aws import Aws
from drill.hosts.cloud import CloudWorld, accounts_of
from drill.hosts.connections import Connections
from drill.hosts.deny import DenyList, deny_files
from drill.hosts.fabric import Fabric
from drill.hosts.leaving import leave_all
from drill.hosts.lever import Lever, heeding, state_place
from drill.hosts.ownership import run_secret
from drill.hosts.power import FabricPower
from drill.journal.file import FileJournal
from drill.journal.memory import MemoryJournal
from drill.lab import HostFacts, LabFacts, lab_names, running
from drill.lab.papers import ENVIRONMENT
from drill.model.events import Approval, ExerciseOpened, Mode, Record
from drill.model.names import SECRET, RoleName, TargetName
from drill.model.services import OBSERVER
from drill.model.steps import Inject
from drill.model.targets import Target
from drill.model.time import Stamp
from drill.plugins import Registry
from drill.ports import Access, Journal, SshLogin

_LEAVING = 15.0
"""Seconds that removing drill from all hosts may take."""
_WHOSE = 15.0
"""Seconds that asking whose credentials these are may take."""
_PACKAGES = ("drill", "ansible-core", "ansible-runner", "paramiko", "psycopg", "pydantic")


class LabWorld:
    """The targets of a plan as hosts of a running lab, and the ways to reach them."""

    def __init__(self, plan: Plan, lab: LabFacts, base: Path) -> None:
        self._lab = lab
        self._base = base
        self._fabric = Fabric(lab.fabric)
        self._connections = Connections()
        self._hosts = {TargetName(host.name): host for host in lab.hosts}
        self._targets = plan.targets
        for target in plan.targets.values():
            self._assert_in_lab(target)

    @cached_property
    def identity(self) -> str:
        """Name this very lab: another one of the same name and file is another world."""
        stat = Path(f"/proc/{self._lab.labd}/stat").read_text().rpartition(")")[2].split()
        return f"{self._lab.name}:{self._lab.labd}:{stat[19]}"

    def access(self, name: TargetName | None) -> Access:
        """Return the way to one target; for ``None``, to the observer itself."""
        if name is None:
            return observer_at(str(self._lab.observer), self._base)
        login = login_of(self._hosts[name])
        return Access(
            target=self._targets[name],
            remote=self._connections.remote(login),
            power=FabricPower(self._fabric, name),
            login=login,
            base=self._base,
            environment=ENVIRONMENT,
            group=self._lab.name,
        )

    def vantage(self, name: TargetName) -> Access:
        """Return where a probe stands that looks from a target, or from the observer."""
        if name == OBSERVER:
            return self.access(None)
        dial = self._connections.dial(login_of(self._hosts[name]))
        return Access(self._targets[name], base=self._base, dial=dial)

    def addresses(self, name: TargetName) -> tuple[str, str]:
        """Return where a target's services answer, and where it is managed."""
        return self._targets[name].address, str(self._hosts[name].management)

    def secrets(self) -> dict[str, str]:
        """Return what the lab knows: one file a secret."""
        # a lab that was not provisioned has no such directory, and glob finds nothing in it
        files = self._lab.secrets.glob("*")
        return {path.name: path.read_text().strip() for path in files}

    def close(self) -> None:
        """Let go of every connection."""
        self._connections.close()

    def _assert_in_lab(self, target: Target) -> None:
        host = self._hosts.get(target.name)
        if host is None or str(host.address) != target.address:
            raise SafetyError(
                f"target {target.name} ({target.address}) is no host of the lab {self._lab.name}; "
                "this version of drill runs live on lab hosts only"
            )


def cloud_of(plan: Plan, base: Path) -> CloudWorld | None:
    """Return the accounts of a plan whose targets are all in the cloud; ``None`` for any other.

    Raises:
        SafetyError: the credentials at hand are not those of each account, or it is a real one.
    """
    accounts = accounts_of(plan.targets)
    for account in accounts:
        try:
            Aws(account, Token(SystemClock(), _WHOSE)).assert_ours()
        except RemoteError as error:
            raise SafetyError(f"nobody can tell whose account this is: {error}") from error
    return CloudWorld(plan.targets, base) if accounts else None


def login_of(host: HostFacts) -> SshLogin:
    """Return the way to a lab's host."""
    return SshLogin(
        host=str(host.management),
        port=host.port,
        user=host.user,
        key=host.key,
        known_hosts=host.known_hosts,
    )


def now() -> Stamp:
    """Read the clock."""
    return SystemClock().now()


def lab_named(name: str) -> LabFacts:
    """Return the running lab of that name.

    Raises:
        SafetyError: there is none, and live exercises run in the lab only.
    """
    lab = running(name)
    if lab is None:
        raise SafetyError(
            f"the lab {name} is not up, and this version of drill runs live on lab hosts only; "
            f"bring it up with: drill lab up --name {name} FILE"
        )
    return lab


def labs_running(tell: Callable[[LabError], None]) -> Iterator[LabFacts]:
    """Yield every lab of this user that is up on this machine; one in disorder hides no other."""
    try:
        names = lab_names()
    except LabError as error:
        tell(error)
        return
    for name in names:
        try:
            lab = running(name)
        except LabError as error:
            tell(error)
        else:
            if lab is not None:
                yield lab


def lever() -> Lever:
    """Return the one lever of this user on this machine."""
    return Lever(state_place() / "lever")


def secrets_for(plan: Plan, given: Mapping[str, str], known: Mapping[str, str]) -> Secrets:
    """Collect the secrets that a plan names, before anything begins.

    Args:
        plan: the plan.
        given: name to where it is: ``env:VARIABLE`` or ``file:PATH``.
        known: what the world itself knows.

    Raises:
        ScenarioError: one is missing.
    """
    values = {**known, **{name: _secret(name, source) for name, source in given.items()}}
    needed = set(SECRET.findall(plan.scenario.model_dump_json()))
    if missing := sorted(needed - set(values)):
        bare = "" if known else "the lab has none: `drill lab down` it, then up, not --bare; or "
        raise ScenarioError(
            f"no value for the secret {missing[0]!r}; {bare}"
            f"give it with --secret {missing[0]}=env:VARIABLE or =file:PATH"
        )
    return Secrets({name: values[name] for name in needed})


def _secret(name: str, source: str) -> str:
    kind, _, where = source.partition(":")
    if kind == "env" and where in os.environ:
        return os.environ[where]
    if kind == "file" and Path(where).is_file():
        return Path(where).read_text().strip()
    raise UsageError(f"--secret {name}={source}: write env:VARIABLE or file:PATH, and let it exist")


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
    approvals: tuple[Approval, ...] = (),
) -> ExerciseOpened:
    """Return the first event of an exercise; a live one names its lab."""
    return ExerciseOpened(
        run=run,
        mode=mode,
        scenario=plan.scenario,
        targets=tuple(plan.targets.values()),
        digest=plan.digest,
        files=plan.files,
        answers={RoleName(role): answer for role, answer in answers.items()},
        environment={**environment(), **({"lab": lab} if lab else {})},
        approvals=approvals,
    )


def rehearse(plan: Plan, journal: Path, answers: Mapping[str, str]) -> tuple[Record, ...]:
    """Conduct a whole exercise on virtual time, connected to nothing; keep and return its records.

    It reaches the disk when it is over, in one piece: an instant is worth no flush of its own.

    Raises:
        JournalError: the journal cannot be written.
    """
    kept = MemoryJournal()
    _imagine(plan, opening(journal.parent.name, plan, answers, "rehearsal"), kept, as_claimed(plan))
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
def live(exercise: Exercise, desk: Desk, tell: Callable[[Record], None]) -> Iterator[Conductor]:
    """Build a conductor around a run's journal; ``tell`` hears each record, old ones first.

    Raises:
        JournalError: the journal cannot be held, read or written.
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
        for record in journal:
            tell(record)
            recount(gate, exercise.plan, record)
        secret = run_secret(exercise.journal.parent)

        def access(name: TargetName | None) -> Access:
            return replace(exercise.world.access(name), secret=secret)

        means = Means(
            Registry(), exercise.secrets, access, desk, clock, gate, exercise.world.vantage
        )
        told, crew = Told(journal, tell), Threads(means)
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
        with heeding(lever(), conductor.abort):
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
