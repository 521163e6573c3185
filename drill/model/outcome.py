"""What became of something we tried: done, failed, or nobody can know."""

from typing import Annotated, Literal

from pydantic import Field

from drill.model.base import Model, Text


class Done(Model):
    """It happened. ``choice`` is what was decided, where someone had to decide."""

    kind: Literal["done"] = "done"
    note: Text = ""
    choice: Text | None = None
    defaulted: bool = False
    """Nobody answered in time, and the plan's default was applied."""


class Failed(Model):
    """It certainly did not happen."""

    kind: Literal["failed"] = "failed"
    error: Text
    evidence: Text = ""
    """What a person who looks for the cause wants to read: output, a traceback."""


class Indeterminate(Model):
    """It may or may not have happened: a time-out, a lost link, a crash, a plug-in's bug."""

    kind: Literal["indeterminate"] = "indeterminate"
    error: Text
    evidence: Text = ""


Outcome = Annotated[Done | Failed | Indeterminate, Field(discriminator="kind")]
