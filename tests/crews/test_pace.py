"""Open-loop pacing, on the real clock: short, and tolerant of a busy machine."""

import itertools
import threading
import time

import pytest

from drill.crews.beats import sample_of, write_of
from drill.crews.pace import Beat, pace
from drill.ports import Reading, Receipted

pytestmark = pytest.mark.alone

NS = 1_000_000_000


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Cancel:
    """A cancel with a deadline, as small as the port allows."""

    def __init__(self, seconds):
        self.until = now_ns() + round(seconds * NS)
        self.asked = threading.Event()

    def requested(self):
        return self.remaining() == 0

    def wait(self, seconds):
        self.asked.wait(min(seconds, self.remaining()))
        return self.requested()

    def remaining(self):
        return 0.0 if self.asked.is_set() else max(0.0, (self.until - now_ns()) / NS)

    def on_request(self, stop):
        raise NotImplementedError


def paced(work, *, every=0.02, within=0.1, lasting=0.5, now_ns=now_ns):
    """Pace for a while; return the batches, each with the time of its delivery."""
    batches = []
    pace(
        every,
        within,
        work,
        lambda beats: batches.append((now_ns(), beats)),
        Cancel(lasting),
        now_ns=now_ns,
        new_cancel=Cancel,
    )
    return batches


def beats_of(batches):
    return [beat for _, beats in batches for beat in beats]


def test_ticks_lie_on_one_fixed_schedule_whatever_the_work_takes():
    beats = beats_of(paced(lambda n, cancel: time.sleep(0.005)))
    assert len(beats) >= 20
    origin = beats[0].planned
    assert all(beat.planned == origin + beat.n * 20_000_000 for beat in beats)
    assert all(beat.planned <= beat.start <= beat.end for beat in beats)


def test_a_hung_beat_delays_no_other_and_is_stamped_when_it_was_sent():
    release = threading.Event()

    def work(n, cancel):
        if n == 3:
            release.wait(5)
        return n

    beats = {beat.n: beat for beat in beats_of(paced(work))}
    release.set()
    hung = beats[3]
    assert hung.fate == "late"
    assert hung.start - hung.planned < 0.05 * NS
    assert [n for n in range(2, 12) if beats[n].fate == "answered"] == [2, *range(4, 12)]
    assert all(beats[n].start - beats[n].planned < 0.05 * NS for n in range(2, 12))


def test_beats_come_in_planned_order_and_each_once():
    def work(n, cancel):
        time.sleep(0.06 if n % 3 == 0 else 0.001)
        return n

    numbers = [beat.n for beat in beats_of(paced(work))]
    assert numbers == sorted(set(numbers))


def test_nothing_is_withheld_longer_than_the_limit_and_a_moment():
    batches = paced(lambda n, cancel: threading.Event().wait(0.3), within=0.1, lasting=0.6)
    for at, beats in batches[:-1]:
        assert all(at - beat.planned < (0.1 + 0.1 + 0.15) * NS for beat in beats)


def test_a_slow_schedule_still_delivers_within_a_quarter_of_a_second():
    batches = paced(lambda n, cancel: n, every=5.0, within=1.0, lasting=0.4)
    at, (beat, *_) = batches[0]
    assert at - beat.end < 0.3 * NS


def test_a_tick_that_finds_no_thread_is_reported_as_not_sent():
    release = threading.Event()
    beats = beats_of(paced(lambda n, cancel: release.wait(5), every=0.01, within=0.02))
    release.set()
    unsent = [beat for beat in beats if beat.fate == "unsent"]
    assert unsent
    assert sample_of(unsent[0]).state == "unknown"
    assert write_of(unsent[0]).outcome == "fail"


def test_a_stop_is_prompt_and_delivers_what_is_held_without_blaming_the_service():
    release = threading.Event()
    begun = now_ns()
    beats = beats_of(paced(lambda n, cancel: release.wait(9), every=1, within=9, lasting=0.1))
    assert now_ns() - begun < 1 * NS
    release.set()
    assert [beat.fate for beat in beats] == ["stopped"]
    assert sample_of(beats[0]).state == "unknown"
    assert (write_of(beats[0]).outcome, write_of(beats[0]).complete) == ("info", None)


def test_work_that_raises_is_reported_and_ends_nothing():
    def work(n, cancel):
        if n == 1:
            raise ZeroDivisionError("bug")
        return n

    beats = beats_of(paced(work))
    (broken,) = (beat for beat in beats if beat.fate == "broken")
    assert "ZeroDivisionError: bug" in sample_of(broken).note
    assert sample_of(broken).state == "unknown"
    assert any(beat.got == beat.n for beat in beats if beat.n > 1)


def test_a_suspend_shows_as_a_gap_and_is_not_caught_up_in_a_burst():
    slept = [0]

    def leaping():
        return now_ns() + slept[0]

    def work(n, cancel):
        if n == 5:
            slept[0] = 3600 * NS
        return n

    beats = beats_of(paced(work, now_ns=leaping))
    gaps = [b.planned - a.planned for a, b in itertools.pairwise(beats)]
    assert max(gaps) >= 3599 * NS
    assert sum(gap > NS for gap in gaps) == 1
    after = [beat for beat in beats if beat.planned > beats[0].planned + NS]
    assert len(after) < 30
    assert all((beat.planned - beats[0].planned) % 20_000_000 == 0 for beat in beats)


@pytest.mark.parametrize(
    ("beat", "state", "outcome", "complete"),
    [
        (Beat(0, 1, 2, 3, "answered", None), "unknown", "info", 3),
        (Beat(0, 1, 2, 3, "late"), "bad", "info", None),
        (Beat(0, 1, 2, 3, "broken"), "unknown", "info", None),
    ],
)
def test_what_no_answer_means(beat, state, outcome, complete):
    sample, write = sample_of(beat), write_of(beat)
    assert (sample.planned, sample.start, sample.end, sample.state) == (1, 2, 3, state)
    assert (write.invoke, write.outcome, write.complete) == (2, outcome, complete)


def test_an_answer_is_passed_on_as_it_is():
    sample = sample_of(Beat(0, 1, 2, 3, "answered", Reading(state="bad", by="db1", note="500")))
    assert (sample.state, sample.by, sample.note) == ("bad", "db1", "500")
    write = write_of(Beat(7, 1, 2, 3, "answered", Receipted("ok", "db1", "n")))
    assert (write.n, write.outcome, write.complete, write.by) == (7, "ok", 3, "db1")
