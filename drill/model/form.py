"""What only people can say of an exercise, filled in after it and kept beside its journal.

A field is named by its number in drill's list of what standards ask of an
after-action report (``AAR-001`` to ``AAR-130``). An empty one is printed as missing.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from drill.model.base import Model

FieldId = Annotated[str, StringConstraints(pattern=r"^AAR-\d{3}$")]


class Action(Model):
    """What people decide about one finding (HSEEP, improvement plan)."""

    action: Annotated[str, Field(description="The corrective action.")] = ""
    element: Annotated[
        str, Field(description="Plan, organisation, equipment, training or exercise.")
    ] = ""
    owner: Annotated[str, Field(description="Who answers for it, in the place of the rule's.")] = ""
    due: Annotated[date | None, Field(description="By when, in the place of the rule's.")] = None
    cause: Annotated[str, Field(description="The root cause.")] = ""
    accepted: Annotated[
        str, Field(description="Who accepts the risk instead, why, and until when.")
    ] = ""


class Form(Model):
    """The fields that people fill in."""

    fields: Annotated[
        Mapping[FieldId, str], Field(description="By number; an empty one is missing.")
    ] = {}
    notes: Annotated[
        Mapping[str, str],
        Field(description="A note to a line of what the exercise does not prove, by its key."),
    ] = {}
    findings: Annotated[
        Mapping[str, Action], Field(description="What is decided about a finding, by its id.")
    ] = {}
