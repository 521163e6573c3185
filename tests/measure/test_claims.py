"""What was claimed at a table beside what was measured when it was done."""

import pytest

from drill.measure.claims import claims_of
from drill.model.outcome import Done, Failed
from drill.model.sayings import Claimed
from drill.model.view import Interval

STEPS = {
    "lose": {"inject": "host.power-off", "on": "db1", "timeout": "15s"},
    "fix": {
        "recover": "ssh.command", "on": "db2", "timeout": "1h", "expect": "5m",
        "after": ["lose"],
    },
    "check": {"check": "tcp.connect", "timeout": "1h", "expect": "2s", "after": ["fix"]},
    "accept": {"task": "Look.", "by": "head", "timeout": "1h", "after": ["check"]},
}  # fmt: skip


def held_at(p, restored, *steps):
    """Tell an outage from 3 s to ``restored``, and steps as (name, start, end, by, outcome)."""
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, restored, "bad")
    p.series(restored, restored + 2, "good")
    for name, start, end, by, outcome in steps:
        p.at(start).start(name)
        p.at(end).end(name, outcome or Done(), by)
    return p


@pytest.fixture
def live(pen):
    fixed = ("fix", 3.2, 9.2, "", None)
    failed = ("check", 9.3, 9.4, "", Failed(error="no"))
    return held_at(pen(steps=STEPS), 9.2, fixed, failed).close()


def rows(claims):
    return {one.step or one.what: one for one in claims}


def told(claim):
    return tuple(
        None if one is None else round(one, 1)
        for one in (claim.claimed, claim.planned, claim.measured)
    )


def test_a_facilitated_tabletop_claims_what_people_said(pen, live):
    p = pen(steps=STEPS, mode="tabletop", facilitated=True)
    p.at(1).start("fix")
    p.at(2).say("lead", Claimed(step="fix", takes="4s"))
    p.at(5).end("fix", by="Kim")
    p.at(6).start("accept")
    p.at(9).end("accept", by="Hilde")
    table = p.close()
    found = rows(claims_of(table, live))
    assert list(found) == ["orders: RTA from onset, at most", "fix", "check"]
    assert told(found["fix"]) == (4.0, 300.0, 6.0)
    assert told(found["check"]) == (None, 2.0, None)
    assert told(found["orders: RTA from onset, at most"]) == (None, None, 6.2)
    assert {one.run for one in found.values()} == {"run-1"}
    assert found["fix"].what == "ssh.command"


def test_a_tabletop_without_a_facilitator_claims_what_somebody_answered(pen, live):
    answers = (
        ("fix", 3.2, 5.2, "dba", None),
        ("check", 5.2, 6.0, "the plan", None),
        ("accept", 6.0, 9.0, "Hilde", None),
    )
    p = held_at(pen(steps=STEPS, mode="tabletop"), 5.2, *answers)
    found = rows(claims_of(p.close(), live))
    assert told(found["fix"]) == (2.0, 300.0, 6.0)
    assert told(found["check"]) == (None, 2.0, None)
    assert told(found["accept"]) == (3.0, None, None)
    assert told(found["orders: RTA from onset, at most"]) == (2.2, None, 6.2)


def test_a_tabletop_by_itself_measures_nothing(pen):
    p = pen(steps=STEPS, mode="tabletop", facilitated=True)
    p.at(1).start("fix")
    p.at(2).say("lead", Claimed(step="fix", takes="4s"))
    view = p.view()
    assert view.claims == claims_of(view)
    assert told(rows(view.claims)["fix"]) == (4.0, 300.0, None)
    assert all(one.measured is None for one in view.claims)


def test_what_a_table_claimed_of_a_step_that_is_no_more_is_not_measured(pen, live):
    other = {"gone": STEPS["fix"] | {"after": []}}
    p = pen(steps=other, mode="tabletop", facilitated=True)
    assert told(rows(claims_of(p.view(), live))["gone"]) == (None, 300.0, None)


def test_a_recovery_that_was_never_seen_is_no_number(pen, live):
    p = pen(steps=STEPS, mode="tabletop", facilitated=True)
    endless = tuple(
        one.model_copy(update={"actual": Interval(lo=9, hi=None)}) for one in live.durations
    )
    unseen = live.model_copy(update={"durations": endless})
    found = rows(claims_of(p.view(), unseen))
    assert found["orders: RTA from onset, at most"].measured is None


@pytest.mark.parametrize("mode", ["live", "rehearsal"])
def test_nothing_is_claimed_but_at_a_table(pen, mode):
    assert pen(steps=STEPS, mode=mode).view().claims == ()
