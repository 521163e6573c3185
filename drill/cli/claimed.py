"""The controls that a scenario claims, and what one run is evidence of."""

from pathlib import Path
from typing import TYPE_CHECKING

from drill.cli.seals import Seal, seal_of

if TYPE_CHECKING:
    from drill.model.view import View


def with_controls(view: "View", journal: Path, *, sealing: bool = False) -> "View":
    """Return the view of a run with the controls that its scenario claims, as of now.

    What the exercise does not prove is asked again, of the view with its controls.

    Args:
        view: of the run.
        journal: its journal, beside which its bundle lies.
        sealing: the report is for the bundle that is just being made: it counts as sealed, and
            as of the run's own end, so that the same run is sealed to the same bytes.

    Raises:
        JournalError: the journal cannot be read.
    """
    from drill.cli.form import with_form  # noqa: PLC0415  heavy
    from drill.controls.artefacts import Evidence  # noqa: PLC0415  heavy
    from drill.controls.claims import claimed  # noqa: PLC0415  heavy
    from drill.engine.clock import SystemClock  # noqa: PLC0415  heavy
    from drill.measure.limits import limits_of  # noqa: PLC0415  heavy

    names = view.about.controls if view.about else ()
    if not names:
        return view
    seen = with_form(view, journal)
    seal = Seal() if sealing else seal_of(journal, view.records, view.head)
    now = view.closed if sealing and view.closed else SystemClock().now().wall
    controls = claimed(names, Evidence(seen, seal.journal, seal.form), now)
    shown = seen.model_copy(update={"controls": controls})
    return shown.model_copy(update={"limits": limits_of(shown)})
