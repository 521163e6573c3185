"""Whatever was there before an inject is there again after its undo."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lease.house import CUT
from lease.test_token import DISK, FAULTS, WAYS, Case, state

from drill.faults.process import Chosen
from drill.hosts import warden
from drill.model.outcome import Done
from drill.testing.cancels import HandCancel
from drill.testing.hosts import FakeHost, FakeProcess
from drill.testing.kernels import FakeKernel
from drill.testing.postgres import FakeRole

CONTENT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)
NAMES = ("mail", "cron", "postgres", "worker")


@st.composite
def kernels(draw):
    """A kernel with anything at other interfaces, below other mounts and in its clock."""
    queue = {"kind": "htb", "handle": "1:", "root": True, "options": {}}
    return FakeKernel(
        queues=draw(st.dictionaries(st.sampled_from(["eth1", "lo"]), st.just(queue))),
        covers=draw(st.lists(st.tuples(st.sampled_from(["/srv", "/a"]), st.just("rw")).map(list))),
        room={"/srv": draw(st.integers(17, 1 << 20))},
        ahead=draw(st.integers(0, 10**9)) + 0.0,
        memory=draw(st.integers(800, 1 << 20)),
    )


@st.composite
def hosts(draw):
    """A host whose nginx runs, among units and processes of any kind."""
    host = FakeHost()
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        unit = host.add_unit(f"{name}.service", name)
        unit.enabled = draw(st.sampled_from(["enabled", "disabled", "static"]))
        if draw(st.booleans()):
            host.command(["systemctl", "stop", f"{name}.service"], b"")
    host.add_unit("nginx.service", "nginx").enabled = draw(st.sampled_from(["enabled", "static"]))
    for pid in range(100, 100 + draw(st.integers(0, 6))):
        name = draw(st.sampled_from(["worker", "nginx"]))
        host.processes[pid] = FakeProcess(name, "cron.service", draw(st.sampled_from("ST")), pid)
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        host.tables[name] = f"table inet {name}"
    host.kernel = draw(kernels())
    for path, at in DISK.items():
        host.disk.write(path, draw(CONTENT), at)
    host.expiry |= {"drill": "", "alice": draw(st.sampled_from(["", "20000", "40000"]))}
    host.postgres.roles["app"] = FakeRole(limit=draw(st.integers(5, 100)))
    return host


@pytest.mark.parametrize("name", [*FAULTS, *WAYS])
@settings(deadline=None, max_examples=30)  # the machine may be busy
@given(host=hosts())
def test_what_was_there_is_there_again(name, host):
    case, before = Case(name, host), state(host)
    case.arm().inject()
    assert state(host) != before
    assert isinstance(case.undo(), Done)
    assert state(host) == before


@settings(deadline=None)  # the machine may be busy
@given(host=hosts())
def test_by_name_what_was_stopped_stays_stopped(host):
    case, before = Case("process.pause", host), state(host)
    case.params = Chosen(name="nginx")
    case.arm().inject()
    assert isinstance(case.undo(), Done)
    assert state(host) == before


RULESETS = [
    "",
    "table inet filter { }",
    "table ip nat { chain post { type nat hook postrouting priority 100; } }",
    "table inet f { chain i { type filter hook input priority 0; tcp dport 22 accept; } }",
    "table inet f { set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 }; } }",
    "table inet drill_other { chain input { type filter hook input priority -300; } }",
    'table ip6 f { chain o { type filter hook output priority -300; comment "drill"; } }',
    "table inet f { counter c { packets 3 bytes 5 }; quota q { over 10 mbytes } }",
    "table netdev n { } table arp a { } table bridge b { }",
]


@pytest.mark.lab
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("network.partition", {}),
        pytest.param("network.partition", {"direction": "in"}, marks=pytest.mark.nightly),
        pytest.param("network.partition", {"direction": "out"}, marks=pytest.mark.nightly),
        pytest.param("network.loss", {"percent": 5}, marks=pytest.mark.nightly),
        pytest.param("network.reset", {}, marks=pytest.mark.nightly),
        pytest.param("network.firewall", {}, marks=pytest.mark.nightly),
    ],
)
def test_every_rule_set_is_as_it_was(house, name, more):
    for ruleset in RULESETS:
        house.sh("nft flush ruleset")
        house.run(["nft", "-f", "-"], HandCancel(), stdin=ruleset.encode())
        before = json.loads(house.sh("nft -j list ruleset"))
        params = CUT | more | {"peers": ["10.0.0.0/8", "fd00::/8"], "ports": [25]}
        receipt = warden.arm(house.access, name, params, 60, HandCancel())
        assert isinstance(warden.inject(house.access, receipt, HandCancel()), Done)
        assert json.loads(house.sh("nft -j list ruleset")) != before
        assert isinstance(warden.undo(house.access, receipt, HandCancel()), Done)
        assert json.loads(house.sh("nft -j list ruleset")) == before


@pytest.mark.lab
def test_every_mixture_of_running_and_stopped_is_as_it_was(house):
    with house.victims(4):
        pids = [line.split()[0] for line in house.states().splitlines()]
        for stopped in itertools.product([True, False], repeat=3):
            pairs = zip(pids, [*stopped, False], strict=True)
            house.sh("; ".join(f"kill -{'STOP' if each else 'CONT'} {pid}" for pid, each in pairs))
            pause_and_undo(house)


def pause_and_undo(house):
    before = house.states()
    receipt = warden.arm(house.access, "process.pause", {"name": "victim"}, 60, HandCancel())
    assert isinstance(warden.inject(house.access, receipt, HandCancel()), Done)
    assert "S" not in house.states()
    assert isinstance(warden.undo(house.access, receipt, HandCancel()), Done)
    assert house.states() == before
