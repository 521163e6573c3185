"""A host without systemd for the real leasing program: namespaces of its own over this machine's
programs. Nothing of this machine is touched: it has its own /etc, /var/lib, /run, /usr/local/sbin,
network and processes; ``cycle`` is a power cycle, which only the disk survives."""

import shutil
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drill.hosts.consent import Marker, make
from drill.hosts.local import LocalRemote
from drill.model.targets import Target
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel
from drill.testing.sshd import make_key

CUT = {"interface": "eth0", "direction": "both", "peers": [], "ports": [], "spare": "10.99.0.1"}
MACHINE = "5e1f" * 8
MORE = ["account", "backup", "data", "dns", "file", "postgres", "sudo", "tls"]
_UP = """
set -e
mount -t tmpfs tmpfs /mnt; mkdir /mnt/etc
echo root:x:0:0:root:/root:/bin/sh > /mnt/etc/passwd; echo root:x:0: > /mnt/etc/group
mount --bind /mnt/etc /etc; cp -r "$0/etc/." /etc/
mount --bind "$0/lib" /var/lib; mount --bind "$0/sbin" /usr/local/sbin
mount -t tmpfs tmpfs /run
ip link set lo up; ip link add eth0 type veth peer name peer0; ip link set peer0 up
ip address add 10.77.0.1/24 dev eth0; ip link set eth0 up
echo ready; exec sleep 900
"""
_PATH = "PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


def marker(**changes):
    given = {
        "environment": "lab",
        "group": "test",
        "classes": ["service", "process", "network", "host", *MORE],
        "expires": datetime.now(UTC) + timedelta(hours=1),  # noqa: TID251  what people would write
        "host": MACHINE,
    }
    return Marker.model_validate(given | changes)


class Lent:
    """The way into a house, which another process may take too."""

    disk = Path()

    def __init__(self, enter) -> None:
        self.enter = enter

    def argv(self, *words):
        return [*self.enter, "env", "-i", _PATH, *words]

    def run(self, argv, cancel, *, stdin=b"", root=False):
        return LocalRemote().run(self.argv(*argv), cancel, stdin=stdin)

    def sh(self, script):
        return self.run(["sh", "-c", script], HandCancel()).out

    @property
    def access(self):
        login = SshLogin("10.99.0.1", 22, "drill", self.disk, self.disk)
        target = Target(name="db1", site="a", address="10.77.0.1")
        return Access(
            target, remote=self, login=login, environment="lab", group="test", secret=b"run"
        )


class House(Lent):
    def __init__(self, disk: Path) -> None:
        super().__init__([])
        self.disk = disk
        for name in ("etc", "etc/drill", "lib", "sbin", "keys"):
            (disk / name).mkdir()
        make_key(self.key)
        (disk / "etc" / "machine-id").write_text(f"{MACHINE}\n")
        for name, content in make(marker(), self.key).items():
            (disk / "etc" / "drill" / name).write_bytes(content)

    @property
    def key(self):
        return self.disk / "keys" / "owner"

    def __enter__(self):
        argv = ["unshare", "-U", "-r", "-m", "-n", "-p", "-f", "--mount-proc", "--kill-child"]
        self._holder = subprocess.Popen(
            [*argv, "sh", "-c", _UP, str(self.disk)], stdout=subprocess.PIPE, text=True, cwd="/"
        )
        assert self._holder.stdout.readline() == "ready\n"
        children = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children")
        self.enter = ["nsenter", "-t", children.read_text().split()[0]]
        self.enter += ["-U", "-m", "-n", "-p", "--preserve-credentials", "--"]
        return self

    def __exit__(self, *_):
        self._holder.kill()
        self._holder.communicate()

    def cycle(self):
        self.__exit__()
        return self.__enter__()

    def start(self, *words):
        return subprocess.Popen(
            self.argv(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )

    @contextmanager
    def victims(self, count):
        """Lend processes of the name ``victim`` that do nothing."""
        shutil.copy("/bin/sleep", self.disk / "sbin" / "victim")
        started = [self.start("/usr/local/sbin/victim", "600") for _ in range(count)]
        try:
            assert within(lambda: self.states().count("S") == count, 10) < 10
            yield
        finally:
            self.sh("pkill -KILL -x victim")
            for each in started:
                each.kill()  # nsenter stops itself when its child is stopped; nobody continues it
                each.wait()

    def states(self):
        """Tell which victims are stopped; whether another just runs or sleeps is chance."""
        return self.sh("ps -o pid=,stat= -C victim").replace("R", "S")

    def write(self, marker):
        """Write and sign another marker, while the house is up."""
        for name, content in make(marker, self.key).items():
            self.run(["tee", f"/etc/drill/{name}"], HandCancel(), stdin=content)


def within(holds, seconds):
    """Return the seconds until something held; never, where it did not in time."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            return float("inf")
        time.sleep(0.05)
    return time.monotonic() - began
