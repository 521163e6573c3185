"""``ssh.command``: one command on the target."""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.errors import RemoteError
from drill.hosts.access import Argv, Exits, remote_of
from drill.model.base import Model
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.ports import Access, Cancel, Completed, Say

_EVIDENCE = 4000


class SshCommandParams(Model):
    """Which command, and what counts as done."""

    argv: Annotated[Argv, Field(description="The command: a list, never a shell line.")]
    root: Annotated[bool, Field(description="Run it by sudo, which must not ask.")] = False
    exits: Annotated[Exits, Field(description="The exit statuses that mean done.")] = (0,)
    stdin: Annotated[str, Field(max_length=1 << 16, description="What it reads.")] = ""


class SshCommand:
    """Runs a command over the target's warm connection."""

    params: ClassVar[type[Model]] = SshCommandParams

    def apply(self, on: Access, params: SshCommandParams, cancel: Cancel, say: Say) -> Outcome:
        """Run it; another exit status than expected means that it failed."""
        del say  # one command has no parts to tell of
        try:
            completed = remote_of(on).run(
                params.argv, cancel, stdin=params.stdin.encode(), root=params.root
            )
        except RemoteError as error:
            return Indeterminate(error=str(error))
        if completed.exit in params.exits:
            return Done(note=_line(completed.out))
        return Failed(
            error=f"{params.argv[0]} ended with {completed.exit}: {_line(completed.err)}",
            evidence=_evidence(completed),
        )


def _line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]


def _evidence(completed: Completed) -> str:
    parts = (("out", completed.out), ("err", completed.err))
    return "\n".join(f"{name}: {text[-_EVIDENCE:]}" for name, text in parts if text)
