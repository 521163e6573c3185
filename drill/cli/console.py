"""``drill console``: let people hold an exercise in a browser, each in a seat of their own."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import sleep
from types import FrameType, ModuleType
from typing import TYPE_CHECKING

import rich_click as click

from drill.cli.shelf import completed_run, journal_of, opening_of, runs_option
from drill.errors import PluginError

if TYPE_CHECKING:
    from drill.console.app import Address, Served
    from drill.model.names import RoleName
    from drill.model.scenario import Scenario

PORT = 8737
_LAST = 1.0
"""Seconds that browsers have to see how it ended."""


@click.command()
@click.argument("run", metavar="RUN", shell_complete=completed_run)
@runs_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="The port to listen on; 0 takes any that is free.",
)
@click.option(
    "--listen",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="The address of this machine to listen on; without it nobody else's machine gets there.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A name by which people reach it; the first one stands in the links. Requests by any "
    "other are refused.",
)
@click.option("--https", is_flag=True, help="A proxy before it speaks TLS: links begin with https.")
@click.option(
    "--qr/--no-qr", default=None, help="Draw each link as a QR code; as a rule if others get there."
)
def console(
    run: str,
    runs: Path,
    port: int,
    listen: str,
    hosts: tuple[str, ...],
    https: bool,
    qr: bool | None,
) -> None:
    """Show RUN in browsers while it is conducted elsewhere, and take down what people say.

    It prints one link for each role, and those of the facilitator, the evaluator
    and the observer: whoever has a link sits in its seat, so hand each to its
    person alone. Links and sessions survive when it is begun again; the
    facilitator withdraws them at /links.

    It listens on this machine only, unless --listen says where else. It speaks
    plain HTTP: beyond a network that you trust, put a proxy that speaks TLS
    before it, and give --https with the proxy's --host. Ctrl-C ends the console,
    not the exercise.
    """
    from drill.graph.absence import roles_of  # noqa: PLC0415  heavy

    journal = journal_of(runs, run)
    address = _app().Address(listen, port, hosts, https)
    roles = roles_of(opening_of(journal).scenario)
    with _until_told() as told, _serving(journal, roles, address) as served:
        if not address.is_local and not https:
            click.echo(_IN_CLEAR, err=True)
        tell(served, qr=not address.is_local if qr is None else qr)
        told.wait()


@contextmanager
def beside(journal: Path, scenario: "Scenario", port: int | None) -> Iterator[None]:
    """Hold the console open on this machine while an exercise is conducted in this process.

    Args:
        journal: where it is kept; it may begin later.
        scenario: the exercise, for its roles.
        port: where to listen; none: no console is wanted.

    Raises:
        PluginError: what it needs is not installed.
        UsageError: it cannot listen there.
    """
    if port is None:
        yield
        return
    from drill.graph.absence import roles_of  # noqa: PLC0415  heavy

    with _serving(journal, roles_of(scenario), _app().Address(port=port)) as served:
        click.echo("whoever opens a link sits in its seat: give each to its person alone", err=True)
        for seat, url in served.links.items():
            click.echo(f"console: {seat} {url}", err=True)
        yield
        sleep(_LAST)


@contextmanager
def _serving(
    journal: Path, roles: "tuple[RoleName, ...]", address: "Address"
) -> "Iterator[Served]":
    from drill.console import pages  # noqa: PLC0415  heavy
    from drill.desk import desk_of, say_at  # noqa: PLC0415  heavy

    say = partial(say_at, desk_of(journal))
    with _app().serving(journal, say, roles, pages, address) as served:
        yield served


_IN_CLEAR = (
    "drill: links, and what people say, travel in clear; beyond a network that you trust, put a "
    "proxy that speaks TLS before it, and give --https"
)


def tell(served: "Served", *, qr: bool) -> None:
    """Print every seat's link; for a program one line each: the seat, a tab, the link."""
    if not sys.stdout.isatty():
        click.echo("".join(f"{seat}\t{url}\n" for seat, url in served.links.items()), nl=False)
        sys.stdout.flush()
        return
    click.echo(f"The console is at {served.url}; whoever has a link sits in its seat:\n")
    width = max(map(len, served.links))
    for seat, url in served.links.items():
        click.echo(f"  {seat:<{width}}  {url}")
        if qr:
            _draw(url)
    click.echo("\nCtrl-C ends the console, not the exercise.")


def _draw(url: str) -> None:
    import segno  # noqa: PLC0415  heavy

    click.echo()
    segno.make(url, error="l", micro=False).terminal(compact=True)


def _app() -> ModuleType:
    """Return the console's module, if what it needs is installed.

    Raises:
        PluginError: it is not.
    """
    try:
        from drill.console import app  # noqa: PLC0415  heavy
    except ModuleNotFoundError as error:
        raise PluginError(
            f"the console needs {error.name}; install: pip install 'drill[console]'"
        ) from error
    return app


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """Yield what is set by Ctrl-C, SIGTERM or SIGHUP."""
    told = threading.Event()

    def catch(_: int, __: FrameType | None) -> None:
        told.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, catch) for number in numbers}
    try:
        yield told
    finally:
        for number, former in before.items():
            signal.signal(number, former)
