"""``drill lab``: sites and hosts to break, on this machine, gone without a trace."""

import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import NoReturn

import rich_click as click
from rich.console import Console
from rich.table import Table

import drill.lab as laboratory
from drill.errors import LabError, RemoteError
from drill.hosts.fabric import Fabric, FabricState, Span
from drill.lab import LabFacts
from drill.model.services import OBSERVER

_NAME = "two-sites"

_name = click.option(
    "--name", default=_NAME, envvar="DRILL_LAB", show_default=True, help="Which lab."
)
_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for a machine.")


@click.group()
def lab() -> None:
    """Build, break and inspect a lab of several hosts on this machine."""


@lab.command()
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
@click.option("--name", help="Name it so instead of as the file does.")
@click.option("--fresh", is_flag=True, help="Provision again instead of using the kept disks.")
@click.option("--bare", is_flag=True, help="Leave the hosts without their services.")
@_json
def up(file: Path | None, name: str | None, fresh: bool, bare: bool, as_json: bool) -> None:
    """Bring the lab of FILE up (default: the two sites that drill ships)."""
    say, elapsed = _progress()
    facts = laboratory.up(
        file or shipped("lab/two-sites.yaml"), name=name, fresh=fresh, bare=bare, say=say
    )
    if as_json:
        click.echo(facts.model_dump_json(indent=2))
    else:
        click.echo(
            f"lab {facts.name} is up ({elapsed():.1f} s): drill lab status --name {facts.name}"
        )


@lab.command()
@_name
@_json
def status(name: str, as_json: bool) -> None:
    """Show each host's power, link and pids, and which sites are cut off."""
    laboratory.reap_all()
    facts = laboratory.running(name)
    if facts is None:
        click.echo(json.dumps({"name": name, "up": False}) if as_json else f"lab {name} is down")
        return
    with _fabric(name) as fabric:
        state = fabric.state()
    pids = laboratory.host_pids(name)
    if as_json:
        click.echo(_as_json(facts, state, pids))
    else:
        _show(facts, state, pids)


@lab.command()
@click.argument("host")
@_name
def shell(host: str, name: str) -> None:
    """Log in to HOST."""
    _ssh(name, host, ())


@lab.command("exec", context_settings={"ignore_unknown_options": True})
@click.argument("host")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@_name
def execute(host: str, command: tuple[str, ...], name: str) -> None:
    """Run COMMAND on HOST: drill lab exec db1 -- systemctl --failed."""
    _ssh(name, host, command)


@lab.command()
@click.argument("host")
@click.argument("to", type=click.Choice(["on", "off"]))
@_name
@_json
def power(host: str, to: str, name: str, as_json: bool) -> None:
    """Give HOST power or take it: links first, then everything at once."""
    with _fabric(name) as fabric:
        _tell(fabric.power_on(host) if to == "on" else fabric.power_off(host), as_json)


@lab.command()
@click.argument("what", metavar="HOST|SITE|SITE-SITE|observer")
@click.argument("to", type=click.Choice(["up", "down"]))
@click.option("--management", is_flag=True, help="The link by which drill reaches a host.")
@_name
@_json
def link(what: str, to: str, management: bool, name: str, as_json: bool) -> None:
    r"""Plug a link in or out.

    \b
    HOST       its data link
    SITE       the data link of each of its hosts
    SITE-SITE  the way between two sites
    observer   the ways of drill itself: to every site, and to every host by its
               management link

    With --management it is the management link of HOST, or of each host of SITE.
    """
    up, (a, _, b) = to == "up", what.partition("-")
    hosts = [host.name for host in _facts(name).hosts if what in (host.name, host.site)]
    with _fabric(name) as fabric:
        if hosts:
            plug = fabric.management_link if management else fabric.link
            spans = [plug(host, up) for host in hosts]
        elif management:
            raise click.UsageError("--management: name a host, or a site")
        elif what == OBSERVER:
            spans = [fabric.observer_link(up)]
        else:
            spans = [fabric.site_link(a, b, up) if b else fabric.link(what, up)]
    _tell(Span(began=spans[0].began, ended=spans[-1].ended), as_json)


@lab.command()
@_name
@_json
def down(name: str, as_json: bool) -> None:
    """End the lab; nothing of it stays but its last disks."""
    began = time.monotonic()
    was_up = laboratory.down(name)
    seconds = time.monotonic() - began
    told = f"lab {name} is down ({seconds:.2f} s)" if was_up else f"lab {name} was not up"
    click.echo(json.dumps({"name": name, "was_up": was_up}) if as_json else told)


@lab.command()
@_name
@click.option("--kept", is_flag=True, help="Also forget images and provisioned disks, of all labs.")
@_json
def purge(name: str, kept: bool, as_json: bool) -> None:
    """End the lab and remove its disks and secrets."""
    laboratory.purge(name)
    if kept:
        laboratory.purge_kept()
    click.echo(json.dumps({"name": name}) if as_json else f"lab {name} is gone")


def _as_json(facts: LabFacts, state: FabricState, pids: Mapping[str, int]) -> str:
    hosts = {
        host.name: {
            **host.model_dump(mode="json", include={"site", "role", "address", "management"}),
            **state.hosts[host.name].model_dump(),
            "pid": pids.get(host.name),
        }
        for host in facts.hosts
    }
    return json.dumps(
        {
            "name": facts.name,
            "up": True,
            "hosts": hosts,
            **state.model_dump(include={"cut", "observer"}),
        }
    )


def _show(facts: LabFacts, state: FabricState, pids: Mapping[str, int]) -> None:
    table = Table("host", "role", "site", "address", "management", "power", "link", "pid 1")
    for host in facts.hosts:
        now = state.hosts[host.name]
        table.add_row(
            host.name,
            host.role,
            host.site,
            str(host.address),
            f"{host.management}{'' if now.management else ', down'}",
            "frozen" if now.frozen else now.power,
            "up" if now.link else "down",
            str(pids.get(host.name, "")),
        )
    Console().print(table)
    for a, b in state.cut:
        click.echo(f"sites {a} and {b} are cut off from each other")
    if not state.observer:
        click.echo("the observer is cut off from all: drill reaches nothing")


def shipped(file: str) -> Path:
    """Find a scenario file that drill ships, in a checkout or as installed."""
    library = Path(str(resources.files("drill"))) / "library" / "scenarios"
    checkout = Path(str(resources.files("drill"))).parent / "scenarios"
    return (library if library.exists() else checkout) / file


def _progress() -> tuple[Callable[[str], None], Callable[[], float]]:
    """Say lines to people, each with the seconds since now."""
    began = time.monotonic()

    def elapsed() -> float:
        return time.monotonic() - began

    def say(line: str) -> None:
        click.echo(f"{elapsed():6.1f} s  {line}", err=True)

    return say, elapsed


def _facts(name: str) -> LabFacts:
    facts = laboratory.running(name)
    if facts is None:
        raise LabError(f"lab {name}: is not up; drill lab up --name {name}")
    return facts


@contextmanager
def _fabric(name: str) -> Iterator[Fabric]:
    """Talk to a lab's fabric; a link that is lost is the lab's error here."""
    try:
        yield Fabric(_facts(name).fabric)
    except RemoteError as error:
        raise LabError(f"lab {name}: {error}; look with drill lab status --name {name}") from error


def _tell(span: Span, as_json: bool) -> None:
    took = (span.ended - span.began) / 1e6
    click.echo(span.model_dump_json() if as_json else f"done in {took:.1f} ms")


def _ssh(name: str, host: str, command: tuple[str, ...]) -> NoReturn:
    facts = _facts(name)
    chosen = {each.name: each for each in facts.hosts}.get(host)
    if chosen is None:
        raise click.UsageError(
            f"no host {host}; hosts are {', '.join(h.name for h in facts.hosts)}"
        )
    laboratory.enter(facts)
    sys.stdout.flush()
    argv = laboratory.ssh_argv(chosen)
    os.execvp(argv[0], [*argv, *([shlex.join(command)] if command else [])])  # noqa: S606 - becomes ssh
