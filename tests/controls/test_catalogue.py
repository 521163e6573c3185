"""What ships is whole, strict, dated, and in words that promise nothing."""

from collections import Counter

import pytest
from pydantic import ValidationError

from drill.controls.artefacts import TABLE
from drill.controls.catalogue import Control, catalogue

WHOLE = catalogue()


def test_it_is_all_there():
    assert len(WHOLE.controls) == 402
    assert len(WHOLE.frameworks) == 42
    assert len(WHOLE.artefacts) == 54
    assert len(WHOLE.clocks) == 16
    assert WHOLE.dated.year >= 2026


def test_it_is_read_once():
    assert catalogue() is WHOLE


def test_each_name_is_used_once():
    for names in (
        [one.name.casefold() for one in WHOLE.controls],
        [one.id for one in WHOLE.artefacts],
        [one.id for one in WHOLE.clocks],
    ):
        assert [name for name, number in Counter(names).items() if number > 1] == []
    assert len(WHOLE.named) == len(WHOLE.controls)


def test_what_controls_ask_for_are_the_artefacts_and_each_has_a_rule_or_a_reason():
    asked = {id_ for one in WHOLE.controls for id_ in one.evidence}
    assert asked == set(WHOLE.called) == set(TABLE)


def test_no_control_asks_for_the_same_twice():
    assert [one.name for one in WHOLE.controls if len(set(one.evidence)) < len(one.evidence)] == []


def test_what_is_verified_names_where_it_was_read():
    assert [one.name for one in WHOLE.controls if one.verified and not one.source] == []


def test_what_is_not_verified_stays_out_unless_it_is_asked_for():
    unread = [one for one in WHOLE.controls if not one.verified]
    assert len(unread) == 28
    assert all(one.verified for one in WHOLE.of(WHOLE.frameworks).controls)
    assert len(WHOLE.of(WHOLE.frameworks, unverified=True).controls) == 402
    assert WHOLE.of(["NERC CIP"]).controls == ()
    assert len(WHOLE.of(["NERC CIP"], unverified=True).controls) == 4


def test_a_control_is_in_date_for_a_year_unless_its_text_says_otherwise():
    assert WHOLE.named["cis controls 11.5"].days == 92
    assert WHOLE.named["nist sp 800-53 cp-4"].days == 365


@pytest.mark.parametrize(
    "change", [{"extra": 1}, {"evidence": []}, {"max_interval_days": 0}, {"title": None}]
)
def test_what_does_not_fit_is_refused(change):
    fields = WHOLE.controls[0].model_dump() | change
    with pytest.raises(ValidationError):
        Control.model_validate(fields)
