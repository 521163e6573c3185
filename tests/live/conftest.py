"""A lab of this test run's own, and ``drill`` as its users call it: as a command."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from lab.inside import TWO_SITES, ssh

from drill.hosts.fabric import Fabric
from drill.journal.reader import read
from drill.lab import leftovers, running

ROOT = Path(__file__).parents[2]
DRILL = (sys.executable, "-m", "drill")
SCENARIO = ROOT / "scenarios" / "primary-database-loss.yaml"
ANSWERS = ("on-call=ack", "incident-commander=failover", "head-of-sales=accept")


@dataclass(frozen=True)
class Conduct:
    """One ``drill run``: its process, and the run it made."""

    process: subprocess.Popen
    runs: Path

    def records(self):
        """Return what is in the journal by now."""
        found = sorted(self.runs.glob("*/journal.jsonl"))
        return read(found[-1])[0] if found else ()

    def events(self, name):
        return [record.event for record in self.records() if record.event.type == name]

    def wait_for(self, name, step=None, seconds=90):
        """Wait until the journal has such an event."""
        end = time.monotonic() + seconds
        while not any(step in (None, event.step) for event in self.events(name)):
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, f"no {name} of {step}"
            time.sleep(0.05)

    def end(self, seconds=180):
        """Wait for the end, and return the exit status with all that was printed."""
        out, err = self.process.communicate(timeout=seconds)
        return self.process.returncode, out + err


@dataclass(frozen=True)
class Lab:
    """A running lab, and what is done in it."""

    name: str
    facts: object

    @property
    def fabric(self):
        return Fabric(self.facts.fabric)

    @contextmanager
    def drill(self, runs, *more, scenario=SCENARIO, answers=ANSWERS):
        """Start ``drill run`` in this lab; it is ended if the test fails."""
        said = [word for answer in answers for word in ("--yes-as", answer)]
        argv = [*DRILL, "run", str(scenario), "--lab", self.name, "--runs", str(runs), *said, *more]
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield Conduct(process, runs)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=120)

    def observer(self, output):
        """Let the second observer watch from where a customer stands."""
        return self._beside("observer.py", "http://10.20.0.10/health", "10.10.0.15", output)

    def customer(self, output):
        """Let a customer write, who knows afterwards what of it is gone."""
        return self._beside("customer.py", str(self.facts.secrets / "orders-dsn"), output)

    @contextmanager
    def _beside(self, program, *words):
        """Run a program of this directory in the place of the lab's observer."""
        enter = ["nsenter", "-t", str(self.facts.labd), "-n"]
        if os.geteuid() != 0:
            enter = [*enter, "-U", "--preserve-credentials"]
        script = str(Path(__file__).with_name(program))
        process = subprocess.Popen([*enter, sys.executable, script, *words])
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(timeout=20) == 0


def view_of(run):
    """Return what ``drill show --json`` says of a run's directory."""
    argv = [*DRILL, "show", str(run), "--json"]
    return json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)


_TRACES = """
ls -d /usr/local/sbin/drill-host* /var/lib/drill /etc/systemd/system/*drill* \\
  /etc/systemd/system/*/*drill* 2>/dev/null
systemctl list-units --all --plain --no-legend '*drill*'
systemctl list-timers --all --plain --no-legend '*drill*'
ps -eo args | grep '[d]rill-host [a-z]'
true
"""


def traces(lab):
    """Return what drill left on each host of a lab where it left anything."""
    found = {host.name: ssh(lab.facts, host.name, _TRACES).strip() for host in lab.facts.hosts}
    return {name: what for name, what in found.items() if what}


@contextmanager
def fresh_lab(name, file=TWO_SITES):
    """Bring a lab up, and prove that nothing of it is left."""
    subprocess.run([*DRILL, "lab", "up", str(file), "--name", name], check=True, timeout=900)
    try:
        yield Lab(name, running(name))
    finally:
        subprocess.run([*DRILL, "lab", "down", "--name", name], check=True, timeout=60)
        subprocess.run([*DRILL, "lab", "purge", "--name", name], check=True, timeout=60)
    assert leftovers(name) == ()


@pytest.fixture
def lab_file():
    """Say which lab a test is lent; a module may say another."""
    return TWO_SITES


@pytest.fixture
def lab(request, lab_file):
    """Lend a lab to one test."""
    name = f"live-{os.getpid()}-{abs(hash(request.node.nodeid)) % 10000}"
    with fresh_lab(name, lab_file) as lab:
        yield lab
