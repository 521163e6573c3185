"""A host's boots: which one it is in, and waiting until one is over."""

from drill.errors import HostKeyError, RemoteError
from drill.hosts.patience import AtMost, until
from drill.model.outcome import Failed, Indeterminate, Outcome
from drill.ports import Cancel, Remote

TRY = 3.0
"""Seconds for one try to reach a host that may be down."""
_STARTED = 19
"""Place of the start in ``/proc/PID/stat`` after the name in parentheses (proc(5))."""
_UP = frozenset({"running", "degraded"})
"""What ``systemctl is-system-running`` says when the boot is over (systemctl(1))."""


def boot_of(remote: Remote, cancel: Cancel) -> str:
    """Tell one boot from another, also of hosts that share a kernel."""
    files = ["/proc/sys/kernel/random/boot_id", "/proc/1/stat"]
    kernel, _, first = remote.run(["cat", "--", *files], cancel, root=True).out.partition("\n")
    return ":".join([kernel, *first.rpartition(")")[2].split()[_STARTED : _STARTED + 1]])


def phase_of(remote: Remote, cancel: Cancel) -> str:
    """Return what systemd says of the whole host, such as ``running`` (systemctl(1))."""
    return remote.run(["systemctl", "is-system-running"], cancel).out.strip()


def awaited(what: str, remote: Remote, cancel: Cancel) -> Outcome | None:
    """Wait until a host is up and answers; None: it does. ``what`` begins what is told if not."""
    wrong: list[HostKeyError] = []

    def up() -> bool:
        try:
            return bool(wrong) or phase_of(remote, AtMost(cancel, TRY)) in _UP
        except HostKeyError as error:
            wrong.append(error)
            return True
        except RemoteError:
            return False

    if not until(up, cancel, every=0.2):
        return Indeterminate(error=f"{what} it is not up yet")
    if wrong:
        return Failed(error=f"{what} it is another host: {wrong[0]}")
    return None
