"""Known bugs, put back: the tests find them. A few on every commit, all of them by night."""

import pytest
from mutants.trial import Mutant, lists, survivors, told

LISTS = lists()
MUTANTS = {mutant.name: mutant for mutants in LISTS.values() for mutant in mutants}
EASY = ("tests/model/test_time.py",)
FEW = (
    "act before it is durable",
    "a stop lets a prepared fault go ahead",
    "undone first first",
    "the chain is not checked",
    "a point instead of an interval",
    "the first success ends the outage",
    "the highest number tells",
    "a closed loop",
)


def test_the_lists_are_long_enough():
    assert len(LISTS["core"]) >= 60
    assert len(LISTS["measurement"]) >= 12
    assert len(MUTANTS) == sum(map(len, LISTS.values())), "each has a name of its own"


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_is_where_it_was_and_somebody_looks_for_it(mutant):
    assert mutant.known
    assert mutant.old != mutant.new
    assert mutant.tests


def test_the_bugs_that_must_never_come_back_are_found(record_property):
    few = [MUTANTS[name] for name in FEW]
    left = survivors(few)
    record_property("tests", told(few, left))
    assert left == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", LISTS)
def test_every_known_bug_is_found(name, record_property):
    left = survivors(LISTS[name])
    record_property("tests", f"{name}: {told(LISTS[name], left)}")
    assert left == []


@pytest.mark.parametrize(
    ("old", "new", "tests", "why"),
    [
        ("IN_A_ROW = 3", "IN_A_ROW = 3", "tests/measure/nowhere.py", "do not even pass"),
        ("no such line", "", "tests/model/test_time.py", "not what it was"),
        ("IN_A_ROW = 3", "IN_A_ROW = ", "tests/measure/test_timeline.py", "and tests not"),
    ],
)
def test_what_proves_nothing_is_no_trial(old, new, tests, why):
    mutant = Mutant("odd", "drill/measure/samples.py", old, new, (tests,))
    with pytest.raises(AssertionError, match=why):
        survivors([mutant])


def test_a_mutant_that_nobody_finds_is_told():
    idle = Mutant("idle", "drill/measure/samples.py", "IN_A_ROW = 3", "IN_A_ROW = 1 + 2", EASY)
    assert survivors([idle]) == ["idle"]
    assert told([idle], ["idle"]) == "mutants: 1 put back, 0 found"
