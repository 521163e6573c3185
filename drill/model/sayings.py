"""Everything that a person may say in an exercise; nothing else is ever heard.

Who says it, in which role and when is in the record that keeps it
(:class:`drill.model.events.PersonSaid`), also when it was refused.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from drill.model.base import Model, Text
from drill.model.names import StepRef
from drill.model.time import Duration

Words = Annotated[Text, Field(max_length=4000)]
"""What a person typed: text, and never code."""

Rating = Literal["P", "S", "M", "U"]
"""HSEEP: performed without challenges, with some, with major ones, unable to be performed."""


class Joined(Model):
    """I am here, in this role: the actual attendance."""

    says: Literal["joined"] = "joined"


class Left(Model):
    """I am leaving."""

    says: Literal["left"] = "left"


class Acknowledged(Model):
    """I have the message (``notify``)."""

    says: Literal["acknowledged"] = "acknowledged"
    step: StepRef
    note: Words = ""


class Decided(Model):
    """I decide for this option (``decide``)."""

    says: Literal["decided"] = "decided"
    step: StepRef
    choice: str
    note: Words = ""


class Accepted(Model):
    """I take it on (``task``)."""

    says: Literal["accepted"] = "accepted"
    step: StepRef
    note: Words = ""


class Finished(Model):
    """It is done (``task``)."""

    says: Literal["finished"] = "finished"
    step: StepRef
    note: Words = ""


class Refused(Model):
    """I will not do it, or cannot (``task``)."""

    says: Literal["refused"] = "refused"
    step: StepRef
    note: Words = ""


class Claimed(Model):
    """At a table, of a step that machines would do: we would do it so, it would take so long."""

    says: Literal["claimed"] = "claimed"
    step: StepRef
    takes: Annotated[Duration, Field(ge=timedelta(), le=timedelta(days=30))]
    works: bool = True
    """Whether they believe that it would succeed."""
    note: Words = ""


class Noted(Model):
    """A note for the log, about a step or about nothing in particular."""

    says: Literal["noted"] = "noted"
    text: Annotated[Words, Field(min_length=1)]
    step: StepRef | None = None


class Observed(Model):
    """What an evaluator saw of an objective, and perhaps how it is to be rated."""

    says: Literal["observed"] = "observed"
    objective: str
    text: Words = ""
    rating: Rating | None = None


class Held(Model):
    """Stop the exercise clock: nothing new begins, nobody's time runs out."""

    says: Literal["held"] = "held"
    why: Annotated[Words, Field(min_length=1)]


class Resumed(Model):
    """Let the exercise clock go on."""

    says: Literal["resumed"] = "resumed"


class Jumped(Model):
    """Go on at the moment of the next inject on the exercise clock."""

    says: Literal["jumped"] = "jumped"


class KeptBack(Model):
    """Do not start this step before it is released."""

    says: Literal["kept-back"] = "kept-back"
    step: StepRef


class Released(Model):
    """Start this inject now: it waits no longer for its moment, nor because it was kept back."""

    says: Literal["released"] = "released"
    step: StepRef


class Skipped(Model):
    """Leave this step out."""

    says: Literal["skipped"] = "skipped"
    step: StepRef
    why: Annotated[Words, Field(min_length=1)]


class Reflected(Model):
    """The hot wash: what went well, what to improve, what was observed."""

    says: Literal["reflected"] = "reflected"
    about: Literal["strength", "improvement", "observation"]
    text: Annotated[Words, Field(min_length=1)]
    objective: str = ""


class Aborted(Model):
    """End the exercise early: heal, then close."""

    says: Literal["aborted"] = "aborted"
    why: Annotated[Words, Field(min_length=1)]


class Ended(Model):
    """The hot wash is over: close the exercise."""

    says: Literal["ended"] = "ended"


Saying = Annotated[
    Joined
    | Left
    | Acknowledged
    | Decided
    | Accepted
    | Finished
    | Refused
    | Claimed
    | Noted
    | Observed
    | Held
    | Resumed
    | Jumped
    | KeptBack
    | Released
    | Skipped
    | Reflected
    | Aborted
    | Ended,
    Field(discriminator="says"),
]

FACILITATOR = "facilitator"
"""Controls the exercise, and sees all of it."""
EVALUATOR = "evaluator"
"""Observes against objectives, and sees all of it."""
OBSERVER = "observer"
"""Sees what participants may see, and says nothing but that it is there."""
STAFF = (FACILITATOR, EVALUATOR, OBSERVER)
"""The roles that every exercise has and no scenario may name; every other one participates."""
