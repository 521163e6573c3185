"""The rules of what is fixed before an exercise begins."""

from drill.controls.found import Found, Rule, every, filled, lacking, several, there
from drill.model.view import View


def scenario_file(view: View) -> Found:
    """Ask for the plan's digest and the hashes of its files."""
    if not view.files:
        return lacking("the journal names no file of the plan")
    return there(f"{several(len(view.files), 'file')} hashed, plan digest {view.digest[:12]}")


def exercise_plan(view: View) -> Found:
    """Ask for what a plan must say: purpose, edges, roles, and what is to be shown."""
    about = view.about
    wanted = {
        "its purpose": view.purpose,
        "what is out of scope (about.excludes)": about and about.excludes,
        "roles": view.roles,
        "objectives": view.objectives or view.ratings,
    }
    missing = [what for what, said in wanted.items() if not said]
    if missing:
        return lacking(f"the scenario does not state: {', '.join(missing)}")
    return there("purpose, exclusions, roles and objectives are in the scenario")


def objectives_and_criteria(view: View) -> Found:
    """Ask for objectives that the plan's digest fixed."""
    number = len(view.objectives) + len(view.ratings)
    if not number:
        return lacking("the scenario has no objective")
    return there(f"{several(number, 'objective')}, fixed by the plan's digest")


def bia_snapshot(view: View) -> Found:
    """Ask for an RTO and an RPO of each service of which anything is promised."""
    promised = {(one.service, one.measure) for one in view.objectives}
    services = sorted({service for service, _ in promised})
    missing = [
        f"{service} has no {measure}"
        for service in services
        for measure in ("RTO", "RPO")
        if (service, measure) not in promised
    ]
    if missing or not services:
        return lacking("; ".join(missing) or "no target of any service is stated")
    return there(f"RTO and RPO of {', '.join(services)}, fixed by the plan's digest")


def _risks(view: View) -> Found:
    risks = view.about.risks if view.about else ()
    if not risks:
        return lacking("the scenario names no risk (about.risks)")
    return there(f"{several(len(risks), 'risk')} named")


def assumptions_ledger(view: View) -> Found:
    """Ask for assumptions, each with what the exercise says of it."""
    if not view.assumptions:
        return lacking("the scenario states no assumption")
    return there(f"{several(len(view.assumptions), 'assumption')}, each with its state")


def approval_record(view: View) -> Found:
    """Ask for a verified signature under the plan."""
    if not view.approvals:
        return lacking("nobody signed the plan")
    return there(f"the plan was signed by {', '.join(by for by, _ in view.approvals)}")


def participants_register(view: View) -> Found:
    """Ask for roles, and for people who came."""
    came = sum(len(one.present) for one in view.roles)
    if not came:
        return lacking("nobody signed in")
    empty = [one.role for one in view.roles if not one.present]
    nobody = f"; nobody came as {', '.join(empty)}" if empty else ""
    return there(f"{came} signed in, in {several(len(view.roles), 'role')}{nobody}")


def msel(view: View) -> Found:
    """Ask for injects that were delivered."""
    injects = [step for step in view.steps if step.kind == "inject"]
    given = [step for step in injects if step.started is not None]
    if not given:
        return lacking("no inject was delivered")
    return there(f"{len(given)} of {several(len(injects), 'inject')} delivered, with their times")


def safety_case(view: View) -> Found:
    """Ask for the list of all that may be touched, and for those who agreed to it."""
    if not view.targets:
        return lacking("the plan lists no target")
    agreed = approval_record(view)
    listed = several(len(view.targets), "target")
    return there(f"{listed} listed; {agreed.because}") if agreed.there else agreed


RISK_LINK: Rule = every(_risks, filled("AAR-096", "the effect on the risk's rating"))
INDEPENDENCE: Rule = filled("AAR-026", "the evaluators and their independence")
TRAINING: Rule = every(participants_register, filled("AAR-054", "credit for the roles exercised"))
"""That somebody took part is no training by itself: people must say that it counts as such."""
