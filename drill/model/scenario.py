"""A scenario, exactly as its author wrote it; the words are those of ``drill schema``.

Every field's description is the help that an editor shows, and the text of the
published JSON Schema.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, NewType

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    PlainSerializer,
    StringConstraints,
    Tag,
)

from drill.model.base import Model
from drill.model.time import Duration, format_duration, parse_duration

_NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_Name = Annotated[str, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]

StepId = NewType("StepId", str)
TargetName = NewType("TargetName", str)
ServiceName = NewType("ServiceName", str)
RoleName = NewType("RoleName", str)

_Step = Annotated[StepId, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]
_Target = Annotated[TargetName, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]
_Service = Annotated[ServiceName, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]
_Role = Annotated[RoleName, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]
_PluginName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*$")]

Parameters = Mapping[str, JsonValue]
"""What a plug-in is told; its own model validates it."""


class After(Model):
    """An edge: the step may start when ``step`` ended with ``outcome``.

    ``outcome`` is ``done``, ``failed``, ``indeterminate``, ``ended`` (any of
    the three), ``undone`` (an inject whose fault was removed) or a decision's
    option.
    """

    step: _Step
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


class _AnyStep(Model):
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


class _ActingStep(_AnyStep):
    """A step that touches, or looks at, one target."""

    on: Annotated[_Target, Field(description="The one target this step may touch.")]
    with_: Annotated[Parameters, Field(alias="with", description="What the plug-in is told.")] = {}
    timeout: Annotated[Duration, Field(description="When it is stopped; there is no default.")]


class Inject(_ActingStep):
    """Applies a fault; undone at the end, or when another step ends."""

    kind: ClassVar[str] = "inject"
    inject: Annotated[_PluginName, Field(description="The fault.")]
    until: Annotated[
        Edge | None, Field(description="Undo the fault when this step ends, as in `after`.")
    ] = None


class Recover(_ActingStep):
    """Runs an action of the recovery."""

    kind: ClassVar[str] = "recover"
    recover: Annotated[_PluginName, Field(description="The action.")]


class Check(_AnyStep):
    """Observes, and must hold."""

    kind: ClassVar[str] = "check"
    check: Annotated[_PluginName, Field(description="The probe, or `service.state`.")]
    on: Annotated[
        _Target | None, Field(description="The target looked at; none: from the observer.")
    ] = None
    with_: Annotated[Parameters, Field(alias="with", description="What the probe is told.")] = {}
    timeout: Annotated[Duration, Field(description="It is repeated until it holds, or until then.")]


class Notify(_AnyStep):
    """A message to a role, which must be acknowledged."""

    kind: ClassVar[str] = "notify"
    notify: Annotated[_Role, Field(description="The role that is told.")]
    message: str
    acknowledge: Annotated[Duration, Field(description="How long the role has to acknowledge.")]


class Default(Model):
    """What is taken when nobody decides."""

    option: _Name
    after: Duration


class Decide(_AnyStep):
    """Options, who may choose, by when."""

    kind: ClassVar[str] = "decide"
    decide: Annotated[str, Field(description="The question.")]
    by: _Role
    options: Annotated[
        Mapping[_Name, str], Field(min_length=2, description="Option to what it means.")
    ]
    default: Default


class Task(_AnyStep):
    """A person's work, confirmed when it is done."""

    kind: ClassVar[str] = "task"
    task: Annotated[str, Field(description="What is to be done.")]
    by: _Role
    timeout: Duration


KINDS: tuple[type[_AnyStep], ...] = (Inject, Recover, Check, Notify, Decide, Task)


def kind_of(step: Any) -> str | None:
    """Return the one word of the six that tells what kind of step this is, if there is just one."""
    if isinstance(step, _AnyStep):
        return step.kind
    if not isinstance(step, Mapping):
        return None
    found = [cls.kind for cls in KINDS if cls.kind in step]
    return found[0] if len(found) == 1 else None


def _tag(step: Any) -> str | None:
    """Return the class's name: unlike the kind, no error's place takes it for a key."""
    kind = kind_of(step)
    return kind.capitalize() if kind else None


Step = Annotated[
    Annotated[Inject, Tag("Inject")]
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


class RecoveryTime(Model):
    """A recovery time objective (ISO 22301: RTO)."""

    target: Duration
    from_: Annotated[
        Literal["onset", "detection", "declaration"],
        Field(alias="from", description="The mark it is counted from."),
    ] = "onset"


class RecoveryPoint(Model):
    """A recovery point objective (ISO 22301: RPO)."""

    target: Duration


class ServiceProbe(Model):
    """The independent probe that says whether a service is well."""

    uses: _PluginName
    with_: Annotated[Parameters, Field(alias="with")] = {}
    every: Annotated[Duration, Field(description="The sampling interval, on a fixed schedule.")]
    within: Annotated[Duration, Field(description="Later than this is bad.")]
    from_: Annotated[
        Literal["observer"], Field(alias="from", description="Where it looks from.")
    ] = "observer"


class ServiceLedger(Model):
    """The ledger of acknowledged writes that says what was lost."""

    uses: _PluginName
    with_: Annotated[Parameters, Field(alias="with")] = {}
    every: Duration
    within: Annotated[Duration, Field(description="An answer later than this is unknown.")] = (
        timedelta(seconds=1)
    )


class Service(Model):
    """A service the business needs, and what was promised for it."""

    owner: _Role
    rto: RecoveryTime | None = None
    rpo: RecoveryPoint | None = None
    mtpd: Annotated[
        Duration | None, Field(description="Maximum tolerable period of disruption (ISO 22301).")
    ] = None
    probe: ServiceProbe | None = None
    ledger: ServiceLedger | None = None
    stable: Annotated[
        Duration,
        Field(description="Restored means good for at least this long without a bad sample."),
    ] = timedelta(seconds=3)


class Role(Model):
    """A role in the exercise."""

    count: Annotated[int, Field(ge=1)] = 1
    deputy: bool = False


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


class StopCondition(Model):
    """What ends the exercise and heals; no news of the service counts as bad news."""

    probe: Annotated[_Service, Field(description="The service whose probe is asked.")]
    is_: Annotated[Literal["bad"], Field(alias="is")] = "bad"
    for_: Annotated[
        Duration, Field(alias="for", description="So long without a break, or without any news.")
    ]


class Limits(Model):
    """How far faults may reach; what is not said is what the plan itself names."""

    targets: Annotated[
        int | None, Field(ge=1, description="How many targets faults may touch.")
    ] = None
    faults: Annotated[
        int | None, Field(ge=1, description="How many faults may stand at the same time.")
    ] = None
    fault_seconds: Annotated[
        Duration | None,
        Field(
            alias="fault-seconds",
            description="How long faults may stand, all of them together; then it is ended.",
        ),
    ] = None


class Approvals(Model):
    """Who must agree before it is conducted live."""

    needed: Annotated[
        int,
        Field(ge=0, le=9, description="How many different people must have signed the plan."),
    ] = 0


class Scenario(Model):
    """The whole exercise: what is promised, what is broken, how it is recovered."""

    drill: Annotated[Literal[1], Field(description="The version of this language.")]
    id: _Name
    title: str
    purpose: str = ""
    threat: Threat | None = None
    announced: bool = True
    plan: Annotated[str, Field(description="The plan under test: a file, hashed.")] = ""
    targets: Annotated[str, Field(description="The file that lists all that may be touched.")]
    params: Mapping[_Name, Parameter] = {}
    services: Mapping[_Service, Service] = {}
    roles: Mapping[_Role, Role] = {}
    stop: Annotated[
        tuple[StopCondition, ...],
        Field(description="Any of these ends the exercise early: it heals, then closes."),
    ] = ()
    limits: Annotated[Limits | None, Field(description="The blast radius in numbers.")] = None
    approvals: Annotated[
        Approvals | None, Field(description="Without it, nobody need approve: for labs.")
    ] = None
    steps: Annotated[Mapping[_Step, Step], Field(min_length=1)]


SECRET = re.compile(r"\$secret:([a-z0-9-]+)")
"""The only reference to a secret; it is resolved on the way to the plug-in, never stored."""

IN_SIGHT = {"x-in-sight": True}
"""Marks a plug-in's parameter that ends on a command line, which every user of a machine can
read (proc(5), ``cmdline``): no secret may stand in it."""

PARAM = re.compile(r"\$param:([a-z0-9-]+)")


class Target(Model):
    """A thing the exercise may touch. What is not listed is out of bounds."""

    name: _Target
    site: str
    address: Annotated[str, Field(description="Where its services answer.")]
    labels: Mapping[str, str] = {}


SERVICE_STATE = "service.state"
"""The check that no plug-in answers: the conductor does, from the service's own probe."""


class ServiceState(Model):
    """What ``service.state`` is told: the service's probe sees it so for so long, unbroken."""

    service: _Service
    is_: Annotated[Literal["good", "bad"], Field(alias="is", description="What must hold.")]
    for_: Annotated[Duration, Field(alias="for", description="For how long, unbroken.")] = (
        timedelta()
    )


class TargetsFile(Model):
    """The file that ``targets`` names: a lab, or hosts that exist; drill reads its hosts."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Field(description="What the lab is called.")] = ""
    hosts: Annotated[
        Mapping[_Target, "TargetHost"],
        Field(min_length=1, description="Everything the exercise may touch."),
    ]

    def targets(self) -> tuple[Target, ...]:
        """Return the boundary, in the order of the file."""
        return tuple(
            Target(name=name, site=host.site, address=host.address, labels=host.labels)
            for name, host in self.hosts.items()
        )


class TargetHost(Model):
    """One host of a targets file; what else it says is for the lab that builds it."""

    model_config = ConfigDict(extra="ignore")

    site: str
    address: Annotated[str, Field(description="Where its services answer.")]
    labels: Mapping[str, str] = {}
