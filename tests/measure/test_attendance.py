"""Who was to be there, who was, and when the quorum of every role was reached (T4)."""

import pytest

from drill.model.sayings import Joined, Left
from drill.model.view import Grade

QUIET = {"wait": {"task": "Wait.", "by": "lead", "timeout": "1h"}}
ROLES = {"lead": {}, "dba": {"count": 3, "quorum": 2}, "guest": {"quorum": 0}}


def roles(view):
    return {one.role: one for one in view.roles}


def t4(view):
    return next(one for one in view.marks if one.name == "T4")


@pytest.fixture
def p(pen):
    return pen(steps=QUIET, services={}, roles=ROLES)


def test_planned_and_actual_attendance_are_kept_apart(p):
    p.at(1).say("lead", Joined(), "Kim")
    p.at(2).say("dba", Joined(), "Ada")
    p.at(3).say("dba", Joined(), "Bo", refused="you are not invited")
    p.at(4).say("dba", Left(), "Ada")
    p.at(5).say("facilitator", Joined(), "Fay")
    p.at(6).say("dba", Joined(), "Ada")
    p.at(7).say("lead", Left(), "Kim")
    found = roles(p.view())
    assert list(found) == ["lead", "dba", "guest", "facilitator"]
    lead, dba, fay = found["lead"], found["dba"], found["facilitator"]
    assert (lead.planned, lead.quorum, lead.present, lead.joined, lead.left) == (
        1, 1, ("Kim",), (1.0,), (7.0,),
    )  # fmt: skip
    assert (dba.planned, dba.quorum, dba.present, dba.joined, dba.left) == (
        3, 2, ("Ada",), (2.0,), (None,),
    )  # fmt: skip
    assert (fay.planned, fay.quorum, fay.present) == (0, 0, ("Fay",))
    assert found["guest"].present == ()


@pytest.mark.parametrize(
    ("came", "at"),
    [
        ("lead Kim 1, dba Ada 2, dba Bo 3", 3.0),
        ("dba Ada 1, dba Bo 2, lead Kim 5", 5.0),
        ("lead Kim 1, dba Ada 2, dba Ada 3", None),
        ("lead Kim 1, dba Ada 2, -dba Ada 3, dba Bo 4", None),
        ("lead Kim 1, dba Ada 2, -dba Ada 3, dba Bo 4, dba Ada 6", 6.0),
        ("facilitator Fay 1, dba-deputy Di 2", None),
    ],
)
def test_mobilised_is_when_every_role_first_has_its_quorum_at_once(p, came, at):
    for word in came.split(", "):
        role, person, moment = word.split()
        saying = Left() if role.startswith("-") else Joined()
        p.at(float(moment)).say(role.removeprefix("-"), saying, person)
    one = t4(p.view())
    assert one.at == at
    assert one.grade == (None if at is None else Grade.C)


def test_of_an_absent_role_nobody_is_awaited_but_its_deputy(pen):
    absent = {"lead": {"deputy": True, "absent": True}, "lead-deputy": {}}
    p = pen(steps=QUIET, services={}, roles=absent)
    p.at(1).say("lead-deputy", Joined(), "Di")
    lead = roles(p.view())["lead"]
    assert (lead.absent, lead.deputy, lead.quorum, lead.planned) == (True, True, 0, 1)
    assert t4(p.view()).at == 1.0


def test_where_nobody_is_awaited_nobody_is_mobilised(pen):
    p = pen(steps=QUIET, services={}, roles={"lead": {"quorum": 0}})
    p.at(1).say("lead", Joined())
    assert t4(p.view()).at is None
