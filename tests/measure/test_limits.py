"""What an exercise does not prove: a line for each comfort, which only its deed takes away."""

import pytest

from drill.measure.limits import limits_of
from drill.model.lessons import ArtefactView, ControlView
from drill.model.outcome import Done
from drill.model.sayings import Joined
from drill.model.targets import Target
from drill.model.view import Verdict

CONTROL = "NIST SP 800-53 CP-4"
STEPS = {
    "lose": {"inject": "host.power-off", "on": "db1", "timeout": "15s"},
    "declare": {
        "decide": "Fail over?", "by": "lead", "options": {"go": "yes", "wait": "no"},
        "default": {"option": "wait", "after": "1h"}, "after": ["lose"],
    },
    "fix": {"recover": "ssh.command", "on": "db2", "timeout": "1m", "after": ["declare.ended"]},
}  # fmt: skip
OTHER_SITE = {"lose-too": {"inject": "host.power-off", "on": "db2", "timeout": "15s"}}
SCENARIO = {
    "about": {"controls": [CONTROL]},
    "assumptions": {"spare": {"text": "The spare is whole."}},
    "suppliers": {"carrier": {"role": "on-call"}},
}


def exercise(pen, a_service, *, steps=STEPS, decided_by="the plan", act=None, **scenario):
    """Return a live exercise that had every comfort, but for what is given."""
    p = pen(steps=steps, services={"orders": a_service(rpo=None)}, **{**SCENARIO, **scenario})
    sites = (Target(name="db1", site="a", address="a"), Target(name="db2", site="b", address="b"))
    opened = p.records[0].event.model_copy(update={"targets": sites})
    p.records[0] = p.records[0].model_copy(update={"event": opened})
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.2, "bad")
    p.start("declare")
    p.end("declare", Done(choice="go"), by=decided_by)
    p.start("fix")
    p.end("fix")
    p.series(6.2, 9, "good")
    if act is not None:
        act(p)
    p.undo("lose")
    return p.close()


def keys(view):
    return [one.key for one in limits_of(view)]


def lost_too(p):
    p.fault(9.0, 9.1, step="lose-too")
    p.undo("lose-too")


def evidenced(view, state="evidenced"):
    shown = ControlView(
        framework="NIST SP 800-53", id="CP-4", title="", verified=True, state=state,
        artefacts=(ArtefactView(id="x", name="x", there=True, because=""),),
    )  # fmt: skip
    return view.model_copy(update={"controls": (shown,)})


DEEDS = {
    "announced": {"announced": False},
    "experts-present": {"roles": {"head": {"deputy": True, "absent": True}, "lead": {},
                                  "on-call": {}}},
    "declaration-assumed": {"decided_by": "Kim"},
    "pre-staged": {"realism": {"pre-staged": False}},
    "clean-data": {"realism": {"clean-data": False}},
    "no-load": {"realism": {"load": True}},
    "sites-not-tested": {"steps": {**STEPS, **OTHER_SITE}, "act": lost_too},
    "suppliers-absent": {"act": lambda p: p.say("on-call", Joined())},
    "assumptions-not-challenged": {
        "assumptions": {"spare": {"text": "The spare is whole.", "steps": ["fix"]}}
    },
    "controls-not-evidenced": {},
}  # fmt: skip
"""Each comfort, and the deed that takes it away."""


def test_an_exercise_with_every_comfort_lists_each_of_them(pen, a_service):
    view = exercise(pen, a_service)
    assert keys(view) == list(DEEDS)
    assert view.limits == limits_of(view)
    assert all(one.text and one.because for one in view.limits)


@pytest.mark.parametrize("comfort", DEEDS)
def test_a_deed_takes_its_own_line_away_and_no_other(pen, a_service, comfort):
    view = exercise(pen, a_service, **DEEDS[comfort])
    if comfort == "controls-not-evidenced":
        view = evidenced(view)
    assert keys(view) == [key for key in DEEDS if key != comfort]


def test_a_note_takes_no_line_away(pen, a_service):
    view = exercise(pen, a_service)
    noted = view.form.model_copy(update={"notes": dict.fromkeys(DEEDS, "It does.")})
    assert limits_of(view.model_copy(update={"form": noted})) == view.limits


def why(view, key):
    return next(one.because for one in limits_of(view) if one.key == key)


def test_what_is_only_partly_evidenced_is_not_proven(pen, a_service):
    view = evidenced(exercise(pen, a_service), "partly evidenced")
    assert why(view, "controls-not-evidenced") == f"Not, or only partly, evidenced: {CONTROL}."
    nothing = exercise(pen, a_service, about=None)
    assert why(nothing, "controls-not-evidenced") == "The scenario names none."


def test_an_expert_who_is_absent_and_comes_is_there(pen, a_service):
    roles = DEEDS["experts-present"]["roles"]
    view = exercise(pen, a_service, roles=roles, act=lambda p: p.say("head", Joined()))
    assert why(view, "experts-present") == "Declared absent, and there all the same: head."


def test_a_comfort_that_is_said_and_one_that_is_not_are_told_apart(pen, a_service):
    assert "does not say" in why(exercise(pen, a_service), "no-load")
    assert why(exercise(pen, a_service, realism={}), "no-load") == (
        "No load like that of its users was on it."
    )


def test_what_names_nobody_and_nothing_proves_nothing_of_it(pen, a_service):
    view = exercise(pen, a_service, suppliers={}, assumptions={})
    assert why(view, "suppliers-absent") == "The scenario names none."
    assert "names none" in why(view, "assumptions-not-challenged")


def test_a_decision_that_the_default_took_declares_nothing(pen, a_service):
    view = exercise(pen, a_service)
    steps = tuple(
        one.model_copy(update={"defaulted": True, "answered_by": "Kim"}) for one in view.steps
    )
    assert "declaration-assumed" in keys(view.model_copy(update={"steps": steps}))


def test_on_paper_no_site_is_lost_and_nothing_is_touched(pen, a_service):
    view = exercise(pen, a_service).model_copy(update={"mode": "tabletop"})
    assert why(view, "nothing-touched") == "It was a tabletop, which touches nothing."
    assert why(view, "sites-not-tested") == "Nothing at any site was touched: a, b."
    none = view.model_copy(update={"targets": ()})
    assert why(none, "sites-not-tested") == "It names no target, so that no site was lost."


def test_what_was_left_out_is_told(pen, a_service):
    view = exercise(pen, a_service, about={"excludes": ["the north", "payment"]})
    assert why(view, "excluded") == "the north; payment"
    steps = (view.steps[0].model_copy(update={"phase": "skipped"}), *view.steps[1:])
    promise = view.objectives[0].model_copy(update={"verdict": Verdict.NOT_MEASURED})
    less = view.model_copy(
        update={"steps": steps, "objectives": (promise,), "ledgers": (), "closed": None}
    )
    assert why(less, "not-attempted") == "Not attempted: lose."
    assert why(less, "not-measured") == "Not measured: orders RTO."
    assert why(less, "no-ledger") == "No ledger of the writes was kept: orders."
    assert why(less, "not-closed").startswith("It is not closed")
