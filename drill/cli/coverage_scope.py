"""What ``drill coverage`` judges: the controls that were asked for, the runs that are kept."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import rich_click as click

from drill.cli.form import with_form
from drill.cli.seals import seal_of
from drill.cli.shelf import JOURNAL, views_of
from drill.controls.artefacts import Evidence
from drill.controls.catalogue import Catalogue, catalogue
from drill.controls.found import services_of
from drill.errors import DrillError, JournalError, UsageError
from drill.graph.words import did_you_mean
from drill.model.lessons import folded


def evidence_in(runs: Path) -> Iterator[Evidence]:
    """Yield what is known of each run; of one that cannot be read it is said why, and no more."""
    for name, view in views_of(runs):
        journal = runs / name / JOURNAL
        try:
            if isinstance(view, JournalError):
                raise view
            seen = with_form(view, journal)
        except DrillError as error:
            click.echo(f"drill: the run {name} is left out: {error}", err=True)
            continue
        seal = seal_of(journal, seen.records, seen.head)
        yield Evidence(seen, seal.journal, seal.form)


def chosen(frameworks: Iterable[str], control: str | None, *, unverified: bool) -> Catalogue:
    """Return the part of the catalogue that was asked for.

    Args:
        frameworks: their names; none: all of them.
        control: one id, or a framework and an id, within these.
        unverified: also what nobody has read in its source.

    Raises:
        UsageError: there is no such framework or control.
    """
    whole = catalogue()
    asked = [_framework(whole, name) for name in frameworks] or list(whole.frameworks)
    if control is None:
        return whole.of(asked, unverified=unverified)
    within = whole.of(asked, unverified=True)
    named = folded(control)
    found = [one for one in within.controls if named in (folded(one.id), folded(one.name))]
    if not found:
        names = [one.name for one in within.controls] + [one.id for one in within.controls]
        raise UsageError(f"--control {control}: no such control; {did_you_mean(control, names)}")
    kept = tuple(one for one in found if one.verified or unverified)
    if not kept:
        raise UsageError(
            f"--control {control}: nobody has read this id in its source; to see it all the same, "
            "add --unverified"
        )
    return whole.only(kept)


def _framework(whole: Catalogue, name: str) -> str:
    by_name = {folded(one): one for one in whole.frameworks}
    found = by_name.get(folded(name))
    if found is None:
        known = list(whole.frameworks)
        near = did_you_mean(name, known)
        raise UsageError(
            f"--framework {name}: no such framework; {near}; all: drill coverage --list-frameworks"
        )
    return found


def assert_services(asked: Sequence[str], evidence: Sequence[Evidence]) -> None:
    """Refuse a service that no run is about.

    Raises:
        UsageError: it is in none of them.
    """
    known = sorted({name for one in evidence for name in services_of(one.view)})
    for name in asked:
        if name not in known:
            raise UsageError(f"--service {name}: no run is about it; {did_you_mean(name, known)}")
