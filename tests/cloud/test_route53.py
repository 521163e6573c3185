"""``aws.route53-switch``: exchanged only if it was as expected, and read back."""

import re

import pytest
from cloud.account import AfterOnePause, Brisk
from cloud.between import PENDING, between
from pydantic import ValidationError

from drill.actions.route53 import Route53Switch, Route53SwitchParams
from drill.errors import RefusedError
from drill.model.outcome import Done, Indeterminate

NAME = "db.example.test"
RECORDS = (
    (NAME, "A", 60, "192.0.2.1", "192.0.2.2"),
    (NAME, "TXT", 30, '"hello"'),
    ("www.example.test", "CNAME", 300, "one.example.test"),
)


def switch(aws, zone, before, after, **more):
    params = Route53SwitchParams(zone=zone, before=before, after=after, **{"name": NAME, **more})
    return Route53Switch().apply(aws.access, params, Brisk(), lambda _: None)


@pytest.mark.parametrize(
    ("more", "before", "after", "held"),
    [
        ({}, ["192.0.2.1", "192.0.2.2"], ["192.0.2.9"], (60, ["192.0.2.9"])),
        ({"ttl": 5}, ["192.0.2.2", "192.0.2.1"], ["192.0.2.9"], (5, ["192.0.2.9"])),
        ({"name": "DB.example.TEST."}, ["192.0.2.1", "192.0.2.2"], ["::1"], (60, ["::1"])),
        ({"type": "TXT"}, ['"hello"'], ['"bye"'], (30, ['"bye"'])),
    ],
)
def test_the_set_is_exchanged_and_lives_as_long_as_before_if_nothing_else_is_said(
    aws, more, before, after, held
):
    zone = aws.zone(*RECORDS)
    outcome = switch(aws, zone, before, after, **more)
    assert isinstance(outcome, Done)
    assert "on every name server" in outcome.note
    assert aws.record(zone, NAME, more.get("type", "A")) == held


def test_the_note_warns_for_how_long_resolvers_may_give_the_old_answer(aws):
    zone = aws.zone(*RECORDS)
    outcome = switch(aws, zone, ["192.0.2.1", "192.0.2.2"], ["192.0.2.9"], ttl=5)
    assert outcome.note.endswith("resolvers may give the old answer for 60 s")


def test_what_holds_it_already_is_left_alone(aws):
    zone = aws.zone(*RECORDS)
    outcome = switch(aws, zone, ["192.0.2.7"], ["192.0.2.2", "192.0.2.1"])
    assert "nothing was changed" in outcome.note


@pytest.mark.parametrize(
    ("more", "before", "why"),
    [
        ({}, ["192.0.2.1"], "holds 192.0.2.1, 192.0.2.2, not what `before` says"),
        ({"name": "no.example.test"}, ["192.0.2.1"], "has no A record no.example.test"),
        ({"name": "www.example.test"}, ["192.0.2.1"], "has no A record www.example.test"),
        ({"type": "AAAA"}, ["::1"], "has no AAAA record"),
    ],
)
def test_what_is_not_as_expected_is_not_touched(aws, more, before, why):
    zone = aws.zone(*RECORDS)
    with pytest.raises(RefusedError, match=why):
        switch(aws, zone, before, ["192.0.2.9"], **more)
    assert aws.record(zone, NAME) == (60, ["192.0.2.1", "192.0.2.2"])


def test_what_a_policy_routes_is_not_touched(aws):
    zone = aws.zone()
    for place in ("ireland", "virginia"):
        aws.weighted(zone, NAME, place)
    with pytest.raises(RefusedError, match="routed by a policy"):
        switch(aws, zone, ["192.0.2.1"], ["192.0.2.9"])


def test_a_zone_that_is_not_there_is_told_in_the_words_of_aws(aws):
    with pytest.raises(RefusedError, match=r"route53\.list_resource_record_sets: NoSuchHostedZone"):
        switch(aws, "Z0", ["192.0.2.1"], ["192.0.2.9"])


@pytest.mark.parametrize("wrong", [{"zone": "z 1"}, {"type": "NS"}, {"after": []}, {"ttl": -1}])
def test_what_is_no_switch_is_told_before_anything_is_asked(wrong):
    right = {"zone": "Z1", "name": NAME, "before": ["192.0.2.1"], "after": ["192.0.2.2"]}
    with pytest.raises(ValidationError):
        Route53SwitchParams.model_validate({**right, **wrong})


def test_it_waits_until_every_name_server_has_it(aws, monkeypatch):
    zone, looks = aws.zone(*RECORDS), []

    def spoken(_, path, __):
        looks.append("/change/" in path)
        return PENDING if "/change/" in path and sum(looks) < 4 else None

    with between(aws.url, spoken) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ROUTE_53", url)
        outcome = switch(aws, zone, ["192.0.2.1", "192.0.2.2"], ["192.0.2.9"])
    assert isinstance(outcome, Done)
    assert sum(looks) == 4


def test_told_to_stop_before_that_nobody_knows(aws, monkeypatch):
    zone = aws.zone(*RECORDS)
    params = Route53SwitchParams(
        zone=zone, name=NAME, before=["192.0.2.2", "192.0.2.1"], after=["192.0.2.9"]
    )

    def spoken(_, path, __):
        return PENDING if "/change/" in path else None

    with between(aws.url, spoken) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ROUTE_53", url)
        outcome = Route53Switch().apply(aws.access, params, AfterOnePause(), lambda _: None)
    assert isinstance(outcome, Indeterminate)
    assert "was accepted, but it is PENDING" in outcome.error


def test_the_change_is_one_batch_that_holds_only_while_the_set_is_as_it_was_seen(aws, monkeypatch):
    """Route 53 refuses such a batch if the set has changed since; moto does not look."""
    zone, sent = aws.zone(*RECORDS), []

    def spoken(method, _, body):
        if method == "POST":
            sent.append(body.decode())

    with between(aws.url, spoken) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ROUTE_53", url)
        switch(aws, zone, ["192.0.2.1", "192.0.2.2"], ["192.0.2.9"], ttl=5)
    (batch,) = sent
    words = re.findall(r"<(Action|Name|TTL|Value)>([^<]*)<", batch)
    assert words == [
        *(("Action", "DELETE"), ("Name", f"{NAME}."), ("TTL", "60")),
        *(("Value", "192.0.2.1"), ("Value", "192.0.2.2")),
        *(("Action", "CREATE"), ("Name", f"{NAME}."), ("TTL", "5"), ("Value", "192.0.2.9")),
    ]
