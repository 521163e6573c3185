"""A host's faults are ended by asking the host; what became of each host is told apart."""

import pytest

from drill.errors import HostKeyError, RemoteError
from drill.faults.service import Stop
from drill.hosts.rescue import CLEAN, rescue
from drill.testing.cancels import HandCancel
from drill.testing.hosts import FakeHost, FakePower, FakeRemote, access_to


def broken() -> FakeHost:
    """Return a host whose shop was stopped under a lease."""
    host = FakeHost()
    host.add_unit("shop.service", "shop")
    on, fault = access_to(host), Stop()
    params = fault.params.model_validate({"unit": "shop.service"})
    fault.apply(on, params, fault.prepare(on, params, HandCancel()), HandCancel())
    assert host.units["shop.service"].active == "inactive"
    return host


def rescued(host: FakeHost, verb="heal", cancel=None):
    return rescue(verb, FakeRemote(host), FakePower(host), cancel or HandCancel())


@pytest.mark.parametrize("verb", ["heal", "halt"])
def test_what_stands_is_ended_without_a_journal(verb):
    host = broken()
    found = rescued(host, verb)
    assert found.became == "healed"
    assert "1 of 1 faults" in found.note
    assert host.units["shop.service"].active == "active"
    assert rescued(host, verb).became == "nothing there"


def test_a_halted_host_takes_no_fault_until_it_is_released():
    host = broken()
    rescued(host, "halt")
    on, fault = access_to(host), Stop()
    params = fault.params.model_validate({"unit": "shop.service"})
    with pytest.raises(Exception, match="halted"):
        fault.prepare(on, params, HandCancel())
    assert rescued(host, "release").became == "released"
    assert fault.prepare(on, params, HandCancel())


def test_a_host_that_drill_never_was_on_is_left_alone():
    host = FakeHost()
    assert rescued(host, "halt").became == "nothing there"
    assert host.program == b""


def test_a_host_without_power_is_switched_on_and_asked():
    host = broken()
    host.power(on=False)
    found = rescued(host)
    assert (found.became, host.powered) == ("healed", True)
    assert "switched on" in found.note
    host.power(on=False)
    assert rescued(host, "release", HandCancel(0.1)).became == "unreachable"
    assert not host.powered, "a release switches nothing"


def test_a_frozen_host_is_thawed_and_asked():
    host = broken()
    host.frozen = True
    found = rescued(host)
    assert (found.became, host.frozen) == ("healed", False)
    assert "thawed" in found.note


def test_what_cannot_be_put_back_is_told_and_fails():
    host = broken()
    host.units.clear()
    found = rescued(host)
    assert found.became not in CLEAN
    assert found.note


class Silent:
    """A host that is not there, or is another one."""

    def __init__(self, error):
        self.error = error

    def run(self, argv, cancel, *, stdin=b"", root=False):
        raise self.error


@pytest.mark.parametrize("error", [RemoteError("no route"), HostKeyError("another key")])
def test_a_host_that_does_not_answer_is_told_with_the_end_of_its_leases(error):
    found = rescue("halt", Silent(error), None, HandCancel(0.05))
    assert found.became == "unreachable"
    assert str(error) in found.note
    assert "905 s" in found.note


class Shy(FakeRemote):
    """A host that answers at the third try."""

    tries = 0

    def run(self, argv, cancel, **more):
        self.tries += 1
        if self.tries < 3:
            raise RemoteError("connection refused")
        return super().run(argv, cancel, **more)


def test_a_host_is_asked_again_until_it_answers():
    assert rescue("heal", Shy(broken()), None, HandCancel()).became == "healed"
