"""What was claimed at a table beside what was measured when it was done.

A claim is a number that somebody said: in a facilitated tabletop of a step that
machines would do, in any other of each step that somebody at the table answered.
An interval is compared by its upper end, which is what may be promised.
"""

from collections.abc import Iterator

from drill.measure.steps import UNSAID
from drill.model.view import ClaimView, StepView, View

_RTA = "RTA from onset"


def claims_of(table: View, live: View | None = None) -> tuple[ClaimView, ...]:
    """Return what was claimed of each service and each step, and what was measured of it.

    Args:
        table: a tabletop.
        live: a live exercise of the same scenario; ``None``: nothing is measured.
    """
    return (*_services(table, live), *_steps(table, live))


def _services(table: View, live: View | None) -> Iterator[ClaimView]:
    claimed, measured = _restored(table), _restored(live)
    for service, took in claimed.items():
        yield ClaimView(
            step="",
            what=f"{service}: {_RTA}, at most",
            claimed=took,
            planned=None,
            measured=measured.get(service),
            run=table.run,
        )


def _restored(view: View | None) -> dict[str, float | None]:
    """Return for each service how long its outage lasted at most, in seconds."""
    found = view.durations if view is not None else ()
    return {
        one.service: one.actual.hi if one.actual else None
        for one in found
        if one.name == _RTA and one.service is not None
    }


def _steps(table: View, live: View | None) -> Iterator[ClaimView]:
    measured = {step.id: _took(step) for step in live.steps} if live else {}
    for step in table.steps:
        claimed = _claimed(table, step)
        if claimed is not None or step.expect is not None:
            yield ClaimView(
                step=step.id,
                what=step.uses,
                claimed=claimed,
                planned=step.expect,
                measured=measured.get(step.id),
                run=table.run,
            )


def _claimed(table: View, step: StepView) -> float | None:
    if table.facilitated:
        return step.claimed
    return None if step.answered_by in UNSAID else _took(step)


def _took(step: StepView) -> float | None:
    """Return how long a step took that was done, in seconds: what failed measures nothing."""
    if step.phase != "done" or step.started is None or step.ended is None:
        return None
    return step.ended - step.started
