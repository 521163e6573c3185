"""A drill with its recovery left out still breaks, looks and heals, and mends nothing."""

import pytest

from drill.graph.params import resolve
from drill.graph.plan import plan_of
from drill.graph.unrecovered import unrecovered, without_recovery
from drill.model.scenario import Scenario
from drill.model.targets import Target

BASE = {
    "drill": 1,
    "id": "x",
    "title": "X",
    "targets": "lab.yaml",
    "roles": {"boss": {}},
}


def bare(steps):
    scenario = resolve(Scenario.model_validate({**BASE, "steps": steps}), {})
    return without_recovery(scenario).model_dump(mode="json", by_alias=True)["steps"]


def recover(*after):
    return {"recover": "ssh.command", "on": "a", "timeout": "1m", "after": [*after]}


def check(*after):
    return {"check": "tcp.connect", "on": "a", "timeout": "1m", "after": [*after]}


def inject(*after, **more):
    return {"inject": "service.stop", "on": "a", "timeout": "1m", "after": [*after], **more}


def task(*after):
    return {"task": "Accept it.", "by": "boss", "timeout": "1m", "after": [*after]}


DECIDE = {
    "decide": "Go?",
    "by": "boss",
    "options": {"yes": "y", "no": "n"},
    "default": {"option": "no", "after": "1m"},
    "after": ["break"],
}


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        (
            {"prepare": recover(), "break": inject("prepare"), "mend": recover("break")},
            {"prepare": [], "break": ["prepare"]},
        ),
        (
            {"break": inject(), "mend": recover("break"), "again": recover("mend")}
            | {"well": check("again"), "accept": task("well")},
            {"break": [], "well": ["break"]},
        ),
        (
            {"break": inject(), "go": DECIDE, "mend": recover("go.yes"), "well": check("mend")},
            {"break": [], "go": ["break"], "well": ["go.yes"]},
        ),
        (
            {"break": inject(), "mend": recover("break"), "tidy": recover("break.undone")}
            | {"rejoin": recover("break.undone", "mend")},
            {"break": [], "tidy": ["break.undone"]},
        ),
    ],
    ids=["what prepares stays", "checks move up", "decisions stay", "what tidies up stays"],
)
def test_only_what_mends_is_left_out(steps, left):
    found = bare(steps)
    assert {id_: step["after"] for id_, step in found.items()} == left


def test_it_is_another_plan_on_the_same_targets():
    steps = {"break": inject(), "mend": recover("break")}
    scenario = resolve(Scenario.model_validate({**BASE, "steps": steps}), {})
    plan = plan_of(scenario, (Target(name="a", site="s", address="192.0.2.1"),), {})
    control = unrecovered(plan)
    assert (control.order, control.targets) == (("break",), plan.targets)
    assert control.digest != plan.digest


def test_a_fault_that_ended_with_a_step_that_is_left_out_stands_to_the_end():
    steps = {"break": inject(until="accept.ended"), "accept": task("break")}
    assert bare(steps)["break"]["until"] is None
    steps = {"break": inject(until="well"), "well": check("break")}
    assert bare(steps)["break"]["until"] == "well"


def test_a_contingency_of_what_is_left_out_comes_as_what_it_misses_never_does():
    steps = {"break": inject(), "mend": recover("break"), "tell": task("break")}
    nudge = {"inject": "story", "story": "Hm.", "if-missed": ["mend", "go"]}
    found = bare({**steps, "go": DECIDE, "nudge": nudge})["nudge"]
    assert (found["after"], found["if-missed"]) == (["break"], ["go"])
