"""Several vantage points: what may be said of a service that they see differently."""

from itertools import product

import pytest

from drill.crews.vantage import agreed, seen_from
from drill.ports import Reading

STATES = ("good", "bad", "unknown")


def readings(*states):
    return {f"p{n}": Reading(state=state, by=f"by{n}") for n, state in enumerate(states)}


@pytest.mark.parametrize(
    ("states", "needed", "state"),
    [
        (("good", "good", "good"), 3, "good"),
        (("good", "good", "bad"), 3, "bad"),
        (("good", "good", "bad"), 2, "good"),
        (("good", "bad", "bad"), 2, "bad"),
        (("good", "bad", "bad"), 1, "good"),
        (("bad", "bad", "bad"), 1, "bad"),
        (("good", "good", "unknown"), 3, "unknown"),
        (("good", "bad", "unknown"), 2, "unknown"),
        (("bad", "bad", "unknown"), 2, "bad"),
        (("bad", "unknown", "unknown"), 3, "bad"),
        (("unknown", "unknown", "unknown"), 1, "unknown"),
    ],
)
def test_what_they_agree_upon(states, needed, state):
    assert agreed(readings(*states), needed).state == state


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_nothing_is_claimed_that_those_who_could_not_look_might_refute(needed):
    for states in product(STATES, repeat=3):
        said = agreed(readings(*states), needed).state
        worlds = product(*(("good", "bad") if s == "unknown" else (s,) for s in states))
        truths = {agreed(readings(*world), needed).state for world in worlds}
        assert said == ("unknown" if len(truths) > 1 else truths.pop())


def test_the_note_names_who_saw_it_otherwise_and_the_first_that_saw_it_well_answers_for_it():
    found = {
        "observer": Reading(state="good", by="app1 db1"),
        "app2": Reading(state="bad", note="no answer in time"),
    }
    one = agreed(found, 1)
    assert (one.by, one.note) == ("app1 db1", "app2: no answer in time")


def test_a_place_that_breaks_knows_nothing_and_holds_up_no_other():
    def broken():
        raise ValueError("no such place")

    looks = {"a": lambda: Reading(state="good"), "b": broken}
    assert seen_from(looks, 1).state == "good"
    assert seen_from(looks, 2).state == "unknown"
    assert "no such place" in seen_from(looks, 2).note
