"""Forms to sayings: each that there is, and one clear sentence for all that there is not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.console.say import fields_of, saying_of, typed
from drill.errors import UsageError
from drill.model import sayings
from drill.model.time import parse_duration

GOOD = [
    ({"says": "joined"}, sayings.Joined()),
    ({"says": "acknowledged", "step": "tell", "note": ""}, sayings.Acknowledged(step="tell")),
    ({"says": "decided", "step": "go", "choice": "yes"}, sayings.Decided(step="go", choice="yes")),
    (
        {"says": "claimed", "step": "restore", "takes": "1h30m", "works": "false"},
        sayings.Claimed(step="restore", takes=parse_duration("1h30m"), works=False),
    ),
    ({"says": "noted", "text": "a\r\nb", "step": ""}, sayings.Noted(text="a\r\nb")),
    (
        {"says": "observed", "objective": "o", "text": "t", "rating": ""},
        sayings.Observed(objective="o", text="t"),
    ),
    ({"says": "held", "why": "lunch"}, sayings.Held(why="lunch")),
]


@pytest.mark.parametrize(("form", "saying"), GOOD)
def test_a_form_says_what_its_fields_say(form, saying):
    assert saying_of({**form, "csrf": "x"}) == saying


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "says: nothing that anybody can say"),
        ({"says": "hacked"}, "says: nothing that anybody can say"),
        ({"says": "noted"}, "text: nothing is written here"),
        ({"says": "noted", "text": "  "}, "text: nothing is written here"),
        (
            {"says": "noted", "text": "x" * 4001},
            "text: it is too long; say it in 4000 letters at most",
        ),
        ({"says": "noted", "text": "x", "{a}": "b"}, "{a}: this form has no such field"),
        ({"says": "observed", "objective": "o", "rating": "{0}"}, "rating: Input should be 'P'"),
        ({"says": "noted", "text": "x", "person": "boss"}, "person: this form has no such field"),
        ({"says": "joined", "role": "facilitator"}, "role: this form has no such field"),
        ({"says": "claimed", "step": "s", "takes": "soon"}, "takes: a duration is written like"),
        (
            {"says": "claimed", "step": "s", "takes": "31d"},
            "takes: it is too long a time",
        ),
        ({"says": "finished", "step": "No Step"}, "step: nothing is called so"),
    ],
)
def test_what_cannot_be_said_is_told_in_a_sentence(form, told):
    with pytest.raises(UsageError) as caught:
        saying_of(form)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"a=1&a=2", b"\xff=1", b"a=%ff", b"a", b"&".join([b"f%d=1" % n for n in range(33)])]
)
def test_what_is_no_form_is_told(body):
    with pytest.raises(UsageError, match="what was sent"):
        fields_of(body)


def test_what_a_person_typed_is_read_back():
    form = {"says": "skipped", "step": "s", "why": "it rains", "note": " ", "csrf": "t"}
    assert typed(form) == "it rains"
    assert typed({"says": "joined"}) == ""


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form_or_told(body):
    with suppress(UsageError):
        saying_of(fields_of(body))


NAMES = ["says", "step", "text", "note", "why", "takes", "works", "rating", "objective", "about"]


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40)))
def test_any_fields_are_a_saying_or_told(form):
    with suppress(UsageError):
        saying_of(form)
