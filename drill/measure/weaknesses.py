"""The rules that find what must be improved: each points at what the figures already say."""

from collections.abc import Callable, Iterator, Mapping

from drill.measure import lapses
from drill.measure.assumptions import DISPROVED
from drill.measure.weakness import Weakness, owners_of, told
from drill.model.view import ObjectiveView, Verdict, View

Rule = Callable[[View], Iterator[Weakness]]

_GRAVE = frozenset({"phantom", "alien"})
_UNKEPT = frozenset({Verdict.MISSED, Verdict.INVALID})


def _left_standing(view: View) -> Iterator[Weakness]:
    for fault in view.faults:
        if view.closed and fault.left:
            yield Weakness(
                subject=fault.step,
                text=f"The fault {fault.fault} on {fault.target} is {fault.standing}: remove it "
                f"now. {fault.proof}".rstrip(),
                severity="high",
                records=fault.records,
                owner=owners_of(view),
                check=f"the fault of {fault.step} is undone, and read back",
            )


def _aborted(view: View) -> Iterator[Weakness]:
    if view.aborted:
        yield Weakness(
            subject="exercise",
            text=f"The exercise was aborted: {view.aborted}",
            severity="medium",
            records=(),
            owner=owners_of(view),
            check="it is carried through to its end",
        )


def _missed(view: View) -> Iterator[Weakness]:
    unkept = (one for one in view.objectives if one.verdict in _UNKEPT)
    yield from (_objective(view, one, "high") for one in unkept)


def _inconclusive(view: View) -> Iterator[Weakness]:
    unsure = (one for one in view.objectives if one.verdict is Verdict.INCONCLUSIVE)
    yield from (_objective(view, one, "medium") for one in unsure)


def _objective(view: View, one: ObjectiveView, severity: str) -> Weakness:
    name = f"{one.service} {one.measure}"
    return Weakness(
        subject=f"{one.service}.{one.measure.lower()}",
        text=f"{name} is {one.verdict.value}: {one.text} of {told(one.target)}. "
        f"{one.reason}".rstrip(),
        severity=severity,
        records=one.records,
        owner=view.owners.get(one.service, ""),
        check=f"objective {name} is met",
        objective=name,
    )


def _too_late(view: View) -> Iterator[Weakness]:
    asked: Mapping[str, str] = {step.id: step.by for step in view.steps}
    for one in view.duties:
        if one.verdict is Verdict.MISSED:
            source = f", {one.source}" if one.source else ""
            yield Weakness(
                subject=one.name,
                text=f"Not in time: {one.text} "
                f"({told(one.took or 0.0)} of {told(one.within)}{source}).",
                severity="high",
                records=one.records,
                owner=asked.get(one.step) or owners_of(view),
                check=f"duty {one.name} is met",
            )


def _lost(view: View) -> Iterator[Weakness]:
    for ledger in view.ledgers:
        for one in ledger.sets:
            if one.count and one.name in _GRAVE:
                yield Weakness(
                    subject=f"{ledger.service}.{one.name}",
                    text=f"{ledger.service}: {one.count} writes {one.name}: {one.meaning}.",
                    severity="high",
                    records=(),
                    owner=view.owners.get(ledger.service, ""),
                    check=f"the ledger of {ledger.service} has none that is {one.name}",
                )


def _disproved(view: View) -> Iterator[Weakness]:
    for one in view.assumptions:
        if one.state == DISPROVED:
            yield Weakness(
                subject=one.name,
                text=f"What was assumed does not hold: {one.text}",
                severity="medium",
                records=one.records,
                owner=owners_of(view),
                check=f"assumption {one.name} holds",
            )


def _suppliers_late(view: View) -> Iterator[Weakness]:
    for one in view.suppliers:
        if one.commitment is not None and one.responded is not None:
            over = one.responded - one.commitment
            if over > 0:
                yield Weakness(
                    subject=one.name,
                    text=f"{one.name} answered {told(over)} later than its contract says.",
                    severity="medium",
                    records=one.records,
                    owner=owners_of(view),
                    check=f"supplier {one.name} answers within its commitment",
                )


RULES: Mapping[str, Rule] = {
    "dirty": _left_standing,
    "aborted": _aborted,
    "missed": _missed,
    "inconclusive": _inconclusive,
    "duty": _too_late,
    "ledger": _lost,
    "failed": lapses.failed,
    "rated": lapses.rated,
    "unacknowledged": lapses.unacknowledged,
    "defaulted": lapses.undecided,
    "refused": lapses.refused,
    "late": lapses.late,
    "assumption": _disproved,
    "supplier": _suppliers_late,
    "key-person": lapses.key_persons,
}
"""Each rule by the name that its findings' ids begin with."""
