"""What an exercise does not prove: a line for each comfort it had, and for each thing left out.

RTS 2024/1774, Art. 25(2)(d) and NIST SP 800-34, 4.1 ask what a test took for granted. A
line is there until the exercise itself takes its comfort away; people may add a note to
it, and nobody can delete it. Each key is there at most once, so that a note finds its line.
"""

from collections.abc import Callable

from drill.measure.assumptions import NOT_TESTED
from drill.measure.steps import UNSAID
from drill.measure.suppliers import took_part
from drill.model.lessons import EVIDENCED, LimitView, folded
from drill.model.overview import Realism
from drill.model.view import Verdict, View

Rule = Callable[[View], str]
"""Returns why nothing is proven; empty if the exercise took the comfort away."""

_APPLIED = frozenset({"standing", "undoing", "undone", "stuck"})
_NOT_SAID = "The scenario does not say, which is taken for the comfort."


def limits_of(view: View) -> tuple[LimitView, ...]:
    """Return every line; of the view as it is, so that it can be asked again in a report."""
    found = ((key, text, rule(view)) for key, text, rule in _LINES)
    return tuple(LimitView(key=key, text=text, because=why) for key, text, why in found if why)


def _announced(view: View) -> str:
    return "" if view.announced is False else "It was announced beforehand."


def _experts_present(view: View) -> str:
    absent = [role for role in view.roles if role.absent]
    came = ", ".join(role.role for role in absent if role.present)
    if came:
        return f"Declared absent, and there all the same: {came}."
    return "" if absent else "Nobody was declared absent: every role had whom the plan names."


def _comfort(view: View, enjoyed: Callable[[Realism], bool], said: str) -> str:
    """Return what is said of a comfort that only the scenario's author can know of."""
    if view.realism is None:
        return _NOT_SAID
    return said if enjoyed(view.realism) else ""


def _pre_staged(view: View) -> str:
    return _comfort(view, lambda one: one.pre_staged, "Something was made ready beforehand.")


def _clean_data(view: View) -> str:
    return _comfort(view, lambda one: one.clean_data, "The data recovered was known to be good.")


def _no_load(view: View) -> str:
    return _comfort(view, lambda one: not one.load, "No load like that of its users was on it.")


def _declaration(view: View) -> str:
    decided = [
        step
        for step in view.steps
        if step.kind == "decide" and step.phase == "done" and not step.defaulted
    ]
    if any(step.answered_by not in UNSAID for step in decided):
        return ""
    return "No person took a decision: the plan, its default or the command line did, or nobody."


def _sites(view: View) -> str:
    sites = {name: site for name, site, _ in view.targets}
    if not sites:
        return "It names no target, so that no site was lost."
    if view.mode != "live":
        return f"Nothing at any site was touched: {', '.join(sorted(set(sites.values())))}."
    struck = {sites.get(fault.target, "") for fault in view.faults if fault.standing in _APPLIED}
    spared = sorted(set(sites.values()) - struck)
    return f"No fault struck: {', '.join(spared)}." if spared else ""


def _suppliers(view: View) -> str:
    if not view.suppliers:
        return "The scenario names none."
    absent = [one.name for one in view.suppliers if not took_part(one)]
    return f"Absent: {', '.join(absent)}." if absent else ""


def _assumptions(view: View) -> str:
    if not view.assumptions:
        return "The scenario names none, so that none was challenged."
    untested = [one.name for one in view.assumptions if one.state == NOT_TESTED]
    return f"Not tested: {', '.join(untested)}." if untested else ""


def controls_limit(view: View) -> str:
    """Return why the controls named beforehand are not all evidenced; empty if they are."""
    named = view.about.controls if view.about else ()
    if not named:
        return "The scenario names none."
    shown = {folded(one.name) for one in view.controls if one.state == EVIDENCED}
    left = [name for name in named if folded(name) not in shown]
    return f"Not, or only partly, evidenced: {', '.join(left)}." if left else ""


def _nothing_touched(view: View) -> str:
    return "" if view.mode == "live" else f"It was a {view.mode}, which touches nothing."


def _not_closed(view: View) -> str:
    return "" if view.closed else "It is not closed: every figure may still change."


def _not_measured(view: View) -> str:
    found = [
        f"{one.service} {one.measure}"
        for one in view.objectives
        if one.verdict in (Verdict.NOT_MEASURED, Verdict.INVALID)
    ]
    return f"Not measured: {', '.join(found)}." if found else ""


def _no_ledger(view: View) -> str:
    kept = {one.service for one in view.ledgers}
    unkept = [one.service for one in view.availability if one.service not in kept]
    return f"No ledger of the writes was kept: {', '.join(unkept)}." if unkept else ""


def _not_attempted(view: View) -> str:
    found = [step.id for step in view.steps if step.phase in ("skipped", "pending")]
    return f"Not attempted: {', '.join(found)}." if found else ""


def _excluded(view: View) -> str:
    return "; ".join(view.about.excludes) if view.about else ""


_LINES: tuple[tuple[str, str, Rule], ...] = (
    ("not-closed", "How it ends.", _not_closed),
    ("nothing-touched", "Anything about the real systems.", _nothing_touched),
    ("excluded", "What was left out of its scope.", _excluded),
    ("not-measured", "Whether these promises can be kept.", _not_measured),
    ("no-ledger", "Whether data was lost.", _no_ledger),
    ("not-attempted", "Whether these steps work.", _not_attempted),
    ("announced", "How people act unprepared.", _announced),
    ("experts-present", "That it goes without those who know it best.", _experts_present),
    ("declaration-assumed", "How long people take to declare a disaster.", _declaration),
    ("pre-staged", "That what lies at hand on the day is enough.", _pre_staged),
    ("clean-data", "That data of doubtful state can be recovered.", _clean_data),
    ("no-load", "That it recovers under the load of its users.", _no_load),
    ("sites-not-tested", "That every site can be lost.", _sites),
    ("suppliers-absent", "That suppliers do their part.", _suppliers),
    ("assumptions-not-challenged", "What was taken for granted.", _assumptions),
    ("controls-not-evidenced", "That the controls it was to evidence work.", controls_limit),
)
"""Each line's key, what is not proven, and the rule that says why."""

KEYS = tuple(key for key, _, _ in _LINES)
"""Every key that a note may name, also one whose line is gone by now."""
