"""Running things from the observer's place: another process goes there."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from drill.lab import LabFacts, ssh_argv

TWO_SITES = Path(__file__).parents[2] / "scenarios" / "lab" / "two-sites.yaml"


def _place(lab: LabFacts) -> list[str]:
    """Return what puts a command there: nsenter(1), which starts faster than drill's own entry."""
    if os.geteuid() == 0:
        return ["nsenter", f"--net=/proc/{lab.labd}/ns/net"]
    return ["nsenter", "-t", str(lab.labd), "-U", "-n", "--preserve-credentials"]


def python(lab: LabFacts, code: str, *words: str) -> subprocess.Popen[str]:
    """Start ``code`` in the lab's network; ``words`` are ``sys.argv[1:]``."""
    return subprocess.Popen(
        [*_place(lab), sys.executable, "-ISc", f"import sys\n{code}", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def told(lab: LabFacts, code: str, *words: str) -> str:
    """Run ``code`` there to its end; answer what it printed."""
    out, _ = python(lab, code, *words).communicate(timeout=60)
    return out.strip()


def ssh(lab: LabFacts, host: str, command: str) -> str:
    """Run a shell line on a host; answer what it printed."""
    argv = ssh_argv(next(each for each in lab.hosts if each.name == host))
    code = "import os; os.execvp('ssh', sys.argv[1:])"
    return told(lab, code, *argv, command)


def http(lab: LabFacts, path: str, data: str = "") -> tuple[int, str]:
    """Ask the orders service; answer status and body."""
    code = (
        "import urllib.request as u, urllib.error as e\n"
        "data = sys.argv[2].encode() or None\n"
        "try: r = u.urlopen('http://10.20.0.10' + sys.argv[1], data, timeout=3)\n"
        "except e.HTTPError as error: r = error\n"
        "print(r.status, r.read().decode())\n"
    )
    status, _, body = told(lab, code, path, data).partition(" ")
    return int(status), body


def until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait until something is true; tell whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
