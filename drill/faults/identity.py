"""``account.lock`` and ``sudo.lost``: people, and programs, who are not let in any more."""

from typing import Annotated, ClassVar

from pydantic import Field, JsonValue
from typing_extensions import override

from drill.faults.files import FileFault, FileParams
from drill.faults.leasing import LeaseParams, Leasing, P
from drill.hosts.access import login_of
from drill.model.base import Model
from drill.ports import Access


class Sparing(Leasing[P]):
    """A fault that must not lock drill itself out."""

    @override
    def asked(self, on: Access, params: P) -> dict[str, JsonValue]:
        """Add whom drill comes in as."""
        return {**super().asked(on, params), "spare": login_of(on).user}


class AccountParams(LeaseParams):
    """Whose account."""

    login: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$",
            description="An account of the host's own; never root's, nor the one drill uses.",
        ),
    ]


class Lock(Sparing[AccountParams]):
    """Lets an account expire: neither its password nor its keys open a session."""

    name = "account.lock"
    params: ClassVar[type[Model]] = AccountParams
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
