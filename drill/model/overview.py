"""What a scenario tells of itself for the report's readers; nothing of it is executed."""

from typing import Annotated, Literal

from pydantic import Field

from drill.model.base import Model
from drill.model.names import RoleRef, StepRef
from drill.model.time import Duration


class About(Model):
    """Whose exercise it is, and where its edges are."""

    organisation: Annotated[str, Field(description="Whose exercise it is.")] = ""
    sponsor: Annotated[str, Field(description="Who asked for it: a role or a body.")] = ""
    contact: Annotated[str, Field(description="Whom to ask about it.")] = ""
    location: Annotated[str, Field(description="Where people take part.")] = ""
    classification: Annotated[str, Field(description="Who may read the report.")] = ""
    retention: Annotated[
        str, Field(description="The class under which its records are kept, as `5 years`.")
    ] = ""
    excludes: Annotated[
        tuple[str, ...], Field(description="What is out of scope, said outright.")
    ] = ()
    risks: Annotated[
        tuple[str, ...], Field(description="Entries of the risk register that it tests.")
    ] = ()
    controls: Annotated[
        tuple[str, ...],
        Field(description="Controls that it is to evidence, as `NIST SP 800-53 CP-4`."),
    ] = ()
    kind: Annotated[
        Literal["", "functional", "full-scale"],
        Field(description="How deep a live run of it goes (NIST SP 800-84, 2.4)."),
    ] = ""


class Realism(Model):
    """How near it comes to the day itself; whatever is not said is taken for the comfort."""

    pre_staged: Annotated[
        bool,
        Field(alias="pre-staged", description="Something was made ready that day would not be."),
    ] = True
    clean_data: Annotated[
        bool,
        Field(alias="clean-data", description="The data recovered was known to be good."),
    ] = True
    load: Annotated[
        bool, Field(description="Users' load, real or played, was on the service as on that day.")
    ] = False


class Assumption(Model):
    """Something taken for granted, and the steps that would show if it does not hold."""

    text: Annotated[str, Field(min_length=1, description="What is taken for granted.")]
    steps: Annotated[
        tuple[StepRef, ...],
        Field(description="The steps that challenge it; without any it is not tested."),
    ] = ()


class Supplier(Model):
    """A third party that recovery depends on."""

    text: Annotated[str, Field(description="What it provides.")] = ""
    role: Annotated[
        RoleRef | None,
        Field(description="The role in which it takes part; without one it is absent."),
    ] = None
    commitment: Annotated[
        Duration | None, Field(description="Within what time it must respond, by its contract.")
    ] = None
