"""What all runs together are evidence of: for each control the newest fit artefact of each kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drill.controls.artefacts import NOT_KEPT, TABLE, Evidence, Piece, Standing, shown
from drill.controls.catalogue import Catalogue, Control
from drill.controls.found import services_of
from drill.model.lessons import EVIDENCED, NOT, PARTLY, ArtefactView, ControlView

Shelf = Sequence[Mapping[str, Piece]]
"""What each run shows, of the whole exercise or of one service; of what is no run's, nothing."""


def coverage(
    catalogue: Catalogue,
    evidence: Sequence[Evidence],
    now: datetime,
    services: Iterable[str] = (),
) -> tuple[ControlView, ...]:
    """Return what is evidenced of each control of a catalogue, as of a moment.

    Args:
        catalogue: the controls to be judged, as :meth:`Catalogue.of` narrows them.
        evidence: all runs that may count.
        now: the moment at which evidence must be in date.
        services: the scope. Of each of these services every artefact is needed; none: a run
            counts for what it is about, whichever services these are.
    """
    return judged(catalogue, shelves_of(evidence, services), now)


def shelves_of(evidence: Sequence[Evidence], services: Iterable[str] = ()) -> tuple[Shelf, ...]:
    """Return what the runs show: once, or once for each service of the scope."""
    asked = tuple(services)
    if not asked:
        return ([shown(one) for one in evidence],)
    return tuple(
        [shown(_narrowed(one, name)) for one in evidence if name in services_of(one.view)]
        for name in asked
    )


def judged(
    catalogue: Catalogue, shelves: Sequence[Shelf], now: datetime
) -> tuple[ControlView, ...]:
    """Return what is evidenced of each control by what the runs show."""
    return tuple(_control(catalogue, one, shelves, now) for one in catalogue.controls)


@dataclass(frozen=True, slots=True)
class _Best:
    """The piece that comes nearest, and until when it is in date; ``None``: it is not there."""

    because: str
    until: datetime | None = None
    missed: bool = False


def _control(
    catalogue: Catalogue, control: Control, shelves: Sequence[Shelf], now: datetime
) -> ControlView:
    best = {id_: _over(id_, shelves, control, now) for id_ in control.evidence}
    ends = [one.until for one in best.values() if one.until is not None]
    whole = len(ends) == len(best)
    return ControlView(
        framework=control.framework,
        id=control.id,
        title=control.title,
        verified=control.verified,
        state=EVIDENCED if whole else PARTLY if ends else NOT,
        artefacts=tuple(
            ArtefactView(
                id=id_,
                name=catalogue.called[id_],
                there=one.until is not None,
                because=one.because,
                missed=one.missed,
            )
            for id_, one in best.items()
        ),
        valid_until=min(ends) if whole else None,
    )


def _over(id_: str, shelves: Sequence[Shelf], control: Control, now: datetime) -> _Best:
    """Return the artefact over all the services of the scope: what one lacks, all lack."""
    found = [_best(id_, shelf, control, now) for shelf in shelves]
    short = [one for one in found if one.until is None]
    if short:
        return short[0]
    oldest = min(found, key=lambda one: one.until or now)
    return next(
        (replace(oldest, because=one.because, missed=True) for one in found if one.missed), oldest
    )


def _best(id_: str, shelf: Shelf, control: Control, now: datetime) -> _Best:
    """Return the newest fit piece; without one, what the run that comes nearest lacks."""
    pieces = sorted((one[id_] for one in shelf if id_ in one), key=lambda one: one.on, reverse=True)
    if not pieces:
        return _Best(NOT_KEPT if TABLE[id_].rule is None else "no run shows it")
    fit = [one for one in pieces if one.standing is Standing.THERE and one.on <= now]
    several = len(pieces) > 1
    if not fit:
        nearest = min(pieces, key=lambda one: one.standing)
        ahead = "; but it lies in the future" if nearest.standing is Standing.THERE else ""
        return _Best(_told(nearest, several=several) + ahead)
    text = _told(fit[0], several=several)
    until = fit[0].on + timedelta(days=control.days)
    if now <= until:
        return _Best(text, until, fit[0].missed)
    return _Best(f"{text}; but not in date since {until:%d %b %Y} ({control.days} days)")


def _told(piece: Piece, *, several: bool) -> str:
    return f"{piece.run}: {piece.because}" if several else piece.because


def _narrowed(evidence: Evidence, service: str) -> Evidence:
    """Return the evidence of one service: what other services kept or missed says nothing of it."""
    view = evidence.view
    its = {
        "objectives": tuple(one for one in view.objectives if one.service == service),
        "availability": tuple(one for one in view.availability if one.service == service),
        "ledgers": tuple(one for one in view.ledgers if one.service == service),
        "marks": tuple(one for one in view.marks if one.service in (None, service)),
    }
    return replace(evidence, view=view.model_copy(update=its))
