"""The partition's table, as text."""

import pytest

from drill.faults.network import PartitionParams
from drill.lease.partition import ruleset


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({}, ['input iifname "eth0"', 'output oifname "eth0"']),
        ({"direction": "in"}, ['input iifname "eth0"']),
        (
            {"direction": "out", "peers": ["10.1.0.0/16", "fd00::1"]},
            [
                'output oifname "eth0" ip daddr { 10.1.0.0/16 }',
                'output oifname "eth0" ip6 daddr { fd00::1/128 }',
            ],
        ),
        (
            {"direction": "in", "peers": ["10.1.0.1"], "ports": [80, 443]},
            [
                f'input iifname "eth0" ip saddr {{ 10.1.0.1/32 }} '
                f"meta l4proto {{ tcp, udp }} th {end} {{ 80, 443 }}"
                for end in ("sport", "dport")
            ],
        ),
    ],
)
def test_the_rules_say_what_was_asked(given, rules):
    text = ruleset("drill_1", PartitionParams.model_validate(given).model_dump(mode="json"))

    assert [
        line.removeprefix("add rule inet drill_1 ").removesuffix(' counter drop comment "drill"')
        for line in text.splitlines()
        if line.startswith("add rule")
    ] == rules
