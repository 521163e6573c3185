"""``drill``: the group that every command hangs from, and the one place where errors end."""

import importlib
import sys
from collections.abc import Mapping

import rich_click as click
from typing_extensions import override

from drill.errors import DrillError

USAGE = 64
"""``EX_USAGE`` of BSD sysexits.h."""
INTERRUPTED = 130

COMMANDS: Mapping[str, str] = {
    "check": "drill.cli.design:check",
    "plan": "drill.cli.design:plan",
    "schema": "drill.cli.design:schema",
    "run": "drill.cli.conduct:run",
    "watch": "drill.cli.review:watch",
    "report": "drill.cli.review:report",
    "runs": "drill.cli.review:runs",
    "show": "drill.cli.review:show",
    "lab": "drill.cli.lab:lab",
    "doctor": "drill.cli.doctor:doctor",
    "completion": "drill.cli.completion:completion",
}
"""Each command and where it lives: a command is imported when it is used."""

_GROUPS = {
    "Design": ["check", "plan", "schema"],
    "Conduct": ["run", "watch"],
    "Review": ["report", "show", "runs"],
    "Lab and installation": ["lab", "doctor", "completion"],
}

click.rich_click.COMMAND_GROUPS = {
    "drill": [{"name": name, "commands": commands} for name, commands in _GROUPS.items()]
}

EPILOG = (
    "Exit status of `drill run`: 0 all objectives met, 1 one was missed, 3 inconclusive or "
    "aborted, 4 a fault is left standing. Errors: 64 usage, 65 scenario, 69 plug-in or lab, "
    "74 journal, 77 refused for safety."
)


class _Commands(click.RichGroup):
    """A group whose commands are imported when they are asked for."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=_Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="drill", prog_name="drill")
def cli() -> None:
    """Disaster recovery exercises, as code.

    A scenario file says what breaks and how it is recovered; drill breaks it,
    has it recovered, measures how long it took and what was lost, and reports.
    """


def main() -> None:
    """Run the command line, and end with the status that ``EPILOG`` promises."""
    try:
        status = cli.main(prog_name="drill", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except DrillError as error:
        click.echo(f"drill: {error}", err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has left: there is nobody to complain to
        sys.exit(0)
    sys.exit(status if isinstance(status, int) else 0)
