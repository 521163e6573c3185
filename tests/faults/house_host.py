"""A host of namespaces for what needs no systemd: whoever asks for a unit hears that it runs."""

import contextlib

from lease.house import House

_SYSTEMCTL = """#!/bin/sh
[ "$1" != is-active ] || echo active
"""


@contextlib.contextmanager
def houses(place):
    """Lend a way to it, whatever name is asked for."""
    with House(place) as house:
        stub = house.disk / "sbin" / "systemctl"
        stub.write_text(_SYSTEMCTL)
        stub.chmod(0o755)
        house.sh("mount -t tmpfs tmpfs /srv; mkdir -p /etc/systemd/system /etc/ssl")
        yield lambda name: house.access
