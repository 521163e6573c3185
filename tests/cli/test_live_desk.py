"""Every live conduct has a desk, also one that nobody facilitates; and healing needs none."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from exercise.stories import NOTIFY, RECOVER, STORY, plan_with

from drill import wiring
from drill.crews.secrets import Secrets
from drill.desk import desk_of, say_at
from drill.errors import DeskError
from drill.hosts.access import observer_at
from drill.journal.reader import read
from drill.model.sayings import Acknowledged, Ended, Noted

CALL = plan_with(call=NOTIFY | {"acknowledge": "20s"})


class Nowhere:
    """Grounds without a target: only the observer stands there."""

    identity = "nowhere"

    def access(self, name):
        return observer_at("127.0.0.1", Path())

    vantage = access

    def addresses(self, name):
        return ()

    def secrets(self):
        return {}

    def close(self):
        pass


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def exercise(tmp_path, state):
    def of(plan, **more):
        journal = tmp_path / "runs" / "one" / "journal.jsonl"
        opened = wiring.opening("one", plan, {}, "live", **more)
        return wiring.Exercise(plan, journal, opened, Nowhere(), Secrets({}))

    return of


def conducted(exercise, talk):
    """Conduct it while somebody talks at its desk; return what was warned of, and the journal."""
    started, warned, said = threading.Event(), [], []

    def tell(record):
        if record.event.type == "step-started":
            started.set()

    def talks():
        assert started.wait(10)
        said.extend(talk(desk_of(exercise.journal)))

    with wiring.live(exercise, tell, warned.append) as conductor:
        thread = threading.Thread(target=talks)
        thread.start()
        conductor.run()
        thread.join(10)
    return warned, said, [record.event for record in read(exercise.journal)[0]]


def test_a_live_step_is_answered_at_the_desk_and_by_whom_is_kept(exercise):
    def talk(desk):
        yield say_at(desk, "eve", "facilitator", "cli", Ended())
        yield say_at(desk, "ann", "boss", "cli", Acknowledged(step="call"))

    warned, said, events = conducted(exercise(CALL), talk)
    assert (warned, said) == ([], ["nobody facilitates it: it closes by itself", ""])
    ended = next(event for event in events if event.type == "step-ended")
    assert (ended.by, ended.outcome.kind) == ("ann", "done")
    assert events[-1].type == "exercise-closed"


def test_a_facilitated_one_stays_open_for_the_hot_wash(exercise):
    def talk(desk):
        yield say_at(desk, "ann", "boss", "cli", Acknowledged(step="call"))
        yield say_at(desk, "ann", "boss", "cli", Noted(text="still here"))
        yield say_at(desk, "eve", "facilitator", "cli", Ended())

    _, said, events = conducted(exercise(CALL, facilitated=True), talk)
    assert said == ["", "", ""]
    assert [event.type for event in events[-2:]] == ["person-said", "exercise-closed"]


def test_an_answer_given_beforehand_needs_nobody(exercise):
    first = exercise(CALL)
    opened = first.opening.model_copy(update={"answers": {"boss": "yes"}})
    _, _, events = conducted(replace(first, opening=opened), lambda desk: ())
    ended = next(event for event in events if event.type == "step-ended")
    assert (ended.by, ended.outcome.note) == ("--yes-as", "acknowledged")


def test_a_new_one_is_not_begun_where_no_desk_can_be_opened(exercise, state):
    state.mkdir()
    (state / "desks").touch()
    found = exercise(CALL)
    with (
        pytest.raises(DeskError, match="no desk can be opened"),
        wiring.live(found, lambda record: None, lambda what: None),
    ):
        pass
    assert list(read(found.journal)[0]) == []


def test_an_interrupted_one_heals_without_a_desk_and_says_so(exercise, state):
    found = exercise(plan_with(told=STORY, mend=RECOVER))
    with wiring.FileJournal(found.journal) as journal:
        journal.append(found.opening, wiring.now())
        journal.sync()
    state.mkdir()
    (state / "desks").touch()
    warned = []
    with wiring.live(found, lambda record: None, warned.append) as conductor:
        state_after = conductor.run()
    assert state_after.closed
    assert "no desk can be opened" in warned[0]


def test_a_rehearsal_has_no_desk(state, tmp_path):
    wiring.rehearse(CALL, tmp_path / "run" / "journal.jsonl", {})
    assert not (state / "desks").exists()
