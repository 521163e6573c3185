"""A host of namespaces for what needs no systemd: whoever asks for a unit hears that it runs."""

import contextlib

from lease.house import House

_SYSTEMCTL = """#!/bin/sh
[ "$1" != is-active ] || echo active
"""
_MORE = """
mount -t tmpfs tmpfs /srv; mkdir -p /etc/systemd/system /etc/ssl
printf '[req]\\ndistinguished_name = dn\\n[dn]\\n' > /etc/ssl/openssl.cnf
"""


@contextlib.contextmanager
def houses(place):
    """Lend a way to it, whatever name is asked for."""
    with House(place) as house:
        stub = house.disk / "sbin" / "systemctl"
        stub.write_text(_SYSTEMCTL)
        stub.chmod(0o755)
        house.sh(_MORE)
        yield lambda name: house.access
