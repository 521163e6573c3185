"""What drill itself needs on a target to undo a fault there, and therefore never breaks."""

from drill.errors import RefusedError

LIFELINE = frozenset(
    {"dbus", "dbus-broker", "init", "ssh", "sshd", "sudo", "systemd", "systemd-journald"}
)
"""Names of processes, and of units without their suffix."""


def spare_lifeline(name: str) -> None:
    """Decline to break what the undo would need.

    Raises:
        RefusedError: ``name`` is a unit or a process of the lifeline.
    """
    stem = name.rpartition(".")[0] if name.endswith((".service", ".socket")) else name
    if stem.partition("@")[0] in LIFELINE:
        raise RefusedError(f"{name} is what drill needs to undo a fault; break something else")
