"""A token's life: at most one effect, none after its end, and what somebody else changed stays."""

from copy import deepcopy

import pytest

from drill.errors import RefusedError
from drill.faults import files, identity, names, postgres
from drill.faults.ailing import DiskErrors, DiskErrorsParams, DiskSlow, DiskSlowParams
from drill.faults.network import (
    Firewall,
    FirewallParams,
    Loss,
    LossParams,
    Partition,
    PartitionParams,
    Reset,
)
from drill.faults.pressure import Cpu, CpuParams, Memory, MemoryParams, Processes, ProcessesParams
from drill.faults.process import Chosen, Interrupt, InterruptParams, Kill, KillParams, Pause
from drill.faults.service import CrashLoop, CrashParams, Stop, StopParams
from drill.faults.shaping import Bandwidth, BandwidthParams, Delay, DelayParams
from drill.faults.skew import ClockSkew, ServiceSkew, ServiceSkewParams, SkewParams
from drill.faults.storage import DiskFull, DiskFullParams, ReadOnly, ReadOnlyParams
from drill.hosts import warden
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel
from drill.testing.hosts import FakeHost, FakeProcess, access_to
from drill.testing.postgres import FakeRole

LAB_CONF = "/etc/dnsmasq.d/lab.conf"
FAULTS = {
    "service.stop": (Stop(), StopParams(unit="nginx.service")),
    "service.crash-loop": (CrashLoop(), CrashParams(unit="nginx.service")),
    "service.clock-skew": (ServiceSkew(), ServiceSkewParams(unit="nginx.service", seconds=90)),
    "backup.restore-interrupted": (Interrupt(), InterruptParams()),
    "process.kill": (Kill(), KillParams(unit="nginx.service")),
    "process.pause": (Pause(), Chosen(unit="nginx.service")),
    "network.partition": (Partition(), PartitionParams()),
    "file.remove": (files.Remove(), files.OnePath(path="/srv/app/page")),
    "file.replace": (files.Replace(), files.ReplaceParams(path="/srv/app/page", content="no")),
    "file.corrupt": (files.Corrupt(), files.CorruptParams(path="/srv/app/page")),
    "data.encrypt": (files.Encrypt(), files.EncryptParams(path="/srv/app")),
    "backup.missing": (files.Missing(), files.SetParams(directory="/var/backups")),
    "backup.stale": (files.Stale(), files.StaleParams(directory="/var/backups", age="90m")),
    "backup.corrupt": (files.BadSet(), files.BadSetParams(directory="/var/backups")),
    "backup.repository-gone": (files.RepositoryGone(), files.OnePath(path="/var/backups")),
    "backup.wrong-key": (files.WrongKey(), files.OnePath(path="/srv/app/key")),
    "tls.certificate": (
        names.Certificate(),
        names.CertificateParams(
            path="/srv/app/page", key="/srv/app/key", wrong="expired", unit="nginx.service"
        ),
    ),
    "dns.answer": (
        names.Answer(),
        names.AnswerParams(name="app.lab", unit="nginx.service", path=LAB_CONF),
    ),
    "dns.delegation": (
        names.Delegation(),
        names.DelegationParams(
            name="app.lab", server="10.9.9.9", unit="nginx.service", path=LAB_CONF
        ),
    ),
    "account.keys-revoked": (identity.KeysRevoked(), identity.KeysParams(login="alice")),
    "sudo.lost": (identity.SudoLost(), identity.SudoParams(file="operators")),
    "account.lock": (identity.Lock(), identity.AccountParams(login="alice")),
    "postgres.role-locked": (postgres.RoleLocked(), postgres.RoleParams(role="app")),
    "postgres.connections": (postgres.NoConnections(), postgres.LimitParams(role="app")),
    "postgres.replication-paused": (
        postgres.ReplayPaused(),
        postgres.ServerParams(),
    ),
    "host.cpu": (Cpu(), CpuParams(percent=50)),
    "host.clock-skew": (ClockSkew(), SkewParams(seconds=-3600)),
    "host.disk-errors": (
        DiskErrors(),
        DiskErrorsParams(directory="/srv", percent=5, operations=("fsync",)),
    ),
    "host.disk-slow": (DiskSlow(), DiskSlowParams(directory="/srv", delay="20ms", kib=1000)),
    "host.disk-full": (DiskFull(), DiskFullParams(directory="/srv")),
    "host.read-only": (ReadOnly(), ReadOnlyParams(directory="/srv")),
    "host.memory": (Memory(), MemoryParams(percent=90)),
    "host.processes": (Processes(), ProcessesParams(count=9)),
    "network.loss": (Loss(), LossParams(percent=30)),
    "network.reset": (Reset(), PartitionParams(ports=(80,))),
    "network.firewall": (Firewall(), FirewallParams(ports=(80,))),
    "network.bandwidth": (Bandwidth(), BandwidthParams(kbit=1000)),
    "network.delay": (Delay(), DelayParams(delay="100ms", jitter="20ms")),
}
WAYS = {
    "network.delay of ports": (Delay(), DelayParams(delay="100ms", ports=(80,))),
}
"""Other ways of the same faults."""
KEYS = "/srv/alice/.ssh/authorized_keys"
DISK = {
    **dict.fromkeys(("/srv/app/.drill-sandbox", "/srv/app/page", "/srv/app/key"), 0),
    **{f"/var/backups/day-{day}.dump": day * 3600 for day in (1, 2, 3)},
    LAB_CONF: 0,
    KEYS: 0,
    "/etc/sudoers.d/operators": 0,
}
each_fault = pytest.mark.parametrize("name", [*FAULTS, *WAYS])


class Case:
    """One fault on one fake host; each method is one message to the host."""

    def __init__(self, name, host=None):
        self.host = host or host_with()
        self.host.postgres.recovers = name == "postgres.replication-paused"
        self.fault, self.params = {**FAULTS, **WAYS}[name]
        self.access = access_to(self.host)
        self.receipt = None

    def arm(self):
        self.receipt = self.fault.prepare(self.access, self.params, HandCancel())
        return self

    def inject(self):
        return self.fault.apply(self.access, self.params, self.receipt, HandCancel())

    def undo(self):
        return self.fault.undo(self.access, self.params, self.receipt, HandCancel())

    def renew(self):
        return self.fault.renew(self.access, self.params, self.receipt, HandCancel())

    def say(self, verb, **words):
        return warden.speak(self.access.remote, verb, words, HandCancel())


def host_with():
    host = FakeHost(tables={"filter": "table inet filter"})
    host.add_unit("nginx.service", "nginx")
    host.add_unit("cron.service", "cron")
    for path, at in DISK.items():
        host.disk.write(path, f"what {path} says\n", at)
    host.expiry |= {"drill": "", "alice": "20000"}
    host.postgres.roles["app"] = FakeRole(limit=20)
    return host


def state(host):
    return (
        {name: (unit.active, unit.enabled) for name, unit in host.units.items()},
        sorted((p.name, p.state) for p in host.processes.values()),
        dict(host.tables),
        host.disk.seen(),
        dict(host.expiry),
        deepcopy(host.postgres),
        deepcopy(host.kernel),
    )


def exactly(host):
    """As ``state``, with the very processes: nothing was even restarted."""
    return state(host), sorted((i, p.started, p.state) for i, p in host.processes.items())


# At most one effect, whatever comes twice, late or in another order


@each_fault
def test_an_inject_that_comes_again_has_no_second_effect(name):
    case = Case(name).arm()
    assert isinstance(case.inject(), Done)
    once = exactly(case.host)
    assert isinstance(case.inject(), Done)
    assert exactly(case.host) == once


@each_fault
def test_injected_twice_it_is_undone_once(name):
    case = Case(name)
    before = state(case.host)
    case.arm().inject()
    case.inject()
    assert isinstance(case.undo(), Done)
    assert state(case.host) == before


@each_fault
def test_an_inject_after_the_undo_has_no_effect(name):
    case = Case(name).arm()
    case.inject()
    case.undo()
    healed = exactly(case.host)
    assert isinstance(case.inject(), Failed)
    assert exactly(case.host) == healed


@each_fault
def test_an_undo_that_overtakes_the_inject_leaves_nothing_for_it_to_do(name):
    case = Case(name).arm()
    before = exactly(case.host)
    assert isinstance(case.undo(), Done)
    assert isinstance(case.inject(), Failed)
    assert exactly(case.host) == before


@each_fault
def test_an_undo_that_overtakes_the_arming_forbids_it(name):
    case = Case(name).arm()
    case.undo()
    ask = {"token": "c" * 32, "by": "test"}
    assert case.say("undo", **ask)["ok"]
    epoch = case.say("probe")["epoch"]
    record = {"token": "c" * 32, "owner": "d" * 64, "environment": "lab", "group": "test"}
    record["epoch"] = epoch
    params = case.fault.asked(case.access, case.params)
    late = case.say("arm", **record, fault=case.fault.name, params=params, ttl=60)
    assert (late["ok"], late["kind"]) == (False, "refused")
    assert "undone already" in late["error"]


@each_fault
def test_undo_may_be_repeated_and_disturbs_nothing(name):
    case = Case(name).arm()
    case.inject()
    first = case.undo()
    healed = exactly(case.host)
    assert case.undo() == first
    assert exactly(case.host) == healed


@each_fault
def test_who_did_not_arm_it_can_neither_inject_nor_renew_but_may_undo(name):
    case = Case(name).arm()
    owner, case.access = case.access, access_to(case.host)  # another run's secret
    before = exactly(case.host)
    assert isinstance(case.inject(), Failed)
    with pytest.raises(RefusedError, match="somebody else's"):
        case.renew()
    assert exactly(case.host) == before
    assert isinstance(case.undo(), Done)
    case.access = owner


# The lease's end


@each_fault
def test_when_the_lease_has_ended_there_is_no_inject_and_no_renewal(name):
    case = Case(name).arm()
    case.host.known.remove(f"{case.receipt['token']}.lease")
    before = exactly(case.host)
    assert isinstance(case.inject(), Failed)
    with pytest.raises(RefusedError, match="ended"):
        case.renew()
    assert exactly(case.host) == before


@each_fault
def test_after_a_reboot_it_is_healed_and_never_acts_again(name):
    case = Case(name)
    before = state(case.host)
    case.arm().inject()
    case.host.power(on=False)
    case.host.tables["filter"] = "table inet filter"  # what the boot loads again
    case.host.power(on=True)
    assert state(case.host) == before
    assert isinstance(case.inject(), Failed)
    assert state(case.host) == before


# Third parties


def masked(host):
    host.units["nginx.service"].enabled = "masked"


def continued_another(host):
    host.processes[77].state = "S"


def stopped_another(host):
    host.processes[78].state = "T"


def used_the_table(host):
    (table,) = set(host.tables) - {"filter"}
    host.tables[table] += f"add rule inet {table} input tcp dport 25 drop\n"


def writing(path):
    return lambda host: host.disk.write(path, "somebody else's")


wrote_the_page, wrote_a_key = writing("/srv/app/page"), writing("/srv/app/key")
wrote_a_page, wrote_a_backup = writing("/srv/app/new"), writing("/var/backups/day-3.dump")
wrote_the_answer = writing(LAB_CONF)
wrote_the_keys = writing(KEYS)
wrote_the_rules = writing("/etc/sudoers.d/operators")


def prolonged(host):
    host.expiry["alice"] = "30000"


def dropped_the_role(host):
    del host.postgres.roles["app"]


def raised_the_limit(host):
    host.postgres.roles["app"].limit = 40


def widened_the_queue(host):
    host.kernel.queues["eth0"]["options"] = {"rate": 125000000}


def took_the_queue(host):
    host.kernel.queues["eth0"] = {"kind": "htb", "handle": "1:", "root": True, "options": {}}


def mounted_another(host):
    host.kernel.covers.append(["/srv", "rw"])


def remounted(host):
    host.kernel.covers[-1][1] = "rw"


def made_it_read_only(host):
    host.kernel.covers[-1][1] = "ro"


def mounted_within(host):
    host.kernel.covers.append(["/srv/app", "rw"])


def set_the_clock(host):
    host.kernel.ahead += 60


def set_the_drop_in(host):
    host.kernel.runtime = {
        path: text.replace("+90", "+60") for path, text in host.kernel.runtime.items()
    }


def tampered():
    host = host_with()
    host.processes[77] = FakeProcess("nginx", "nginx.service", "T")
    host.processes[78] = FakeProcess("nginx", "cron.service")
    return host


THIRD = [
    ("service.stop", masked),
    ("process.kill", masked),
    ("service.crash-loop", masked),
    ("service.clock-skew", masked),
    ("service.clock-skew", set_the_drop_in),
    ("dns.delegation", wrote_the_answer),
    ("account.keys-revoked", wrote_the_keys),
    ("network.delay of ports", used_the_table),
    ("process.pause", continued_another),
    ("network.partition", used_the_table),
    ("file.remove", wrote_the_page),
    ("file.replace", wrote_the_page),
    ("file.corrupt", wrote_the_page),
    ("data.encrypt", wrote_a_page),
    ("backup.missing", wrote_a_backup),
    ("backup.stale", wrote_a_backup),
    ("backup.corrupt", wrote_a_backup),
    ("backup.repository-gone", wrote_a_backup),
    ("backup.wrong-key", wrote_a_key),
    ("tls.certificate", wrote_the_page),
    ("dns.answer", wrote_the_answer),
    ("sudo.lost", wrote_the_rules),
    ("account.lock", prolonged),
    ("postgres.role-locked", dropped_the_role),
    ("postgres.connections", raised_the_limit),
    ("host.clock-skew", set_the_clock),
    ("host.disk-errors", mounted_another),
    ("host.disk-errors", mounted_within),
    ("host.disk-slow", mounted_another),
    ("host.disk-slow", made_it_read_only),
    ("host.read-only", mounted_another),
    ("host.read-only", remounted),
    ("network.loss", used_the_table),
    ("network.reset", used_the_table),
    ("network.firewall", used_the_table),
    ("network.bandwidth", widened_the_queue),
    ("network.delay", took_the_queue),
]


@pytest.mark.parametrize(("name", "change"), THIRD)
def test_what_somebody_else_changed_is_dirty_and_not_overwritten(name, change):
    case = Case(name, tampered()).arm()
    case.inject()
    change(case.host)
    outcome = case.undo()
    assert isinstance(outcome, Failed)
    assert outcome.error.startswith(warden.DIRTY)
    changed = exactly(case.host)
    assert isinstance(case.undo(), Failed)
    assert exactly(case.host) == changed


def test_what_somebody_masked_is_not_started():
    case = Case("service.stop").arm()
    case.inject()
    masked(case.host)
    case.undo()
    assert case.host.units["nginx.service"].active == "inactive"


def test_a_clock_that_somebody_put_right_is_left_alone():
    case = Case("host.clock-skew").arm()
    case.inject()
    case.host.kernel.ahead = 0.4
    assert isinstance(case.undo(), Done)
    assert case.host.kernel.ahead == 0.4


def test_of_a_table_that_somebody_uses_only_drills_own_rules_go():
    case = Case("network.partition").arm()
    case.inject()
    used_the_table(case.host)
    case.undo()
    left = "\n".join(case.host.tables.values())
    assert ('comment "drill"' in left, "dport 25" in left) == (False, True)


@pytest.mark.parametrize(("name", "change"), THIRD)
def test_a_dirty_host_takes_no_more_faults_until_somebody_says_so(name, change):
    case = Case(name, tampered()).arm()
    spare = Case("network.partition", case.host).arm()
    case.inject()
    if name == "network.partition":
        spare = Case("process.pause", case.host).arm()
    change(case.host)
    case.undo()
    with pytest.raises(RefusedError, match="dirty"):
        Case("network.partition", case.host).arm()
    assert isinstance(spare.inject(), Failed)
    assert case.say("release")["still_dirty"] == 1
    with pytest.raises(RefusedError, match="dirty"):
        Case("network.partition", case.host).arm()
    warden.release(case.access.remote, HandCancel(), clear_dirty=True)
    Case("network.partition", case.host).arm()


# The lever


@each_fault
def test_halt_ends_all_and_lets_none_begin_until_released(name):
    case = Case(name)
    before = state(case.host)
    spare = Case(name, case.host).arm()
    case.arm().inject()
    assert case.say("halt")["lever"]
    assert state(case.host) == before
    assert isinstance(spare.inject(), Failed)
    with pytest.raises(RefusedError, match="halted"):
        case.arm()
    case.say("release")
    assert isinstance(case.arm().inject(), Done)


def test_nothing_that_must_be_remembered_is_removed():
    case = Case("service.stop").arm()
    with pytest.raises(RefusedError, match="heal them first"):
        warden.remove(case.access.remote, HandCancel())
    case.undo()
    case.say("halt")
    with pytest.raises(RefusedError, match="halted"):
        warden.remove(case.access.remote, HandCancel())
    case.say("release")
    assert warden.remove(case.access.remote, HandCancel())["removed"]
    assert case.host.program == b""


def test_another_version_of_the_program_is_replaced_only_when_nothing_is_in_its_care():
    case = Case("service.stop").arm()
    case.host.program = b"an older one"
    with pytest.raises(RefusedError, match="another version"):
        case.arm()
    case.undo()
    case.arm()
    assert case.host.program != b"an older one"


def test_a_host_that_lost_the_program_gets_it_again_for_the_undo():
    case = Case("service.stop").arm()
    case.host.program = b""
    assert isinstance(case.undo(), Done)


def test_the_receipt_tells_the_tier_and_no_secret():
    case = Case("service.stop").arm()
    assert case.receipt.keys() == {"token", "program", "captured", "tier", "ttl"}
    assert case.receipt["tier"] == "B"
    assert case.renew() == 60
