"""The six kinds of step, and the edges between them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, Tag

from drill.model.base import Model
from drill.model.names import (
    Name,
    Parameters,
    PluginName,
    RoleRef,
    ServiceRef,
    StepRef,
    StruckRef,
    TargetRef,
)
from drill.model.time import Duration, format_duration, parse_duration


class After(Model):
    """An edge: the step may start when ``step`` ended with ``outcome``.

    ``outcome`` is ``done``, ``failed``, ``indeterminate``, ``ended`` (any of
    the three), ``missed`` (not done, or decided only by its default),
    ``undone`` (an inject whose fault was removed) or a decision's option.
    """

    step: StepRef
    outcome: str = "done"


def _edge(text: object) -> object:
    if isinstance(text, str):
        step, _, outcome = text.partition(".")
        return {"step": step, "outcome": outcome or "done"}
    return text


def _edge_text(edge: After) -> str:
    return edge.step if edge.outcome == "done" else f"{edge.step}.{edge.outcome}"


Edge = Annotated[
    After,
    BeforeValidator(_edge, json_schema_input_type=str),
    PlainSerializer(_edge_text, return_type=str),
]


def _moment(text: object) -> object:
    if isinstance(text, str):
        if not text.startswith("T+"):
            raise ValueError("a moment on the exercise clock is written like T+20m")
        return parse_duration(text[2:])
    return text


Moment = Annotated[
    timedelta,
    BeforeValidator(_moment, json_schema_input_type=str),
    PlainSerializer(lambda at: f"T+{format_duration(at)}", return_type=str),
]


def _several(one: object) -> object:
    return (one,) if isinstance(one, str) else tuple(one) if isinstance(one, list) else one


class AnyStep(Model):
    """What every step has."""

    kind: ClassVar[str]

    after: Annotated[
        tuple[Edge, ...],
        Field(description="Steps that must end first; `step` or `step.outcome`, all of them."),
    ] = ()
    at: Annotated[
        Moment | None, Field(description="Not before this moment of the exercise clock, as T+20m.")
    ] = None
    story: Annotated[str, Field(description="How it is told to people in a room.")] = ""
    if_missed: Annotated[
        tuple[StepRef, ...],
        BeforeValidator(_several, json_schema_input_type=StepRef | tuple[StepRef, ...]),
        Field(
            alias="if-missed",
            description="A contingency: it starts only if each of these steps is missed, that is "
            "not done in time, or decided only by its default.",
        ),
    ] = ()
    expected: Annotated[
        str, Field(description="What people ought to do now; only facilitators and evaluators see.")
    ] = ""
    questions: Annotated[
        tuple[str, ...], Field(description="What an evaluator is to find out here.")
    ] = ()
    expect: Annotated[
        Duration | None, Field(description="How long the plan claims it takes; measured beside it.")
    ] = None
    runbook: Annotated[
        str, Field(description="The paragraph of the plan that a person follows instead.")
    ] = ""
    on_failure: Annotated[
        Literal["stop", "continue"],
        Field(
            alias="on-failure",
            description="What a step that is not done means for the rest: stop (no new faults, "
            "heal, close) or continue.",
        ),
    ] = "stop"

    @property
    def edges(self) -> tuple[After, ...]:
        """Return all that must come true before it starts."""
        missed = (After(step=id_, outcome="missed") for id_ in self.if_missed)
        return (*self.after, *missed)


class ActingStep(AnyStep):
    """A step that touches, or looks at, one target."""

    on: Annotated[TargetRef, Field(description="The one target this step may touch.")]
    with_: Annotated[Parameters, Field(alias="with", description="What the plug-in is told.")] = {}
    timeout: Annotated[Duration, Field(description="When it is stopped; there is no default.")]


class Inject(ActingStep):
    """Applies a fault; undone at the end, or when another step ends."""

    kind: ClassVar[str] = "inject"
    on: Annotated[
        StruckRef,
        Field(description="The target it strikes; site.NAME: each target of that site."),
    ]
    inject: Annotated[PluginName, Field(description="The fault.")]
    until: Annotated[
        Edge | None, Field(description="Undo the fault when this step ends, as in `after`.")
    ] = None


STORY = "story"
"""The inject that breaks nothing: no plug-in answers it, it is told."""


class StoryInject(AnyStep):
    """A piece of the story, told to people; it is done once it is told."""

    kind: ClassVar[str] = "inject"
    inject: Literal["story"]
    story: Annotated[str, Field(min_length=1, description="What is told.")]
    to: Annotated[
        tuple[RoleRef, ...],
        BeforeValidator(_several, json_schema_input_type=RoleRef | tuple[RoleRef, ...]),
        Field(description="The roles that are told; none: everybody."),
    ] = ()
    decoy: Annotated[
        bool, Field(description="A distraction: it has nothing to do with the disruption.")
    ] = False


class Recover(ActingStep):
    """Runs an action of the recovery."""

    kind: ClassVar[str] = "recover"
    recover: Annotated[PluginName, Field(description="The action.")]


class Check(AnyStep):
    """Observes, and must hold."""

    kind: ClassVar[str] = "check"
    check: Annotated[PluginName, Field(description="The probe, or `service.state`.")]
    on: Annotated[
        TargetRef | None, Field(description="The target looked at; none: from the observer.")
    ] = None
    with_: Annotated[Parameters, Field(alias="with", description="What the probe is told.")] = {}
    timeout: Annotated[Duration, Field(description="It is repeated until it holds, or until then.")]


class Escalation(Model):
    """What is tried while a message is not acknowledged."""

    after: Annotated[Duration, Field(description="This long after the message was first sent.")]
    to: Annotated[
        RoleRef | None, Field(description="Who is told too, and may acknowledge; none: the same.")
    ] = None
    channel: Annotated[str, Field(description="How, such as phone or runner.")] = ""


class Notify(AnyStep):
    """A message to a role, which must be acknowledged."""

    kind: ClassVar[str] = "notify"
    notify: Annotated[RoleRef, Field(description="The role that is told.")]
    message: str
    channel: Annotated[str, Field(description="How it is sent first, such as pager.")] = ""
    acknowledge: Annotated[Duration, Field(description="How long the role has to acknowledge.")]
    escalate: Annotated[
        tuple[Escalation, ...],
        Field(description="Deputies and other channels, tried in turn until it is acknowledged."),
    ] = ()
    decoy: Annotated[
        bool, Field(description="A distraction: it has nothing to do with the disruption.")
    ] = False


class Default(Model):
    """What is taken when nobody decides."""

    option: Name
    after: Duration


class Decide(AnyStep):
    """Options, who may choose, by when."""

    kind: ClassVar[str] = "decide"
    decide: Annotated[str, Field(description="The question.")]
    by: RoleRef
    options: Annotated[
        Mapping[Name, str], Field(min_length=2, description="Option to what it means.")
    ]
    default: Default


class Task(AnyStep):
    """A person's work, confirmed when it is done."""

    kind: ClassVar[str] = "task"
    task: Annotated[str, Field(description="What is to be done.")]
    by: RoleRef
    timeout: Duration


PEOPLES = (Notify, Decide, Task)
"""The steps that people answer."""

KINDS: tuple[type[AnyStep], ...] = (Inject, Recover, Check, Notify, Decide, Task)


def kind_of(step: Any) -> str | None:
    """Return the one word of the six that tells what kind of step this is, if there is just one."""
    if isinstance(step, AnyStep):
        return step.kind
    if not isinstance(step, Mapping):
        return None
    found = [cls.kind for cls in KINDS if cls.kind in step]
    return found[0] if len(found) == 1 else None


def _tag(step: Any) -> str | None:
    """Return the class's name: unlike the kind, no error's place takes it for a key."""
    kind = kind_of(step)
    if kind == StoryInject.kind and _is_told(step):
        return StoryInject.__name__
    return kind.capitalize() if kind else None


def _is_told(step: Any) -> bool:
    told = step.get(StoryInject.kind) if isinstance(step, Mapping) else None
    return isinstance(step, StoryInject) or told == STORY


Step = Annotated[
    Annotated[Inject, Tag("Inject")]
    | Annotated[StoryInject, Tag("StoryInject")]
    | Annotated[Recover, Tag("Recover")]
    | Annotated[Check, Tag("Check")]
    | Annotated[Notify, Tag("Notify")]
    | Annotated[Decide, Tag("Decide")]
    | Annotated[Task, Tag("Task")],
    Discriminator(
        _tag,
        custom_error_type="step_kind",
        custom_error_message="a step has exactly one of "
        "inject, recover, check, notify, decide and task",
    ),
]


SERVICE_STATE = "service.state"
"""The check that no plug-in answers: the conductor does, from the service's own probe."""


class ServiceState(Model):
    """What ``service.state`` is told: the service's probe sees it so for so long, unbroken."""

    service: ServiceRef
    is_: Annotated[Literal["good", "bad"], Field(alias="is", description="What must hold.")]
    for_: Annotated[Duration, Field(alias="for", description="For how long, unbroken.")] = (
        timedelta()
    )
