"""A fault declines, before anything changed, what could not be mended or proves nothing."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from drill.errors import RefusedError, RemoteError
from drill.faults.ailing import DiskErrorsParams, DiskSlow, DiskSlowParams
from drill.faults.freeze import Freeze, FreezeParams
from drill.faults.host import PowerOff, PowerOffParams
from drill.faults.identity import KeysParams, KeysRevoked
from drill.faults.network import FirewallParams, LossParams, Partition, PartitionParams
from drill.faults.pressure import CpuParams, Memory, MemoryParams, Processes, ProcessesParams
from drill.faults.process import Chosen, Interrupt, InterruptParams, Kill, KillParams, Pause
from drill.faults.reboot import Reboot, RebootParams
from drill.faults.service import CrashLoop, CrashParams, Stop, StopParams
from drill.faults.shaping import Bandwidth, BandwidthParams, Delay, DelayParams
from drill.faults.skew import ClockSkew, ServiceSkew, ServiceSkewParams, SkewParams
from drill.faults.storage import DiskFull, DiskFullParams, ReadOnly, ReadOnlyParams
from drill.model.outcome import Done, Failed, Indeterminate
from drill.testing.cancels import HandCancel
from drill.testing.hosts import CONSENT, FakeHost, FakeProcess, FakeRemote, access_to
from drill.testing.kernels import FakeKernel


def host_with(unit="nginx.service", process="nginx"):
    host = FakeHost()
    host.add_unit(unit, process)
    return host


def database():
    return host_with("postgresql@15-main.service", "postgres")


def stopped(host):
    host.units["nginx.service"].active = "inactive"
    return host


def once(host):
    host.units["nginx.service"].type = "oneshot"
    return host


def paused(host):
    for process in host.processes.values():
        process.state = "T"
    return host


def without(*modules):
    return FakeHost(kernel=FakeKernel(lacks=frozenset(modules)))


def lacking(host, *modules):
    host.kernel.lacks = frozenset(modules)
    return host


def preloading(host):
    host.units["nginx.service"].environment = "LANG=C LD_PRELOAD=/usr/lib/jemalloc.so"
    return host


def misdated(host):
    (process,) = host.processes.values()
    process.maps = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
    return host


def in_go(host):
    host.kernel.compiled = frozenset({f"/proc/{next(iter(host.processes))}/exe"})
    return host


def skewed(unit, seconds=90):
    return ServiceSkew(), ServiceSkewParams(unit=unit, seconds=seconds)


def kept(**says):
    return FakeHost(consent=CONSENT | {"disposable": False} | says)


def with_directory(path):
    return FakeHost(kernel=FakeKernel(room={path: 99}))


def covered(within="/srv", *source):
    return FakeHost(kernel=FakeKernel(covers=[[within, "ro", *source]]))


SLOW = DiskSlowParams(directory="/srv", delay="1s")


def aged(release):
    return FakeHost(kernel=FakeKernel(release=release))


def clocked(**changes):
    return FakeHost(kernel=FakeKernel(**changes))


def crowded():
    return FakeHost(kernel=FakeKernel(most_processes=300))


def queued(kind):
    root = {"kind": kind, "handle": "1:", "root": True, "options": {}}
    return FakeHost(kernel=FakeKernel(queues={"eth0": root}))


def without_unit():
    return FakeHost(processes={41: FakeProcess("nginx", "")})


@pytest.mark.parametrize(
    ("fault", "params", "host", "why"),
    [
        (Stop(), StopParams(unit="nginx.service"), stopped(host_with()), "nothing to break"),
        (Stop(), StopParams(unit="no.service"), host_with(), "there is no unit"),
        (Stop(), StopParams(unit="ssh.service"), host_with("ssh.service"), "needs to undo"),
        (Stop(), StopParams(unit="sshd@1.service"), host_with(), "needs to undo"),
        (CrashLoop(), CrashParams(unit="nginx"), host_with(), "no service"),
        (CrashLoop(), CrashParams(unit="nginx.service"), once(host_with()), "ends by itself"),
        (CrashLoop(), CrashParams(unit="nginx.service"), stopped(host_with()), "nothing to break"),
        (*skewed("nginx"), host_with(), "no service"),
        (*skewed("nginx.service"), stopped(host_with()), "nothing to break"),
        (*skewed("nginx.service"), once(host_with()), "ends by itself"),
        (*skewed("nginx.service", 0), host_with(), "nothing to break"),
        (*skewed("nginx.service"), lacking(host_with(), "libfaketime"), "package libfaketime"),
        (*skewed("nginx.service"), preloading(host_with()), "would be lost"),
        (*skewed("nginx.service"), misdated(host_with()), "would be lost"),
        (*skewed("nginx.service"), in_go(host_with()), "a program in Go"),
        (*skewed("postgresql@15-main.service"), database(), "environment of its own"),
        (Interrupt(), InterruptParams(name="sshd"), FakeHost(), "needs to undo"),
        (KeysRevoked(), KeysParams(login="drill"), FakeHost(expiry={"drill": ""}), "needs to undo"),
        (KeysRevoked(), KeysParams(login="root"), FakeHost(expiry={"root": ""}), "is root's"),
        (KeysRevoked(), KeysParams(login="nobody"), FakeHost(), "no account"),
        (Delay(), DelayParams(delay="1s", ports=(80,)), without("nat"), "nat module"),
        (Kill(), KillParams(name="sshd"), host_with("ssh.service", "sshd"), "needs to undo"),
        (Kill(), KillParams(name="nobody"), host_with(), "nothing to break"),
        (Kill(), KillParams(name="nginx"), without_unit(), "nobody could bring them back"),
        (Kill(), KillParams(unit="nginx.service"), stopped(host_with()), "not active"),
        (Pause(), Chosen(name="nginx"), paused(host_with()), "nothing to break"),
        (Pause(), Chosen(name="systemd"), host_with(), "needs to undo"),
        (PowerOff(), PowerOffParams(), FakeHost(powered=False), "off already"),
        (Freeze(), FreezeParams(), FakeHost(powered=False), "does not run"),
        (Freeze(), FreezeParams(), FakeHost(frozen=True), "does not run"),
        (Freeze(), FreezeParams(), kept(), "does not call the host disposable"),
        (Reboot(), RebootParams(), kept(classes=["service"]), "does not allow host faults"),
        (
            Partition(),
            PartitionParams(interface="mgmt0"),
            FakeHost(addresses={"mgmt0": "10.99.0.11"}),
            "could not undo",
        ),
        (Partition(), PartitionParams(interface="eth9"), FakeHost(), "no interface"),
        (ClockSkew(), SkewParams(seconds=0), FakeHost(), "nothing to break"),
        (ClockSkew(), SkewParams(seconds=9), clocked(synchronised=True), "stop that first"),
        (ClockSkew(), SkewParams(seconds=9), clocked(spaces="user:[1]"), "no clock of its own"),
        (DiskFull(), DiskFullParams(directory="/no"), FakeHost(), "no directory"),
        (DiskFull(), DiskFullParams(directory="/srv", leave=1000), FakeHost(), "only 1000 MiB"),
        (DiskFull(), DiskFullParams(directory="/srv", leave=15), FakeHost(), "healing writes"),
        (ReadOnly(), ReadOnlyParams(directory="/no"), FakeHost(), "no directory"),
        (ReadOnly(), ReadOnlyParams(directory="/srv"), covered(), "read-only already"),
        (ReadOnly(), ReadOnlyParams(directory="/srv"), covered(within="/srv/x"), "mounted in"),
        (ReadOnly(), ReadOnlyParams(directory="/srv"), covered("/srv", "drill-x"), "another fault"),
        (ReadOnly(), ReadOnlyParams(directory="/srv"), aged("5.10.0-9"), "too old"),
        *(
            (ReadOnly(), ReadOnlyParams(directory=path), with_directory(path), "needs .* to undo")
            for path in ("/", "/var", "/var/lib/drill/lease", "/etc", "/run/lock", "/usr/local")
        ),
        *(
            (DiskSlow(), SLOW.model_copy(update={"directory": path}), host, why)
            for path, host, why in (
                ("/no", FakeHost(), "no directory"),
                ("/srv", covered(within="/srv/x"), "mounted in"),
                ("/srv", covered("/srv", "drill-other"), "another fault stands"),
                ("/srv", covered(), "is read-only"),
                ("/srv", without("fuse"), "FUSE cannot be had"),
                ("/srv", aged("5.10.0-9"), "too old"),
                ("/usr/share", with_directory("/usr/share"), "needs /usr to undo"),
                ("/var", with_directory("/var"), "needs /var/lib/drill to undo"),
            )
        ),
        (Memory(), MemoryParams(percent=50), FakeHost(), "nothing to take"),
        (Processes(), ProcessesParams(count=50), crowded(), "256 are left to others"),
        (Processes(), ProcessesParams(count=9000), FakeHost(), "can be spared"),
        (Delay(), DelayParams(delay="1s"), without("netem"), "sch_netem"),
        (Bandwidth(), BandwidthParams(kbit=9), queued("htb"), "somebody gave eth0"),
    ],
)
def test_it_declines(fault, params, host, why):
    with pytest.raises(RefusedError, match=why):
        fault.prepare(access_to(host), params, HandCancel())


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (StopParams, {"unit": "--help"}),
        (StopParams, {"unit": "a b"}),
        (StopParams, {"unit": "x" * 256}),
        (KillParams, {}),
        (KillParams, {"unit": "a.service", "name": "a"}),
        (KillParams, {"name": "-9"}),
        (KillParams, {"name": "longer-than-15-bytes"}),
        (PartitionParams, {"interface": 'eth0"; drop'}),
        (PartitionParams, {"peers": ["db2"]}),
        (PartitionParams, {"ports": [0]}),
        (PartitionParams, {"ports": list(range(1, 66))}),
        (PartitionParams, {"direction": "sideways"}),
        (DiskFullParams, {"directory": "/srv", "leave": -1}),
        (DiskFullParams, {"directory": "srv"}),
        (SkewParams, {"seconds": 604_801}),
        (ServiceSkewParams, {"unit": "a.service", "seconds": -604_801}),
        (ServiceSkewParams, {"unit": "a b", "seconds": 9}),
        (DiskSlowParams, {"directory": "/srv"}),
        (DiskSlowParams, {"directory": "/srv", "delay": "0s"}),
        (DiskSlowParams, {"directory": "/srv", "delay": "11s"}),
        (DiskSlowParams, {"directory": "/srv", "delay": "1s", "kib": 0}),
        (DiskErrorsParams, {"directory": "/srv", "percent": 101}),
        (DiskErrorsParams, {"directory": "/srv", "percent": 1, "operations": []}),
        (DiskErrorsParams, {"directory": "/srv", "percent": 1, "operations": ["open"]}),
        (DiskFullParams, {"directory": "/a b"}),
        (ReadOnlyParams, {"directory": "/srv/"}),
        (CpuParams, {"workers": 65}),
        (CpuParams, {"percent": 0}),
        (MemoryParams, {"percent": 96}),
        (MemoryParams, {"percent": 50, "leave": 63}),
        (ProcessesParams, {"count": 30_001}),
        (LossParams, {"percent": 0}),
        (LossParams, {"percent": 100}),
        (FirewallParams, {"ports": []}),
        (BandwidthParams, {"kbit": 7}),
        (DelayParams, {"delay": "11s"}),
        (DelayParams, {"delay": "0s"}),
        (DelayParams, {"delay": "10ms", "jitter": "11ms"}),
    ],
)
def test_parameters_have_limits(model, given):
    with pytest.raises(ValidationError):
        model.model_validate(given)


@pytest.mark.parametrize("without", ["remote", "power"])
def test_a_target_that_cannot_be_reached_that_way_is_declined(without):
    access = replace(access_to(FakeHost()), **{without: None})

    with pytest.raises(RefusedError, match="db1 has no"):
        PowerOff().prepare(access, PowerOffParams(), HandCancel())


def test_a_process_that_was_replaced_is_not_killed():
    host = host_with()
    fault, params, access = Kill(), KillParams(unit="nginx.service"), access_to(host)
    receipt = fault.prepare(access, params, HandCancel())
    for process in host.processes.values():
        process.started += 1  # the process id is the same, the process is not

    outcome = fault.apply(access, params, receipt, HandCancel())

    assert isinstance(outcome, Failed)
    assert len(host.processes) == 1


def test_what_was_paused_before_stays_paused():
    host = host_with()
    host.processes[77] = FakeProcess("nginx", "nginx.service", "T")
    fault, params, access = Pause(), Chosen(name="nginx"), access_to(host)
    receipt = fault.prepare(access, params, HandCancel())
    fault.apply(access, params, receipt, HandCancel())

    fault.undo(access, params, receipt, HandCancel())

    assert {p.state for i, p in host.processes.items() if i != 77} == {"S"}
    assert host.processes[77].state == "T"


def test_a_host_that_does_not_come_up_is_not_called_undone():
    host = host_with()
    fault, params, access = PowerOff(), PowerOffParams(), access_to(host)
    receipt = fault.prepare(access, params, HandCancel())
    fault.apply(access, params, receipt, HandCancel())
    access.power.on = lambda: None  # a switch that does not work

    assert isinstance(fault.undo(access, params, receipt, HandCancel(0.5)), Indeterminate)


def test_the_link_is_put_back_as_it_was():
    host = host_with()
    host.linked = False
    fault, params, access = PowerOff(), PowerOffParams(), access_to(host)
    receipt = fault.prepare(access, params, HandCancel())
    fault.apply(access, params, receipt, HandCancel())

    fault.undo(access, params, receipt, HandCancel())

    assert (host.powered, host.linked) == (True, False)


def test_two_partitions_on_a_host_do_not_meet():
    host = FakeHost()
    access, fault, params = access_to(host), Partition(), PartitionParams()
    receipts = [fault.prepare(access, params, HandCancel()) for _ in range(2)]
    for receipt in receipts:
        fault.apply(access, params, receipt, HandCancel())

    fault.undo(access, params, receipts[0], HandCancel())

    assert list(host.tables) == [f"drill_{receipts[1]['token']}"]


def test_a_reboot_needs_no_disposable_host():
    assert Reboot().prepare(access_to(kept()), RebootParams(), HandCancel())["lease"] == "none"


def test_a_host_that_went_on_by_itself_is_not_frozen_again():
    host = FakeHost()
    access, fault, params = access_to(host), Freeze(), FreezeParams(lease="30s")
    receipt = fault.prepare(access, params, HandCancel())
    fault.apply(access, params, receipt, HandCancel())
    assert fault.renew(access, params, receipt, HandCancel()) == 30
    host.frozen = False  # its lease has ended
    with pytest.raises(RefusedError, match="not frozen"):
        fault.renew(access, params, receipt, HandCancel())
    assert not host.frozen


class Deaf(FakeRemote):
    """Loses the link with the order to reboot, which may or may not have been heard."""

    def run(self, argv, cancel, **more):
        if argv == ["systemctl", "reboot"]:
            raise RemoteError("lost")
        return super().run(argv, cancel, **more)


def test_a_reboot_that_nobody_may_have_heard_of_is_not_done_before_another_boot_is_seen():
    host = FakeHost()
    access = replace(access_to(host), remote=Deaf(host))
    receipt = Reboot().prepare(access, RebootParams(), HandCancel())
    outcome = Reboot().apply(access, RebootParams(), receipt, HandCancel(0.3))
    assert isinstance(outcome, Indeterminate)
    host.boot += 1
    assert isinstance(Reboot().apply(access, RebootParams(), receipt, HandCancel()), Done)
