"""Where an exercise may be held: on a running lab, or on accounts that a stand-in plays."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from drill.crews.token import Token
from drill.engine.clock import SystemClock
from drill.errors import LabError, RemoteError, SafetyError
from drill.graph.plan import Plan
from drill.hosts.access import observer_at
from drill.hosts.aws import Aws
from drill.hosts.cloud import CloudWorld, accounts_of
from drill.hosts.connections import Connections
from drill.hosts.fabric import Fabric
from drill.hosts.power import FabricPower
from drill.lab import HostFacts, LabFacts, lab_names, running
from drill.lab.papers import ENVIRONMENT
from drill.model.names import TargetName
from drill.model.services import OBSERVER
from drill.model.targets import Target
from drill.ports import Access, SshLogin

_WHOSE = 15.0
"""Seconds that asking whose credentials these are may take."""


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
