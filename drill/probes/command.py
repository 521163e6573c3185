"""``ssh.command``: whether a command on the target says that all is well."""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.errors import HostKeyError, RemoteError, StoppedError
from drill.hosts.access import Argv, Exits, remote_of
from drill.model.base import Model
from drill.ports import Access, Cancel, Completed, Reading
from drill.probes.net import reading_of


class CommandParams(Model):
    """Which command, and what it must say."""

    argv: Annotated[
        Argv,
        Field(description="The command, which must change nothing: a list, never a shell line."),
    ]
    root: Annotated[bool, Field(description="Run it by sudo, which must not ask.")] = False
    exits: Annotated[Exits, Field(description="The exit statuses that are good.")] = (0,)
    text: Annotated[
        str, Field(max_length=4096, description="Text that its output must contain.")
    ] = ""


class Command:
    """Runs a command over the target's warm connection."""

    params: ClassVar[type[Model]] = CommandParams

    def observe(self, on: Access, params: CommandParams, cancel: Cancel) -> Reading:
        """Look once; a host that cannot be reached is ``bad``, as its service is for its users."""
        try:
            completed = remote_of(on).run(params.argv, cancel, root=params.root)
        except RemoteError as error:
            return unreached(error)
        fault = _fault(params, completed)
        note = fault or completed.out.strip().partition("\n")[0][:200]
        return Reading(state="bad" if fault else "good", by=str(on.target.name), note=note)


def unreached(error: RemoteError) -> Reading:
    """Say what it tells that a command's end was not heard of.

    Of a host that is not who it was, nothing was learnt: it is not the target.
    """
    if isinstance(error, HostKeyError):
        return Reading(state="unknown", note=str(error)[:200])
    if isinstance(error, StoppedError):
        return Reading(state="bad", note="no answer in time")
    cause = error.__cause__
    return reading_of(cause if isinstance(cause, OSError) else error)


def _fault(params: CommandParams, completed: Completed) -> str:
    name = params.argv[0]
    if completed.exit not in params.exits:
        said = completed.err.strip().partition("\n")[0]
        return f"{name} ended with {completed.exit}: {said}"[:200]
    return "" if params.text in completed.out else f"{name} did not say what was expected"
