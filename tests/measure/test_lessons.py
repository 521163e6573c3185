"""What was assumed, who supplied, and what must be improved: found by rule, each with its id."""

from datetime import timedelta

import pytest

from drill.measure.assumptions import assumption_views
from drill.measure.findings import DAYS, findings_of
from drill.measure.suppliers import supplier_views, took_part
from drill.model.events import AbortOrdered
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.overview import Assumption, Supplier
from drill.model.sayings import Accepted, Joined, Noted, Observed, Reflected, Refused
from drill.model.view import FaultView, LedgerSet, Verdict

STEPS = {
    "lose": {"inject": "host.power-off", "on": "db1", "timeout": "15s"},
    "call": {"notify": "on-call", "message": "come", "acknowledge": "1m",
             "on-failure": "continue"},
    "choose": {"decide": "Go?", "by": "lead", "options": {"go": "yes", "wait": "no"},
               "default": {"option": "wait", "after": "1m"}},
    "ask": {"task": "Ask the carrier.", "by": "carrier", "timeout": "1h"},
    "fix": {"recover": "ssh.command", "on": "db2", "timeout": "1m", "expect": "1s"},
    "look": {"check": "tcp.connect", "timeout": "1m", "on-failure": "continue"},
}  # fmt: skip
MORE = {
    "roles": {"lead": {"count": 2}, "on-call": {"deputy": True}, "carrier": {}, "head": {}},
    "objectives": {"calm": {"text": "They stay calm.", "steps": ["choose", "lose"]},
                   "loud": {"text": "They speak up."}},
    "duties": {"tell": {"text": "Tell them.", "source": "a law", "from": "call", "to": "choose",
                        "within": "2s"},
               "show": {"text": "Show them.", "from": "call", "to": "fix", "within": "1s"}},
}  # fmt: skip


@pytest.fixture
def p(pen, a_service):
    return pen(steps=STEPS, services={"orders": a_service(ledger=None, rpo=None)}, **MORE)


def found(view):
    return {one.id: one for one in view.findings}


# ---- assumptions


def state(view, *steps, mode="live"):
    assumed = {"it": Assumption(text="It is so.", steps=steps)}
    (one,) = assumption_views(assumed, view.steps, mode)
    return one.state


def test_an_assumption_holds_if_each_of_its_steps_was_really_done(p):
    p.at(1).start("fix")
    p.at(2).end("fix")
    p.start("call")
    p.end("call", by="Kim")
    view = p.view()
    assert state(view, "fix", "call") == "held"
    assert state(view, "fix", "look") == "not tested"
    assert state(view) == "not tested"
    (one,) = assumption_views({"it": Assumption(text="x", steps=("fix",))}, view.steps, "live")
    assert one.records == view.steps[4].records


@pytest.mark.parametrize(
    ("step", "outcome", "by", "mode", "expected"),
    [
        ("fix", Done(), "", "rehearsal", "not tested"),
        ("fix", Failed(error="no"), "", "tabletop", "not tested"),
        ("fix", Failed(error="no"), "", "live", "disproved"),
        ("fix", Indeterminate(error="?"), "", "live", "not tested"),
        ("call", Done(), "--yes-as", "live", "not tested"),
        ("call", Done(), "Kim", "tabletop", "held"),
        ("call", Done(), "Kim", "rehearsal", "not tested"),
        ("call", Failed(error="nobody"), "", "tabletop", "disproved"),
        ("call", Indeterminate(error="?"), "", "live", "disproved"),
        ("choose", Done(choice="wait", defaulted=True), "", "live", "disproved"),
    ],
)
def test_what_was_done_on_paper_or_by_nobody_shows_nothing(p, step, outcome, by, mode, expected):
    p.at(1).start(step)
    p.at(2).end(step, outcome, by=by)
    assert state(p.view(), step, mode=mode) == expected


def test_one_step_that_fails_disproves_it(p):
    for step, outcome in (("fix", Done()), ("look", Failed(error="closed"))):
        p.at(1).start(step)
        p.end(step, outcome)
    assert state(p.view(), "fix", "look") == "disproved"


# ---- suppliers


def supplier(view, **more):
    given = Supplier(**{"role": "carrier", "commitment": timedelta(seconds=5), **more})
    (one,) = supplier_views({"line": given}, view.roles, view.steps, view.sayings)
    return one


def test_a_supplier_answers_with_its_first_word_about_what_it_was_first_asked(p):
    p.at(1).start("ask")
    p.at(2).say("carrier", Noted(text="hello"), person="Ann")
    p.at(3).say("carrier", Accepted(step="ask"), person="Bob", refused="not yours")
    p.at(4).say("carrier", Accepted(step="ask"), person="Ann")
    p.at(9).end("ask", by="Ann")
    one = supplier(p.view())
    assert (one.responded, one.persons, one.commitment) == (3.0, ("Ann",), 5.0)
    assert took_part(one)
    assert one.records


def test_a_supplier_that_was_there_and_was_not_asked_took_part(p):
    p.at(1).say("carrier", Joined(), person="Ann")
    one = supplier(p.view(), commitment=None)
    assert (one.responded, one.persons, one.records) == (None, ("Ann",), ())
    assert took_part(one)


@pytest.mark.parametrize("by", ["", "the plan", "--yes-as"])
def test_who_answers_in_a_suppliers_place_is_no_supplier(p, by):
    p.at(1).start("ask")
    p.at(2).end("ask", by=by)
    one = supplier(p.view())
    assert one.responded is None
    assert not took_part(one)


def test_a_supplier_without_a_role_is_absent(p):
    p.at(1).start("ask")
    p.at(2).end("ask", by="Ann")
    one = supplier(p.view(), role=None)
    assert (one.role, one.responded, took_part(one)) == ("", None, False)
    assert supplier(p.view()).responded == 1.0


# ---- findings


def test_each_rule_has_its_id_severity_owner_evidence_and_check(p):
    p.at(1).start("call")
    p.at(2).end("call", Failed(error="nobody"))
    p.start("choose")
    p.at(5).end("choose", Done(choice="wait", defaulted=True))
    p.start("fix")
    p.at(8).end("fix")
    p.start("look")
    p.at(9).end("look", Failed(error="closed"))
    p.start("ask")
    p.say("carrier", Refused(step="ask", note="no"), person="Ann")
    p.end("ask", Failed(error="carrier refused"), by="Ann")
    p.fault(9, 9.5)
    p.write(AbortOrdered(by="Kim", why="enough"))
    view = p.close()
    seen = {
        id_: (one.severity, one.owner, one.check, one.objective) for id_, one in found(view).items()
    }
    assert seen == {
        "dirty:lose": ("high", "head", "the fault of lose is undone, and read back", ""),
        "aborted:exercise": ("medium", "head", "it is carried through to its end", ""),
        "missed:orders.rto": ("high", "head", "objective orders RTO is met", "orders RTO"),
        "duty:tell": ("high", "lead", "duty tell is met", ""),
        "duty:show": ("high", "head", "duty show is met", ""),
        "failed:look": ("high", "head", "step look is done", ""),
        "rated:calm": ("medium", "lead", "objective calm is rated P or S", "calm"),
        "unacknowledged:call": ("medium", "on-call", "on-call acknowledges call in time", ""),
        "defaulted:choose": ("medium", "lead", "lead decides choose in time", "calm"),
        "refused:ask": ("medium", "carrier", "step ask is done", ""),
        "late:fix": ("low", "head", "step fix is done in the time it claims", ""),
        "key-person:carrier": (
            "medium", "carrier", "while carrier is absent, a deputy does ask", "",
        ),
    }  # fmt: skip
    bare = {"aborted:exercise", "missed:orders.rto"}
    assert {one.id for one in view.findings if not one.records} == bare
    assert found(view)["late:fix"].text == "fix took 2 s longer than the plan claims."
    assert found(view)["duty:tell"].text == "Not in time: Tell them. (7.5 s of 2 s, a law)."


def test_a_finding_is_due_by_its_severity_from_the_closing(p):
    p.at(1).start("look")
    p.at(2).end("look", Failed(error="closed"))
    assert {one.due for one in p.view().findings} == {None}
    view = p.close()
    for one in view.findings:
        assert one.due == view.closed + timedelta(days=DAYS[one.severity])


def test_the_same_weakness_has_the_same_id_in_each_run(p, pen, a_service):
    runs = []
    for begins in (1, 30):
        one = pen(steps=STEPS, services={"orders": a_service()}, **MORE)
        one.at(begins).start("look")
        one.at(begins + 3).end("look", Failed(error=f"closed at {begins}"))
        one.say("lead", Reflected(about="improvement", text="The list  is OLD."))
        runs.append(one.close())
    first, second = ([one.id for one in view.findings] for view in runs)
    assert first == second
    assert len(set(first)) == len(first)


def test_what_people_said_is_medium_until_they_say_otherwise_and_strengths_are_not_due(p):
    p.say("lead", Reflected(about="improvement", text="old", objective="calm"))
    p.say("lead", Reflected(about="improvement", text="older"))
    p.say("lead", Reflected(about="strength", text="quick", objective="calm"))
    p.close()
    rated, plain, strength = p.view().findings[:3]
    assert (rated.severity, rated.check) == ("medium", "objective calm is rated P or S")
    assert (plain.severity, plain.check) == ("medium", "")
    assert (strength.severity, strength.due, strength.check) == ("", None, "")


def test_an_evaluators_rating_is_a_finding_with_the_reason(p):
    p.say("evaluator", Observed(objective="calm", rating="U", text="they shouted"), "Eve")
    p.say("evaluator", Observed(objective="loud", rating="M"), "Eve")
    view = p.view()
    calm, loud = found(view)["rated:calm"], found(view)["rated:loud"]
    assert (calm.severity, calm.text) == ("high", "Rated U: They stay calm. they shouted")
    assert (calm.owner, loud.owner) == ("lead", "head")
    assert loud.text == "Rated M: They speak up."


def test_a_late_step_of_the_critical_chain_weighs_more_and_the_latest_comes_first(p):
    for step, begins, ends in (("fix", 1, 4), ("look", 4, 70)):
        p.at(begins).start(step)
        p.at(ends).end(step)
    view = p.view()
    steps = tuple(
        one.model_copy(update={"critical": one.id == "fix", "late": one.phase == "done"})
        for one in view.steps
    )
    late = [
        (one.id, one.severity, one.text)
        for one in findings_of(view.model_copy(update={"steps": steps}))
        if one.id.startswith("late")
    ]
    assert late == [
        ("late:look", "low", "look took 1m6s longer than the plan claims."),
        ("late:fix", "medium", "fix took 2 s longer than the plan claims."),
    ]


def test_only_a_role_of_one_without_deputy_is_a_key_person(p, pen, a_service):
    view = p.view()
    assert [id_ for id_ in found(view) if id_.startswith("key-person")] == ["key-person:carrier"]
    away = {**MORE, "roles": {"carrier": {"deputy": True, "absent": True}, "carrier-deputy": {}}}
    steps = {**STEPS, "ask": {**STEPS["ask"], "by": "carrier-deputy"}}
    one = pen(steps=steps, services={"orders": a_service()}, **away)
    assert not [id_ for id_ in found(one.view()) if id_.startswith("key-person")]


def test_what_cannot_be_told_apart_from_missed_is_inconclusive(p):
    view = p.close()
    one = view.objectives[0]

    def with_verdict(verdict):
        changed = one.model_copy(update={"verdict": verdict})
        return {
            each.id: each.severity
            for each in findings_of(view.model_copy(update={"objectives": (changed,)}))
        }

    assert with_verdict(Verdict.MISSED)["missed:orders.rto"] == "high"
    assert with_verdict(Verdict.INVALID)["missed:orders.rto"] == "high"
    assert with_verdict(Verdict.INCONCLUSIVE)["inconclusive:orders.rto"] == "medium"
    assert not any("orders" in id_ for id_ in with_verdict(Verdict.NOT_MEASURED))


def test_what_must_never_be_in_a_ledger_is_found_also_where_the_objective_is_met(pen, a_service):
    p = pen(services={"orders": a_service()})
    view = p.view()
    sets = (
        LedgerSet(name="phantom", meaning="found, and refused", count=2),
        LedgerSet(name="lost", meaning="acknowledged, and gone", count=3),
        LedgerSet(name="alien", meaning="never sent", count=0),
    )
    ledger = view.ledgers[0].model_copy(update={"sets": sets})
    seen = [one.id for one in findings_of(view.model_copy(update={"ledgers": (ledger,)}))]
    assert [id_ for id_ in seen if id_.startswith("ledger")] == ["ledger:orders.phantom"]


def test_a_fault_is_unclean_only_once_the_exercise_is_closed(p):
    p.fault(1, 2)
    assert "dirty:lose" not in found(p.view())
    view = p.close()
    assert "dirty:lose" in found(view)
    clean = FaultView(step="lose", fault="f", target="db1", standing="undone")
    assert not any(
        one.id.startswith("dirty")
        for one in findings_of(view.model_copy(update={"faults": (clean,)}))
    )


def test_what_a_supplier_owes_and_what_was_assumed_is_found(pen, a_service):
    p = pen(
        steps=STEPS, services={"orders": a_service()},
        suppliers={"late": {"role": "carrier", "commitment": "1s"},
                   "quick": {"role": "carrier", "commitment": "1h"},
                   "free": {"role": "carrier"}, "absent": {"commitment": "1s"}},
        assumptions={"open": {"text": "It is open.", "steps": ["look"]},
                     "whole": {"text": "It is whole.", "steps": ["fix"]}},
        **MORE,
    )  # fmt: skip
    for step, outcome in (("ask", Done()), ("look", Failed(error="no")), ("fix", Done())):
        p.at(p.now + 1).start(step)
        p.at(p.now + 3).end(step, outcome, by="Ann" if step == "ask" else "")
    seen = found(p.view())
    assert seen["supplier:late"].text == "late answered 2 s later than its contract says."
    assert [id_ for id_ in seen if id_.startswith("supplier")] == ["supplier:late"]
    assert seen["assumption:open"].text == "What was assumed does not hold: It is open."
    assert "assumption:whole" not in seen
