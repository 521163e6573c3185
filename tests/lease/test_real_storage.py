"""File systems that are full or read-only: in a real kernel."""

import pytest
from lease.house import within

from drill.errors import RefusedError
from drill.faults.skew import ClockSkew, SkewParams
from drill.faults.storage import DiskFull, DiskFullParams, ReadOnly, ReadOnlyParams
from drill.hosts import warden
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World

pytestmark = pytest.mark.lab

PLACE = "/mnt/disk"


@pytest.fixture
def shelf(house):
    """A house with a small disk of its own, and a service whose mounts are its own too."""
    house.sh(f"mount --make-rshared /; mkdir {PLACE}; mount -t tmpfs -o size=64m disk {PLACE}")
    house.sh(f"mkdir {PLACE}/data; echo kept > {PLACE}/data/file")
    confined = house.start("unshare", "-m", "--propagation", "slave", "sleep", "881")
    try:
        assert within(lambda: house.sh("pgrep -f '^sleep 881'"), 10) < 10
        yield house
    finally:
        confined.kill()
        confined.wait()


class OnTheShelf(FaultConformance):
    @pytest.fixture(autouse=True)
    def _lend(self, shelf):
        self._house = shelf

    def world(self):
        return World(self._house.access, self.params, self._state, self._broken)

    def _state(self):
        """Leave out when a directory was written to: the victim's probe does that."""
        mounts = "awk '{ print $4, $5, $6 }' /proc/self/mountinfo | grep disk"
        listed = f"find {PLACE} -printf '%M %u %g %s %p ' '(' -type f -printf %T@ -o -true ')'"
        return self._house.sh(f"{listed}; df {PLACE}; {mounts}; {within_confines(mounts)}")


class TestDiskFull(OnTheShelf):
    fault, params = DiskFull(), DiskFullParams(directory=f"{PLACE}/data")

    def _broken(self):
        write = f"dd if=/dev/zero of={PLACE}/more bs=1M count=20 2>&1; rm {PLACE}/more"
        return "No space left" in self._house.sh(write)


class TestReadOnly(OnTheShelf):
    fault, params = ReadOnly(), ReadOnlyParams(directory=f"{PLACE}/data")

    def _broken(self):
        touch = f"touch {PLACE}/data/new && rm {PLACE}/data/new"
        refused = [
            "Read-only" in self._house.sh(f"{each} 2>&1")
            for each in (f"({touch})", within_confines(touch))
        ]
        assert len(set(refused)) == 1
        return refused[0]


def within_confines(script):
    return f"nsenter -t $(pgrep -f '^sleep 881') -m sh -c {script!r}"


def tried(house, fault, params):
    receipt = fault.prepare(house.access, params, HandCancel())
    assert isinstance(fault.apply(house.access, params, receipt, HandCancel()), Done)
    return lambda: fault.undo(house.access, params, receipt, HandCancel())


def test_who_works_in_the_directory_may_write_again_after_the_undo(shelf):
    undo = tried(shelf, ReadOnly(), ReadOnlyParams(directory=f"{PLACE}/data"))
    worker = f"cd {PLACE}/data; until touch ./mine 2>/dev/null; do sleep 0.1; done"
    working = shelf.start("sh", "-c", worker)
    assert (
        within(lambda: shelf.sh(f"fuser -m {PLACE}/data 2>/dev/null || pgrep -f ./mine"), 10) < 10
    )
    assert isinstance(undo(), Done)
    assert working.wait(timeout=10) == 0
    assert shelf.sh(f"ls {PLACE}/data") == "file\nmine\n"


@pytest.mark.parametrize(
    "meddle",
    [
        f"mount -o remount,bind,rw {PLACE}/data",
        f"mount -t tmpfs other {PLACE}/data",
    ],
)
def test_a_mount_that_somebody_else_changed_is_left_as_it_is(shelf, meddle):
    undo = tried(shelf, ReadOnly(), ReadOnlyParams(directory=f"{PLACE}/data"))
    shelf.sh(meddle)
    changed = shelf.sh("cat /proc/self/mountinfo")
    outcome = undo()
    assert isinstance(outcome, Failed)
    assert warden.DIRTY in outcome.error
    assert shelf.sh("cat /proc/self/mountinfo") == changed


@pytest.mark.parametrize(
    "earlier",
    [
        "true",
        f"mount --bind {PLACE}/data {PLACE}/data",
        f"mount -t tmpfs inner {PLACE}/data",
        f"mount -t tmpfs inner {PLACE}/data; mount --make-private {PLACE}/data",
        f"mount --bind /usr/share {PLACE}/data; mount -t tmpfs -o noexec third {PLACE}/data",
    ],
)
def test_whatever_was_mounted_there_is_there_again(shelf, earlier):
    shelf.sh(earlier)
    before = shelf.sh("cat /proc/self/mountinfo")
    undo = tried(shelf, ReadOnly(), ReadOnlyParams(directory=f"{PLACE}/data"))
    assert shelf.sh("cat /proc/self/mountinfo") != before
    assert isinstance(undo(), Done)
    assert shelf.sh("cat /proc/self/mountinfo") == before


@pytest.mark.parametrize("filled", [0, 1, 20, 46])
def test_however_full_it_was_it_is_so_again(shelf, filled):
    shelf.sh(f"fallocate -l {filled + 1}KiB {PLACE}/a; fallocate -l {filled}MiB {PLACE}/b")
    before = shelf.sh(f"df {PLACE}; ls -A {PLACE}")
    undo = tried(shelf, DiskFull(), DiskFullParams(directory=PLACE))
    assert isinstance(undo(), Done)
    assert shelf.sh(f"df {PLACE}; ls -A {PLACE}") == before


def test_the_last_block_is_taken_only_where_healing_writes_nothing(shelf):
    undo = tried(shelf, DiskFull(), DiskFullParams(directory=f"{PLACE}/data", leave=0))
    assert int(shelf.sh(f"df --output=avail {PLACE} | tail -n 1")) < 1024
    assert isinstance(undo(), Done)
    shelf.sh("mkdir -p /var/lib/app")
    for directory in ("/var/lib/app", "/usr/local/sbin"):
        params = DiskFullParams(directory=directory, leave=15)
        with pytest.raises(RefusedError, match="healing writes there"):
            DiskFull().prepare(shelf.access, params, HandCancel())


def test_the_lease_ends_both_on_a_disk_that_somebody_filled_to_the_brim(shelf):
    cases = {
        "host.disk-full": {"directory": PLACE, "leave": 16},
        "host.read-only": {"directory": f"{PLACE}/data"},
    }
    for name, params in cases.items():
        receipt = warden.arm(shelf.access, name, params, 2, HandCancel())
        assert isinstance(warden.inject(shelf.access, receipt, HandCancel()), Done)
    shelf.sh(f"dd if=/dev/zero of={PLACE}/brim bs=1M 2>/dev/null")
    assert within(lambda: shelf.sh("drill-host list").count('"undone"') == len(cases), 30) < 30
    assert shelf.sh(f"ls -A {PLACE}; touch {PLACE}/data/new && ls {PLACE}/data") == (
        "brim\ndata\nfile\nnew\n"
    )


def test_a_filled_disk_is_healed_after_a_power_cycle(house):
    house.sh("mkdir /var/lib/app")
    free = int(house.sh("df --output=avail -BM /var/lib/app").split()[1].rstrip("M"))
    params = {"directory": "/var/lib/app", "leave": free - 20}  # of this machine's own disk
    receipt = warden.arm(house.access, "host.disk-full", params, 600, HandCancel())
    assert isinstance(warden.inject(house.access, receipt, HandCancel()), Done)
    house.cycle()
    assert ".drill-" in house.sh("ls -A /var/lib/app")
    house.run(["drill-host", "heal"], HandCancel())
    assert house.sh("ls -A /var/lib/app") == ""
    assert '"undone"' in house.sh("drill-host list")


def test_a_host_without_a_clock_of_its_own_declines_a_skew(house):
    """The one of this machine stays as it is: whoever else is on it needs it."""
    with pytest.raises(RefusedError, match="no clock of its own"):
        ClockSkew().prepare(house.access, SkewParams(seconds=3600), HandCancel())
