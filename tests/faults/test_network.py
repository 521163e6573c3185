"""The partition's table, as text and in a real kernel's network namespace."""

import json
import subprocess
from contextlib import contextmanager

import pytest

from drill.faults.network import Partition, PartitionParams, ruleset
from drill.hosts.local import LocalRemote
from drill.model.scenario import Target
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({}, ['input iifname "eth0"', 'output oifname "eth0"']),
        ({"direction": "in"}, ['input iifname "eth0"']),
        (
            {"direction": "out", "peers": ["10.1.0.0/16", "fd00::1"]},
            [
                'output oifname "eth0" ip daddr { 10.1.0.0/16 }',
                'output oifname "eth0" ip6 daddr { fd00::1 }',
            ],
        ),
        (
            {"direction": "in", "peers": ["10.1.0.1"], "ports": [80, 443]},
            [
                f'input iifname "eth0" ip saddr {{ 10.1.0.1 }} '
                f"meta l4proto {{ tcp, udp }} th {end} {{ 80, 443 }}"
                for end in ("sport", "dport")
            ],
        ),
    ],
)
def test_the_rules_say_what_was_asked(given, rules):
    text = ruleset("drill_1", PartitionParams.model_validate(given))

    assert [
        line.removeprefix("add rule inet drill_1 ").removesuffix(" counter drop")
        for line in text.splitlines()
        if line.startswith("add rule")
    ] == rules


class InNamespace:
    """A remote whose host is a network namespace of a process."""

    def __init__(self, pid):
        self._enter = ["nsenter", "-U", "-n", "--preserve-credentials", "-t", str(pid), "--"]

    def run(self, argv, cancel, *, stdin=b"", root=False):
        return LocalRemote().run([*self._enter, *argv], cancel, stdin=stdin)


@contextmanager
def namespace():
    """A namespace with eth0 (10.77.0.1), ended with the process that holds it."""
    hold = (
        "ip link set lo up; ip link add eth0 type veth peer name peer0; ip link set peer0 up;"
        "ip address add 10.77.0.1/24 dev eth0;"
        "ip link set eth0 up; nft add table inet mine; echo ready; exec sleep 60"
    )
    holder = subprocess.Popen(
        ["unshare", "-U", "-r", "-n", "sh", "-c", hold], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "ready\n"
        yield InNamespace(holder.pid)
        holder.kill()


@pytest.mark.lab
class TestPartitionInARealKernel(FaultConformance):
    fault = Partition()

    @pytest.fixture(autouse=True)
    def _namespace(self, tmp_path):
        login = SshLogin("10.99.0.1", 22, "drill", tmp_path, tmp_path)
        with namespace() as remote:
            self._remote = remote
            target = Target(name="db1", site="a", address="10.77.0.1")
            self._access = Access(target, remote=remote, login=login)
            yield

    def world(self):
        return World(self._access, PartitionParams(), self._tables, self._drops)

    def _run(self, *argv):
        return self._remote.run(argv, HandCancel())

    def _tables(self):
        listed = json.loads(self._run("nft", "-j", "list", "tables").out)["nftables"]
        return [thing["table"]["name"] for thing in listed if "table" in thing]

    def _drops(self):
        # A UDP datagram to a neighbour: the device takes it, unless the table drops it.
        before = self._sent()
        self._run("python3", "-c", _DATAGRAM)
        return self._sent() == before

    def _sent(self):
        shown = json.loads(self._run("ip", "-j", "-s", "link", "show", "dev", "eth0").out)
        return shown[0]["stats64"]["tx"]["packets"]


_DATAGRAM = """
import socket, contextlib
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
with contextlib.suppress(PermissionError):
    s.sendto(b"x", ("10.77.0.255", 9))
"""
