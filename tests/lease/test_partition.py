"""The partition's table, as text."""

import pytest

from drill.faults.network import LossParams, PartitionParams
from drill.lease.partition import LOSE, PROHIBIT, RESET, ruleset


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


@pytest.mark.parametrize(
    ("fate", "rule"),
    [
        (LOSE, 'iifname "eth0" numgen random mod 100 < 30 counter drop'),
        (RESET, 'iifname "eth0" tcp flags & rst == 0 counter reject with tcp reset'),
        (PROHIBIT, 'iifname "eth0" counter reject with icmpx type admin-prohibited'),
    ],
)
def test_a_packet_can_meet_another_end(fate, rule):
    given = LossParams(direction="in", percent=30).model_dump(mode="json")

    (line,) = (each for each in ruleset("drill_1", given, fate).splitlines() if "add rule" in each)

    assert line == f'add rule inet drill_1 input {rule} comment "drill"'
