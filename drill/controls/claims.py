"""The controls that a scenario says it is to evidence (``about.controls``)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from drill.controls.artefacts import Evidence
from drill.controls.catalogue import Catalogue, catalogue, folded
from drill.controls.coverage import coverage
from drill.model.view import ControlView

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


def unknown(names: Sequence[str], known: Catalogue | None = None) -> tuple[str, ...]:
    """Return the claims that the catalogue does not know."""
    whole = known or catalogue()
    return tuple(name for name in names if folded(name) not in whole.named)


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
