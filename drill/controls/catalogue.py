"""The catalogue that ships with drill: controls, the artefacts they need, legal time limits.

It is in own words and identifiers only. An entry is ``verified`` where its id and
subject were read in the source it names; what is not stays out unless it is asked for.
"""

from collections.abc import Container, Mapping
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Any, cast

from pydantic import Field

from drill.graph.document import document_of
from drill.model.base import Model
from drill.model.lessons import folded

_DAYS = 365
"""Yearly: what most texts ask for that name an interval at all."""


class Control(Model):
    """What one framework asks for under one id."""

    framework: str
    version: str
    id: str
    title: str
    requires: str
    evidence: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ids of artefacts; each of them is needed."""
    cadence: str | None
    """As the text says it; ``None``: it says nothing that was seen."""
    max_interval_days: Annotated[int, Field(ge=1)] | None = None
    triggers: tuple[str, ...] = ()
    """What makes it due early."""
    verified: bool
    source: str = ""
    """Where the id and the subject were read."""
    note: str = ""

    @property
    def name(self) -> str:
        """Return what a scenario calls it in ``about.controls``: ``NIST SP 800-53 CP-4``."""
        return f"{self.framework} {self.id}"

    @property
    def days(self) -> int:
        """Return for how many days evidence of it is in date."""
        return self.max_interval_days or _DAYS


class Artefact(Model):
    """A kind of evidence."""

    id: str
    name: str
    what: str
    phase: str
    """Of the exercise's life: programme, plan, conduct, results and so on."""


class Clock(Model):
    """A time limit for telling somebody of an incident."""

    id: str
    regime: str
    start: str
    limit: str
    to: str
    condition: str = ""
    content: tuple[str, ...] = ()
    note: str = ""
    verified: bool


class Catalogue(Model):
    """All of it, as of one date."""

    dated: date
    controls: tuple[Control, ...]
    artefacts: tuple[Artefact, ...]
    clocks: tuple[Clock, ...] = ()

    @cached_property
    def named(self) -> Mapping[str, Control]:
        """Return each control by its name, folded as :func:`folded` does."""
        return {folded(one.name): one for one in self.controls}

    @cached_property
    def called(self) -> Mapping[str, str]:
        """Return the name of each artefact by its id."""
        return {one.id: one.name for one in self.artefacts}

    @property
    def frameworks(self) -> Mapping[str, tuple[Control, ...]]:
        """Return the controls of each framework, in the order of the catalogue."""
        found: dict[str, list[Control]] = {}
        for one in self.controls:
            found.setdefault(one.framework, []).append(one)
        return {name: tuple(several) for name, several in found.items()}

    def of(self, frameworks: Container[str], *, unverified: bool = False) -> "Catalogue":
        """Return the catalogue of some frameworks; without what is not verified, unless asked."""
        kept = (one for one in self.controls if one.framework in frameworks)
        return self.only(tuple(one for one in kept if one.verified or unverified))

    def only(self, controls: tuple[Control, ...]) -> "Catalogue":
        """Return the catalogue of just these controls."""
        return Catalogue(dated=self.dated, controls=controls, artefacts=self.artefacts)


@cache
def catalogue() -> Catalogue:
    """Return what is shipped; it is read once."""
    loaded: dict[str, Any] = {}
    for name in ("controls", "artefacts", "clocks"):
        path = f"{name}.yaml"
        text = files("drill.controls").joinpath("shipped", path).read_bytes()
        loaded.update(cast("dict[str, Any]", document_of(text, path).value))
    return Catalogue.model_validate(loaded)
