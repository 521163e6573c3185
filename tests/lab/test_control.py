"""The fabric's own lease on a frozen host: it thaws by itself, whoever froze it."""

import json
import time

from drill.hosts.fabric import MachineState
from drill.lab.control import Control


class Pausable:
    """A machine that only remembers whether it is frozen."""

    name = "db1"

    def __init__(self):
        self.frozen, self.power = False, "on"

    def state(self):
        return MachineState(power=self.power, frozen=self.frozen, link=True, boots=1)

    def freeze(self, *, frozen):
        self.frozen = frozen


class Bench:
    def __init__(self):
        self.machine = Pausable()
        self.control = Control(None, {"db1": self.machine}, 0, lambda machine: None)

    def ask(self, verb, **more):
        line = json.dumps({"verb": verb, "names": ["db1"], **more})
        return self.control.answer(line.encode()).refused

    def thaws(self):
        return self.control.answer(b'{"verb": "state"}').state.hosts["db1"].thaws

    def frozen_at(self, seconds):
        time.sleep(seconds)
        self.control.thaw_due()
        return self.machine.frozen


def test_it_thaws_when_its_seconds_are_over_and_not_before():
    bench = Bench()
    assert bench.control.until_thaw() is None
    assert bench.ask("freeze", seconds=0.3) is None
    assert 0 < bench.control.until_thaw() <= 0.3
    assert bench.thaws()
    assert bench.frozen_at(0)
    assert not bench.frozen_at(0.31)
    assert bench.control.until_thaw() is None


def test_without_seconds_it_waits_for_a_thaw():
    bench = Bench()
    bench.ask("freeze", seconds=0.01)
    bench.ask("freeze")
    assert not bench.thaws()
    assert bench.frozen_at(0.02)
    assert bench.ask("thaw") is None
    assert not bench.machine.frozen


def test_it_is_kept_frozen_as_long_as_somebody_says_so_and_not_again_afterwards():
    bench = Bench()
    bench.ask("freeze", seconds=0.2)
    time.sleep(0.15)
    assert bench.ask("keep-frozen", seconds=60) is None
    assert bench.frozen_at(0.1)
    bench.ask("thaw")
    assert "not frozen" in bench.ask("keep-frozen", seconds=60)
    assert not bench.machine.frozen


def test_what_has_no_power_is_not_frozen():
    bench = Bench()
    bench.machine.power = "off"
    assert "no power" in bench.ask("freeze", seconds=1)
    assert bench.ask("freeze", seconds=901) is not None
    assert bench.control.until_thaw() is None


class Exchangeable:
    """A machine that remembers what was done to it, in its order."""

    def __init__(self):
        self.heard = []

    def __getattr__(self, name):
        return lambda: self.heard.append(name)


def test_a_disk_is_replaced_only_when_nothing_of_the_host_runs_any_more():
    machine = Exchangeable()
    control = Control(None, {"db1": machine}, 0, lambda dead: dead.heard.append("reaped"))
    assert control.answer(b'{"verb": "replace-disk", "names": ["db1"]}').refused is None
    assert machine.heard == ["power_off", "reaped", "replace_disk", "power_on"]
