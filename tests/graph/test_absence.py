"""A role that is absent: all that it would do goes to its deputy, or there is no plan."""

import pytest

from drill.graph.load import load
from drill.graph.params import resolve

PARAMS = "params:\n  away: {default: false, options: [false, true]}\n"
AWAY = 'boss: {deputy: true, absent: "$param:away"}'


@pytest.fixture
def resolved(good):
    """Resolve the good scenario with another line about the boss, and parameters given."""

    def resolve_with(boss, **given):
        text = good.replace("boss: {}", boss, 1).replace("params:\n", PARAMS, 1)
        return resolve(load(text.encode(), "x.yaml"), given)

    return resolve_with


def test_its_steps_and_what_it_owns_go_to_the_deputy(resolved):
    found = resolved("boss: {deputy: true, absent: true}")
    assert found.services["shop"].owner == "boss-deputy"
    assert found.steps["accept"].by == "boss-deputy"
    assert found.steps["alert"].notify == "ops"
    assert "boss-deputy" in found.roles


@pytest.mark.parametrize(
    ("given", "by"), [({}, "boss"), ({"away": "true"}, "boss-deputy"), ({"away": "false"}, "boss")]
)
def test_a_parameter_can_send_it_away(resolved, given, by):
    found = resolved(AWAY, **given)
    assert found.steps["accept"].by == by
    assert ("boss-deputy" in found.roles) is (by != "boss")


def test_a_text_that_is_no_truth_value_sends_nobody_away_and_is_refused(good, problems, resolved):
    line = 'boss: {deputy: true, absent: "$param:mode"}'
    assert resolved(line).steps["accept"].by == "boss"
    (told,) = problems(good.replace("boss: {}", line, 1))
    assert told.what == "whether `boss` is absent is true or false, not `async`"


def test_an_absence_that_names_no_parameter_is_told_once(good, problems):
    line = 'boss: {deputy: true, absent: "$param:awya"}'
    (told,) = problems(good.replace("boss: {}", line, 1))
    assert told.what == "there is no parameter `awya`"


def test_who_is_absent_without_a_deputy_leaves_steps_to_nobody(good, problems):
    (told,) = problems(good.replace("boss: {}", "boss: {absent: true}", 1))
    assert told.what == "`boss` is absent, and nobody stands in for it"
    assert "deputy: true" in told.cure
