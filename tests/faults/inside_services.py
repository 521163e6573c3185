"""The faults of services and processes, on a real host of a lab."""

import contextlib
import urllib.request
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from faults.lab_host import APP, HOSTS, customer
from faults.scripted import OnHost, Scripted

from drill.faults.process import Chosen, Kill, KillParams, Pause
from drill.faults.service import CrashLoop, CrashParams, Stop, StopParams
from drill.faults.skew import ServiceSkew, ServiceSkewParams
from drill.hosts.patience import until
from drill.model.outcome import Done, Failed
from drill.testing.cancels import HandCancel


def answers():
    return customer() is not None


def steady():
    """Ask for two seconds, longer than what dies again and again ever lives."""
    return all(answers() for _ in range(40) if not HandCancel().wait(0.05))


def date_of(host):
    """Return the date that customers are told by an application host, once it answers."""
    for _ in range(60):
        with contextlib.suppress(OSError):
            page = urllib.request.urlopen(f"http://{host.address}:8000/alive", timeout=1)
            return parsedate_to_datetime(page.headers["Date"])
        HandCancel().wait(0.05)
    raise TimeoutError(host.name)


UNITS = """
systemctl show -p ActiveState,UnitFileState,DropInPaths,Nice victim other
ls -A /run/systemd/system | grep -v deadman"""
STEADY = "sed 's/=.*activating/=active/'"
"""What dies again and again is now in one state, now in another: its victim is asked besides."""


class Service(OnHost):
    """A unit that does not come back by itself, as most do, among others."""

    host = "bak1"
    ready = """
    printf '[Unit]\\nStartLimitIntervalSec=0\\n[Service]\\nExecStart=/bin/sleep 86400\\n' \
      > /run/systemd/system/victim.service
    printf '[Service]\\nExecStart=/bin/sleep 86402\\n' > /run/systemd/system/other.service
    systemctl unmask --runtime victim > /dev/null 2>&1; systemctl daemon-reload
    systemctl reset-failed victim 2> /dev/null || true; systemctl restart victim
    """
    works = "systemctl is-active -q victim"
    shown = f"{UNITS}; pgrep -fc 'sleep 8640[02]'"
    earlier = """
    if [ $(($1 % 2)) = 1 ]; then systemctl start other; else systemctl stop other; fi
    service="[Service]\\nExecStart=/bin/sleep 86400\\nNice=$(($1 % 19))\\n"
    printf "[Unit]\\nStartLimitIntervalSec=0\\n$service" > /run/systemd/system/victim.service
    systemctl daemon-reload; systemctl restart victim
    """
    meddle = """
    mkdir -p /run/systemd/system/victim.service.d
    printf '[Service]\\nNice=3\\n' > /run/systemd/system/victim.service.d/theirs.conf
    systemctl daemon-reload
    """
    mend = "rm -rf /run/systemd/system/victim.service.d; systemctl daemon-reload"


class TestStop(Service):
    fault, params = Stop(), StopParams(unit="victim.service")


class TestKillByUnit(Service):
    fault, params = Kill(), KillParams(unit="victim.service")


class TestKillByName(Service):
    fault, params = Kill(), KillParams(name="sleep", signal="TERM")
    states = 1
    earlier = "systemctl stop other"

    @pytest.fixture(autouse=True)
    def _alone(self, _lend):
        self.must("systemctl stop other; pkill -x sleep; systemctl restart victim")


class TestCrashLoop(Service):
    fault, params = CrashLoop(), CrashParams(unit="victim.service")
    shown = f"({UNITS}) | {STEADY}"


class TestCrashLoopOfWhatLives(Service):
    """It serves for a while each time, so its customers meet both."""

    host = "app2"
    fault, params = CrashLoop(), CrashParams(unit="orders.service", lives=1)
    ready = "systemctl start orders"
    states = 1
    earlier = "true"
    shown = f"systemctl show -p ActiveState,UnitFileState,DropInPaths orders | {STEADY}"
    meddle = Service.meddle.replace("victim", "orders")
    mend = Service.mend.replace("victim", "orders") + "; systemctl restart orders"

    def broken(self):
        return not until(steady, HandCancel(3))


class TestSkew(Service):
    """It tells the date by HTTP, and is asked by a neighbour whose clock is right."""

    fault, params = ServiceSkew(), ServiceSkewParams(unit="victim.service", seconds=-7200)
    serves = "/usr/bin/python3 -m http.server 8123"
    ready = Service.ready.replace("/bin/sleep 86400", serves)
    works = """
    at=$(curl -sI --retry 40 --retry-connrefused --retry-delay 1 localhost:8123 | grep -i ^date:)
    off=$(($(date +%s) - $(date -d "${at#*: }" +%s))); test ${off#-} -lt 60
    """
    shown = Service.shown.replace("sleep 8640[02]", "http.server 812[3]") + "ls -A /dev/shm"
    earlier = Service.earlier.replace("/bin/sleep 86400", serves).replace(
        "Nice=", "Environment=N=$1\\nNice="
    )
    mend = Service.mend + "; rm -f /dev/shm/*faketime_*"


class TestSkewOfNginx(Service):
    """It clears its environment; its customers read a wrong date for all that."""

    host = "app2"
    fault, params = ServiceSkew(), ServiceSkewParams(unit="nginx.service", seconds=86_400)
    states, earlier = 1, "true"
    ready = "systemctl start nginx orders"
    shown = "systemctl show -p ActiveState,UnitFileState,DropInPaths nginx"
    meddle = Service.meddle.replace("victim", "nginx")
    mend = Service.mend.replace("victim", "nginx") + "; systemctl restart nginx"

    def broken(self):
        return date_of(APP) - date_of(HOSTS["app1"]) > timedelta(minutes=1)

    def test_it_stays_wrong(self):
        """The library reads anew every ten seconds what it is to say, unless it is told not to."""
        world = self.world()
        receipt = self.prepared(world)
        assert isinstance(self.applied(world, receipt), Done)
        HandCancel().wait(12)
        assert self.broken()
        assert isinstance(self.undone(world, receipt), Done)
        assert not self.broken()


class TestSkewOfWhoDoesNotHearIt(Scripted):
    """What starts the program sets its environment, as pg_ctlcluster(1) does."""

    host, fault = "bak1", ServiceSkew()
    ready = Service.ready.replace("ExecStart=/bin/sleep", "ExecStart=/usr/bin/env -i /bin/sleep")

    def test_it_is_not_called_done(self):
        world, fault, shared = self.world(), self.fault, self.must("ls -A /dev/shm")
        params = ServiceSkewParams(unit="victim.service", seconds=9, lease=timedelta(seconds=30))
        receipt = fault.prepare(world.access, params, HandCancel())
        outcome = fault.apply(world.access, params, receipt, HandCancel())
        assert isinstance(outcome, Failed)
        assert "runs without libfaketime" in outcome.error
        assert isinstance(fault.undo(world.access, params, receipt, HandCancel()), Done)
        assert self.must("ls -A /dev/shm") == shared


CGROUP = "cgroup=/sys/fs/cgroup$(systemctl show -p ControlGroup --value victim)"


class TestPause(Service):
    """Of a unit's processes, some were stopped before: they stay so."""

    fault, params = Pause(), Chosen(unit="victim.service")
    works = "! grep -q '^State:.T' /proc/$(systemctl show -p MainPID --value victim)/status"
    shown = f"""
    {CGROUP}; for pid in $(sort -n $cgroup/cgroup.procs); do
      echo $pid $(grep -c '^State:.T' /proc/$pid/status)
    done
    """
    earlier = f"""
    systemctl restart victim; {CGROUP}
    for bit in 1 2 4 8 16; do
      sleep 86406 > /dev/null 2>&1 & echo $! > $cgroup/cgroup.procs
      [ $(($1 & bit)) = 0 ] || kill -STOP $!
    done
    """
    meddle = f"""
    setsid --fork systemd-run -q --slice=system --unit=theirs sleep 86403 || true
    {CGROUP}
    sleep 86404 & echo $! > $cgroup/cgroup.procs; kill -STOP $!
    """
    mend = "systemctl stop theirs; pkill -KILL -f 'sleep 8640[34]'; systemctl restart victim"


class TestPauseOfTheApp(OnHost):
    fault, params = Pause(), Chosen(unit="orders.service")
    states, earlier = 1, "true"
    ready, shown = "systemctl start orders", "systemctl is-active orders"
    meddle = TestPause.meddle.replace("victim", "orders")
    mend = TestPause.mend.replace("victim", "orders")

    def broken(self):
        return not answers()
