"""Notices: what stands above everything, what is broken, and what binds from outside."""

from dataclasses import dataclass

from drill.console.ticking import Ticking
from drill.model.view import DutyView, FaultView, Verdict, View
from drill.report.asking import is_washing
from drill.report.figures import moment, promised, seconds
from drill.report.signs import BAD, LATE, LIVE, STANDING, UNSURE, VERDICTS, Sign

_UNTOLD = frozenset({Verdict.NOT_MEASURED, Verdict.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Standing:
    """A fault that is in the world, or a duty that binds."""

    key: str
    sign: Sign
    what: str
    said: str
    ticking: Ticking | None = None


@dataclass(frozen=True, slots=True)
class Banner:
    """What everybody must know first."""

    sign: Sign
    title: str
    text: str


def standing(view: View) -> tuple[Standing, ...]:
    """Return what is broken now."""
    return tuple(_fault(one) for one in view.faults if one.left)


def _fault(fault: FaultView) -> Standing:
    lease = fault.lease
    ends = f"; the host ends it itself after {seconds(lease.seconds)} without word" if lease else ""
    since = f" since {moment(fault.applied)}" if fault.applied is not None else ""
    return Standing(
        key=f"fault-{fault.step}",
        sign=STANDING.get(fault.standing, UNSURE),
        what=f"{fault.fault} on {fault.target}",
        said=f"{fault.standing}{since}{ends}",
    )


def duties(view: View) -> tuple[Standing, ...]:
    """Return the time limits that bind from outside, and how much of each is left."""
    return tuple(_duty(view, one) for one in view.duties)


def _duty(view: View, duty: DutyView) -> Standing:
    asked = duty.verdict is not Verdict.NOT_APPLICABLE
    binding = asked and duty.took is not None and duty.ends is None
    ticking = None
    if binding and duty.took is not None:
        ticking = Ticking(duty.within - duty.took, 0 if view.closed else -1, duty.within)
    sign = LIVE if binding and view.closed is None else VERDICTS[duty.verdict]
    return Standing(
        key=f"duty-{duty.name}",
        sign=sign,
        what=f"{duty.text} ({duty.source})" if duty.source else duty.text,
        said=_kept(duty),
        ticking=ticking,
    )


def _kept(duty: DutyView) -> str:
    within = f"within {promised(duty.within)}"
    if duty.begins is None:
        return f"{within}; not begun"
    if duty.verdict is Verdict.NOT_APPLICABLE:
        return f"{within}; does not apply, as was decided"
    if duty.ends is None:
        return within
    return f"{within}; {duty.verdict.value} after {seconds(duty.took)}"


def banners(view: View) -> tuple[Banner, ...]:
    """Return what stands above everything else."""
    return tuple(found for found in (_held(view), _aborted(view), _over(view)) if found)


def _held(view: View) -> Banner | None:
    hold = view.holds[-1] if view.holds else None
    if not view.held or hold is None:
        return None
    return Banner(
        LATE,
        "The exercise clock is held",
        f"by {hold.by} since {moment(hold.begins)}: {hold.why}. Nothing new begins, and nobody's "
        "time runs out. Machines finish what they do; what was broken is still healed.",
    )


def _aborted(view: View) -> Banner | None:
    if not view.aborted:
        return None
    return Banner(BAD, "Stopped early", f"{view.aborted}. Everything that was broken is healed.")


def _over(view: View) -> Banner | None:
    if view.closed is not None:
        told = "" if view.verdict in _UNTOLD else f": {view.verdict.value}"
        return Banner(VERDICTS[view.verdict], f"The exercise is over{told}", view.summary)
    if not is_washing(view):
        return None
    return Banner(LIVE, "Hot wash", "All steps are over. Say what went well and what to improve.")
