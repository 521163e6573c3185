"""People's parts in a scenario: each fault at its place, and what is sound."""

import jsonschema
import pytest

from drill.graph.check import problems_of
from drill.graph.document import document_of
from drill.graph.draw import lane_of, svg_of, word_of
from drill.graph.load import load, read_with_places
from drill.graph.papers import files_named
from drill.graph.params import resolve
from drill.graph.paths import course_of
from drill.graph.plan import plan_of
from drill.graph.published import scenario_schema
from drill.model.problem import ScenarioProblemsError
from drill.model.scenario import Scenario
from drill.model.steps import After

TALK = """\
drill: 1
id: a-bad-day
title: A bad day
story-time: 2026-03-02T09:00:00Z
objectives:
  speed: {text: The team is quick., steps: [act]}
duties:
  report: {text: Tell the authority., from: call, to: act, within: 72h}
roles:
  boss: {deputy: true}
  ops: {}
steps:
  news:
    inject: story
    story: The site is down.
    to: [boss, ops]
  rumour:
    inject: story
    story: A rumour.
    decoy: true
    to: ops
  call:
    notify: ops
    message: Come.
    acknowledge: 10m
    after: [news]
    on-failure: continue
    escalate:
      - {after: 2m, channel: phone}
      - {after: 5m, to: boss-deputy}
  act:
    task: Restore it.
    by: ops
    after: [call.ended]
    timeout: 1h
  decide:
    decide: Tell the press?
    by: boss
    options: {tell: now, wait: later}
    default: {option: wait, after: 10m}
  nudge:
    inject: story
    story: Nobody answers.
    if-missed: [call, decide]
"""

FAULTS = {
    "a role of the staff": (
        ("  ops: {}\n", "  ops: {}\n  observer: {}\n"),
        (
            "12:3:8 `observer` is a role of the staff, which every exercise has and no scenario "
            "names = give it another name, or leave it out"
        ),
    ),
    "a contingency that never comes": (
        ("on-failure: continue", "on-failure: stop"),
        (
            "44:17:4 when `call` is missed the exercise stops, and `nudge` never comes "
            "= give `call` `on-failure: continue`"
        ),
    ),
    "a contingency of nothing": (
        ("[call, decide]", "[cal, decide]"),
        "44:17:3 there is no step `cal` = did you mean `call`?",
    ),
    "a contingency of what is told": (
        ("[call, decide]", "news"),
        "44:16:4 a story step never ends `missed` = known here: done, ended",
    ),
    "an outcome that no story has": (
        ("after: [news]", "after: [news.failed]"),
        "26:13:11 a story step never ends `failed` = known here: done, ended",
    ),
    "a contingency that is done as well": (
        ("[call, decide]", "[call]\n    after: [call]"),
        (
            "44:17:4 `call` cannot end both `done` and `missed` = `nudge` would wait for ever: "
            "let two steps wait, for one outcome each"
        ),
    ),
    "a story that takes time": (
        ("    decoy: true\n", "    decoy: true\n    expect: 5m\n"),
        "21:13:2 `rumour` is told at once: it takes no time = leave `expect` out",
    ),
    "a story for a role that is not there": (
        ("to: ops", "to: opps"),
        "21:9:4 there is no role `opps` = did you mean `ops`?",
    ),
    "a story for several, one of them not there": (
        ("to: [boss, ops]", "to: [boss, opps]"),
        "16:16:4 there is no role `opps` = did you mean `ops`?",
    ),
    "an escalation to nobody's deputy": (
        ("boss-deputy", "ops-deputy"),
        "30:25:10 there is no role `ops-deputy` = did you mean `boss-deputy`?",
    ),
    "an escalation that comes too late": (
        ("after: 5m", "after: 10m"),
        (
            "30:17:3 by then the time to `acknowledge` is over: 10m "
            "= escalate earlier, or give the role more time"
        ),
    ),
    "escalations out of order": (
        ("after: 5m", "after: 2m"),
        (
            "30:17:2 an escalation comes later than 2m, in its order "
            "= write them in the order of their time"
        ),
    ),
    "an escalation at once": (
        ("after: 2m", "after: 0s"),
        (
            "29:17:2 an escalation comes later than 0s, in its order "
            "= write them in the order of their time"
        ),
    ),
    "an objective of no step": (
        ("steps: [act]", "steps: [acts]"),
        "6:45:4 there is no step `acts` = did you mean `act`?",
    ),
    "a duty from no step": (
        ("from: call", "from: cal"),
        "8:45:3 there is no step `cal` = did you mean `call`?",
    ),
    "a duty to no step": (
        ("to: act,", "to: acts,"),
        "8:55:4 there is no step `acts` = did you mean `act`?",
    ),
    "an assumption that no step challenges": (
        ("roles:\n", "assumptions:\n  ready: {text: They come., steps: [acts]}\nroles:\n"),
        "10:37:4 there is no step `acts` = did you mean `act`?",
    ),
    "a supplier in no role": (
        ("roles:\n", "suppliers:\n  carrier: {text: The line., role: opps}\nroles:\n"),
        "10:36:4 there is no role `opps` = did you mean `ops`?",
    ),
    "a duty within no time": (
        ("within: 72h", "within: 0s"),
        "8:68:2 `within` must be longer than 0s",
    ),
    "a target without a file of targets": (
        (
            "  nudge:\n",
            "  look: {check: http.get, with: {url: 'http://x'}, on: db1, timeout: 1m}\n  nudge:\n",
        ),
        (
            "41:56:3 `db1` is out of bounds: the scenario has no `targets:`, and touches nothing "
            "= name the file that lists it, at the top"
        ),
    ),
}


@pytest.fixture
def problems_here(catalogue):
    """Return what is wrong with a scenario that names no targets."""

    def ask(text):
        scenario, source = read_with_places(text.encode(), "x.yaml", Scenario)
        return problems_of(scenario, (), catalogue, source, files={})

    return ask


def told(problem):
    where = problem.where
    cure = f" = {problem.cure}" if problem.cure else ""
    return f"{where.line}:{where.column}:{where.width} {problem.what}{cure}"


def test_a_scenario_for_a_table_only_is_sound(problems_here):
    assert problems_here(TALK) == ()
    assert files_named(load(TALK.encode(), "x")) == ()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_at_its_place_with_its_cure(problems_here, fault):
    (old, new), line = FAULTS[fault]
    assert old in TALK
    assert [told(problem) for problem in problems_here(TALK.replace(old, new, 1))] == [line]


def test_a_supplier_may_be_there_in_a_role_or_absent(problems_here):
    third = "suppliers:\n  line: {role: ops}\n  power: {}\nroles:\n"
    assert problems_here(TALK.replace("roles:\n", third, 1)) == ()


def test_a_check_from_the_observer_needs_no_targets(problems_here):
    look = "  look: {check: http.get, with: {url: 'http://x'}, timeout: 1m}\n  nudge:\n"
    assert problems_here(TALK.replace("  nudge:\n", look, 1)) == ()


def test_a_decision_may_be_missed_and_decided_both(problems_here):
    text = TALK.replace("[call, decide]", "[decide]\n    after: [decide.wait]", 1)
    assert problems_here(text) == ()


def test_who_is_absent_is_told_by_its_deputy():
    text = TALK.replace("boss: {deputy: true}", "boss: {deputy: true, absent: true}")
    steps = resolve(load(text.replace("boss-deputy", "boss").encode(), "x"), {}).steps
    assert steps["news"].to == ("boss-deputy", "ops")
    assert [each.to for each in steps["call"].escalate] == [None, "boss-deputy"]


def test_a_contingency_waits_for_what_it_hangs_on():
    plan = plan_of(load(TALK.encode(), "x"), (), {})
    assert plan.step("nudge").edges == (
        After(step="call", outcome="missed"),
        After(step="decide", outcome="missed"),
    )
    assert plan.order.index("nudge") > plan.order.index("call")


def test_the_published_schema_knows_a_story(catalogue):
    validator = jsonschema.Draft202012Validator(scenario_schema(catalogue))
    document = document_of(TALK.encode(), "x").value
    assert list(validator.iter_errors(document)) == []
    bad = TALK.replace("    to: ops\n", "    on: db1\n    timeout: 1m\n")
    assert not validator.is_valid(document_of(bad.encode(), "x").value)


def test_stories_decoys_and_contingencies_are_drawn_as_such():
    scenario = load(TALK.encode(), "x")
    svg = svg_of(plan_of(scenario, (), {}), course_of(scenario))
    assert {id_: word_of(scenario.steps[id_]) for id_ in ("news", "rumour", "nudge", "act")} == {
        "news": "story",
        "rumour": "decoy",
        "nudge": "story",
        "act": "task",
    }
    assert [lane_of(scenario.steps[id_]) for id_ in ("news", "rumour", "nudge")] == [
        "boss, ops",
        "ops",
        "everybody",
    ]
    assert svg.count('class="story"') == 2
    assert svg.count('class="story contingency"') == 1
    assert svg.count(">missed<") == 2
    assert "nudge: story, starts at T+10m, only if call, decide is missed, takes 0s." in svg


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("assumptions:\n  ready: {steps: [act]}", "10:3: error: `text` is missing in `ready`"),
        ("realism: {pre-stagd: false}", "unknown key `pre-stagd`"),
        ("realism: {pre-stagd: false}", "did you mean `pre-staged`?"),
        ("about: {kind: full}", "`kind` is '', 'functional' or 'full-scale', not 'full'"),
        ("suppliers:\n  carrier: {commitment: fast}", "10:25: error: `commitment`"),
    ],
)
def test_what_a_scenario_tells_of_itself_is_as_strict_as_its_steps(written, said):
    with pytest.raises(ScenarioProblemsError) as caught:
        load(TALK.replace("roles:", f"{written}\nroles:", 1).encode(), "x.yaml")
    assert said in str(caught.value)


def test_what_a_scenario_tells_of_itself_is_described_for_editors(catalogue):
    schema = scenario_schema(catalogue)
    for name in ("about", "realism", "assumptions", "suppliers"):
        assert schema["properties"][name]["description"], name
