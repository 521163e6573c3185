"""The rules of what people make of an exercise afterwards."""

from drill.controls.found import Found, Rule, either, filled, lacking, several, there
from drill.model.form import Action
from drill.model.lessons import FindingView
from drill.model.view import View

_NONE = Action()


def evaluator_ratings(view: View) -> Found:
    """Ask for a rating by an evaluator of each objective of people and plans."""
    if not view.ratings:
        return lacking("the scenario has no objective of people and plans")
    unrated = [one.objective for one in view.ratings if not one.set]
    if unrated:
        return lacking(f"not rated by an evaluator: {', '.join(unrated)}")
    return there(f"{several(len(view.ratings), 'objective')} rated by an evaluator")


def observations(view: View) -> Found:
    """Ask for what evaluators noted while it went on."""
    return _said(view, "observed", "observations by evaluators")


def hot_wash(view: View) -> Found:
    """Ask for what people said when they looked back."""
    return _said(view, "reflected", "words of the hot wash")


def _said(view: View, says: str, what: str) -> Found:
    number = sum(one.says == says and not one.refused for one in view.sayings)
    return there(f"{number} {what}") if number else lacking(f"there are no {what}")


def findings(view: View) -> Found:
    """Ask for findings that have a severity and somebody who answers for them."""
    found = _improvements(view)
    orphans = [one for one in found if not (one.severity and _owner(view, one))]
    if orphans or not found:
        return _short(orphans, found, "a severity and an owner")
    return there(f"{several(len(found), 'finding')}, each with a severity and an owner")


def improvement_plan(view: View) -> Found:
    """Ask for an action, an owner and a date for each finding, or for who accepts the risk."""
    found = _improvements(view)
    open_ = [one for one in found if not _is_planned(view, one)]
    if open_ or not found:
        return _short(open_, found, "an action with owner and date, or an accepted risk")
    return there(f"{several(len(found), 'finding')}, each with what is done about it")


def _causes(view: View) -> Found:
    found = _improvements(view)
    unknown = [one for one in found if not _action(view, one).cause.strip()]
    if unknown or not found:
        return _short(unknown, found, "a root cause")
    return there(f"{several(len(found), 'finding')}, each with its root cause")


def _short(short: list[FindingView], found: list[FindingView], what: str) -> Found:
    if not found:
        return lacking("there is no finding")
    return lacking(f"{len(short)} of {several(len(found), 'finding')} lack {what}")


def _improvements(view: View) -> list[FindingView]:
    return [one for one in view.findings if one.about == "improvement"]


def _action(view: View, one: FindingView) -> Action:
    return view.form.findings.get(one.id, _NONE)


def _owner(view: View, one: FindingView) -> str:
    return _action(view, one).owner.strip() or one.owner


def _is_planned(view: View, one: FindingView) -> bool:
    action = _action(view, one)
    planned = action.action.strip() and _owner(view, one) and (action.due or one.due)
    return bool(planned or action.accepted.strip())


ROOT_CAUSE: Rule = either(_causes, filled("AAR-093", "the root cause of each miss"))
FEEDBACK: Rule = filled("AAR-095", "what participants thought of it")
PLAN_CHANGE: Rule = filled("AAR-106", "what was changed as a result")
REPORT: Rule = filled("AAR-002", "who wrote the report, reviewed it and has it")
"""A report under which nobody puts a name is a print-out of figures."""
SIGN_OFF: Rule = filled("AAR-120", "who reviewed the results and accepts them")
