"""What is for the staff alone reaches nobody else: every field that there is, filled and sought."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from drill.console import pages
from drill.console.feed import Edition
from drill.console.seats import Seat, seats_of
from drill.console.sight import seen_by, sees_all
from drill.journal.reader import read
from drill.measure.timeline import view
from drill.model.events import Record
from drill.model.lessons import AssumptionView, FindingView, LimitView, SupplierView
from drill.model.names import RoleName, StepId
from drill.model.people import RatingView, SayingView
from drill.model.sayings import EVALUATOR, FACILITATOR
from drill.model.view import FaultView, LogLine, StepView, View

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


# ---- what is broken, told from those who are to find out

FAULT = ("lose-db1", "host.power-off", "canary-host")
"""Its step, its plug-in, and its target, which nothing else touches."""


@pytest.fixture(scope="module")
def records():
    """An exercise that lost its primary database, on a host of its own."""
    found = list(read(HAPPY)[0])
    opened = found[0].model_dump(mode="json", by_alias=True)
    opened["event"]["scenario"]["steps"]["lose-db1"]["on"] = "canary-host"
    opened["event"]["targets"].append({"name": "canary-host", "site": "a", "address": "10.9.9.9"})
    opened["event"]["scenario"]["title"] = "Something is wrong"
    return [Record.model_validate(opened), *found[1:]]


def moments(records):
    """Yield the number of each record by which something is known of the fault, but the last."""
    told = ("step-", "fault-", "undo-", "watch-ended", "ledger-")
    begun = next(n for n, one in enumerate(records) if getattr(one.event, "step", "") == FAULT[0])
    for n in range(begun, len(records) - 1):
        if records[n].event.type.startswith(told):
            yield n


def sent(records, n, seat):
    """Return all that goes to a seat once record ``n`` is written: the page, and the event."""
    edition = Edition(n, view(records[: n + 1], records[n].at, ""), pages)
    return edition.page(seat, "t"), edition.event(seat, "t").decode()


def test_nothing_that_a_participant_is_sent_tells_what_is_broken(records):
    owner = Seat("participant", RoleName("head-of-sales"), "Ann")
    knowing = [seat for seat in SEATS.values() if seat.kind != "participant"]
    there = set()
    for n in moments(records):
        for text in sent(records, n, owner):
            assert [word for word in (*FAULT, "Broken now") if word in text] == [], n
        known = "".join(sent(records, n, knowing[0]))
        there.update(word for word in FAULT if word in known)
    assert there == set(FAULT)
    standing = next(n for n, one in enumerate(records) if one.event.type == "fault-prepared")
    for seat in knowing:
        for text in sent(records, standing, seat):
            assert [word for word in (*FAULT, "Broken now") if word not in text] == [], seat


def test_nothing_that_a_page_could_show_names_the_fault(records):
    """Also what no page shows yet: the list of what may be touched is the one thing left."""
    standing = next(n for n, one in enumerate(records) if one.event.type == "fault-prepared")
    seen = seen_by(SEATS["dba"], view(records[: standing + 1], records[standing].at, ""))
    dumped = seen.model_copy(update={"targets": ()}).model_dump_json()
    assert [word for word in FAULT if word in dumped] == []


def test_once_it_is_over_everybody_may_know_what_was_broken(records):
    over = view(records, None, "")
    assert over.closed is not None
    assert "lose-db1" in {step.id for step in seen_by(SEATS["dba"], over).steps}


def test_what_drill_says_of_another_step_does_not_name_the_fault(bare):
    because = "burn is failed, not done; burn-in and a.burn are others"
    seen = bare.model_copy(
        update={
            "closed": None,
            "aborted": "drill: burn is stuck",
            "steps": (
                step("burn", kind="inject", uses="a.fault"),
                step("mend", phase="skipped", note=because),
                step("ask", phase="done", answered_by="Ann", note="burn it all down"),
            ),
            "log": (
                line(7, step="mend", text=f"mend is skipped: {because}").model_copy(
                    update={"what": "step-skipped"}
                ),
                line(8, text="Ann (dba): burn it all down"),
            ),
        }
    )
    dba, observer = (seen_by(SEATS[who], seen) for who in ("dba", "observer"))
    told = "an inject is failed, not done; burn-in and a.burn are others"
    assert [one.note for one in dba.steps] == [told, "burn it all down"]
    assert [one.text for one in dba.log] == [
        f"mend is skipped: {told}",
        "Ann (dba): burn it all down",
    ]
    assert dba.aborted == "drill: an inject is stuck"
    assert [one.note for one in observer.steps] == ["", because, "burn it all down"]


@pytest.mark.parametrize("seat", STAFF)
def test_the_staff_sees_all_of_it(bare, seat):
    assert seen_by(Seat(seat.kind, seat.role, "Eve"), bare) is bare
