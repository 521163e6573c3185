"""The forms of a page: each is made of the model of what it says, so that neither can drift."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from drill.model.base import Model
from drill.model.sayings import (
    Aborted,
    Accepted,
    Acknowledged,
    Claimed,
    Decided,
    Ended,
    Finished,
    Held,
    Jumped,
    KeptBack,
    Noted,
    Observed,
    Reflected,
    Refused,
    Released,
    Resumed,
    Skipped,
)

Kind = Literal["hidden", "words", "line", "choices", "list"]


@dataclass(frozen=True, slots=True)
class Option:
    """One of several answers."""

    value: str
    label: str
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """What is typed or chosen, under the name that the model has for it."""

    name: str
    label: str
    kind: Kind
    required: bool
    value: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """What is said by pressing it."""

    says: str
    label: str
    tone: str
    """main, plain or danger."""


@dataclass(frozen=True, slots=True)
class Form:
    """What one can say in one place; ``key`` names it on the page and never changes."""

    key: str
    fields: tuple[Field, ...]
    buttons: tuple[Button, ...]
    folded: str = ""
    """If it takes a second step to reach it: the name of the first."""


_BUTTONS: Mapping[type[Model], tuple[str, str]] = {
    Acknowledged: ("Acknowledge", "main"),
    Decided: ("Decide", "main"),
    Accepted: ("I take it on", "main"),
    Finished: ("It is done", "main"),
    Refused: ("I cannot do it", "plain"),
    Claimed: ("So we would do it", "main"),
    Noted: ("Save note", "plain"),
    Observed: ("Save observation", "main"),
    Held: ("Hold the clock", "plain"),
    Resumed: ("Resume the clock", "main"),
    Jumped: ("Jump to the next inject", "plain"),
    KeptBack: ("Keep back", "plain"),
    Released: ("Release now", "main"),
    Skipped: ("Skip this step", "plain"),
    Reflected: ("Save", "main"),
    Aborted: ("Stop and heal now", "danger"),
    Ended: ("End the hot wash and close", "main"),
}

RATINGS: Mapping[str, str] = {
    "P": "performed without challenges",
    "S": "performed with some challenges",
    "M": "performed with major challenges",
    "U": "unable to be performed",
}
"""HSEEP's, each with what it means."""
_RATINGS = tuple(Option(rating, rating, means) for rating, means in RATINGS.items())
_WORKS = (Option("true", "It would work", chosen=True), Option("false", "It would not"))
_ABOUT = (
    Option("strength", "Strength", chosen=True),
    Option("improvement", "To improve"),
    Option("observation", "Observation"),
)

_FIELDS: Mapping[str, tuple[Kind, str, str, tuple[Option, ...]]] = {
    "step": ("list", "About the step", "", ()),
    "objective": ("list", "About the objective", "", ()),
    "note": ("words", "Note", "", ()),
    "text": ("words", "What you saw", "", ()),
    "why": ("words", "Reason", "", ()),
    "choice": ("choices", "Your decision", "", ()),
    "takes": ("line", "How long would it take?", "like 90s, 15m or 1h30m", ()),
    "works": ("choices", "Would it succeed?", "", _WORKS),
    "rating": ("choices", "Rating", "", _RATINGS),
    "about": ("choices", "What is it?", "", _ABOUT),
}
"""By a field's name: how it is asked for, its label, a hint, and the answers that it has."""


def form(
    key: str,
    *sayings: type[Model],
    given: Mapping[str, str] | None = None,
    options: Mapping[str, tuple[Option, ...]] | None = None,
    labels: Mapping[str, str] | None = None,
    folded: str = "",
) -> Form:
    """Return the form in which one of some sayings is said, all of which have the same fields.

    Args:
        key: its name on the page.
        sayings: a button for each.
        given: values that are no question.
        options: the answers of a field where the model does not name them.
        labels: of fields, where the usual one does not fit; of the buttons, by what they say.
        folded: the name of the step before, if it takes two to reach it.
    """
    first, given, options, labels = sayings[0], given or {}, options or {}, labels or {}
    return Form(
        key=key,
        fields=tuple(
            _given(name, given[name])
            if name in given
            else _asked(name, info.is_required(), options.get(name), labels.get(name))
            for name, info in first.model_fields.items()
            if name != "says"
        ),
        buttons=tuple(_button(saying, labels) for saying in sayings),
        folded=folded,
    )


def _given(name: str, value: str) -> Field:
    return Field(name, label="", kind="hidden", required=True, value=value)


def _asked(
    name: str, required: bool, options: tuple[Option, ...] | None, label: str | None
) -> Field:
    kind, usual, hint, answers = _FIELDS[name]
    return Field(
        name=name,
        label=label or usual,
        kind=kind,
        required=required,
        hint=hint,
        options=answers if options is None else options,
    )


def _button(saying: type[Model], labels: Mapping[str, str]) -> Button:
    says = str(saying.model_fields["says"].default)
    label, tone = _BUTTONS[saying]
    return Button(says, labels.get(says, label), tone)
