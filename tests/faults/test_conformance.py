"""Every built-in fault keeps the promises, against a host in memory."""

from drill.faults import files
from drill.faults.freeze import Freeze, FreezeParams
from drill.faults.host import PowerOff, PowerOffParams
from drill.faults.network import Partition, PartitionParams
from drill.faults.process import Chosen, Kill, KillParams, Pause
from drill.faults.reboot import Reboot, RebootParams
from drill.faults.service import Stop, StopParams
from drill.testing.conformance import FaultConformance, World
from drill.testing.hosts import FakeHost, access_to


def host_with_nginx():
    host = FakeHost()
    host.add_unit("nginx.service", "nginx")
    host.add_unit("cron.service", "cron")
    return host


def services(host):
    return {
        "units": {name: (unit.active, unit.enabled) for name, unit in host.units.items()},
        "processes": sorted((p.name, p.unit, p.state) for p in host.processes.values()),
        "tables": dict(host.tables),
        "power": (host.powered, host.linked),
    }


class TestServiceStop(FaultConformance):
    fault = Stop()

    def world(self):
        host = host_with_nginx()
        return World(
            access_to(host),
            StopParams(unit="nginx.service"),
            lambda: services(host),
            lambda: host.units["nginx.service"].active != "active",
        )


class TestPowerOff(FaultConformance):
    fault = PowerOff()

    def world(self):
        host = host_with_nginx()
        return World(
            access_to(host), PowerOffParams(), lambda: services(host), lambda: not host.powered
        )


class TestReboot(FaultConformance):
    fault = Reboot()

    def world(self):
        host = host_with_nginx()
        return World(
            access_to(host), RebootParams(), lambda: services(host), lambda: host.starting > 0
        )


class TestFreeze(FaultConformance):
    fault = Freeze()

    def world(self):
        host = host_with_nginx()
        return World(access_to(host), FreezeParams(), lambda: services(host), lambda: host.frozen)


class TestProcessKillByUnit(FaultConformance):
    fault = Kill()
    params = KillParams(unit="nginx.service")

    def world(self):
        host = host_with_nginx()
        return World(
            access_to(host),
            self.params,
            lambda: services(host),
            lambda: host.units["nginx.service"].active != "active",
        )


class TestProcessKillByName(TestProcessKillByUnit):
    params = KillParams(name="nginx", signal="TERM")


class TestProcessPauseByUnit(FaultConformance):
    fault = Pause()
    params = Chosen(unit="nginx.service")

    def world(self):
        host = host_with_nginx()
        return World(
            access_to(host),
            self.params,
            lambda: services(host),
            lambda: any(p.state == "T" for p in host.processes.values()),
        )


class TestProcessPauseByName(TestProcessPauseByUnit):
    params = Chosen(name="nginx")


class TestPartition(FaultConformance):
    fault = Partition()

    def world(self):
        host = FakeHost(tables={"filter": "table inet filter { }"})
        return World(
            access_to(host),
            PartitionParams(peers=("10.20.0.16",), ports=(5432,)),
            lambda: services(host),
            lambda: len(host.tables) > 1,
        )


class OnDisk(FaultConformance):
    """A fault of files, on a real file system below a host in memory."""

    params = None
    path = "srv/app/victim"
    one = {"path": "/srv/app/victim"}
    among = {"directory": "/srv/app", "pattern": "vic*"}

    def world(self):
        host = FakeHost()
        for name, at in {".drill-sandbox": 0, "victim": 7200, "victim-of-yesterday": 0}.items():
            host.disk.write(f"/srv/app/{name}", "what it says", at)
        file = host.disk.place / self.path
        return World(
            access_to(host),
            self.params,
            host.disk.seen,
            lambda: not file.is_file() or file.read_text("latin-1") != "what it says",
        )


class TestRemove(OnDisk):
    fault, params = files.Remove(), files.OnePath(**OnDisk.one)


class TestReplace(OnDisk):
    fault, params = files.Replace(), files.ReplaceParams(**OnDisk.one, content="no")


class TestCorrupt(OnDisk):
    fault, params = files.Corrupt(), files.CorruptParams(**OnDisk.one)


class TestEncrypt(OnDisk):
    fault, params = files.Encrypt(), files.EncryptParams(path="/srv/app")


class TestBackupMissing(OnDisk):
    fault, params = files.Missing(), files.SetParams(**OnDisk.among)


class TestBackupStale(OnDisk):
    fault, params = files.Stale(), files.StaleParams(**OnDisk.among, age="1h")


class TestBackupCorrupt(OnDisk):
    fault, params = files.BadSet(), files.BadSetParams(**OnDisk.among)


class TestRepositoryGone(OnDisk):
    fault, params = files.RepositoryGone(), files.OnePath(path="/srv/app")


class TestWrongKey(OnDisk):
    fault, params = files.WrongKey(), files.OnePath(**OnDisk.one)


class TestWalLost(OnDisk):
    fault, params = files.WalLost(), files.OnePath(**OnDisk.one)
