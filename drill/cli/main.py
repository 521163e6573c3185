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

COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": ("drill.cli.design", "Tell everything that is wrong with scenarios."),
    "plan": ("drill.cli.design", "Show what an exercise would do, and do nothing."),
    "schema": ("drill.cli.design", "Print the JSON Schema of scenarios or targets files."),
    "approve": ("drill.cli.approve", "Approve an exercise by signing its plan."),
    "run": ("drill.cli.conduct", "Conduct an exercise live, take it up again, or rehearse it."),
    "prove": ("drill.cli.prove", "Conduct without the recovery, and demand that it fails."),
    "join": ("drill.cli.people", "Say that somebody is there, in a role."),
    "answer": ("drill.cli.people", "Answer a step of a run, or say how long it would take."),
    "note": ("drill.cli.people", "Note something, rate an objective, or say it in the hot wash."),
    "hold": ("drill.cli.people", "Stop the exercise clock."),
    "resume": ("drill.cli.people", "Let the exercise clock go on."),
    "jump": ("drill.cli.people", "Put the exercise clock forward to the next moment."),
    "inject": ("drill.cli.people", "Release a step now, keep it back, or leave it out."),
    "end": ("drill.cli.people", "End the hot wash, or the exercise early."),
    "halt": ("drill.cli.halt", "End everything at once, heal every host, let nothing begin."),
    "release": ("drill.cli.halt", "Let exercises begin again after a halt."),
    "heal": ("drill.cli.halt", "End every fault that stands on the hosts, without a journal."),
    "console": ("drill.cli.console", "Let people hold an exercise in browsers, a link for each."),
    "watch": ("drill.cli.review", "Follow a run that is conducted elsewhere."),
    "report": ("drill.cli.review", "Write the after-action report of a run."),
    "show": ("drill.cli.review", "Show how a run went."),
    "runs": ("drill.cli.review", "List the runs, with their verdicts."),
    "coverage": ("drill.cli.coverage", "Tell which controls the runs are evidence of."),
    "seal": ("drill.cli.seal", "Seal a run into one signed archive that shows every change."),
    "cosign": ("drill.cli.seal", "Sign a sealed bundle as a witness."),
    "audit": ("drill.cli.audit", "Put an auditor's tests to a sealed bundle."),
    "redact": (
        "drill.cli.redact",
        "Make an archive for outsiders that names nobody; check one.",
    ),
    "wipe": ("drill.cli.wipe", "Remove a run, and keep a line that says so."),
    "lab": ("drill.cli.lab", "Build, break and inspect a lab of several hosts."),
    "doctor": ("drill.cli.doctor", "Say what this machine lacks, and how to get it."),
    "completion": ("drill.cli.completion", "Print the completion script for a shell."),
}
"""Each command, the module it lives in, and what it does: imported when it is used."""

_GROUPS = {
    "Design": ["check", "plan", "schema"],
    "Conduct": ["approve", "run", "prove", "console", "watch"],
    "Take part": ["join", "answer", "note"],
    "Facilitate": ["hold", "resume", "jump", "inject", "end"],
    "Stop": ["halt", "release", "heal"],
    "Review": ["report", "show", "runs", "coverage"],
    "Prove": ["seal", "cosign", "audit", "redact", "wipe"],
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
    """A group that imports a command when it is used, and not to list it."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return what lists and completes a command's name."""
        if cmd_name not in COMMANDS:
            return None
        return click.Command(cmd_name, help=COMMANDS[cmd_name][1])

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command itself."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and command is not None:
            command = getattr(importlib.import_module(COMMANDS[name][0]), name)
        return name, command, rest


@click.group(
    cls=_Commands,
    epilog=EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="drill", prog_name="drill")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Disaster recovery exercises, as code.

    A scenario file says what breaks and how it is recovered; drill breaks it,
    has it recovered, measures how long it took and what was lost, and reports.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(USAGE)


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
        from drill.report.inert import inert  # noqa: PLC0415  heavy

        click.echo(f"drill: {inert(str(error))}", err=True)
        sys.exit(error.exit_status)
    sys.exit(status if isinstance(status, int) else 0)
