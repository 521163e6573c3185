"""The rules of what happens in an exercise."""

from drill.controls.found import Found, Rule, filled, lacking, mark, several, there
from drill.measure.steps import UNSAID
from drill.model.view import StepView, Verdict, View


def event_log(view: View) -> Found:
    """Ask for the journal itself."""
    return there(f"{view.records} records in one chain, head {view.head[:12]}")


def step_timings(view: View) -> Found:
    """Ask for steps that were timed."""
    timed = [step for step in view.steps if None not in (step.started, step.ended)]
    if not timed:
        return lacking("no step was timed")
    return there(f"{len(timed)} of {several(len(view.steps), 'step')} timed")


def injection_proof(view: View) -> Found:
    """Ask for faults that were applied, were seen by a probe, and were read back as removed."""
    if not view.faults:
        return lacking("no fault was injected")
    unproven = [one.fault for one in view.faults if one.applied is None or one.undone is None]
    if unproven:
        return lacking(f"not proven to be applied and removed: {', '.join(unproven)}")
    if not any(one.saw_fault for one in view.availability):
        return lacking("no probe saw the effect of a fault")
    faults = several(len(view.faults), "fault")
    return there(f"{faults} applied, seen by a probe, read back as removed")


def detection_result(view: View) -> Found:
    """Ask for a detection: by a machine, or by people who did not know of the exercise."""
    if mark(view, "T1m"):
        return there("machine detection was measured (T1m)")
    if not mark(view, "T1"):
        return lacking("no detection was measured (T1m, T1)")
    if view.announced is not False:
        return lacking("people detected it (T1), but the exercise was announced")
    return there("human detection was measured, unannounced (T1)")


def decision_log(view: View) -> Found:
    """Ask for decisions that people took."""
    return _answered(view, "decide", "decisions taken by people")


def comms_log(view: View) -> Found:
    """Ask for messages that people acknowledged, or that nobody did of those who were there."""
    sent = [step for step in view.steps if step.kind == "notify" and step.started is not None]
    came = any(role.present for role in view.roles)
    real = [step for step in sent if _by_people(step) or (came and step.phase == "failed")]
    if not real:
        return lacking("no message was sent to people")
    heard = sum(map(_by_people, real))
    return there(f"{several(len(real), 'message')} sent, {heard} acknowledged")


def declaration_record(view: View) -> Found:
    """Ask for a declaration, and for the person who made it."""
    declared = mark(view, "T3")
    if declared is None:
        return lacking("not measured: the declaration (T3)")
    rests = set(declared.records)
    said = [step for step in view.steps if rests & set(step.records) and _by_people(step)]
    if not said:
        return lacking("no person declared it (T3)")
    return there(f"declared by {said[0].answered_by} as {said[0].by} (T3)")


def regulatory_clock(view: View) -> Found:
    """Ask for time limits whose time ran."""
    ran = [one for one in view.duties if one.begins is not None]
    if not ran:
        return lacking("no time limit of the scenario (duties) began to run")
    late = sum(one.verdict is Verdict.MISSED for one in ran)
    text = f"{len(ran)} of {len(view.duties)} time limits ran, {late} missed"
    return there(text, missed=bool(late))


def third_party_record(view: View) -> Found:
    """Ask for suppliers that took part and answered."""
    if not view.suppliers:
        return lacking("the scenario names no supplier")
    silent = [one.name for one in view.suppliers if one.responded is None]
    if silent:
        return lacking(f"no answer was measured of: {', '.join(silent)}")
    return there(f"{several(len(view.suppliers), 'supplier')} answered, with their times")


def deviation_log(view: View) -> Found:
    """Ask for every departure from the plan; that there was none is a record too."""
    skipped = sum(step.phase == "skipped" for step in view.steps)
    refused = sum(bool(one.refused) for one in view.sayings)
    ended = ", ended early" if view.aborted else ""
    held = several(len(view.holds), "hold")
    left, said = several(skipped, "step"), several(refused, "saying")
    return there(f"{left} left out, {held}, {said} refused{ended}")


def _by_people(step: StepView) -> bool:
    return step.answered_by not in UNSAID


def _answered(view: View, kind: str, what: str) -> Found:
    asked = [step for step in view.steps if step.kind == kind and step.started is not None]
    answered = [step for step in asked if _by_people(step) and not step.defaulted]
    if not answered:
        return lacking(f"there are no {what}")
    return there(f"{len(answered)} of {len(asked)} {what}")


DRAFTS: Rule = filled("AAR-062", "the messages that were drafted, and the check of their content")
ALTERNATE_SITE: Rule = filled("AAR-073", "what ran at the alternate site, for how long, its load")
SECURITY: Rule = filled("AAR-070", "the security controls in the recovered state")
