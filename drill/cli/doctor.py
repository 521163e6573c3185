"""``drill doctor``: what this machine lacks for a live drill in the lab, and how to get it.

A check looks at one thing and returns findings; none of them changes anything, opens a connection
or asks for rights. What is *needed* and missing makes the exit status 69 (``EX_UNAVAILABLE``); a
note is told and does not.
"""

import ctypes
import importlib.util
import json
import locale
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import rich_click as click

State = Literal["ok", "missing", "note"]

_MISSING = 69
_GIB = 1024**3
_LAB_SPACE = 2 * _GIB
"""Image, provisioned disks and a drill's writes: half a GiB measured, more while it is built."""
_RUNS_SPACE = _GIB // 4
"""Journals, the reserve against a full disk, and reports."""
_TIME_ERROR = 5
"""``TIME_ERROR`` of adjtimex(2): nothing keeps this clock in step with the world's."""
_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and the cure if that is not enough."""

    what: str
    state: State
    found: str
    cure: str = ""


Check = Callable[[], Iterator[Finding]]


def _judge(what: str, good: bool, found: str, cure: str) -> Finding:
    return Finding(what, "ok", found) if good else Finding(what, "missing", found, cure)


def python() -> Iterator[Finding]:
    """Look at the interpreter that runs drill."""
    found = ".".join(map(str, sys.version_info[:3]))
    yield _judge("Python", sys.version_info >= _PYTHON, found, "apt-get install python3 (≥ 3.11)")


def packages() -> Iterator[Finding]:
    """Look for Ansible: ansible-runner does not depend on it, and says nothing without it."""
    for package, module in (("ansible-core", "ansible"), ("ansible-runner", "ansible_runner")):
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "not installed"
        importable = importlib.util.find_spec(module) is not None
        yield _judge(package, importable, found, "install drill anew: uv tool install drill")


def ssh() -> Iterator[Finding]:
    """Look for the ssh client that Ansible starts, and whether it would share connections."""
    client = shutil.which("ssh")
    if client is None:
        yield Finding("ssh client", "missing", "not installed", "apt-get install openssh-client")
        return
    told = subprocess.run([client, "-V"], capture_output=True, text=True, check=False)
    yield Finding("ssh client", "ok", told.stderr.split(" ")[0].strip(","))
    argv = [client, "-T", "-G", "-o", "ControlMaster=auto", "-o", "ControlPersist=60s", "host"]
    asked = subprocess.run(argv, capture_output=True, text=True, check=False)
    shares = asked.returncode == 0
    complaint = "".join(asked.stderr.strip().splitlines()[-1:])
    found = "can share connections" if shares else complaint
    yield _judge("ssh for Ansible", shares, found, "repair ~/.ssh/config, which ssh reads")


def cloud() -> Iterator[Finding]:
    """Look for boto3, which the plug-ins for AWS need, and nothing else does."""
    from drill.hosts.aws import NeedsAws  # noqa: PLC0415  only this check needs it

    lack, _, cure = NeedsAws().lacks().partition("; ")
    if lack:
        yield Finding("boto3 for AWS", "note", "not installed: no plug-in aws.… can be run", cure)
    else:
        yield Finding("boto3 for AWS", "ok", version("boto3"))


def browsers() -> Iterator[Finding]:
    """Look for what the console is served with, and nothing else needs."""
    what = "starlette for the console"
    try:
        yield Finding(what, "ok", version("starlette"))
    except PackageNotFoundError:
        lack = "not installed: no `drill console`; people answer by commands"
        yield Finding(what, "note", lack, "pip install 'drill[console]'")


def reports() -> Iterator[Finding]:
    """Look for what some formats of a report need, and nothing else."""
    for package, extra in (("weasyprint", "pdf"), ("docxtpl", "docx")):
        what = f"{package} for reports"
        try:
            yield Finding(what, "ok", version(package))
        except PackageNotFoundError:
            lack = f"not installed: no `drill report --format {extra}`"
            yield Finding(what, "note", lack, f"pip install 'drill[{extra}]'")


def lab() -> Iterator[Finding]:
    """Ask the lab what keeps this machine from hosting it."""
    from drill.lab import obstacles  # noqa: PLC0415  only this check needs the lab

    found = obstacles()
    if not found:
        yield Finding("lab", "ok", "this machine can host it")
    for each in found:
        trouble, _, cure = each.partition(": ")
        yield Finding("lab", "missing", trouble, cure or trouble)


def encoding() -> Iterator[Finding]:
    """Look at the locale: Ansible refuses to start where it is not UTF-8."""
    found = locale.getpreferredencoding(do_setlocale=False)
    utf8 = found.lower().replace("-", "") == "utf8"
    yield _judge("locale", utf8, found, "export LC_ALL=C.UTF-8")


def clock() -> Iterator[Finding]:
    """Ask the kernel whether the wall clock is kept in step; durations do not depend on it."""
    timex = ctypes.create_string_buffer(512)  # zeroed: modes = 0, which only reads
    try:
        state = ctypes.CDLL(None).adjtimex(timex)
    except (AttributeError, OSError):
        yield Finding("clock", "note", "cannot be asked here")
        return
    if 0 <= state < _TIME_ERROR:
        yield Finding("clock", "ok", "kept in step")
    else:
        yield Finding(
            "clock", "note", "not known to be in step", "wall times are labels; durations are right"
        )


def space() -> Iterator[Finding]:
    """Look for room where labs and runs are kept, and for the right to write there."""
    yield from _place("room for labs", lab_home(), _LAB_SPACE, "DRILL_LAB_HOME")
    yield from _place(
        "room for runs", Path(os.environ.get("DRILL_RUNS", "runs")), _RUNS_SPACE, "DRILL_RUNS"
    )


def lab_home() -> Path:
    """Return where the lab will be, without making it."""
    usual = "/var/lib/drill/lab" if os.geteuid() == 0 else "~/.local/share/drill/lab"
    return Path(os.environ.get("DRILL_LAB_HOME", usual)).expanduser()


def _place(what: str, path: Path, wanted: int, variable: str) -> Iterator[Finding]:
    standing = next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
    if not (standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)):
        yield Finding(what, "missing", f"{standing} is not writable", f"set {variable}")
        return
    free = shutil.disk_usage(standing).free
    found = f"{free / _GIB:.1f} GiB free at {path}"
    cure = f"free {wanted / _GIB:.2g} GiB, or set {variable}"
    yield _judge(what, free >= wanted, found, cure)


CHECKS: tuple[Check, ...] = (
    python,
    packages,
    ssh,
    cloud,
    browsers,
    reports,
    lab,
    encoding,
    clock,
    space,
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> int:
    """Say what this machine lacks for a live drill in the lab, and how to get it.

    Ends with 0 when nothing is missing, else with 69. Changes nothing.
    """
    findings = tuple(found for check in CHECKS for found in check())
    missing = sum(found.state == "missing" for found in findings)
    if as_json:
        click.echo(
            json.dumps({"well": not missing, "findings": [*map(asdict, findings)]}, indent=2)
        )
    else:
        _show(findings, missing)
    return _MISSING if missing else 0


def _show(findings: tuple[Finding, ...], missing: int) -> None:
    from rich.console import Console  # noqa: PLC0415  slow to import
    from rich.table import Table  # noqa: PLC0415  slow to import
    from rich.text import Text  # noqa: PLC0415  slow to import

    styles = {"ok": "green", "missing": "bold red", "note": "yellow"}
    table = Table.grid(padding=(0, 2))
    for found in findings:
        table.add_row(Text(found.state, styles[found.state]), found.what, Text(found.found))
        if found.cure:
            table.add_row("", "", Text(f"→ {found.cure}", styles[found.state]))
    console = Console(highlight=False)
    console.print(table)
    if missing:
        console.print(f"\n{missing} missing; each arrow says how to get it.")
    else:
        console.print("\nThis machine can host live drills: drill lab up")
