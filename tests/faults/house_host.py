"""A host of namespaces for what needs no systemd: whoever asks for a unit hears that it runs.

It serves one neighbour, who stands for its customers.
"""

import contextlib
from pathlib import Path

from lease.house import House, within

from drill.testing.cancels import HandCancel

_SYSTEMCTL = """#!/bin/sh
[ "$1" != is-active ] || echo active
"""
_MORE = """
mount -t tmpfs tmpfs /srv; mkdir -p /etc/systemd/system /etc/ssl
printf '[req]\\ndistinguished_name = dn\\n[dn]\\n' > /etc/ssl/openssl.cnf
ip netns add neighbour; ip link set peer0 netns neighbour
ip -n neighbour address add 10.77.0.2/24 dev peer0; ip -n neighbour link set peer0 up
"""
_SERVE = """
import socket
server = socket.create_server(("10.77.0.1", 8000))
while True:
    link, _ = server.accept()
    with link:
        link.settimeout(1)
        try:
            link.recv(100)
            link.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
        except OSError:
            pass
"""


@contextlib.contextmanager
def houses(place):
    """Lend a way to it, whatever name is asked for, and its customer."""
    with House(place) as house:
        stub = house.disk / "sbin" / "systemctl"
        stub.write_text(_SYSTEMCTL)
        stub.chmod(0o755)
        house.sh(_MORE)
        program = Path(__file__).with_name("customer.py").read_text()
        ask = ["ip", "netns", "exec", "neighbour", "python3", "-c", program, "10.77.0.1"]

        def customer():
            told = house.run(ask, HandCancel()).out
            return float(told) if told else None

        server = house.start("python3", "-c", _SERVE)
        try:
            assert within(customer, 10) < 10
            yield (lambda name: house.access), customer
        finally:
            server.kill()
            server.wait()
