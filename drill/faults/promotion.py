"""``postgres.both-primary``: two servers take writes, and each is lost to the other."""

from typing import ClassVar

from drill.errors import RefusedError, RemoteError
from drill.faults.leasing import Reverts
from drill.faults.postgres import Account, Port
from drill.hosts.access import remote_of
from drill.hosts.warden import consent
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Outcome
from drill.ports import Access, Cancel

_RECOVERS = "select pg_is_in_recovery()"
_STREAMS = "select sender_host || ':' || sender_port from pg_stat_wal_receiver"
_PROMOTE = "select pg_promote(true, 30)"


class PromotionParams(Model):
    """Which standby of the target."""

    account: Account = "postgres"
    port: Port = 5432


class BothPrimary:
    """Promotes a standby while its primary lives, as a fail-over that saw a ghost does.

    The two histories part here, and no undo joins them: a person must choose one,
    and rewind or rebuild the other. So it is for hosts only whose consent calls
    them disposable, and where the primary is seen to live: it is the restore point.
    """

    name: ClassVar[str] = "postgres.both-primary"
    params: ClassVar[type[Model]] = PromotionParams
    needs: ClassVar[str] = "a disposable host; a standby that streams from a living primary"
    reverts: ClassVar[Reverts] = "failback"
    removal: ClassVar[str] = (
        "needs a failback: undo only looks whether the server is a standby again; no lease, no undo"
    )

    def prepare(self, on: Access, params: PromotionParams, cancel: Cancel) -> Receipt:
        """See that it is a standby whose primary lives."""
        consent(on, self.name, cancel)
        if asked(on, params, _RECOVERS, cancel) != "t":
            raise RefusedError("this server is no standby: nothing to promote")
        primary = asked(on, params, _STREAMS, cancel)
        if not primary:
            raise RefusedError("it streams from no primary: it could not be made a standby again")
        return {"primary": primary, "lease": "none", "tier": "none"}

    def apply(
        self, on: Access, params: PromotionParams, receipt: Receipt, cancel: Cancel
    ) -> Outcome:
        """Promote it, and see that it takes writes."""
        asked(on, params, _PROMOTE, cancel)
        if asked(on, params, _RECOVERS, cancel) != "f":
            return Failed(error="it is still a standby")
        return Done(note=f"promoted, beside {receipt['primary']}")

    def undo(
        self, on: Access, params: PromotionParams, receipt: Receipt, cancel: Cancel
    ) -> Outcome:
        """Look whether the failback has happened; nothing is written."""
        if asked(on, params, _RECOVERS, cancel) != "t":
            return Failed(
                error=f"it is a primary beside {receipt['primary']}, and needs a failback: "
                "rewind or rebuild the one whose writes are given up"
            )
        return Done(note="it is a standby")


def asked(on: Access, params: PromotionParams, sql: str, cancel: Cancel) -> str:
    """Return what the server answers.

    Raises:
        RemoteError: it does not answer, or says no.
    """
    argv = ["runuser", "-u", params.account, "--", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
    argv += ["-p", str(params.port), "-d", "dbname=postgres", "-f", "-"]
    told = remote_of(on).run(argv, cancel, stdin=f"{sql};\n".encode(), root=True)
    if told.exit:
        raise RemoteError(f"PostgreSQL: {told.err.strip()[:500]}")
    return told.out.strip()
