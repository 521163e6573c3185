"""Ansible's events, one by one: whatever they lack, hearing them never raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.actions.story import Story
from drill.model.outcome import Done, Failed, Indeterminate


def start(name="t"):
    return {"event": "playbook_on_task_start", "event_data": {"name": name}}


def end(kind, msg="", task="t", **res):
    return {
        "event": f"runner_on_{kind}",
        "event_data": {"task": task, "res": {"msg": msg, **res}, "duration": 0.5},
    }


REFUSED = "Failed to connect to the host via ssh: ssh: connect to host h port 22: refused"
LOST = "Failed to connect to the host via ssh: Shared connection to h closed."


@pytest.mark.parametrize(
    ("events", "status", "kind", "says"),
    [
        ([start(), end("ok", changed=True)], "successful", Done, "1 tasks, 1 changed"),
        ([start(), end("failed", "no")], "failed", Failed, "t: no"),
        ([start(), end("unreachable", REFUSED)], "failed", Failed, "unreachable"),
        ([start(), end("unreachable", LOST)], "failed", Indeterminate, "unreachable"),
        (
            [start(), end("ok"), start(), end("unreachable", REFUSED)],
            "failed",
            Indeterminate,
            "unreachable",
        ),
        ([{"event": "error", "stdout": "bad file"}], "failed", Failed, "bad file"),
        ([{"event": "verbose", "stdout": "hm"}], "failed", Failed, "hm"),
        ([start("s")], "failed", Indeterminate, "s: ansible-playbook fell"),
        ([], "failed", Failed, "it ended with 250"),
    ],
)
def test_the_whole_is_what_the_parts_tell(events, status, kind, says):
    story = Story(lambda _: None)
    for event in events:
        story.hear(event)

    outcome = story.ended(status, 250)

    assert isinstance(outcome, kind)
    assert says in (outcome.note if kind is Done else outcome.error)


def test_an_ignored_failure_is_told_but_is_none():
    said = []
    story = Story(said.append)
    ignored = end("failed", "no")
    ignored["event_data"]["ignore_errors"] = True
    for event in (start(), ignored, start("next"), end("ok", task="next")):
        story.hear(event)

    assert isinstance(story.ended("successful", 0), Done)
    assert ("t", "failed") in [(p.what, p.outcome) for p in said]


def test_a_listener_that_falls_does_not_end_the_recovery():
    def falls(progress):
        raise RuntimeError("journal full")

    story = Story(falls)
    for event in (start(), end("ok")):
        assert story.hear(event) is False

    assert isinstance(story.ended("successful", 0), Done)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a\nb"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["msg", "changed"]), inner),
    max_leaves=5,
)
KINDS = [
    "playbook_on_task_start",
    "runner_on_ok",
    "runner_on_failed",
    "runner_on_unreachable",
    "verbose",
    "error",
]


@given(
    events=st.lists(
        st.fixed_dictionaries(
            {"event": st.sampled_from(KINDS)},
            optional={
                "stdout": junk,
                "event_data": junk
                | st.fixed_dictionaries({}, optional={"res": junk, "task": junk, "duration": junk}),
            },
        ),
        max_size=5,
    )
)
def test_no_event_makes_it_raise(events):
    story = Story(lambda _: None)
    for event in events:
        assert story.hear(event) is False
    story.ended("failed", 2)
