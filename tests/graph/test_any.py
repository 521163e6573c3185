"""Whatever is done to a good scenario: it becomes a plan, or it yields problems."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drill.graph.check import errors_in, problems_of
from drill.graph.document import document_of
from drill.graph.load import read_with_places
from drill.graph.params import resolve
from drill.graph.paths import course_of
from drill.graph.plan import plan_of
from drill.model.problem import ScenarioProblemsError
from drill.model.scenario import Scenario

_WORDS = (
    "lose|lose.undone|seen.ended|db1|boss|10s|0s|T+1m|go|done||$param:mode|$secret:x|"
    "service.state|host.off|shop|a.b|Ä|#move"
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(_WORDS.split("|")),
    st.lists(st.sampled_from(["lose", "rejoin", "choose.stay", "move", "accept.failed"])),
    st.dictionaries(st.sampled_from(["a", "task", "is", "by"]), st.integers(), max_size=2),
)
"""What an author may write in place of anything: the right thing elsewhere, above all."""


@st.composite
def mutations(draw, document):
    """Replace, remove or add something somewhere in the document, up to three times."""
    for _ in range(draw(st.integers(1, 3))):
        here = document
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            key = draw(st.sampled_from(keys)) if keys else "a"
            below = here[key] if keys else None
            if not isinstance(below, dict | list) or draw(st.booleans()):
                break
            here = below
        act = draw(st.sampled_from(["replace", "remove", "add"]))
        if isinstance(here, list):
            here[:] = [draw(VALUES)] if act == "replace" else []
        elif act == "remove":
            here.pop(key, None)
        elif act == "replace":
            here[key] = draw(VALUES)
        else:
            here[draw(st.sampled_from(["a", "until", "at", "expect", "after"]))] = draw(VALUES)
        if not document:
            break
    return document


def _planned(text, targets, catalogue):
    """Return whether a plan came of it; everything else must be told as problems."""
    try:
        scenario, source = read_with_places(text, "x.yaml", Scenario)
    except ScenarioProblemsError as error:
        assert error.problems  # noqa: PT017  told, not caught
        return False
    found = problems_of(scenario, targets, catalogue, source)
    if errors_in(found):
        return False
    resolved = resolve(scenario, {})
    plan = plan_of(resolved, targets, {})
    assert sorted(plan.order) == sorted(scenario.steps)
    course_of(resolved)
    return True


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(change=st.data())
def test_any_change_of_meaning_is_planned_or_told(good, targets, catalogue, change):
    document = document_of(good.encode(), "x").value
    changed = change.draw(mutations(document))
    _planned(json.dumps(changed).encode(), targets, catalogue)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(start=st.integers(0, 1400), cut=st.integers(0, 40), put=st.text(max_size=6))
def test_any_change_of_text_is_planned_or_told(good, targets, catalogue, start, cut, put):
    text = good[:start] + put + good[start + cut :]
    _planned(text.encode(errors="replace"), targets, catalogue)


def test_the_good_scenario_is_planned(good, targets, catalogue):
    assert _planned(good.encode(), targets, catalogue)
