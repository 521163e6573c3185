"""Leaving hosts as they were: what drill put there goes with the end of its work.

It stays where it must be remembered: while a fault stands or is armed, while the
host is dirty, or halted. The host itself decides that; see :mod:`drill.lease`.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from drill.errors import HostKeyError, RefusedError, RemoteError
from drill.hosts import warden
from drill.model.names import TargetName
from drill.ports import Cancel, Remote

_AGAIN = 0.5
"""Seconds between two tries to reach a host; ``remove`` may be said again."""


def leave(remote: Remote, cancel: Cancel) -> str:
    """Remove drill from a host; return why it stays, empty if nothing of it is there."""
    while True:
        try:
            warden.remove(remote, cancel)
        except (RefusedError, HostKeyError) as error:
            return str(error)
        except RemoteError as error:
            if cancel.wait(_AGAIN):
                return str(error)
        else:
            return ""


def leave_all(remotes: Mapping[TargetName, Remote], cancel: Cancel) -> dict[TargetName, str]:
    """Remove drill from hosts, side by side; return where it stays, and why."""
    with ThreadPoolExecutor(max_workers=max(1, len(remotes))) as pool:
        stays = pool.map(lambda remote: leave(remote, cancel), remotes.values())
        return {name: why for name, why in zip(remotes, stays, strict=True) if why}
