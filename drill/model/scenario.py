"""A scenario, exactly as its author wrote it; the words are those of ``drill schema``.

Every field's description is the help that an editor shows, and the text of the
published JSON Schema.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints

from drill.model.base import Model
from drill.model.names import PARAM, Name, RoleRef, ServiceRef, StepRef
from drill.model.overview import About, Assumption, Realism, Supplier
from drill.model.safety import Approvals, Limits, StopCondition
from drill.model.services import Service
from drill.model.steps import Step
from drill.model.time import Duration


class Role(Model):
    """A role in the exercise."""

    count: Annotated[int, Field(ge=1, description="How many are planned to be there.")] = 1
    quorum: Annotated[
        int, Field(ge=0, description="How many must be there before the team counts as mobilised.")
    ] = 1
    deputy: Annotated[
        bool, Field(description="It has a deputy, who answers as ROLE-deputy while it is absent.")
    ] = False
    absent: Annotated[
        bool | Annotated[str, StringConstraints(pattern=PARAM.pattern)],
        Field(description="Nobody is there to fill it: all that it would do goes to its deputy."),
    ] = False


class Objective(Model):
    """What the exercise is to show of people and plans; an evaluator rates it (HSEEP)."""

    text: Annotated[str, Field(min_length=1, description="What is to be shown.")]
    capability: Annotated[str, Field(description="The core capability it belongs to.")] = ""
    steps: Annotated[
        tuple[StepRef, ...], Field(description="The steps by which it shows; a rating is proposed.")
    ] = ()


class Duty(Model):
    """A time limit that a law, a contract or a standard sets; the run's verdict counts it."""

    text: Annotated[str, Field(min_length=1, description="What must be done.")]
    source: Annotated[str, Field(description="Where it is written, as GDPR Art. 33(1).")] = ""
    from_: Annotated[
        StepRef, Field(alias="from", description="Its time runs from this step's end.")
    ]
    to: Annotated[StepRef, Field(description="The step that must be done within it.")]
    within: Duration


class Threat(Model):
    """What the scenario rehearses."""

    category: str
    severity: Literal["minor", "moderate", "severe", "catastrophic"] = "severe"
    attack: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^T\d{4}(\.\d{3})?$")], ...],
        Field(description="MITRE ATT&CK techniques."),
    ] = ()


class Parameter(Model):
    """A value given by ``--set``, used as ``$param:NAME``, fixed in the plan's digest."""

    default: JsonValue
    options: tuple[JsonValue, ...] = ()
    description: str = ""


class Scenario(Model):
    """The whole exercise: what is promised, what is broken, how it is recovered."""

    drill: Annotated[Literal[1], Field(description="The version of this language.")]
    id: Name
    title: str
    purpose: str = ""
    threat: Threat | None = None
    announced: bool = True
    about: Annotated[
        About | None, Field(description="Whose exercise it is and where its edges are.")
    ] = None
    realism: Annotated[
        Realism | None,
        Field(description="How near it comes to the day itself; left out: every comfort."),
    ] = None
    assumptions: Annotated[
        Mapping[Name, Assumption], Field(description="What is taken for granted.")
    ] = {}
    suppliers: Annotated[
        Mapping[Name, Supplier], Field(description="Third parties that recovery depends on.")
    ] = {}
    plan: Annotated[str, Field(description="The plan under test: a file, hashed.")] = ""
    targets: Annotated[
        str,
        Field(
            description="The file that lists all that may be touched; a scenario that touches "
            "nothing at all, and is for a table only, may leave it out."
        ),
    ] = ""
    story_time: Annotated[
        AwareDatetime | None,
        Field(alias="story-time", description="The date and time at which the story begins."),
    ] = None
    objectives: Annotated[
        Mapping[Name, Objective], Field(description="What is to be shown of people and plans.")
    ] = {}
    duties: Annotated[
        Mapping[Name, Duty], Field(description="Time limits set by law, contract or standard.")
    ] = {}
    params: Mapping[Name, Parameter] = {}
    services: Mapping[ServiceRef, Service] = {}
    roles: Mapping[RoleRef, Role] = {}
    stop: Annotated[
        tuple[StopCondition, ...],
        Field(description="Any of these ends the exercise early: it heals, then closes."),
    ] = ()
    limits: Annotated[Limits | None, Field(description="The blast radius in numbers.")] = None
    approvals: Annotated[
        Approvals | None, Field(description="Without it, nobody need approve: for labs.")
    ] = None
    steps: Annotated[Mapping[StepRef, Step], Field(min_length=1)]
