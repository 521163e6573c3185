"""The faults of a host's resources, on a real host."""

from faults.scripted import OnHost as OnAHost

from drill.faults.ailing import DiskErrors, DiskErrorsParams, DiskSlow, DiskSlowParams
from drill.faults.pressure import Cpu, CpuParams, Memory, MemoryParams, Processes, ProcessesParams
from drill.faults.process import Interrupt, InterruptParams
from drill.faults.storage import DiskFull, DiskFullParams, ReadOnly, ReadOnlyParams


class OnHost(OnAHost):
    host = "lb1"


class TestInterrupt(OnHost):
    """A restore that takes a second is tried, and is killed half-way."""

    fault, params = Interrupt(), InterruptParams(name="restore", after=1 << 20)
    ready = """
    mkdir -p /srv/victim; cp /bin/dd /usr/local/sbin/restore; rm -f /srv/victim/restored
    """
    works = """
    (sleep 0.2; for n in $(seq 12); do head -c 200000 /dev/zero; sleep 0.1; done) \
      | restore of=/srv/victim/restored bs=10k 2> /dev/null
    """
    shown = "ls -A /srv/victim | grep -v restored; pgrep -fc 'host ho[g]'"
    earlier = "cp /dev/null /srv/victim/$1"


class OnTheShelf(OnHost):
    """A small file system of its own."""

    ready = """
    mkdir -p /srv/shelf; for n in 1 2 3; do umount -l /srv/shelf 2> /dev/null || true; done
    mount -t tmpfs -o size=40m shelf /srv/shelf; touch /srv/shelf/x
    """
    shown = "grep shelf /proc/self/mountinfo; ls -lA --time-style=full-iso /srv/shelf"
    earlier = "head -c $((1000 * $1)) /dev/urandom > /srv/shelf/$1"


class TestDiskFull(OnTheShelf):
    fault, params = DiskFull(), DiskFullParams(directory="/srv/shelf")
    works = "head -c 20M /dev/zero > /srv/shelf/y; well=$?; rm /srv/shelf/y; exit $well"


class TestReadOnly(OnTheShelf):
    """Seen from within a unit that systemd confines, as it does with many services."""

    fault, params = ReadOnly(), ReadOnlyParams(directory="/srv/shelf")
    works = "systemd-run -q --wait --pipe -p ProtectSystem=full touch -a /srv/shelf/x"
    meddle = "mount -t tmpfs theirs /srv/shelf"


class TestDiskSlow(OnTheShelf):
    """Seen by who is confined; one read in time out of ten is enough, for the machine is shared."""

    fault = DiskSlow()
    params = DiskSlowParams(directory="/srv/shelf", delay="300ms", operations=("read", "fsync"))
    works = """
    echo content > /srv/shelf/.victim; trap 'rm -f /srv/shelf/.victim' EXIT
    systemd-run -q --wait --pipe -p ProtectSystem=full sh -c '
    for n in 1 2 3 4 5 6 7 8 9 10; do
      began=$(date +%s%N); cat /srv/shelf/.victim > /dev/null
      test $(($(date +%s%N) - began)) -ge 250000000 || exit 0
    done; exit 1'
    """
    meddle = "mount -t tmpfs theirs /srv/shelf"


class TestDiskErrors(OnTheShelf):
    """Twenty reads that all go well are no chance."""

    fault, params = DiskErrors(), DiskErrorsParams(directory="/srv/shelf", percent=50)
    works = """
    for n in $(seq 20); do head -c 1 /srv/shelf/z | grep -q z || exit 1; done
    """
    ready = f"{OnTheShelf.ready}\necho z > /srv/shelf/z"
    meddle = "mount -o remount,ro /srv/shelf"


class Hogs(OnHost):
    """Processes that take what others, which sleep, want too."""

    ready = "pkill -f 'sleep 8640[5]' || true"
    works = "! pgrep -f 'host ho[g]'"
    shown = """
    pgrep -fc 'host ho[g]'
    for pid in $(pgrep -f 'sleep 8640[5]'); do echo $pid $(ps -o ni= $pid); done
    """
    earlier = "nice -n $(($1 % 20)) setsid -f sleep 86405 > /dev/null 2>&1"


class TestCpu(Hogs):
    fault, params = Cpu(), CpuParams(workers=1, percent=50)


class TestProcesses(Hogs):
    fault, params = Processes(), ProcessesParams(count=50)
    works = "test $(pgrep -fc 'host ho[g]') -le 50"


class TestMemory(Hogs):
    """Takes two hundredths of the machine's memory, which all hosts of the lab share."""

    fault = Memory()
    works = """
    for pid in $(pgrep -f 'host ho[g]'); do
      test $(grep VmRSS /proc/$pid/status | tr -dc 0-9) -lt 100000
    done
    """

    @property
    def params(self):
        lines = self.must("grep -E '^Mem(Total|Available)' /proc/meminfo").splitlines()
        total, free = (int(line.split()[1]) for line in lines)
        return MemoryParams(percent=100 * (total - free) // total + 2)
