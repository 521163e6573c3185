"""``drill halt``, ``drill release``, ``drill heal``: they need no exercise to be alive."""

import json
from typing import TYPE_CHECKING

import rich_click as click

from drill.errors import LEFT_STANDING, SafetyError, UsageError

if TYPE_CHECKING:
    from drill.hosts.rescue import Verb

_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for a machine.")
_lab = click.option("--lab", "lab_name", help="This lab's hosts only; else those of every lab.")


@click.command()
@click.option("--why", default="", help="What the journals and the next who asks are told.")
@_lab
@_json
def halt(why: str, lab_name: str | None, as_json: bool) -> int:
    """End every exercise at once, heal every host, and let nothing begin again.

    A lever is engaged first: every `drill run` of this user on this machine
    aborts, and none may break anything before `drill release`. Then each host
    of each running lab is told itself, all at once and within ten seconds;
    no journal, console or exercise needs to be alive for that.

    The same by hand: put any file where the lever is, or say `drill-host halt`
    on a host.
    """
    from drill.cli.who import operator  # noqa: PLC0415  heavy
    from drill.wiring import lever  # noqa: PLC0415  heavy

    said = f"{why or 'halted'} (by {operator()})"
    try:
        lever().engage(said)
    except SafetyError as error:  # the hosts are told all the same
        _tell("halt", lab_name, as_json, f"the lever is NOT engaged: {error}")
        return LEFT_STANDING
    return _tell(
        "halt", lab_name, as_json, f"halted; nothing begins before: drill release\n  {said}"
    )


@click.command()
@_lab
@_json
def release(lab_name: str | None, as_json: bool) -> int:
    """Let exercises begin again after a halt, here and on every host of every running lab.

    A host that is dirty stays barred until that is cleared on the host itself;
    from the others, all that drill put there is removed.
    """
    from drill.wiring import lever  # noqa: PLC0415  heavy

    status = _tell("release", lab_name, as_json, "")
    was = lever().release()
    if not as_json:
        click.echo("released" if was else "the lever was not engaged")
    return status


@click.command()
@click.option("--from-hosts", is_flag=True, help="Ask the hosts what stands there, and no journal.")
@_lab
@_json
def heal(from_hosts: bool, lab_name: str | None, as_json: bool) -> int:
    """End every fault that stands on the hosts, whoever put it there.

    For when a journal is lost, corrupt or cannot be written. What a journal
    knows is healed by the `drill run` that wrote it, given again. From a host
    that is well and not halted, all that drill put there is removed.
    """
    if not from_hosts:
        raise UsageError("heal: add --from-hosts; a run heals what its own journal knows")
    return _tell("heal", lab_name, as_json, "")


def _tell(verb: "Verb", lab_name: str | None, as_json: bool, head: str) -> int:
    """Reach the hosts, tell how each answered, and return the exit status."""
    from drill.cli.reach import Reached, reach  # noqa: PLC0415  heavy
    from drill.worlds import lab_named, labs_running  # noqa: PLC0415  heavy

    wrong: list[str] = []
    found: list[Reached] = []
    if head and not as_json:
        click.echo(head)
    running = labs_running(lambda error: wrong.append(str(error)))
    labs = [lab_named(lab_name)] if lab_name else list(running)
    for one in reach(labs, verb):
        found.append(one)
        if not as_json:
            click.echo(f"  {one.lab}  {one.host:12} {one.became:14} {one.note}".rstrip())
    clean = not wrong and all(one.clean for one in found)
    if as_json:
        hosts = [one.model_dump() for one in found]
        told = {"said": head, "clean": clean, "hosts": hosts, "wrong": wrong}
        click.echo(json.dumps(told, indent=2))
    else:
        for each in wrong if found or wrong else ["no lab is running: there is no host to ask"]:
            click.echo(f"  {each}")
    return 0 if clean else LEFT_STANDING
