"""What a fake host is made of: its consent, its units, its processes."""

from dataclasses import dataclass

CONSENT: dict[str, object] = {
    "environment": "lab",
    "group": "test",
    "classes": [
        *("account", "backup", "data", "dns", "file", "host", "network", "postgres", "process"),
        *("service", "sudo", "tls"),
    ],
    "expires": "2100-01-01T00:00:00Z",
    "host": "5e1f",
    "live_ok": False,
    "disposable": True,
}
"""A marker that allows everything in this environment and group."""


@dataclass
class FakeUnit:
    """A systemd unit and its main process."""

    active: str = "active"
    enabled: str = "enabled"
    main: int = 0
    restarts: int = 0
    type: str = "simple"
    environment: str = ""


@dataclass
class FakeProcess:
    """A process; ``state`` is the kernel's letter."""

    name: str
    unit: str = ""
    state: str = "S"
    started: int = 1000
    words: tuple[str, ...] = ()
    """Of the leasing program itself: what it was told."""
    maps: str = ""
    """Files that it has mapped."""
