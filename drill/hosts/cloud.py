"""A world that is all in the cloud: its targets are accounts, and there is no host to log in to."""

from collections.abc import Mapping
from pathlib import Path

from drill.errors import RefusedError, SafetyError
from drill.hosts.access import observer_at
from drill.hosts.aws import Account, account_of
from drill.model.names import TargetName
from drill.model.services import OBSERVER
from drill.model.targets import Target
from drill.ports import Access


class CloudWorld:
    """The accounts of a plan; what they are asked goes by :mod:`drill.hosts.aws`."""

    def __init__(self, accounts: Mapping[TargetName, Target], base: Path) -> None:
        self._targets = accounts
        self._base = base

    @property
    def identity(self) -> str:
        """Name these very accounts."""
        return ",".join(sorted({target.address for target in self._targets.values()}))

    def access(self, name: TargetName | None) -> Access:
        """Return one account; for ``None``, the observer: no way leads into either."""
        if name is None:
            return observer_at("127.0.0.1", self._base)
        return Access(self._targets[name], base=self._base)

    def vantage(self, name: TargetName) -> Access:
        """Return the observer's place, the only one.

        Raises:
            RefusedError: it is to be an account, from which nothing can be looked at.
        """
        if name != OBSERVER:
            raise RefusedError(f"{name} is an account: nothing can be looked at from there")
        return self.access(None)

    def addresses(self, name: TargetName) -> tuple[str, ...]:
        """Return what a deny-list may call it."""
        return (self._targets[name].address,)

    def secrets(self) -> dict[str, str]:
        """Return nothing: credentials are boto3's own affair."""
        return {}

    def close(self) -> None:
        """Hold nothing, so let go of nothing."""


def accounts_of(targets: Mapping[TargetName, Target]) -> tuple[Account, ...]:
    """Return the accounts of a plan whose targets are in the cloud; none if all are hosts.

    Raises:
        SafetyError: some are, and some are hosts: no one world has both.
    """
    found = {name: account_of(target) for name, target in targets.items()}
    hosts = [name for name, account in found.items() if account is None]
    accounts = tuple(account for account in found.values() if account is not None)
    if accounts and hosts:
        raise SafetyError(
            f"{hosts[0]} is a host, and others of its targets file are accounts of AWS: this "
            "version of drill runs live on lab hosts or on accounts; give each a file of its own"
        )
    return accounts
