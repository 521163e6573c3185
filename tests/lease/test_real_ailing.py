"""Disks that are slow or fail: by FUSE, in a real kernel."""

import shutil
from pathlib import Path

import pytest
from lease.house import within

from drill.errors import RefusedError
from drill.faults.ailing import DiskErrors, DiskErrorsParams, DiskSlow, DiskSlowParams
from drill.hosts import warden
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel

pytestmark = pytest.mark.lab

PLACE = "/mnt/disk"
SLOW = DiskSlowParams(directory=f"{PLACE}/data", delay="200ms")
BAD = DiskErrorsParams(directory=f"{PLACE}/data", percent=100)
SERVERS = "pgrep -f 'host ho[g]' || true"
DEEDS = Path(__file__).with_name("deeds.py")


@pytest.fixture
def shelf(house):
    house.sh(f"mkdir {PLACE}; mount -t tmpfs -o size=64m disk {PLACE}; mkdir {PLACE}/data")
    house.sh(f"echo kept > {PLACE}/data/file")
    shutil.copy(DEEDS, house.disk / "sbin" / "deeds")
    return house


class Broken:
    """A fault that stands."""

    def __init__(self, house, fault, params):
        self.house, self.fault, self.params = house, fault, params
        self.receipt = fault.prepare(house.access, params, HandCancel())
        outcome = fault.apply(house.access, params, self.receipt, HandCancel())
        assert isinstance(outcome, Done), outcome

    def undo(self):
        return self.fault.undo(self.house.access, self.params, self.receipt, HandCancel())


def mounts(house):
    return house.sh("cat /proc/self/mountinfo")


def test_programs_find_the_same_file_system_in_it(shelf):
    shelf.sh(f"mkdir {PLACE}/plain; mkdir {PLACE}/data/through")
    params = DiskSlowParams(directory=f"{PLACE}/data", delay="1ms")
    broken = Broken(shelf, DiskSlow(), params)
    told = {
        place: shelf.sh(f"python3 /usr/local/sbin/deeds {PLACE}/{place} 2>&1")
        for place in ("plain", "data/through")
    }
    assert told["plain"].count('"') > 100
    assert told["data/through"] == told["plain"]
    assert isinstance(broken.undo(), Done)
    assert shelf.sh(f"cat {PLACE}/data/through/renames/two") != ""


WORKER = """
import os, sys, time
file = os.open("{0}/mine", os.O_RDWR | os.O_CREAT)
os.write(file, b"a")
open("/run/ready", "w").close()
while not os.path.exists("/run/go"): time.sleep(0.01)
began = time.monotonic()
assert os.pwrite(file, b"bc", 1) == 2 and os.pread(file, 9, 0) == b"abc"
os.fsync(file)
sys.exit(time.monotonic() - began > 0.19)
"""


def test_who_has_a_file_open_goes_on_at_full_speed_after_the_undo_and_then_it_all_ends(shelf):
    before = mounts(shelf)
    broken = Broken(shelf, DiskSlow(), SLOW)
    working = shelf.start("python3", "-c", WORKER.format(f"{PLACE}/data"))
    assert within(lambda: shelf.sh("ls /run/ready"), 20) < 20
    assert isinstance(broken.undo(), Done)
    assert mounts(shelf) == before
    assert shelf.sh(SERVERS) != ""
    shelf.sh("touch /run/go")
    assert working.wait(timeout=20) == 0
    assert shelf.sh(f"cat {PLACE}/data/mine") == "abc"
    assert within(lambda: shelf.sh(SERVERS) == "", 20) < 20


def test_who_came_before_and_who_comes_through_see_the_same_at_once(shelf):
    before = shelf.start("sh", "-c", f"cd {PLACE}/data; touch /run/in; exec sleep 77")
    try:
        assert within(lambda: shelf.sh("ls /run/in"), 20) < 20
        broken = Broken(shelf, DiskSlow(), SLOW.model_copy(update={"operations": ("fsync",)}))
        under = "/proc/$(pgrep -f '^sleep 77')/cwd"
        for number in range(3):
            shelf.sh(f"echo {number} > {under}/shared; echo more >> {PLACE}/data/shared")
            assert shelf.sh(f"cat {PLACE}/data/shared") == f"{number}\nmore\n"
            assert shelf.sh(f"cat {under}/shared") == f"{number}\nmore\n"
        shelf.sh(f"mv {under}/shared {under}/other; mkdir {under}/d; mv {PLACE}/data/d {under}/e")
        assert shelf.sh(f"ls {PLACE}/data") == "e\nfile\nother\n"
        assert isinstance(broken.undo(), Done)
    finally:
        before.kill()
        before.wait()


def test_a_slow_request_holds_up_no_other(shelf):
    params = SLOW.model_copy(update={"delay": SLOW.delay * 10, "operations": ("read",)})
    shelf.sh(f"for n in $(seq 40); do echo $n > {PLACE}/data/f$n; done")
    broken = Broken(shelf, DiskSlow(), params)
    all_at_once = f"for n in $(seq 40); do cat {PLACE}/data/f$n & done; sleep 0.5; ls {PLACE}/data"
    began = "began=$(date +%s); "
    told = shelf.sh(f"{began}({all_at_once}) | wc -l; wait; echo $(($(date +%s) - began))")
    lines, seconds = map(int, told.split())
    assert lines == 40 + 41
    assert seconds < 40  # one after the other, they take 80
    assert isinstance(broken.undo(), Done)


def test_no_more_passes_in_a_second_than_was_told(shelf):
    params = DiskSlowParams(directory=f"{PLACE}/data", delay="1ms", kib=1024)
    broken = Broken(shelf, DiskSlow(), params)
    write = f"dd if=/dev/zero of={PLACE}/data/two bs=64k count=32 2>/dev/null"
    told = shelf.sh(f"began=$(date +%s%N); {write}; echo $(($(date +%s%N) - began))")
    assert int(told) > 1.9e9
    assert isinstance(broken.undo(), Done)


def test_errors_strike_what_was_told_and_nothing_else(shelf):
    broken = Broken(shelf, DiskErrors(), BAD.model_copy(update={"operations": ("fsync",)}))
    told = shelf.sh(f"cd {PLACE}/data; cat file; echo more > new; cat new; sync new 2>&1")
    assert told.startswith("kept\nmore\n")
    assert "Input/output error" in told
    assert isinstance(broken.undo(), Done)
    assert shelf.sh(f"cd {PLACE}/data; sync new && cat new") == "more\n"


def test_a_server_that_died_is_found_and_the_directory_is_well_again(shelf):
    before = mounts(shelf)
    broken = Broken(shelf, DiskErrors(), BAD)
    shelf.sh("pkill -KILL -f 'host ho[g]'")
    assert "not connected" in shelf.sh(f"ls {PLACE}/data 2>&1")
    outcome = broken.undo()
    assert isinstance(outcome, Done)
    assert "died" in outcome.note
    assert mounts(shelf) == before
    assert shelf.sh(f"cat {PLACE}/data/file") == "kept\n"


def test_a_server_that_somebody_stopped_goes_on(shelf):
    broken = Broken(shelf, DiskErrors(), BAD)
    shelf.sh("pkill -STOP -f 'host ho[g]'")
    assert isinstance(broken.undo(), Done)
    assert shelf.sh(f"cat {PLACE}/data/file") == "kept\n"
    assert within(lambda: shelf.sh(SERVERS) == "", 20) < 20


@pytest.mark.parametrize(
    "meddle",
    [
        f"mount -t tmpfs other {PLACE}/data",
        f"mkdir {PLACE}/data/in; mount -t tmpfs other {PLACE}/data/in",
        f"mount -o remount,ro {PLACE}/data",
        f"umount -l {PLACE}/data; mount -t tmpfs other {PLACE}/data",
    ],
)
def test_a_mount_that_somebody_else_changed_is_left_as_it_is_but_ails_no_more(shelf, meddle):
    broken = Broken(shelf, DiskErrors(), BAD)
    opened = shelf.start("sh", "-c", f"exec 3< {PLACE}/data/file; touch /run/in; sleep 600")
    assert within(lambda: shelf.sh("ls /run/in"), 20) < 20
    shelf.sh(meddle)
    changed = mounts(shelf)
    outcome = broken.undo()
    assert isinstance(outcome, Failed)
    assert warden.DIRTY in outcome.error
    assert mounts(shelf) == changed
    assert shelf.sh("cat /proc/$(pgrep -xf 'sleep 600')/fd/3") == "kept\n"
    opened.kill()
    opened.wait()


def test_one_that_somebody_else_took_off_is_as_it_was(shelf):
    before = mounts(shelf)
    broken = Broken(shelf, DiskSlow(), SLOW)
    shelf.sh(f"umount -l {PLACE}/data")
    assert isinstance(broken.undo(), Done)
    assert mounts(shelf) == before
    assert within(lambda: shelf.sh(SERVERS) == "", 20) < 20


def test_the_lease_ends_it_with_nobody_left(shelf):
    before = mounts(shelf)
    words = {"directory": f"{PLACE}/data", "operations": ["read"], "percent": 100}
    receipt = warden.arm(shelf.access, "host.disk-errors", words, 3, HandCancel())
    assert isinstance(warden.inject(shelf.access, receipt, HandCancel()), Done)
    assert shelf.sh(f"cat {PLACE}/data/file") == ""
    assert within(lambda: shelf.sh(f"cat {PLACE}/data/file") == "kept\n", 20) < 20
    assert within(lambda: mounts(shelf) == before, 20) < 20


def test_two_do_not_stand_in_each_other(shelf):
    shelf.sh(f"mkdir {PLACE}/data/inner")
    broken = Broken(shelf, DiskSlow(), SLOW)
    for place in ("data", "data/inner"):
        params = BAD.model_copy(update={"directory": f"{PLACE}/{place}"})
        with pytest.raises(RefusedError, match="another fault"):
            DiskErrors().prepare(shelf.access, params, HandCancel())
    assert isinstance(broken.undo(), Done)


def test_a_host_without_fuse_declines(shelf):
    make = "import socket; socket.socket(socket.AF_UNIX).bind('/run/none')"
    shelf.sh(f'python3 -c "{make}"; mount --bind /run/none /dev/fuse')  # nobody can open that
    with pytest.raises(RefusedError, match="FUSE cannot be had"):
        DiskSlow().prepare(shelf.access, SLOW, HandCancel())
