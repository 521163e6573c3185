"""``aws.fis-experiment``: an experiment of AWS Fault Injection Service, begun and stopped.

No lease can live in an account: what bounds the fault when drill is gone are
the durations of the experiment's own actions, after which FIS ends them, and
the stop conditions of its template. So a template is taken only whose every
action ends by itself in time, or which its owner calls disposable.

The owner consents by a tag of the template, ``drill-consent``: ``bounded``, or
``disposable`` for actions that nothing bounds. Who may set tags there, IAM says.
Semantics: AWS Fault Injection Service API Reference, StartExperiment and StopExperiment.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field, TypeAdapter, ValidationError

from drill.errors import RefusedError
from drill.faults.leasing import Reverts
from drill.hosts.aws import Aws, NeedsAws, Said, awaited
from drill.model.base import Model
from drill.model.events import Receipt
from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.model.time import Duration, format_duration
from drill.ports import Access, Cancel

CONSENT = "drill-consent"
"""The tag by which a template's owner agrees."""
MARK = "drill-token"
"""The tag by which an experiment is known again: its number may never have arrived."""
_ENDED = frozenset({"completed", "stopped", "failed", "cancelled"})
_BROKEN = frozenset({"running", "completed"})
_LATE = 5
"""Looks after an experiment that is not listed: FIS may list what was begun a little late."""
_DURATIONS = ("duration", "startInstancesAfterDuration")
"""Parameters of FIS's actions that say when they end by themselves."""
_ISO: TypeAdapter[timedelta] = TypeAdapter(timedelta)


class FisParams(Model):
    """Which template, and how long its experiment may last by itself."""

    template: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9]{1,64}$", description="The experiment template, as EXT….")
    ]
    at_most: Annotated[
        Duration,
        Field(
            alias="at-most",
            ge=timedelta(seconds=5),
            le=timedelta(hours=12),
            description="A template whose actions may last longer, all together, is refused.",
        ),
    ] = timedelta(minutes=15)


class _State(Said):
    status: str = ""
    reason: str = ""


class Action(Said):
    """One action of an experiment, as its template has it and as it goes."""

    action_id: str
    parameters: Mapping[str, str] = {}
    state: _State = _State()


class _Template(Said):
    actions: Mapping[str, Action] = {}
    tags: Mapping[str, str] = {}


class Experiment(_Template):
    """What became of a template that was begun."""

    id: str
    state: _State


class _OneTemplate(Said):
    experiment_template: _Template


class _OneExperiment(Said):
    experiment: Experiment


class _Listed(Said):
    id: str
    tags: Mapping[str, str] = {}


class _Page(Said):
    experiments: tuple[_Listed, ...] = ()
    next_token: str | None = None


class FisExperiment(NeedsAws):
    """Begins one experiment, at most once, and stops it."""

    params: ClassVar[type[Model]] = FisParams
    needs: ClassVar[str] = "an account of AWS, and drill's extra for it"
    reverts: ClassVar[Reverts] = "itself"
    removal: ClassVar[str] = (
        "the experiment is stopped, and FIS says that it has ended; if drill cannot, its own "
        "stop conditions and the durations of its actions end it"
    )

    def prepare(self, on: Access, params: FisParams, cancel: Cancel) -> Receipt:
        """See that the template may be used, and when its experiment would end by itself."""
        aws = Aws.of(on, cancel)
        template = aws.ask(
            _OneTemplate, "fis", "get_experiment_template", id=params.template
        ).experiment_template
        bound = _consented(params, template)
        receipt: Receipt = {"token": secrets.token_hex(16), "lease": "none", "tier": "none"}
        return receipt if bound is None else {**receipt, "tier": "fis", "ttl": bound}

    def apply(self, on: Access, params: FisParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Begin it, and see it run; the same token begins nothing twice."""
        aws, token = Aws.of(on, cancel), str(receipt["token"])
        begun = aws.ask(
            _OneExperiment,
            "fis",
            "start_experiment",
            clientToken=token,
            experimentTemplateId=params.template,
            tags={MARK: token},
        ).experiment
        if bound_of(begun.actions) != receipt.get("ttl") and receipt["tier"] != "none":
            return Failed(error=f"{params.template} was changed after it was looked at")
        return _running(aws, begun.id, cancel)

    def undo(self, on: Access, params: FisParams, receipt: Receipt, cancel: Cancel) -> Outcome:
        """Stop what the token began, and wait until FIS says that it has ended."""
        aws = Aws.of(on, cancel)
        begun = _found(aws, params.template, str(receipt["token"]), cancel)
        if begun is None and cancel.requested():
            return Indeterminate(error="FIS was not asked to the end whether anything was begun")
        if begun is None:
            return Done(note="no experiment was begun")
        missing = awaited(lambda: _stopping(aws, begun), cancel)
        if missing:
            return Indeterminate(error=missing)
        return left_of(_experiment(aws, begun))


def bound_of(actions: Mapping[str, Action]) -> float | None:
    """Return after how many seconds the actions have ended by themselves, one after another.

    ``None``: one of them does not say when, so nothing bounds them.
    """
    ends = [_end_of(action) for action in actions.values()]
    if any(end is None for end in ends):
        return None
    return sum(end.total_seconds() for end in ends if end is not None)


def _end_of(action: Action) -> timedelta | None:
    said = next((action.parameters[key] for key in _DURATIONS if key in action.parameters), None)
    try:
        return None if said is None else _ISO.validate_python(said)
    except ValidationError:
        return None


def _consented(params: FisParams, template: _Template) -> float | None:
    """Return the bound of a template that may be used.

    Raises:
        RefusedError: its owner does not agree, or it may last too long.
    """
    agreed, name = template.tags.get(CONSENT), params.template
    if agreed not in {"bounded", "disposable"}:
        raise RefusedError(f"{name}: its owner has not agreed; tag it {CONSENT}: bounded")
    bound = bound_of(template.actions)
    if bound is None and agreed != "disposable":
        raise RefusedError(
            f"{name}: not every action has a duration, so nothing ends it if drill cannot; "
            f"give each one, or tag it {CONSENT}: disposable"
        )
    if bound is not None and bound > params.at_most.total_seconds():
        lasting = format_duration(timedelta(seconds=bound))
        raise RefusedError(f"{name}: it may last {lasting}: allow that by `at-most`, or shorten it")
    return bound


def _running(aws: Aws, id_: str, cancel: Cancel) -> Outcome:
    state = _State()

    def look() -> str:
        nonlocal state
        state = _experiment(aws, id_).state
        return "" if state.status in _BROKEN | _ENDED else f"{id_} was begun, and is {state.status}"

    missing = awaited(look, cancel)
    if missing:
        return Indeterminate(error=missing)
    if state.status in _BROKEN:
        return Done(note=f"experiment {id_} is {state.status}")
    return Failed(error=f"experiment {id_} is {state.status}: {state.reason}")


def _experiment(aws: Aws, id_: str) -> Experiment:
    return aws.ask(_OneExperiment, "fis", "get_experiment", id=id_).experiment


def _found(aws: Aws, template: str, token: str, cancel: Cancel) -> str | None:
    """Return the experiment that a token began, looking again where there is none yet."""
    for _ in range(_LATE):
        for listed in _listed(aws, template):
            if listed.tags.get(MARK) == token:
                return listed.id
        if cancel.wait(1):
            break
    return None


def _listed(aws: Aws, template: str) -> Iterator[_Listed]:
    more: dict[str, str] = {}
    while True:
        page = aws.ask(_Page, "fis", "list_experiments", experimentTemplateId=template, **more)
        yield from page.experiments
        if page.next_token is None:
            return
        more = {"nextToken": page.next_token}


def _stopping(aws: Aws, id_: str) -> str:
    """Have it stopped unless it has ended or is being stopped; return what is missing."""
    status = _experiment(aws, id_).state.status
    if status not in _ENDED | {"stopping"}:
        aws.ask(_OneExperiment, "fis", "stop_experiment", id=id_)
        status = _experiment(aws, id_).state.status
    return "" if status in _ENDED else f"experiment {id_} is {status}"


def left_of(ended: Experiment) -> Outcome:
    """Say what is left of an experiment: an action that failed may leave anything."""
    failed = [
        f"{name} ({action.action_id}): {action.state.reason}"
        for name, action in ended.actions.items()
        if action.state.status == "failed"
    ]
    if failed:
        return Failed(error=f"{ended.id} ended, but see what these left: {'; '.join(failed)}")
    by = "by itself" if ended.state.status == "completed" else "stopped"
    return Done(note=f"experiment {ended.id} has ended, {by}")
