"""The controls that a scenario says it is to evidence (``about.controls``)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from drill.controls.artefacts import Evidence
from drill.controls.catalogue import Catalogue, catalogue
from drill.controls.coverage import coverage
from drill.graph.source import Source
from drill.graph.words import did_you_mean
from drill.model.lessons import ControlView, folded
from drill.model.problem import Place, Problem

UNKNOWN = "unknown"
"""Drill's catalogue has no such control."""
UNVERIFIED = "unverified"
"""Nobody has read this id in its source, so nothing is said of it."""


def claimed(
    names: Sequence[str], evidence: Evidence, now: datetime, known: Catalogue | None = None
) -> tuple[ControlView, ...]:
    """Return what one run is evidence of, of each control that is claimed, in that order."""
    whole = known or catalogue()
    return tuple(
        view for name in dict.fromkeys(names) for view in _claim(whole, name, evidence, now)
    )


def coverage_of_claims(
    within: Catalogue, evidence: Sequence[Evidence], now: datetime, services: Sequence[str] = ()
) -> tuple[ControlView, ...]:
    """Return what is evidenced of each control that a run claims, by the runs that claim it."""
    claims = [_names(one) for one in evidence]
    found: list[ControlView] = []
    for control in within.controls:
        named = folded(control.name)
        its = [one for one, names in zip(evidence, claims, strict=True) if named in names]
        if its:
            found += coverage(within.only((control,)), its, now, services)
    return tuple(found)


def _names(evidence: Evidence) -> frozenset[str]:
    about = evidence.view.about
    return frozenset(map(folded, about.controls)) if about else frozenset()


def problems_of_claims(
    names: Sequence[str], source: Source, known: Catalogue | None = None
) -> tuple[Problem, ...]:
    """Return what is wrong with the claims of a scenario, each at its place in the file.

    A control that the catalogue does not know is an error; one that nobody has read in its
    source a warning, because the report will say nothing of it.
    """
    whole = known or catalogue()
    return tuple(
        problem
        for index, name in enumerate(names)
        for problem in _problem(whole, name, source.at("about", "controls", index))
    )


def _problem(whole: Catalogue, name: str, where: Place) -> Iterator[Problem]:
    control = whole.named.get(folded(name))
    if control is None:
        near = did_you_mean(name, [one.name for one in whole.controls])
        what = f"drill's catalogue has no control {name}"
        yield Problem(where=where, what=what, cure=f"{near} (all: drill coverage)")
    elif not control.verified:
        what = f"nobody has read {name} in its source, so the report will say nothing of it"
        yield Problem(where=where, what=what, severity="warning")


def _claim(whole: Catalogue, name: str, evidence: Evidence, now: datetime) -> Iterator[ControlView]:
    control = whole.named.get(folded(name))
    if control is not None and control.verified:
        yield from coverage(whole.only((control,)), [evidence], now)
        return
    yield ControlView(
        framework=control.framework if control else "",
        id=control.id if control else name,
        title=control.title if control else "not in drill's catalogue",
        verified=False,
        state=UNVERIFIED if control else UNKNOWN,
        artefacts=(),
    )
