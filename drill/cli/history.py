"""How long each step took when it was last done: what a rehearsal may go by instead of claims."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from drill.cli.shelf import journal_of, view_of
from drill.errors import UsageError
from drill.graph.plan import Plan
from drill.model.names import StepId
from drill.report.signs import took_of

History = Mapping[StepId, timedelta]


def history_of(runs: Path, named: str, plan: Plan) -> tuple[str, History]:
    """Return a live run's name, and how long each step took that was done in it.

    Raises:
        UsageError: there is no such run, or it is no live one of the same scenario that is over.
        JournalError: it cannot be read.
    """
    view = view_of(journal_of(runs, named))
    if (view.mode, view.scenario) != ("live", plan.scenario.id) or view.closed is None:
        state = view.mode if view.closed else f"{view.mode}, not closed"
        raise UsageError(
            f"--history {named}: it is a run of {view.scenario} ({state}); name a live run of "
            f"{plan.scenario.id} that is over"
        )
    took = {
        step.id: timedelta(seconds=seconds)
        for step in view.steps
        if step.phase == "done" and (seconds := took_of(step)) is not None
    }
    return view.run, {id_: each for id_, each in took.items() if id_ in plan.scenario.steps}
