"""The minimum service level (MBCO): how soon enough of a window's samples were good."""

import pytest
from pydantic import ValidationError

from drill.measure.service_level import reached
from drill.measure.spans import NS, Moment
from drill.measure.tales import Look
from drill.model.services import ServiceLevel


def looks(states, every=0.1):
    names = {"g": "good", "b": "bad", "?": "unknown"}
    return [
        Look(round(i * every * NS), round((i * every + 0.01) * NS), names[state], "", i)
        for i, state in enumerate(states)
        if state != "."
    ]


ONSET = Moment(0, 0)


@pytest.mark.parametrize(
    ("states", "share", "lo", "hi"),
    [
        ("bbbbb" + "bg" * 10, 0.5, 4, 5),
        ("bbbbb" + "g" * 20, 1.0, 4, 5),
        ("bbbbb" + "g" * 20, 0.5, 1, 2),
        ("b" * 20, 0.5, 16, None),
        ("b" + "g" * 20, 0.8, 0, 0),
        ("bbb???" + "g" * 20, 1.0, 2, 6),
        ("bbb???bbb???", 1.0, 8, None),
        ("bbbggg", 1.0, 2, None),
        ("bbb" + "." * 12 + "g" * 20, 1.0, 2, 15),
        ("bb" + "." * 12 + "b" + "g" * 20, 0.8, 0, 14),
        ("bbbg" + "." * 9 + "gbbbbb" + "b" * 9, 0.5, 0, None),
    ],
    ids=[
        "every other answer is half a service",
        "all of it",
        "a window reaches before what is good",
        "never",
        "never less than promised",
        "what was not seen is counted both ways",
        "a gap shorter than the window proves nothing",
        "a window that is not full proves nothing, for better nor for worse",
        "a hole is as many samples as were due in it",
        "a hole is half a window at best, and nothing at worst",
        "two good answers beside a hole are no service",
    ],
)
def test_it_is_reached_with_the_first_window_that_has_the_share(states, share, lo, hi):
    found = reached(looks(states), ONSET, share, round(0.6 * NS), NS // 10)
    assert found.lo == (round(lo * 0.1 * NS))
    assert found.hi == (None if hi is None else round((hi * 0.1 + 0.01) * NS))


def test_a_share_is_no_rounding_error_away_from_what_was_promised():
    """Fourteen of 25 are 56 %, although 0.56 * 25 is more than 14 to a machine."""
    found = reached(looks("bg" * 11 + "ggg" + "b" * 20), ONSET, 0.56, 25 * NS // 10, NS // 10)
    assert (found.lo, found.hi) == (0, round(0.01 * NS))


def test_what_lies_before_the_onset_is_not_asked():
    found = reached(looks("g" * 10 + "b" * 10 + "g" * 10), Moment(NS, NS), 1.0, NS // 2, NS // 10)
    assert (found.lo, found.hi) == (round(1.9 * NS), round(2.01 * NS))


def test_nothing_seen_proves_nothing():
    assert reached([], Moment(5, 5), 0.5, NS, NS // 10) == Moment(5, None)


@pytest.mark.parametrize(("said", "share"), [("95%", 0.95), (0.5, 0.5), ("100%", 1.0)])
def test_a_share_is_a_number_or_a_percentage(said, share):
    level = ServiceLevel.model_validate({"share": said, "over": "1s", "target": "1m"})
    assert level.share == pytest.approx(share)


@pytest.mark.parametrize("said", ["0%", 0, 1.5, "101%", "much", "x%"])
def test_any_other_share_is_refused(said):
    with pytest.raises(ValidationError):
        ServiceLevel.model_validate({"share": said, "over": "1s", "target": "1m"})


def degraded(pen, a_service, target="4s", **more):
    level = {"share": "50%", "over": "1s", "target": target}
    p = pen(services={"orders": a_service(mbco=level, ledger=None, rpo=None, **more)})
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    for i in range(30):
        p.series(6.0 + i * 0.2, 6.1 + i * 0.2, "good")
        p.series(6.1 + i * 0.2, 6.2 + i * 0.2, "bad")
    return p


def mbco(view):
    return next(one for one in view.objectives if one.measure == "MBCO")


@pytest.mark.parametrize(("target", "verdict"), [("4s", "met"), ("2s", "missed")])
def test_a_service_that_half_answers_keeps_its_mbco_and_not_its_rto(
    pen, a_service, target, verdict
):
    p = degraded(pen, a_service, target)
    p.at(12).undo("lose")
    p.series(12.1, 16, "good")
    seen = p.close()
    rto = next(one for one in seen.objectives if one.measure == "RTO")
    assert (mbco(seen).verdict, rto.actual.hi) == (verdict, None)
    assert 2.3 < mbco(seen).actual.lo < mbco(seen).actual.hi < 3.1
    mark = next(one for one in seen.marks if one.name == "T8")
    assert 5.4 < mark.at < 6.1
    assert mark.records


def test_a_service_that_comes_back_whole_reaches_its_level_a_window_earlier(pen, a_service):
    level = {"share": "50%", "over": "1s", "target": "4s"}
    p = pen(services={"orders": a_service(mbco=level, ledger=None, rpo=None)})
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).undo("lose")
    p.series(9.1, 10, "good")
    seen = p.close()
    rto = next(one for one in seen.objectives if one.measure == "RTO")
    assert rto.verdict == mbco(seen).verdict == "met"
    assert mbco(seen).actual.hi < rto.actual.lo - 0.2


def test_a_level_that_only_the_removal_of_the_fault_brings_back_was_not_reached(pen, a_service):
    p = pen(
        services={
            "orders": a_service(
                mbco={"share": "50%", "over": "1s", "target": "20s"}, ledger=None, rpo=None
            )
        }
    )
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.at(6).undo("lose")
    p.series(6.1, 10, "good")
    seen = p.close()
    assert mbco(seen).actual.hi is None
    assert mbco(seen).text.startswith("not reached")
    assert next(one for one in seen.marks if one.name == "T8").at is None


def test_a_level_whose_window_was_not_watched_to_its_end_may_have_been_kept(pen, a_service):
    """Back after three seconds, and watched for four of the ten that the window has."""
    level = {"share": "50%", "over": "10s", "target": "5s"}
    p = pen(services={"orders": a_service(mbco=level, ledger=None, rpo=None)})
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 10.0, "good")
    found = mbco(p.close())
    assert (found.actual.lo, found.actual.hi) == (0.0, None)
    assert found.verdict == "inconclusive"


def test_a_hole_full_of_missing_samples_keeps_no_level(pen, a_service):
    """Of the window's fifty samples eleven were good, and nobody knows of the others."""
    level = {"share": "50%", "over": "5s", "target": "9s"}
    p = pen(services={"orders": a_service(mbco=level, ledger=None, rpo=None)})
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 7.0, "good")
    p.series(11.0, 20.0, "bad")
    found = mbco(p.close())
    assert found.actual.hi is None
    assert found.verdict == "inconclusive"


def test_without_an_outage_there_is_no_level_to_reach(pen, a_service):
    level = {"share": "50%", "over": "1s", "target": "20s"}
    seen = pen(services={"orders": a_service(mbco=level, probe=None)}).close()
    assert mbco(seen).verdict == "not measured"
