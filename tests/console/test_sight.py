"""What is for the staff alone reaches nobody else: every field that there is, filled and sought."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from drill.console.seats import Seat, seats_of
from drill.console.sight import seen_by, sees_all
from drill.journal.reader import read
from drill.measure.timeline import view
from drill.model.lessons import AssumptionView, LimitView, SupplierView
from drill.model.names import RoleName, StepId
from drill.model.sayings import EVALUATOR, FACILITATOR
from drill.model.view import FaultView, FindingView, LogLine, RatingView, SayingView, StepView, View

HAPPY = Path(__file__).parents[1] / "journals" / "happy.jsonl"
DBA, MEDIA = RoleName("dba"), RoleName("media")
SEATS = seats_of([DBA, MEDIA])
OTHERS = [seat for seat in SEATS.values() if not sees_all(seat)]
STAFF = [seat for seat in SEATS.values() if sees_all(seat)]


@pytest.fixture(scope="module")
def bare():
    """Any view at all."""
    return view(read(HAPPY)[0], None, "")


def step(id_, **more):
    told = {"kind": "task", "uses": "work", "phase": "running", "started": 1.0, **more}
    return StepView(id=StepId(id_), **told)


def said(seq, says, role=DBA, **more):
    wall = "2026-11-29T09:00:00Z"
    told = {"person": "Ann", "means": "console", "at": 1.0, "wall": wall, **more}
    return SayingView(seq=seq, says=says, role=role, **told)


def line(seq, **more):
    return LogLine(seq=seq, at=1.0, wall="2026-11-29T09:00:00Z", what="person-said", **more)


def shown(seat, seen: View) -> str:
    return json.dumps(seen_by(seat, seen).model_dump(mode="json"))


PRIVATE = {
    "expected": "CANARY",
    "questions": ("CANARY",),
    "decoy": True,
    "contingency": True,
    "kept_back": True,
    "due": 4711.25,
}
"""Each field of a step that the contract keeps for the staff."""


@pytest.mark.parametrize("seat", OTHERS)
@pytest.mark.parametrize("name", PRIVATE)
def test_no_private_field_of_a_step_that_is_seen_shows(bare, seat, name):
    seen = bare.model_copy(update={"steps": (step("a", **{name: PRIVATE[name]}), step("b"))})
    assert [one.id for one in seen_by(seat, seen).steps] == ["a", "b"]
    blank = StepView.model_fields[name].default
    assert getattr(seen_by(seat, seen).steps[0], name) == blank
    assert "CANARY" not in shown(seat, seen)
    assert "4711.25" not in shown(seat, seen)


def test_every_field_of_a_step_that_is_for_the_staff_by_its_own_words_is_private():
    said_so = set()
    text = Path(StepView.__module__.replace(".", "/") + ".py")
    source = (Path(__file__).parents[2] / text).read_text().splitlines()
    for name, doc in pairwise(source):
        if "for staff only" in doc:
            said_so.add(name.strip().partition(":")[0])
    assert said_so == set(PRIVATE)


HIDDEN = {
    "a story inject to come": {"kind": "inject", "uses": "story", "phase": "pending"},
    "a fault to come": {"kind": "inject", "uses": "host.power-off", "phase": "pending"},
    "what comes only if others are missed": {"contingency": True, "phase": "pending"},
    "what is kept back": {"kept_back": True, "phase": "pending"},
}


@pytest.mark.parametrize("seat", OTHERS)
@pytest.mark.parametrize("what", HIDDEN)
def test_what_is_to_come_as_a_surprise_is_not_there(bare, seat, what):
    secret = step("canary", started=None, story="CANARY", **HIDDEN[what])
    seen = bare.model_copy(
        update={
            "steps": (secret, step("after", after=("canary.failed", "other"))),
            "faults": (FaultView(step="canary", fault="f", target="t", standing="prepared"),),
            "log": (line(7, step="canary", text="CANARY"), line(8, text="fine")),
            "sayings": (said(7, "noted", step="canary", text="CANARY"),),
        }
    )
    assert "canary" not in shown(seat, seen).lower()
    assert seen_by(seat, seen).steps[0].after == ("other",)
    assert [one.seq for one in seen_by(seat, seen).log] == [8]
    assert all(shown(one, seen).lower().count("canary") > 3 for one in STAFF)


def test_an_inject_is_seen_by_those_who_are_told(bare):
    told = {"kind": "inject", "uses": "story", "phase": "done", "told_to": (DBA,), "story": "NEWS"}
    seen = bare.model_copy(update={"steps": (step("news", **told),)})
    assert {name for name, seat in SEATS.items() if "NEWS" in shown(seat, seen)} == {
        "dba",
        FACILITATOR,
        EVALUATOR,
    }


SAYINGS = {
    "observed": {"says": "observed", "role": RoleName(EVALUATOR)},
    "a note of an evaluator's": {"says": "noted", "role": RoleName(EVALUATOR)},
    "a note of a facilitator's": {"says": "noted", "role": RoleName(FACILITATOR)},
    "kept back": {"says": "kept-back", "role": RoleName(FACILITATOR)},
    "released": {"says": "released", "role": RoleName(FACILITATOR)},
    "jumped": {"says": "jumped", "role": RoleName(FACILITATOR)},
    "skipped": {"says": "skipped", "role": RoleName(FACILITATOR)},
    "refused": {"says": "noted", "refused": "CANARY"},
}


@pytest.mark.parametrize("seat", OTHERS)
@pytest.mark.parametrize("what", SAYINGS)
def test_what_the_staff_says_to_itself_is_not_heard(bare, seat, what):
    seen = bare.model_copy(
        update={
            "sayings": (said(7, text="CANARY", **SAYINGS[what]), said(8, "noted", text="aloud")),
            "log": (line(7, text="CANARY"), line(8, text="aloud")),
        }
    )
    assert "CANARY" not in shown(seat, seen)
    assert [one.seq for one in seen_by(seat, seen).sayings] == [8]
    assert [one.seq for one in seen_by(seat, seen).log] == [8]
    assert all("CANARY" in shown(one, seen) for one in STAFF)


@pytest.mark.parametrize("seat", OTHERS)
def test_no_rating_nor_what_a_rule_found_is_seen(bare, seat):
    rating = RatingView(objective="CANARY", text="CANARY", proposed="U", because="CANARY")
    seen = bare.model_copy(
        update={
            "ratings": (rating,),
            "findings": (
                FindingView(about="improvement", text="CANARY"),
                FindingView(about="strength", text="said", by=("Ann",)),
            ),
            "limits": (LimitView(key="x", text="CANARY", because="CANARY is not attempted"),),
            "assumptions": (AssumptionView(name="x", text="CANARY", state="held"),),
            "suppliers": (SupplierView(name="x", text="CANARY"),),
        }
    )
    assert "CANARY" not in shown(seat, seen)
    assert [one.text for one in seen_by(seat, seen).findings] == ["said"]


@pytest.mark.parametrize("seat", STAFF)
def test_the_staff_sees_all_of_it(bare, seat):
    assert seen_by(Seat(seat.kind, seat.role, "Eve"), bare) is bare
