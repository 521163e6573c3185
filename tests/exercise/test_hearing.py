"""What people say: every reason to refuse it, and what follows where there is none."""

import pytest
from exercise.stories import (
    CHECK,
    DECIDE,
    DONE,
    INJECT,
    NOTIFY,
    RECOVER,
    STATE_GOOD,
    STORY,
    TASK,
    at,
    opening_of,
    scenario_of,
    service,
    told,
)

from drill.exercise.hearing import RULES, asked_of, hear, is_hot_wash
from drill.exercise.state import RunState
from drill.graph.plan import plan_of
from drill.model.events import (
    AbortOrdered,
    Escalated,
    ExerciseClosed,
    PersonSaid,
    StepEnded,
    StepExpired,
    StepSkipped,
    StepStarted,
    WatchStarted,
)
from drill.model.outcome import Done, Failed
from drill.model.sayings import (
    EVALUATOR,
    FACILITATOR,
    OBSERVER,
    Aborted,
    Accepted,
    Acknowledged,
    Claimed,
    Decided,
    Ended,
    Finished,
    Held,
    Joined,
    Jumped,
    KeptBack,
    Left,
    Noted,
    Observed,
    Reflected,
    Refused,
    Released,
    Resumed,
    Skipped,
)

ESCALATE = [{"after": "2m", "to": "ops"}, {"after": "3m", "channel": "phone"}]
PLAN = plan_of(
    scenario_of(
        {
            "alert": {**NOTIFY, "acknowledge": "10m", "escalate": ESCALATE},
            "ask": {**DECIDE, "default": {"option": "no", "after": "10m"}},
            "act": {**TASK, "by": "ops", "timeout": "10m"},
            "move": {**RECOVER, "timeout": "10m"},
            "look": {**STATE_GOOD, "timeout": "10m"},
            "news": {**STORY, "at": "T+30m"},
            "then": {**CHECK, "after": ["act"]},
            "hit": {**INJECT, "at": "T+1h", "after": ["act"]},
            "mend": {**CHECK, "after": ["hit.undone"]},
        },
        {"shop": service()},
        roles={"boss": {"deputy": True}, "ops": {}},
        objectives={"speed": {"text": "Quick?"}},
    ),
    (),
    {},
)
TICKETS = {"alert": 2, "ask": 3, "act": 4, "move": 5, "look": 6}
BEGUN = (
    (0, WatchStarted(service="shop", kind="probe")),
    *((0, StepStarted(step=id_, deadline=at(600))) for id_ in TICKETS),
)


def said(role, saying, person="Ann", **more):
    return PersonSaid(person=person, role=role, saying=saying, means="console", **more)


def story(*more, begun=BEGUN, **opening):
    return told(PLAN, *begun, *more, **{"mode": "tabletop", "facilitated": True, **opening})


def heard(state, role, saying, now=60):
    """Return the reason to refuse it, and what follows."""
    kept, *follows = hear(PLAN, state, at(now), said(role, saying))
    assert (kept.person, kept.role, kept.saying, kept.means) == ("Ann", role, saying, "console")
    assert not (kept.refused and follows), "what is refused has no consequences"
    return kept.refused, follows


def ended(step, second=1):
    return second, StepEnded(step=step, ticket=TICKETS[step], outcome=DONE)


def f(saying, second=1):
    return second, said(FACILITATOR, saying)


HELD = f(Held(why="lunch"))
ABORTED = (1, AbortOrdered(by="Ann", why="enough"))
ALL_SKIPPED = [(2, StepSkipped(step=s, because="x")) for s in ("then", "hit", "mend", "news")]
ALL_OVER = (*(ended(id_) for id_ in TICKETS), *ALL_SKIPPED)
ACK, DECISION = Acknowledged(step="alert"), Decided(step="ask", choice="yes")
CLAIM = Claimed(step="move", takes="5m")

REFUSED = {
    # ---- who
    "a stranger": ("cook", Noted(text="hi"), (), "there is no role cook here"),
    "a deputy of nobody": ("ops-deputy", Noted(text="hi"), (), "there is no role ops-deputy here"),
    "an observer notes": (OBSERVER, Noted(text="hi"), (), "an observer only watches"),
    "an observer answers": (OBSERVER, ACK, (), "an observer only watches"),
    "an observer claims": (OBSERVER, CLAIM, (), "an observer only watches"),
    "an observer reflects": (
        OBSERVER,
        Reflected(about="strength", text="x"),
        ALL_OVER,
        "an observer only watches",
    ),
    "a participant rates": (
        "boss",
        Observed(objective="speed"),
        (),
        "only an evaluator or a facilitator may do that",
    ),
    **{
        f"a participant controls: {saying.says}": (
            "boss",
            saying,
            (),
            "only a facilitator may do that",
        )
        for saying in (
            Held(why="x"),
            Resumed(),
            Jumped(),
            KeptBack(step="hit"),
            Released(step="hit"),
            Skipped(step="hit", why="x"),
            Aborted(why="x"),
            Ended(),
        )
    },
    "an evaluator holds": (EVALUATOR, Held(why="x"), (), "only a facilitator may do that"),
    # ---- answers
    "an unknown step": ("boss", Acknowledged(step="x"), (), "there is no step x"),
    "not asked yet": ("ops", Finished(step="mend"), (), "mend is not asked yet"),
    "wrong role": ("ops", ACK, (), "alert is not for ops to answer"),
    "not for the deputy": ("boss-deputy", ACK, (), "alert is not for boss-deputy to answer"),
    "an evaluator answers": (EVALUATOR, ACK, (), "alert is not for evaluator to answer"),
    "a machine's step": ("ops", Finished(step="move"), (), "move is not for ops to answer"),
    "wrong kind": (
        "boss",
        Acknowledged(step="ask"),
        (),
        "ask is a decide step: it is not answered so",
    ),
    "wrong kind, by a facilitator": (
        FACILITATOR,
        Finished(step="alert"),
        (),
        "alert is a notify step: it is not answered so",
    ),
    "no such option": (
        "boss",
        Decided(step="ask", choice="maybe"),
        (),
        "'maybe' is none of yes, no",
    ),
    "said twice": ("boss", ACK, (ended("alert"),), "alert is over"),
    "refused when over": ("ops", Refused(step="act"), (ended("act"),), "act is over"),
    "taken on twice": (
        "ops",
        Accepted(step="act"),
        ((1, said("ops", Accepted(step="act"), "Bob")),),
        "Bob has taken act on already",
    ),
    # ---- claims
    "a person's step claimed": (
        "ops",
        Claimed(step="act", takes="1m"),
        (),
        "act is not for people to claim",
    ),
    "what a probe sees claimed": (
        "ops",
        Claimed(step="look", takes="1m"),
        (),
        "look is not for people to claim",
    ),
    "claimed before it waits": (
        "ops",
        Claimed(step="then", takes="1m"),
        (),
        "then is not asked yet",
    ),
    "claimed when over": ("ops", CLAIM, (ended("move"),), "move is over"),
    "claimed when told to stop": (
        "ops",
        CLAIM,
        (ABORTED, (1, StepExpired(step="move"))),
        "move is over",
    ),
    "released when nothing holds it": (
        FACILITATOR,
        Released(step="then"),
        (ended("act"),),
        "then waits for no release, only for what comes before it",
    ),
    "claimed twice": (
        "ops",
        CLAIM,
        ((1, said("boss", CLAIM, "Bob")),),
        "Bob has said already how move goes",
    ),
    "claimed of nothing": ("ops", Claimed(step="x", takes="1m"), (), "there is no step x"),
    # ---- here and away
    "joined twice": (
        "boss",
        Joined(),
        ((1, said("boss", Joined())),),
        "you are here already",
    ),
    "left before coming": ("boss", Left(), (), "you are not here"),
    "left twice": (
        "boss",
        Left(),
        ((1, said("boss", Joined())), (1, said("boss", Left()))),
        "you are not here",
    ),
    # ---- notes
    "a note on no step": ("boss", Noted(text="x", step="y"), (), "there is no step y"),
    "an unknown objective": (
        EVALUATOR,
        Observed(objective="x"),
        (),
        "there is no objective x",
    ),
    "reflecting too early": (
        "boss",
        Reflected(about="strength", text="x"),
        (),
        "the hot wash begins when every step is over",
    ),
    "reflecting on no objective": (
        "boss",
        Reflected(about="strength", text="x", objective="y"),
        ALL_OVER,
        "there is no objective y",
    ),
    # ---- the clock
    "held twice": (FACILITATOR, Held(why="x"), (HELD,), "the clock is held already"),
    "held while it ends": (
        FACILITATOR,
        Held(why="x"),
        (ABORTED,),
        "the exercise is ending: it only heals",
    ),
    "held when over": (FACILITATOR, Held(why="x"), ALL_OVER, "every step is over"),
    "resumed without a hold": (FACILITATOR, Resumed(), (), "the clock is not held"),
    "resumed by the abort": (FACILITATOR, Resumed(), (HELD, ABORTED), "the clock is not held"),
    "jumped while held": (
        FACILITATOR,
        Jumped(),
        (HELD,),
        "the clock is held: resume it first",
    ),
    "jumped while it ends": (
        FACILITATOR,
        Jumped(),
        (ABORTED,),
        "the exercise is ending: it only heals",
    ),
    "jumped to nowhere": (
        FACILITATOR,
        Jumped(),
        ALL_SKIPPED,
        "no step waits for a moment ahead",
    ),
    # ---- the story
    "kept back when begun": (
        FACILITATOR,
        KeptBack(step="act"),
        (),
        "act has begun, or is over",
    ),
    "kept back what heals": (
        FACILITATOR,
        KeptBack(step="mend"),
        (),
        "mend heals, and nothing delays that",
    ),
    "kept back twice": (
        FACILITATOR,
        KeptBack(step="hit"),
        (f(KeptBack(step="hit")),),
        "hit is kept back already",
    ),
    "kept back while it ends": (
        FACILITATOR,
        KeptBack(step="hit"),
        (ABORTED,),
        "the exercise is ending: it only heals",
    ),
    "kept back nothing": (FACILITATOR, KeptBack(step="x"), (), "there is no step x"),
    "released what is free": (
        FACILITATOR,
        Released(step="then"),
        (),
        "then waits for no release, only for what comes before it",
    ),
    "released twice": (
        FACILITATOR,
        Released(step="hit"),
        (f(Released(step="hit")),),
        "hit waits for no release, only for what comes before it",
    ),
    "released when begun": (
        FACILITATOR,
        Released(step="act"),
        (),
        "act has begun, or is over",
    ),
    "released while it ends": (
        FACILITATOR,
        Released(step="hit"),
        (ABORTED,),
        "the exercise is ending: it only heals",
    ),
    "released nothing": (FACILITATOR, Released(step="x"), (), "there is no step x"),
    "skipped when begun": (
        FACILITATOR,
        Skipped(step="act", why="x"),
        (),
        "act has begun, or is over",
    ),
    "skipped nothing": (FACILITATOR, Skipped(step="x", why="x"), (), "there is no step x"),
    # ---- the end
    "aborted twice": (FACILITATOR, Aborted(why="x"), (ABORTED,), "it was aborted already"),
    "aborted when over": (FACILITATOR, Aborted(why="x"), ALL_OVER, "every step is over"),
    "ended under way": (
        FACILITATOR,
        Ended(),
        (),
        "it is still under way: abort it to end it early",
    ),
    "ended twice": (FACILITATOR, Ended(), (*ALL_OVER, f(Ended())), "it was ended already"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_counts_for_nothing_is_refused_with_its_reason(case):
    role, saying, events, reason = REFUSED[case]
    assert heard(story(*events), role, saying) == (reason, [])


def test_each_thing_that_can_be_said_has_a_rule_and_a_refusal():
    assert {type(saying) for _, saying, _, _ in REFUSED.values()} == set(RULES)


@pytest.mark.parametrize("saying", [ACK, DECISION, Finished(step="act"), CLAIM])
def test_what_comes_after_its_time_is_late_unless_the_clock_is_held(saying):
    state = story()
    late = f"too late: the time for {saying.step} is over"
    assert heard(state, FACILITATOR, saying, now=599.999)[0] == ""
    assert heard(state, FACILITATOR, saying, now=600)[0] == late
    assert heard(story(HELD), FACILITATOR, saying, now=600)[0] == ""


@pytest.mark.parametrize("opening", [{"mode": "live"}, {"facilitated": False}])
def test_nobody_claims_but_at_a_facilitated_table(opening):
    reason = "only at a facilitated table does anybody say how long a step would take"
    assert heard(story(**opening), "ops", CLAIM) == (reason, [])


def test_a_hot_wash_is_only_where_somebody_facilitates():
    state = story(*ALL_OVER, facilitated=False)
    assert heard(state, FACILITATOR, Ended())[0] == "nobody facilitates it: it closes by itself"
    assert not is_hot_wash(state)
    assert is_hot_wash(story(*ALL_OVER))


def test_nothing_is_heard_before_the_opening_nor_after_the_close():
    closed = story(*ALL_OVER, (3, ExerciseClosed()))
    for state in (RunState(), closed):
        assert heard(state, FACILITATOR, Noted(text="x")) == ("the exercise is closed", [])


# ---- what follows


def by_ann(step, outcome):
    return [StepEnded(step=step, ticket=TICKETS[step], outcome=outcome, by="Ann")]


FOLLOWS = {
    "acknowledged": ("boss", ACK, by_ann("alert", Done(note="acknowledged"))),
    "acknowledged, in words": (
        "boss",
        Acknowledged(step="alert", note="on it"),
        by_ann("alert", Done(note="on it")),
    ),
    "decided": ("boss", DECISION, by_ann("ask", Done(choice="yes"))),
    "decided for another role": (
        FACILITATOR,
        Decided(step="ask", choice="no", note="he is on the train"),
        by_ann("ask", Done(choice="no", note="he is on the train")),
    ),
    "taken on": ("ops", Accepted(step="act"), []),
    "finished": ("ops", Finished(step="act"), by_ann("act", Done(note="done"))),
    "refused": ("ops", Refused(step="act"), by_ann("act", Failed(error="ops refused"))),
    "refused, in words": (
        "ops",
        Refused(step="act", note="no key"),
        by_ann("act", Failed(error="ops refused: no key")),
    ),
    "claimed": ("boss-deputy", CLAIM, []),
    "noted": ("boss", Noted(text="hm", step="hit"), []),
    "noted by an evaluator": (EVALUATOR, Noted(text="hm"), []),
    "observed": (EVALUATOR, Observed(objective="speed", rating="S"), []),
    "an observer joins": (OBSERVER, Joined(), []),
    "held": (FACILITATOR, Held(why="lunch"), []),
    "jumped": (FACILITATOR, Jumped(), []),
    "kept back": (FACILITATOR, KeptBack(step="hit"), []),
    "released before its moment": (FACILITATOR, Released(step="hit"), []),
    "skipped": (
        FACILITATOR,
        Skipped(step="mend", why="no time"),
        [StepSkipped(step="mend", because="left out by Ann: no time")],
    ),
    "aborted": (FACILITATOR, Aborted(why="fire"), [AbortOrdered(by="Ann", why="fire")]),
}


@pytest.mark.parametrize("case", FOLLOWS)
def test_what_counts_is_followed(case):
    role, saying, follows = FOLLOWS[case]
    assert heard(story(), role, saying) == ("", follows)


@pytest.mark.parametrize(
    ("saying", "events"),
    [
        (Left(), [(1, said(FACILITATOR, Joined()))]),
        (Resumed(), [HELD]),
        (Released(step="then"), [f(KeptBack(step="then"))]),
        (Ended(), ALL_OVER),
        (Released(step="then"), [HELD, ended("act", 2)]),
        (Reflected(about="improvement", text="x", objective="speed"), ALL_OVER),
        (Reflected(about="improvement", text="x"), [ABORTED]),
        (Skipped(step="hit", why="it ends"), [ABORTED]),
        (KeptBack(step="hit"), [f(KeptBack(step="hit")), f(Released(step="hit"))]),
    ],
)
def test_what_has_its_time_counts_then(saying, events):
    assert heard(story(*events), FACILITATOR, saying)[0] == ""


def test_what_was_refused_before_stands_in_nobodys_way():
    before = (1, said("ops", Accepted(step="act"), "Bob", refused="too late"))
    assert heard(story(before), "ops", Accepted(step="act")) == ("", [])


def test_whoever_a_message_is_escalated_to_may_acknowledge_it():
    escalated = (120, Escalated(step="alert", ticket=2, to="ops"))
    assert asked_of(PLAN, story(), "alert") == ("boss",)
    assert asked_of(PLAN, story(escalated), "alert") == ("boss", "ops")
    assert heard(story(escalated), "ops", ACK, now=130)[0] == ""
    again = (180, Escalated(step="alert", ticket=2, to="boss", channel="phone"))
    assert asked_of(PLAN, story(escalated, again), "alert") == ("boss", "ops")
    assert asked_of(PLAN, story(), "move") == ()


def test_the_opening_says_who_facilitates():
    assert opening_of(PLAN, facilitated=True).facilitated
