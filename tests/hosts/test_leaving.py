"""What drill put on a host goes at the end, unless the host must remember something."""

import pytest
from hosts.test_rescue import Shy, Silent, broken, rescued

from drill.errors import HostKeyError, RemoteError
from drill.hosts import warden
from drill.hosts.leaving import leave, leave_all
from drill.testing.cancels import HandCancel
from drill.testing.hosts import FakeHost, FakeRemote


def healed():
    host = broken()
    warden.heal(FakeRemote(host), HandCancel())
    return host


def dirty():
    host = broken()
    host.units["shop.service"].enabled = "masked"
    warden.heal(FakeRemote(host), HandCancel())
    return host


def halted():
    host = broken()
    warden.halt(FakeRemote(host), HandCancel())
    return host


def test_nothing_of_drill_is_left_where_all_is_well():
    host = healed()
    assert leave(FakeRemote(host), HandCancel()) == ""
    assert (host.program, host.known.texts) == (b"", {})
    assert leave(FakeRemote(host), HandCancel()) == "", "it may be said again"


@pytest.mark.parametrize(
    ("host", "why"), [(broken, "heal them first"), (dirty, "dirty since"), (halted, "halted")]
)
def test_it_stays_where_something_must_be_remembered(host, why):
    host = host()
    before = (host.program, dict(host.known.texts))
    assert why in leave(FakeRemote(host), HandCancel())
    assert (host.program, host.known.texts) == before


def test_a_host_is_asked_again_until_it_answers():
    assert leave(Shy(healed()), HandCancel()) == ""


@pytest.mark.parametrize("error", [RemoteError("no route"), HostKeyError("another key")])
def test_where_it_stays_is_told_host_by_host(error):
    hosts = {"db1": FakeRemote(healed()), "db2": FakeRemote(halted()), "lb1": Silent(error)}
    stays = leave_all(hosts, HandCancel(0.1))
    assert list(stays) == ["db2", "lb1"]
    assert str(error) in stays["lb1"]
    assert leave_all({}, HandCancel()) == {}


def test_what_was_healed_without_a_journal_is_left_as_it_was_too():
    host = broken()
    assert "drill-host was removed" in rescued(host, "heal").note
    assert host.program == b""


def test_a_halt_is_remembered_until_it_is_released():
    host = broken()
    rescued(host, "halt")
    assert "drill-host stays: halted" in rescued(host, "heal").note
    assert host.program
    found = rescued(host, "release")
    assert (found.became, found.note, host.program) == ("released", "drill-host was removed", b"")


def test_a_dirty_host_keeps_the_program_that_remembers_it():
    host = dirty()
    rescued(host, "heal")
    rescued(host, "release")
    assert host.program


def test_a_late_request_finds_another_epoch_where_drill_was_installed_again():
    host = FakeHost()
    first = warden.install(FakeRemote(host), HandCancel())
    assert warden.install(FakeRemote(host), HandCancel()) == first
    leave(FakeRemote(host), HandCancel())
    assert warden.install(FakeRemote(host), HandCancel()) != first
