"""A whole exercise on accounts that moto plays: from the command line to the report."""

import json
import subprocess
import sys

import pytest
from cloud.account import KEY

SCENARIO = """\
drill: 1
id: region-trouble
title: The writer's zone is in trouble
targets: targets.yaml
services:
  errors:
    owner: shop
    stable: 1s
    probe:
      uses: aws.cloudwatch-alarm
      with: {{account: "{account}", region: eu-west-1, alarm: errors}}
      every: 500ms
      within: 3s
roles: {{shop: {{}}}}
stop: [{{probe: errors, for: 2s}}]
steps:
  trouble:
    inject: aws.fis-experiment
    with: {{template: {template}}}
    on: cloud
    until: switch.ended
    timeout: 30s
  failover:
    recover: aws.rds-failover
    with: {{cluster: orders, to: db-b}}
    on: cloud
    after: [trouble]
    timeout: 30s
  switch:
    recover: aws.route53-switch
    with: {{zone: {zone}, name: db.example.test, before: [192.0.2.1], after: [192.0.2.2]}}
    on: cloud
    after: [failover]
    timeout: 30s
"""


@pytest.fixture
def place(aws, tmp_path, monkeypatch):
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    aws.alarm("OK")
    aws.cluster("db-a", "db-b")
    zone = aws.zone(("db.example.test", "A", 60, "192.0.2.1"))
    aws.lasting(3)
    words = {"account": aws.id, "template": aws.template(), "zone": zone}
    (tmp_path / "scenario.yaml").write_text(SCENARIO.format(**words))
    bound(tmp_path, aws.address)
    return tmp_path


def bound(place, address):
    (place / "targets.yaml").write_text(f"hosts: {{cloud: {{site: x, address: '{address}'}}}}\n")


def run(place):
    return drill("run", place / "scenario.yaml", "--runs", place / "runs", "--json")


def drill(*argv):
    """Run the real program, as a person would: its exit status is part of the promise."""
    command = [sys.executable, "-m", "drill", *map(str, argv)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_an_experiment_a_failover_and_a_switch_are_conducted_and_the_experiment_is_stopped(
    aws, place
):
    ended = run(place)
    assert ended.returncode == 0, ended.stderr
    (journal,) = place.glob("runs/*/journal.jsonl")
    told = journal.read_text()
    events = [json.loads(line)["event"] for line in told.splitlines()]
    outcomes = {e["step"]: e["outcome"]["kind"] for e in events if e["type"] == "step-ended"}
    assert outcomes == dict.fromkeys(["trouble", "failover", "switch"], "done")
    assert [e["outcome"]["kind"] for e in events if e["type"] == "undo-ended"] == ["done"]
    assert set(aws.experiments().values()) == {"stopped"}
    assert aws.writer() == ["db-b"]
    assert KEY not in told
