"""Without systemd: what becomes of a fault when its controller is gone for good."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from lease.house import CUT, within

from drill.errors import RefusedError, RemoteError
from drill.hosts import warden
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel

pytestmark = pytest.mark.lab

LATE = 5.0
"""Seconds after the lease's end by which a fault must be gone (P1)."""

CONTROLLER = """
import json, subprocess, sys, time
sys.path[:0] = {path!r}
from lease.house import CUT, Lent
from drill.hosts import warden
from drill.testing.cancels import HandCancel
access = Lent({enter!r}).access
receipt = warden.arm(access, "network.partition", CUT, 2, HandCancel())
print(warden.inject(access, receipt, HandCancel()).kind, flush=True)
while True:
    warden.renew(access, receipt, HandCancel())
    time.sleep(0.3)
"""


def armed(access, ttl):
    return warden.arm(access, "network.partition", CUT, ttl, HandCancel())


def injected(access, ttl):
    receipt = armed(access, ttl)
    assert isinstance(warden.inject(access, receipt, HandCancel()), Done)
    return receipt


def cut(house):
    return "drop" in house.sh("nft list ruleset")


def gone_in(house, ttl):
    return within(lambda: not cut(house), ttl + LATE)


def footprint(house):
    return house.sh("find /var/lib/drill /usr/local/sbin /run -type f 2>/dev/null")


def test_what_nobody_renews_is_gone_soon_after_its_lease(house, record_property):
    receipt = injected(house.access, 2)
    assert cut(house)
    took = gone_in(house, 2)
    assert took <= 2 + LATE
    record_property("P1", f"a lease of 2 s that nobody renewed: gone after {took:.1f} s")
    undone = warden.undo(house.access, receipt, HandCancel())
    assert isinstance(undone, Done)
    assert "lease" in undone.note


def test_the_controller_and_all_of_its_processes_are_killed_and_the_fault_ends(
    house, record_property
):
    script = CONTROLLER.format(path=sys.path, enter=house.enter)
    controller = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert controller.stdout.readline() == "done\n"
    time.sleep(4)
    assert cut(house), "it was renewed, and must stand beyond its first lease"
    os.killpg(controller.pid, signal.SIGKILL)
    controller.communicate()
    took = gone_in(house, 2)
    assert took <= 2 + LATE
    record_property("P1", f"its controller killed: gone {took:.1f} s later")


def test_the_dead_man_goes_when_nothing_is_armed_and_nothing_is_left_after_remove(house):
    receipt = injected(house.access, 5)
    assert "deadman" in house.sh("ps -eo args")
    warden.undo(house.access, receipt, HandCancel())
    warden.remove(house, HandCancel())
    assert footprint(house) == ""
    assert within(lambda: "deadman" not in house.sh("ps -eo args"), 1) < 1


def test_removed_while_its_lease_ends_it_leaves_nothing_either(house):
    receipt = injected(house.access, 1)
    assert gone_in(house, 1) <= 1 + LATE
    warden.undo(house.access, receipt, HandCancel())
    warden.remove(house, HandCancel())
    time.sleep(1)
    assert footprint(house) == ""


def test_no_request_of_before_the_removal_acts_after_it_not_even_where_another_run_installed_it(
    house,
):
    heard = []
    speak = house.run

    def listening(argv, cancel, *, stdin=b"", root=False):
        heard.append((argv, stdin))
        return speak(argv, cancel, stdin=stdin)

    house.run = listening
    receipt = injected(house.access, 900)
    warden.renew(house.access, receipt, HandCancel())
    warden.undo(house.access, receipt, HandCancel())
    said = [each for each in heard if each[0][2:3] == [warden.PROGRAM]]
    warden.remove(house, HandCancel())
    for again in (False, True):
        if again:
            other = armed(replace(house.access, secret=b"another run"), 900)
        for argv, stdin in said:
            speak(argv, HandCancel(), stdin=stdin)
        assert not cut(house)
    stands = warden.listing(house, HandCancel())["faults"]
    assert [one["token"] for one in stands if one["state"] != "undone"] == [other["token"]]


def test_it_takes_less_than_five_megabytes_while_it_is_there(house):
    injected(house.access, 900)
    used = house.sh("du -sk /var/lib/drill /usr/local/sbin | cut -f1").split()
    assert sum(map(int, used)) < 5 * 1024


@pytest.mark.parametrize("blow", ["KILL", "STOP"])
def test_a_dead_man_that_dies_or_hangs_is_replaced_at_the_next_renewal(house, blow):
    receipt = injected(house.access, 3)
    house.sh(f"pkill -{blow} -f 'drill-host [d]eadman'")
    warden.renew(house.access, receipt, HandCancel())
    assert gone_in(house, 3) <= 3 + LATE


def test_a_power_cycle_ends_every_lease_and_the_dead_man_of_the_next_boot_heals(house):
    receipt = injected(house.access, 900)
    house.cycle()
    assert "active" in house.sh("/usr/local/sbin/drill-host list")
    house.sh("nft 'add table inet drill_left'")
    house.run(["python3", "-I", warden.PROGRAM, "deadman"], HandCancel())
    assert '"undone"' in house.sh("/usr/local/sbin/drill-host list")
    late = warden.inject(house.access, receipt, HandCancel())
    assert isinstance(late, Failed)
    assert not cut(house)
    assert "drill_left" in house.sh("nft list tables"), "not ours to delete"


def test_an_inject_that_hangs_is_killed_when_its_lease_ends_and_acts_no_more(house):
    slow = house.disk / "sbin" / "nft"
    slow.write_text('#!/bin/sh\n[ "$1" = -f ] && sleep 4\nexec /usr/sbin/nft "$@"\n')
    slow.chmod(0o755)
    receipt = armed(house.access, 1)
    with pytest.raises(RemoteError):
        warden.inject(house.access, receipt, HandCancel())
    assert within(lambda: '"undone"' in house.sh("drill-host list"), 3) < 3
    time.sleep(2)
    assert not cut(house)


def test_a_program_that_cannot_start_its_dead_man_arms_nothing(house):
    warden.install(house, HandCancel())
    text = (house.disk / "sbin" / "drill-host").read_text()
    broken = text.replace('if verb == "deadman":', 'if verb == "deadman":\n            return 1')
    (house.disk / "sbin" / "drill-host").write_text(broken)
    owned = {"token": "a" * 32, "owner": "b" * 64}
    claim = {"environment": "lab", "group": "test"}
    claim["epoch"] = warden.speak(house, "probe", {}, HandCancel())["epoch"]
    ask = {**owned, **claim, "fault": "network.partition", "params": CUT, "ttl": 60}
    told = warden.speak(house, "arm", ask, HandCancel())
    assert (told["ok"], "dead-man" in told["error"]) == (False, True)
    assert not warden.speak(house, "inject", owned, HandCancel())["ok"]
    assert not cut(house)


def test_one_command_on_the_host_halts_and_another_lets_faults_begin_again(house):
    injected(house.access, 900)
    began = time.monotonic()
    said = house.sh("drill-host halt < /dev/null")
    assert '"lever": true' in said
    assert time.monotonic() - began < 10
    assert not cut(house)
    with pytest.raises(RefusedError, match="halted"):
        armed(house.access, 5)
    house.sh("drill-host release")
    injected(house.access, 5)


def test_healing_goes_on_with_a_full_disk(house):
    house.sh("mount -t tmpfs -o size=128k tmpfs /var/lib")
    receipt = injected(house.access, 2)
    house.sh("cat /dev/zero > /var/lib/full")
    assert gone_in(house, 2) <= 2 + LATE
    assert isinstance(warden.undo(house.access, receipt, HandCancel()), Done)
    assert '"undone"' in house.sh("drill-host list")
