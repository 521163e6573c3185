"""Every fault, from its receipt to the proof that it is gone."""

from drill.lease.answers import BY_LEASE
from drill.measure.spans import NS, seconds
from drill.measure.tales import Fact, StepTale, Story
from drill.model.outcome import Done, Failed
from drill.model.steps import Inject
from drill.model.view import FaultView, LeaseView


def fault_views(story: Story) -> tuple[FaultView, ...]:
    """Return every fault that was ordered."""
    return tuple(
        FaultView(
            step=id_,
            fault=step.inject,
            target=step.on,
            standing=standing_of(tale),
            prepared=_when(tale.prepared),
            applied=_when(tale.ended) if isinstance(tale.outcome, Done) else None,
            undone=_when(tale.undo_ended) if isinstance(tale.undo_outcome, Done) else None,
            proof=_proof(tale),
            lease=_lease(tale),
            records=tuple(tale.records),
        )
        for id_, step in story.scenario.steps.items()
        if isinstance(step, Inject)
        if (tale := story.steps[id_]).started is not None
    )


def standing_of(tale: StepTale) -> str:
    """Return what is known of a fault in the world.

    A fault whose application failed, or nobody knows, is undone like any other,
    and stands until its undo was read back: the receipt says what to look for.
    """
    if tale.prepared is None:
        return "never-applied"
    if tale.undo_started is None:
        return "prepared" if tale.outcome is None else "standing"
    if tale.undo_outcome is None:
        return "undoing"
    if isinstance(tale.undo_outcome, Done):
        return "undone"
    return "stuck" if tale.stuck else "standing"


def _when(fact: Fact | None) -> float | None:
    return seconds(fact.at) if fact else None


def _lease(tale: StepTale) -> LeaseView | None:
    """Return what the host promised when it was armed, and whether it had to keep it."""
    tier, seconds = tale.receipt.get("tier"), tale.receipt.get("ttl")
    if not isinstance(tier, str) or not isinstance(seconds, int | float):
        return None
    lost = isinstance(tale.undo_outcome, Done) and tale.undo_outcome.note.endswith(f"({BY_LEASE})")
    return LeaseView(tier=tier, seconds=seconds, lost=lost)


def lease_ran_out(tale: StepTale) -> int | None:
    """Return the earliest moment at which the host can have ended the fault by itself.

    In nanoseconds of the exercise clock: the lease was armed with the receipt, and may have
    been renewed since. ``None`` if drill ended the fault.
    """
    lease = _lease(tale)
    if lease is None or not lease.lost or tale.prepared is None:
        return None
    return tale.prepared.at + int(lease.seconds * NS)


def _proof(tale: StepTale) -> str:
    outcome = tale.undo_outcome
    if outcome is None:
        return tale.outcome.error if isinstance(tale.outcome, Failed) else ""
    return outcome.note if isinstance(outcome, Done) else outcome.error
