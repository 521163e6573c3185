"""``drill completion``: the shell script that completes drill's commands and options."""

import rich_click as click
from click.shell_completion import get_completion_class

_PLACES = {
    "bash": "~/.local/share/bash-completion/completions/drill",
    "zsh": "a directory of your $fpath, as _drill (for example ~/.zfunc/_drill)",
    "fish": "~/.config/fish/completions/drill.fish",
}
"""Shell to where it looks for scripts by itself."""


@click.command()
@click.argument("shell", type=click.Choice(list(_PLACES)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL, and say where to put it.

    Example: `drill completion fish > ~/.config/fish/completions/drill.fish`
    """
    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover - the three above are click's own
        raise click.UsageError(f"click knows no {shell}")
    script = kind(ctx.find_root().command, {}, "drill", "_DRILL_COMPLETE").source()
    click.echo(script.strip())
    click.echo(f"Keep it as {_PLACES[shell]}", err=True)
