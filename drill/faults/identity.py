"""``account.lock`` and ``sudo.lost``: people, and programs, who are not let in any more."""

from typing import Annotated, ClassVar

from pydantic import Field, JsonValue
from typing_extensions import override

from drill.faults.files import FileFault, FileParams
from drill.faults.leasing import LeaseParams, Leasing, P
from drill.faults.network import Partition, PartitionParams, Port
from drill.hosts.access import login_of
from drill.model.base import Model
from drill.ports import Access


class Sparing(Leasing[P]):
    """A fault that must not lock drill itself out."""

    @override
    def asked(self, on: Access, params: P) -> dict[str, JsonValue]:
        """Add whom drill comes in as."""
        return {**super().asked(on, params), "spare": login_of(on).user}


Login = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$",
        description="An account of the host's own; never root's, nor the one drill uses.",
    ),
]


class AccountParams(LeaseParams):
    """Whose account."""

    login: Login


class Lock(Sparing[AccountParams]):
    """Lets an account expire: neither its password nor its keys open a session."""

    name = "account.lock"
    params: ClassVar[type[Model]] = AccountParams
    needs: ClassVar[str] = "chage"
    removal: ClassVar[str] = "the account expires when it did before, and that is read back"


class SudoParams(FileParams):
    """Whose rights."""

    file: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_-]{1,64}$",
            description="A file of /etc/sudoers.d; never one that drill's own login may need.",
        ),
    ]


class SudoLost(Sparing[SudoParams], FileFault[SudoParams]):
    """Takes a file of rules away: those whom it names can become root no more."""

    name = "sudo.lost"
    params: ClassVar[type[Model]] = SudoParams
    needs: ClassVar[str] = "sudo"


class KeysParams(FileParams):
    """Whose keys."""

    login: Login


class KeysRevoked(Sparing[KeysParams], FileFault[KeysParams]):
    """Takes an account's ``.ssh/authorized_keys`` away: none of its keys opens a session."""

    name = "account.keys-revoked"
    params: ClassVar[type[Model]] = KeysParams
    needs: ClassVar[str] = "an account with keys of its own"


class KeyServerParams(PartitionParams):
    """Which server; said of it, on its host, or of its peers, on those."""

    ports: Annotated[
        tuple[Port, ...],
        Field(min_length=1, max_length=64, description="Of Kerberos, LDAP and Vault, if not said."),
    ] = (88, 389, 464, 636, 8200)


class ServerGone(Partition):
    """Drops what is said to and by a directory or key server: who needs it waits in vain."""

    params: ClassVar[type[Model]] = KeyServerParams
