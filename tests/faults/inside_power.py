"""The faults of a host from outside, on real ones of a lab: what the host itself cannot end."""

import pytest
from faults.lab_host import HOSTS, LAB, customer
from faults.scripted import Parted

from drill.errors import RefusedError
from drill.faults.disk import DiskLost, DiskLostParams
from drill.faults.freeze import Freeze, FreezeParams
from drill.faults.host import PowerOff, PowerOffParams
from drill.faults.reboot import Reboot, RebootParams
from drill.hosts.patience import until
from drill.model.outcome import Done
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World


def answers():
    return customer() is not None


class FromOutside(FaultConformance):
    params = None

    @pytest.fixture(autouse=True)
    def _lend(self, ways, recorded):
        self._access = ways("app2")

    def world(self):
        def state():
            argv = ["systemctl", "show", "-p", "ActiveState,UnitFileState", "orders"]
            up = until(answers, HandCancel(5))
            return self._access.remote.run(argv, HandCancel()).out, up

        return World(self._access, self.params, state, lambda: not answers())


class TestPowerOff(FromOutside):
    fault, params = PowerOff(), PowerOffParams()

    def world(self):
        world = super().world()
        world.broken = lambda: not until(answers, HandCancel(3))
        return world


class TestReboot(FromOutside):
    fault, params = Reboot(), RebootParams()


class TestFreeze(FromOutside):
    fault, params = Freeze(), FreezeParams()

    def test_the_lease_ends_it_when_nobody_renews(self):
        fault, params = self.fault, FreezeParams(lease="5s")
        receipt = fault.prepare(self._access, params, HandCancel())
        assert isinstance(fault.apply(self._access, params, receipt, HandCancel()), Done)
        assert not answers()
        assert until(answers, HandCancel(15))
        with pytest.raises(RefusedError, match="not frozen"):
            fault.renew(self._access, params, receipt, HandCancel())
        assert isinstance(fault.undo(self._access, params, receipt, HandCancel()), Done)


VAULT = ("orders-dsn", "restic-key", "restic-password")


class TestDiskLost(Parted):
    """Rebuilt by the playbook that a real exercise rebuilds it by."""

    host = "app1"
    fault = DiskLost()
    params = DiskLostParams(
        restorable=("catalogue-restic", "--quiet", "check"), unit="orders.service"
    )
    works = "systemctl is-active -q orders"
    shown = "systemctl show -p ActiveState,UnitFileState orders; cat /etc/machine-id"

    def recover(self):
        vault = {name.replace("-", "_"): (LAB.secrets / name).read_text().strip() for name in VAULT}
        self.play("app/rebuild.yml", shop=str(HOSTS["lb1"].address), **vault)
