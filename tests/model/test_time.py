"""Durations and stamps: what is written is what is read, on whichever clock both share."""

from datetime import timedelta

import pytest
from exercise.stories import SECOND, at
from hypothesis import given
from hypothesis import strategies as st

from drill.model.time import format_duration, parse_duration, seconds_between

YEAR = 366 * 86_400_000


@given(st.integers(0, YEAR))
def test_a_duration_is_read_as_it_was_written(ms):
    duration = timedelta(milliseconds=ms)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30m", 5400), ("0.5s", 0.5), ("1.1s", 1.1), ("50ms", 0.05), ("2d", 172_800)],
)
def test_how_people_write_durations(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)
    assert parse_duration(timedelta(seconds=seconds)) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "s", "-1s", "1 s", "1s ", "1s\n", "1e3s", "1w", "\u0661s", 5]
)
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="is written like"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["367d", "99999999999d", "9" * 400 + "d"])
def test_nothing_takes_more_than_a_year(text):
    with pytest.raises(ValueError, match="a year at most"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0.4ms", "1.0005s"])
def test_nothing_is_finer_than_a_journal_can_say(text):
    with pytest.raises(ValueError, match="no finer than 1ms"):
        parse_duration(text)


@given(st.floats(0, 1e6), st.integers(0, YEAR))
def test_a_stamp_moves_on_both_clocks(seconds, ms):
    later = at(seconds).plus(timedelta(milliseconds=ms))
    assert seconds_between(at(seconds), later) == pytest.approx(ms / 1000)
    assert (later.wall - at(seconds).wall) == timedelta(milliseconds=ms)
    assert at(seconds).reached(later)
    assert later.reached(at(seconds)) is (ms == 0)


def test_two_boots_share_the_wall_only():
    rebooted = at(100, boot="another").model_copy(update={"boot_ns": 7 * SECOND})
    assert seconds_between(at(0), rebooted) == 100
    assert seconds_between(at(0), at(100)) == 100
