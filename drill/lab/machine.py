"""One host: its power, its plugs, its disk."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from drill.hosts.fabric import MachineState
from drill.lab import cgroups, disk, network
from drill.lab.blueprint import Blueprint
from drill.lab.kernel import MountFlag, Space, mount, pivot_root, set_host_name, set_link, unshare

_OWN = Space.NET | Space.MOUNT | Space.UTS | Space.IPC | Space.PID | Space.CGROUP
_POWER_BUTTON = signal.SIGRTMIN + 4
"""What systemd(1) takes for ``poweroff.target``."""

_INIT = ("/sbin/init", "--log-level=info", "--log-target=journal")
_ENVIRONMENT = {
    "container": "drill-lab",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "TERM": "linux",
    "HOME": "/root",
}
_GO = b"+"


class Machine:
    """A host of the lab, seen from the fabric."""

    def __init__(self, name: str, blueprint: Blueprint) -> None:
        self.name = name
        self.pid: int | None = None
        """Its pid 1, while that lives or waits to be reaped."""
        self._blueprint = blueprint
        self._directory = blueprint.directory / "hosts" / name
        self._leaf = blueprint.cgroup / name
        self._boots = 0
        self._powered = self._frozen = False
        self._plugged = [True, True]
        """Its data link, its management link: as in ``_ports``."""
        self._bare = blueprint.layers is None

    def replace_disk(self) -> None:
        """Give it an empty disk with the bare system; its neighbours know it by its SSH keys."""
        keys = disk.keys_of(self._directory)
        self._bare = True
        self.prepare()
        disk.put_keys(self._directory, keys)

    def prepare(self) -> None:
        """Give it a fresh disk."""
        disk.blank(self._directory)
        blueprint = self._blueprint
        disk.personalise(self._directory, self.name, blueprint.spec, blueprint.authorized_key)
        disk.write(self._directory, blueprint.papers[self.name])
        disk.make_volumes(self._directory, self._volumes)

    def state(self) -> MachineState:
        """Say how it stands."""
        return MachineState(
            power="on" if self._powered else "off",
            frozen=self._frozen,
            link=self._plugged[0],
            management=self._plugged[1],
            boots=self._boots,
        )

    def power_on(self) -> None:
        """Boot; ``pid`` must have been reaped before."""
        self._boots += 1
        unplugged_r, unplugged_w = os.pipe()
        plugged_r, plugged_w = os.pipe()
        starter = os.fork()
        if starter == 0:
            self._start(unplugged_w, plugged_r)
        os.close(unplugged_w)
        os.close(plugged_r)
        pid = int(os.read(unplugged_r, 16) or b"0")
        os.close(unplugged_r)
        os.waitpid(starter, 0)
        if not pid:
            raise OSError(f"{self.name}: its namespaces could not be made; see {self.console}")
        self.pid = pid
        network.ip_batch(network.plug(self._ports(), pid))
        for port, plugged in zip(self._ports(), self._plugged, strict=True):
            if not plugged:
                set_link(port.outer, up=False)
        os.write(plugged_w, _GO)
        os.close(plugged_w)
        self._powered, self._frozen = True, False

    def power_off(self) -> None:
        """Cut the links first, so no peer hears a FIN; then kill. Reaping is for later."""
        if not self._powered or self.pid is None:
            return
        for port in self._ports():
            set_link(port.outer, up=False)
        os.kill(self.pid, signal.SIGKILL)
        self._powered = False

    def press_power_button(self) -> None:
        """Ask its systemd to shut down."""
        if self._powered and self.pid is not None:
            os.kill(self.pid, _POWER_BUTTON)

    def reaped(self) -> None:
        """Hear that its pid 1 is gone, and with it every process of it."""
        self.pid = None
        self._powered = False
        if self._frozen:
            cgroups.freeze(self._leaf, frozen=False)
            self._frozen = False

    def freeze(self, *, frozen: bool) -> None:
        """Stop or continue all its processes."""
        cgroups.freeze(self._leaf, frozen=frozen)
        self._frozen = frozen

    def link(self, *, up: bool) -> None:
        """Plug its data link in or out; it stays so over a power cycle."""
        self._plug(0, up=up)

    def management_link(self, *, up: bool) -> None:
        """Plug its management link in or out; it stays so over a power cycle."""
        self._plug(1, up=up)

    @property
    def console(self) -> Path:
        """Where its kernel-side start and its pid 1 write."""
        return self._directory / "console.log"

    @property
    def _volumes(self) -> Mapping[str, int]:
        """Its volumes; a bare host has none yet, for what is on them comes from its layer."""
        return {} if self._bare else self._blueprint.spec.hosts[self.name].volumes

    @property
    def _lower(self) -> tuple[Path, ...]:
        layers, rootfs = self._blueprint.layers, self._blueprint.rootfs
        return (rootfs,) if self._bare or layers is None else (layers / self.name, rootfs)

    def _plug(self, which: int, *, up: bool) -> None:
        self._plugged[which] = up
        if self._powered:
            set_link(self._ports()[which].outer, up=up)

    def _ports(self) -> tuple[network.Port, network.Port]:
        return network.ports_of(self._blueprint.spec, self.name, self._boots)

    def _start(self, unplugged: int, plugged: int) -> NoReturn:
        """Make the host's namespaces, then its pid 1: the first child born into them."""
        try:
            os.setsid()
            self._redirect_output()
            cgroups.join(self._leaf)
            unshare(_OWN)
            pid = os.fork()
            if pid:
                os.write(unplugged, str(pid).encode())
                os._exit(0)
            os.close(unplugged)
            if os.read(plugged, 1) == _GO:
                self._become_init()
        except OSError as error:
            sys.stderr.write(f"{self.name}: {error}\n")
            sys.stderr.flush()
        os._exit(1)

    def _redirect_output(self) -> None:
        console = os.open(self.console, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(console, 1)
        os.dup2(console, 2)

    def _become_init(self) -> NoReturn:
        mount("none", "/", None, MountFlag.REC | MountFlag.PRIVATE)
        spec = self._blueprint.spec
        gateway = network.gateway_of(spec, spec.hosts[self.name])
        network.ip_batch(network.addresses(self._ports(), gateway))
        root = disk.assemble(self._directory, self._lower, self._blueprint.devices)
        disk.attach(root, disk.volumes_of(self._directory, self._volumes))
        pivot_root(root)
        set_host_name(self.name)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execve(_INIT[0], _INIT, _ENVIRONMENT)  # noqa: S606 - becoming init is the point
