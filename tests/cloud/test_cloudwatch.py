"""``aws.cloudwatch-alarm``: good only while the alarm is OK; no data is bad."""

import pytest
from cloud.account import Brisk

from drill.probes.cloudwatch import CloudwatchAlarm, CloudwatchAlarmParams


def look(aws, cancel=None, **more):
    told = {"account": aws.id, "region": aws.region, "alarm": "errors", **more}
    params = CloudwatchAlarmParams(**told)
    return CloudwatchAlarm().observe(aws.access, params, cancel or Brisk(5))


@pytest.mark.parametrize(
    ("state", "reading"),
    [("OK", "good"), ("ALARM", "bad"), ("INSUFFICIENT_DATA", "bad")],
)
def test_only_an_alarm_that_is_ok_is_good(aws, state, reading):
    aws.alarm(state)
    seen = look(aws)
    assert seen.state == reading
    assert seen.note == ("" if reading == "good" else f"{state}: as the test says")


def test_an_alarm_that_is_not_there_is_bad(aws):
    assert look(aws).state == "bad"
    assert look(aws).note == "there is no alarm errors"


def test_the_alarm_of_another_account_or_region_says_nothing_of_ours(aws):
    aws.alarm("OK")
    assert "another account's" in look(aws, account="999999999999").note
    assert look(aws, region="us-east-1").state == "bad"


def test_where_nobody_answers_it_could_not_look(aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    seen = look(aws)
    assert seen.state == "unknown"
    assert "EndpointConnectionError" in seen.note


def test_it_gives_up_in_time_where_somebody_listens_and_says_nothing(aws, monkeypatch, silent):
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent)
    seen = look(aws, Brisk(0.5))
    assert seen.state == "unknown"
    assert "no answer in time" in seen.note


def test_an_account_needs_twelve_digits_in_quotes():
    for account in ("1234", "12345678901a", ""):
        with pytest.raises(ValueError, match="account"):
            CloudwatchAlarmParams(account=account, region="eu-west-1", alarm="errors")
