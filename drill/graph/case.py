"""What the checks look at, and how they say where a problem is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from pydantic import ValidationError

from drill.graph.source import Loc, Source
from drill.model.base import Model
from drill.model.names import StepId, TargetName
from drill.model.problem import Place, Problem
from drill.model.scenario import Scenario
from drill.model.steps import SERVICE_STATE, Check, ServiceState, Step
from drill.model.targets import Target


class Offer(Protocol):
    """A plug-in, as far as a check of its parameters needs it."""

    @property
    def params(self) -> type[Model]:
        """The model of what it is told."""
        ...


@runtime_checkable
class Demanding(Protocol):
    """What a plug-in is too, if it needs what does not come with drill itself."""

    def lacks(self) -> str:
        """Return what this machine lacks for it, with the cure; empty if nothing."""
        ...


class Shelf(Protocol):
    """The plug-ins of one sort."""

    def __iter__(self) -> Iterator[str]: ...

    def __contains__(self, name: object) -> bool: ...

    def __getitem__(self, name: str) -> Offer: ...


class Catalogue(Protocol):
    """All plug-ins a scenario may use; :class:`drill.plugins.Registry` is one."""

    @property
    def actions(self) -> Shelf:
        """Actions by name."""
        ...

    @property
    def faults(self) -> Shelf:
        """Faults by name."""
        ...

    @property
    def probes(self) -> Shelf:
        """Probes by name."""
        ...

    @property
    def ledgers(self) -> Shelf:
        """Ledgers by name."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario of sound form and everything that it leans on."""

    written: Scenario
    """As its author wrote it."""
    scenario: Scenario
    """With each parameter filled in."""
    targets: Mapping[TargetName, Target] | None
    """``None``: not known, for their own file has problems."""
    catalogue: Catalogue
    source: Source
    files: Mapping[str, bytes | None]
    """Each file it names to what is in it; ``None`` if it cannot be read."""

    origins: Mapping[StepId, StepId] = field(default_factory=dict)
    """Each step that was made, to the one that was written."""

    def error(self, loc: Loc, what: str, cure: str = "") -> Problem:
        """Return a problem with the value at ``loc``."""
        return Problem(where=self._place(loc), what=what, cure=cure)

    def warning(self, loc: Loc, what: str, cure: str = "") -> Problem:
        """Return a doubt about the value at ``loc``."""
        return Problem(where=self._place(loc), what=what, cure=cure, severity="warning")

    def _place(self, loc: Loc) -> Place:
        return self.source.at(*self.written_at(loc))

    def written_at(self, loc: Loc) -> Loc:
        """Return where it stands in the file."""
        match loc:
            case ("steps", id_, *rest) if isinstance(id_, str) and id_ in self.origins:
                return ("steps", self.origins[StepId(id_)], *rest)
        return loc


def watched(step: Step) -> ServiceState | None:
    """Return what a check of ``service.state`` waits for; ``None`` for any other step."""
    if not isinstance(step, Check) or step.check != SERVICE_STATE:
        return None
    try:
        return ServiceState.model_validate(step.with_)
    except ValidationError:
        return None  # told by the check of its parameters
