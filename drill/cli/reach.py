"""Reaching every host of every running lab at once, within a time that is kept whatever hangs."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path

from drill import worlds
from drill.crews.token import Token
from drill.engine.clock import SystemClock, boottime_ns
from drill.errors import LabError
from drill.hosts.connections import Connections
from drill.hosts.fabric import Fabric
from drill.hosts.power import FabricPower
from drill.hosts.rescue import CLEAN, Became, Rescue, Verb, rescue, unreachable
from drill.lab import HostFacts, LabFacts, enter
from drill.model.base import Model

WITHIN = 9.0
"""Seconds from the start of this process to the last answer: a halt is done in ten."""
_LEAST = 4.0
"""Seconds that hosts get in any case."""
_TOLD = 0.5
"""Seconds of these that are kept for telling how it went."""


class Reached(Model):
    """What became of one host of one lab."""

    lab: str
    host: str
    became: Became
    note: str = ""

    @property
    def clean(self) -> bool:
        """Tell whether nothing was left there."""
        return self.became in CLEAN


def reach(labs: Sequence[LabFacts], verb: Verb) -> Iterator[Reached]:
    """Say a verb to every host, each lab from a process of its own; yield the answers as they come.

    To enter a lab's network is for a process's whole life, so each lab needs one.
    """
    clock = SystemClock()
    seconds = max(_LEAST, WITHIN - _age())
    token = Token(clock, seconds)
    missing = {(lab.name, host.name) for lab in labs for host in lab.hosts}
    context = multiprocessing.get_context("fork")  # before any thread: nothing is held that dies
    children, ends = [], []
    for lab in labs:
        end, theirs = context.Pipe(duplex=False)
        args = (lab, verb, seconds - _TOLD, theirs)
        child = context.Process(target=_in_lab, args=args, daemon=True)
        child.start()
        theirs.close()
        children.append(child)
        ends.append(end)
    for found in _answers(ends, token):
        missing.discard((found.lab, found.host))
        yield found
    for child in children:
        child.kill()
        child.join()
    for lab_name, host in sorted(missing):
        yield _reached(lab_name, host, unreachable("no answer in time"))


def _age() -> float:
    """Return for how many seconds this process has lived: starting costs time as well (proc(5))."""
    started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return boottime_ns() / 1e9 - started / os.sysconf("SC_CLK_TCK")


def _answers(ends: list[Connection], token: Token) -> Iterator[Reached]:
    while ends and (ready := wait(ends, timeout=token.remaining())):
        for end in [each for each in ends if each in ready]:
            try:
                yield Reached.model_validate_json(end.recv_bytes())
            except EOFError:
                ends.remove(end)


def _in_lab(lab: LabFacts, verb: Verb, seconds: float, answers: Connection) -> None:
    """Enter the lab, ask its hosts side by side, and send what each answered."""
    sending = threading.Lock()

    def tell(host: HostFacts, found: Rescue) -> None:
        with sending:
            answers.send_bytes(_reached(lab.name, host.name, found).model_dump_json().encode())

    try:
        enter(lab)
    except LabError as error:
        for host in lab.hosts:
            tell(host, unreachable(str(error)))
        return
    threads = [
        threading.Thread(target=_ask, args=(lab, host, verb, seconds, tell), daemon=True)
        for host in lab.hosts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _ask(
    lab: LabFacts,
    host: HostFacts,
    verb: Verb,
    seconds: float,
    tell: Callable[[HostFacts, Rescue], None],
) -> None:
    token = Token(SystemClock(), seconds)
    power = FabricPower(Fabric(lab.fabric, limit=token.remaining()), host.name)
    with Connections() as connections:
        tell(host, rescue(verb, connections.remote(worlds.login_of(host)), power, token))


def _reached(lab: str, host: str, found: Rescue) -> Reached:
    return Reached(lab=lab, host=host, became=found.became, note=found.note)
