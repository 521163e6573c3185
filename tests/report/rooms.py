"""One exercise with people, told as a journal: live, or facilitated at a table."""

from measure.conftest import Pen, service

from drill.model.events import StepSkipped
from drill.model.outcome import Done, Failed
from drill.model.sayings import (
    Accepted,
    Claimed,
    Held,
    Joined,
    KeptBack,
    Noted,
    Observed,
    Reflected,
    Refused,
    Resumed,
)

STEPS = {
    "lose": {"inject": "host.power-off", "on": "db1", "timeout": "15s"},
    "smoke": {
        "inject": "story", "story": "Smoke in the hall.", "to": "lead", "at": "T+5s",
        "expected": "They ask who is inside.", "questions": ["Do they count heads?"],
    },
    "printer": {"inject": "story", "story": "A printer jams.", "decoy": True},
    "flood": {"inject": "story", "story": "Water rises.", "at": "T+1h"},
    "alert": {
        "notify": "on-call", "message": "orders is down", "acknowledge": "1m",
        "on-failure": "continue", "escalate": [{"after": "2s", "to": "lead", "channel": "phone"}],
    },
    "call": {"task": "Call the supplier.", "by": "head", "timeout": "1m", "if-missed": "alert"},
    "declare": {
        "decide": "Fail over?", "by": "lead", "options": {"go": "fail over", "wait": "look on"},
        "default": {"option": "wait", "after": "1h"}, "after": ["lose"],
    },
    "fix": {
        "recover": "ssh.command", "on": "db2", "timeout": "1m", "expect": "2s",
        "after": ["lose"],
    },
    "accept": {"task": "Place an order.", "by": "head", "timeout": "1h", "after": ["fix"],
               "on-failure": "continue"},
}  # fmt: skip
MORE = {
    "roles": {"lead": {"deputy": True}, "head": {"absent": False, "quorum": 2}, "on-call": {}},
    "story-time": "2027-03-01T03:10:00Z",
    "objectives": {
        "calm": {"text": "They decide in time.", "capability": "Planning", "steps": ["declare"]},
        "owner": {"text": "The owner accepts.", "steps": ["accept"]},
        "radio": {"text": "They use the radio."},
    },
    "duties": {
        "tell": {
            "text": "The authority is told.", "source": "GDPR Art. 33(1)", "from": "lose",
            "to": "accept", "within": "30s",
        },
        "tell-staff": {
            "text": "Staff are told.", "from": "printer", "to": "fix", "within": "1h",
        },
        "rest": {"text": "Crews rest.", "from": "flood", "to": "accept", "within": "11h"},
    },
}  # fmt: skip


def played(mode="live", *, facilitated=True):
    """Return the journal of an exercise in which people join, err, are held, and look back."""
    p = Pen(
        steps=STEPS,
        services={"orders": service(ledger=None, rpo=None)},
        mode=mode,
        facilitated=facilitated,
        **MORE,
    )
    p.watch()
    p.series(0, 3, "good")
    _come(p)
    p.fault(3.0, 3.05)
    p.series(3.1, 9.2, "bad")
    _answer(p, mode)
    p.series(9.2, 12, "good")
    _look_back(p)
    p.undo("lose")
    return p


def told(mode="live", *, facilitated=True, closed=True):
    """Return the view of that exercise."""
    p = played(mode, facilitated=facilitated)
    return p.close() if closed else p.view()


def _come(p):
    p.say("facilitator", Joined(), "Fay")
    p.say("lead", Joined(), "Kim")
    p.say("head", Joined(), "Hilde")
    p.say("lead", Joined(), "Kim", refused="you are here already")


def _answer(p, mode):
    for name in ("smoke", "printer"):
        p.start(name)
        p.end(name, Done(note="told"))
    p.start("alert")
    p.say("facilitator", KeptBack(step="flood"), "Fay")
    p.say("lead", Noted(text="customers call", step="alert"), "Kim")
    p.escalate("alert", "lead", "phone")
    p.end("alert", Failed(error="on-call did not acknowledge in time"))
    p.start("declare")
    p.end("declare", Done(note="lead did not decide in time", choice="wait", defaulted=True))
    p.say("facilitator", Held(why="a fire alarm"), "Fay")
    p.at(p.now + 2).say("facilitator", Resumed(), "Fay")
    p.start("fix")
    if mode == "tabletop":
        p.say("lead", Claimed(step="fix", takes="4s", note="as last year"), "Kim")
    p.at(p.now + 3).end("fix", by="Kim" if mode == "tabletop" else "")
    p.start("accept")
    p.say("head", Accepted(step="accept"), "Hilde")
    p.say("head", Refused(step="accept", note="no order goes through"), "Hilde")
    p.end("accept", Failed(error="head refused: no order goes through"), by="Hilde")


def _look_back(p):
    p.say("evaluator", Observed(objective="calm", rating="M", text="nobody led"), "Eve")
    p.say("evaluator", Observed(objective="owner", rating="M"), "Eve")
    p.say("evaluator", Observed(objective="radio", text="it stayed in its box"), "Eve")
    p.say("lead", Reflected(about="improvement", text="The list is old.", objective="calm"), "Kim")
    p.say("head", Reflected(about="improvement", text="the list is old.", objective="calm"), "Hil")
    p.write(StepSkipped(step="flood", because="left out by Fay: no time"))
    p.write(StepSkipped(step="call", because="nobody needs it"))
