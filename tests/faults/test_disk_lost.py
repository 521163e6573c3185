"""A disk that is lost stays lost, and only a host that runs again counts as rebuilt."""

import pytest

from drill.errors import RefusedError
from drill.faults.disk import DiskLost, DiskLostParams
from drill.faults.service import Stop, StopParams
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel
from drill.testing.hosts import CONSENT, FakeHost, access_to

PARAMS = DiskLostParams(restorable=["true"], unit="shop.service")


def a_shop(**more):
    host = FakeHost(**more)
    host.add_unit("shop.service", "shop")
    return host


def stopped():
    host = a_shop()
    host.units["shop.service"].active = "inactive"
    return host


def with_a_fault():
    host = a_shop()
    host.add_unit("nginx.service", "nginx")
    Stop().prepare(access_to(host), StopParams(unit="nginx.service"), HandCancel())
    return host


@pytest.mark.parametrize(
    ("host", "restorable", "why"),
    [
        (a_shop(powered=False), "true", "is off"),
        (a_shop(consent=CONSENT | {"disposable": False}), "true", "not call the host disposable"),
        (with_a_fault(), "true", "heal them first"),
        (stopped(), "true", "does not run"),
        (a_shop(), "restic", "could not be restored: restic: not found"),
    ],
)
def test_it_declines_what_could_not_be_rebuilt(host, restorable, why):
    before = dict(host.units)
    params = PARAMS.model_copy(update={"restorable": (restorable,)})
    with pytest.raises(RefusedError, match=why):
        DiskLost().prepare(access_to(host), params, HandCancel())
    assert host.units == before


def lost():
    host = a_shop()
    access = access_to(host)
    receipt = DiskLost().prepare(access, PARAMS, HandCancel())
    return host, (access, PARAMS, receipt, HandCancel())


def test_nothing_is_left_of_the_host_until_somebody_rebuilds_it():
    host, lent = lost()
    assert isinstance(DiskLost().apply(*lent), Done)
    assert "shop.service" not in host.units
    assert isinstance(DiskLost().undo(*lent), Failed)
    host.add_unit("shop.service", "shop")
    assert isinstance(DiskLost().undo(*lent), Done)


def test_a_disk_that_was_never_lost_needs_no_recovery():
    _, lent = lost()
    assert isinstance(DiskLost().undo(*lent), Done)


def test_a_host_that_was_left_without_power_gets_it_back():
    host, lent = lost()
    host.power(on=False)
    host.units["shop.service"].active = "active"
    assert isinstance(DiskLost().undo(*lent), Done)
    assert host.powered


def test_a_disk_that_is_still_there_is_not_called_lost():
    host, lent = lost()
    lent[0].power.replace_disk = lambda: None  # hands that did nothing
    assert isinstance(DiskLost().apply(*lent), Failed)
    assert "shop.service" in host.units
