"""Which step may start: what an edge needs, and how a change travels along the edges. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from drill.exercise.roster import readied
from drill.exercise.state import FINAL, Dependent, Phase, RunState, Standing, StepState
from drill.model.names import StepId
from drill.model.outcome import Done
from drill.model.steps import After, Inject, Step

_OVER = frozenset({Standing.NONE, Standing.STUCK})
_ATTEMPTED = frozenset({Phase.DONE, Phase.FAILED, Phase.INDETERMINATE})


def _ended(step: StepState) -> bool:
    return step.phase in _ATTEMPTED


def _missed(step: StepState) -> bool:
    """Tell whether it was attempted, and nobody did it in time: what was skipped is not missed."""
    defaulted = isinstance(step.outcome, Done) and step.outcome.defaulted
    return step.phase in _MISSED or (step.phase is Phase.DONE and defaulted)


_MISSED = frozenset({Phase.FAILED, Phase.INDETERMINATE})
_MEANINGS: Mapping[str, Callable[[StepState], bool]] = {"ended": _ended, "missed": _missed}
"""What an outcome that is no phase means of a step that is over."""


def dependents_of(steps: Mapping[StepId, Step]) -> dict[StepId, tuple[Dependent, ...]]:
    """Return for each step the edges that lead away from it."""
    found: dict[StepId, list[Dependent]] = {id_: [] for id_ in steps}
    for id_, step in steps.items():
        for edge in step.edges:
            found[edge.step].append(Dependent(id_, edge, ends=False))
        if isinstance(step, Inject) and step.until is not None:
            found[step.until.step].append(Dependent(id_, step.until, ends=True))
    return {id_: tuple(edges) for id_, edges in found.items()}


def came_true(edge: After, step: StepState) -> bool | None:
    """Tell whether an edge's condition holds; ``None`` while it may still come to hold."""
    if edge.outcome == "undone":
        if step.standing is Standing.UNDONE:
            return True
        return False if step.phase in FINAL and step.standing in _OVER else None
    if step.phase not in FINAL:
        return None
    if edge.outcome in _MEANINGS:
        return _MEANINGS[edge.outcome](step)
    if step.phase.value == edge.outcome:
        return True
    chosen = step.outcome.choice if isinstance(step.outcome, Done) else None
    return step.phase is Phase.DONE and chosen == edge.outcome


def ripple(state: RunState, id_: StepId, before: StepState) -> RunState:
    """Let those that wait for ``id_`` know that it is no longer what it was ``before``."""
    after = state.steps[id_]
    for dependent in state.dependents[id_]:
        verdict = came_true(dependent.edge, after)
        if verdict is None or _was_told(dependent.edge, before):
            continue
        if not dependent.ends:
            state = _count(state, dependent.step, verdict)
        elif verdict:
            state = replace(state, due=state.due.insert(dependent.step))
    return state


def _was_told(edge: After, before: StepState) -> bool:
    """Tell whether an edge has had its say: a fault may stand again and be undone once more."""
    again = edge.outcome == "undone" and before.undo_told
    return again or came_true(edge, before) is not None


def _count(state: RunState, id_: StepId, verdict: bool) -> RunState:
    """Make a pending step ready or doomed once its edges say so."""
    unmet = state.unmet[id_]
    if state.steps[id_].phase is not Phase.PENDING or unmet < 0:
        return state
    if not verdict:
        return replace(state, unmet=state.unmet.insert(id_, -1), doomed=(*state.doomed, id_))
    state = replace(state, unmet=state.unmet.insert(id_, unmet - 1))
    return readied(state, id_) if unmet == 1 else state
