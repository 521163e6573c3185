"""Whole exercises on an account that moto plays: from the command line to the report.

The program is the real one, in a process of its own; its exit status is part of the promise.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from cloud.account import KEY

BEGIN = """\
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
      every: 1s
      within: 15s
roles: {{shop: {{}}}}
stop: [{{probe: errors, for: 1s}}]
steps:
  trouble:
    inject: aws.fis-experiment
    with: {{template: {template}}}
    on: cloud
    timeout: 60s
"""
RECOVER = """\
    until: switch.ended
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
HOLD = """\
  hold:
    check: aws.cloudwatch-alarm
    with: {{account: "{account}", region: eu-west-1, alarm: nobody-ever-made-this}}
    after: [trouble]
    timeout: 5m
"""
HIDDEN = "import sys\nsys.modules['boto3'] = None\n"


class Place:
    """A directory with a scenario, and what became of its runs."""

    def __init__(self, path, aws):
        self.path, self.aws = path, aws
        self.scenario = path / "scenario.yaml"
        self.argv = ["run", self.scenario, "--runs", path / "runs", "--json"]
        self.bound(f"{{site: x, address: '{aws.address}'}}")

    def tells(self, story):
        aws = self.aws
        zone = aws.zone(("db.example.test", "A", 60, "192.0.2.1"))
        words = {"account": aws.id, "template": aws.template(), "zone": zone}
        self.zone = zone
        self.scenario.write_text((BEGIN + story).format(**words))

    def bound(self, *hosts):
        listed = [f"  target{n}: {host}\n" for n, host in enumerate(hosts)]
        text = "".join(["hosts:\n", *listed]).replace("target0", "cloud")
        (self.path / "targets.yaml").write_text(text)

    def journal(self):
        (journal,) = self.path.glob("runs/*/journal.jsonl")
        return journal.read_text()

    def events(self, kind):
        lines = self.journal().splitlines(keepends=True)
        whole = (json.loads(line)["event"] for line in lines if line.endswith("\n"))
        return [event for event in whole if event["type"] == kind]

    def drill(self, *argv):
        command = [sys.executable, "-m", "drill", *map(str, argv or self.argv)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    @contextmanager
    def running(self):
        """Yield the program once its experiment runs; the test ends it, one way or another."""
        command = [sys.executable, "-m", "drill", *map(str, self.argv)]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.wait(lambda: set(self.aws.experiments().values()) == {"running"})
            yield program
        finally:
            program.kill()
            program.wait()

    @staticmethod
    def wait(holds):
        until = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < until, "it never came"
            time.sleep(0.1)


@pytest.fixture
def place(aws, tmp_path, monkeypatch):
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    aws.alarm("OK")
    aws.cluster("db-a", "db-b")
    aws.lasting(3)
    return Place(tmp_path, aws)


def test_an_experiment_a_failover_and_a_switch_are_conducted_and_all_is_ended(aws, place):
    place.tells(RECOVER)
    ended = place.drill()
    assert ended.returncode == 0, ended.stderr
    outcomes = {e["step"]: e["outcome"]["kind"] for e in place.events("step-ended")}
    assert outcomes == dict.fromkeys(["trouble", "failover", "switch"], "done")
    assert [e["outcome"]["kind"] for e in place.events("undo-ended")] == ["done"]
    assert set(aws.experiments().values()) == {"stopped"}
    assert aws.writer() == ["db-b"]
    assert aws.record(place.zone, "db.example.test") == (60, ["192.0.2.2"])
    assert_untold(place, ended)


def assert_untold(place, ended):
    """No credential is in the journal, the report, or what was said."""
    (run,) = place.path.glob("runs/*")
    told = [file.read_text(errors="replace") for file in run.iterdir() if file.is_file()]
    assert len(told) >= 3
    for text in (*told, ended.stdout, ended.stderr):
        assert KEY not in text
        assert "AKIDEXAMPLE" not in text


def test_an_alarm_ends_the_exercise_and_the_experiment(aws, place):
    place.tells(HOLD)
    with place.running() as program:
        aws.alarm("ALARM")
        place.wait(lambda: place.events("abort-ordered"))
        aws.alarm("OK")  # at the end it waits for services to be well
        assert program.wait(60) == 3
    assert [e["why"] for e in place.events("abort-ordered")] == ["errors was bad for 1s"]
    assert set(aws.experiments().values()) <= {"stopped", "completed"}


def test_killed_in_the_middle_and_taken_up_it_ends_its_experiment_and_begins_no_other(aws, place):
    place.tells(HOLD)
    with place.running() as program:
        program.send_signal(signal.SIGKILL)
        program.wait()
    taken_up = place.drill()
    assert taken_up.returncode == 3, taken_up.stderr
    assert "taking up the interrupted run" in taken_up.stderr
    assert len(aws.experiments()) == 1
    assert set(aws.experiments().values()) <= {"stopped", "completed"}
    assert [e["outcome"]["kind"] for e in place.events("undo-ended")] == ["done"]


def _other_account(place, _):
    place.bound("{site: x, address: 'aws:999999999999:eu-west-1'}")


def _real(_, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL")


def _denied(place, _):
    (place.path / "config" / "drill").mkdir(parents=True)
    (place.path / "config" / "drill" / "deny").write_text(f"aws:{place.aws.id}:*\n")


def _with_a_host(place, _):
    cloud = f"{{site: x, address: '{place.aws.address}'}}"
    place.bound(cloud, "{site: a, address: 192.0.2.1}")


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (_other_account, "the credentials are of account 123456789012"),
        (_real, "stand-ins of AWS on this machine only"),
        (_denied, "must not be touched: this line denies it"),
        (_with_a_host, "on lab hosts or on accounts"),
    ],
)
def test_what_is_out_of_bounds_is_refused_before_anything_begins(
    aws, place, monkeypatch, bend, why
):
    place.tells(RECOVER)
    bend(place, monkeypatch)
    refused = place.drill()
    assert refused.returncode == 77
    assert why in refused.stderr
    assert not list(place.path.glob("runs/*/journal.jsonl"))
    assert aws.experiments() == {}
    assert aws.writer() == ["db-a"]


@pytest.fixture
def without_boto3(place, monkeypatch):
    hidden = place.path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(HIDDEN)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(hidden), *_path()]))
    place.tells(RECOVER)
    return place


def _path():
    given = os.environ.get("PYTHONPATH")
    return [given] if given else []


def test_without_the_extra_a_live_run_is_refused_with_the_cure(without_boto3):
    refused = without_boto3.drill()
    assert refused.returncode == 69
    assert "boto3 is not installed; get it with: pip install 'drill[aws]'" in refused.stderr


def test_without_the_extra_the_scenario_is_sound_and_the_doubt_has_its_cure(without_boto3):
    checked = without_boto3.drill("check", without_boto3.scenario)
    assert checked.returncode == 0, checked.stdout
    assert "`aws.fis-experiment` cannot be run here: boto3 is not installed" in checked.stdout
    assert "= get it with: pip install 'drill[aws]'" in checked.stdout


def test_without_the_extra_it_is_rehearsed(without_boto3):
    rehearsed = without_boto3.drill(*without_boto3.argv, "--as", "rehearsal")
    assert rehearsed.stderr == ""
    assert [e["step"] for e in without_boto3.events("step-ended")][:1] == ["trouble"]
    assert without_boto3.aws.experiments() == {}


def test_without_the_extra_the_doctor_knows_the_cure_and_calls_nothing_missing(without_boto3):
    told = json.loads(without_boto3.drill("doctor", "--json").stdout)
    (found,) = [each for each in told["findings"] if each["what"] == "boto3 for AWS"]
    assert found["state"] == "note"
    assert found["cure"] == "get it with: pip install 'drill[aws]'"
