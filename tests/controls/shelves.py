"""A live exercise that shows all that a run can, and what takes one artefact of it away."""

from datetime import date, timedelta

from report.samples import met

from drill.controls.catalogue import catalogue
from drill.model.form import Action, Form
from drill.model.lessons import AssumptionView, FindingView, SupplierView
from drill.model.overview import About
from drill.model.people import RatingView, RoleView, SayingView
from drill.model.view import DutyView, Grade, Interval, ObjectiveView, Verdict

DAY = timedelta(days=1)
WHOLE = catalogue()
FIELDS = (
    *("AAR-002", "AAR-026", "AAR-037", "AAR-041", "AAR-042", "AAR-044", "AAR-054", "AAR-062"),
    *("AAR-070", "AAR-073", "AAR-093", "AAR-095", "AAR-096", "AAR-106", "AAR-120"),
)


def _few():
    """Yield controls that together need each artefact, and as few as a simple choice finds."""
    needed = set(WHOLE.called)
    for one in sorted(WHOLE.controls, key=lambda one: -len(one.evidence)):
        if needed & set(one.evidence):
            needed -= set(one.evidence)
            yield one


FEW = WHOLE.only(tuple(_few()))


def changed(view, **what):
    return view.model_copy(update=what)


def _said(view, says):
    return SayingView(
        seq=70, at=60.0, wall=view.opened, person="Kim", role="evaluator", means="", says=says
    )


def _by_kim(step):
    return changed(step, answered_by="Kim") if step.by else step


def _mark(mark):
    """Return a mark as journals make it: of the exercise or a service; Kim's record is the T3."""
    service = mark.service if mark.name in ("T0", "T6", "T8", "T9") else None
    return changed(mark, service=service, records=(27,) if mark.name == "T3" else mark.records)


def _level():
    return ObjectiveView(
        service="orders", measure="MBCO", target=60.0, counted_from="T0",
        actual=Interval(lo=17, hi=18), text="17 to 18 s", verdict=Verdict.MET, reason="",
        grade=Grade.A,
    )  # fmt: skip


def full():
    """Return the view of a run of which every rule finds what it asks for."""
    view = met()
    duty = DutyView(
        name="tell", text="", source="", within=60, begins=1.0, ends=2.0, verdict=Verdict.MET
    )
    finding = FindingView(
        about="improvement", text="slow", id="slow:fix", severity="high", owner="lead"
    )
    action = Action(action="Train it.", due=date(2027, 1, 1), cause="Nobody had done it before.")
    return changed(
        view,
        about=About(excludes=("the shop",), risks=("R-7",)),
        assumptions=(AssumptionView(name="power", text="There is power.", state="held"),),
        approvals=(("Ada", "SHA256:x"),),
        roles=(RoleView(role="lead", planned=1, quorum=1, present=("Kim",), joined=(1.0,)),),
        ratings=(RatingView(objective="calm", text="They decide.", set="P", set_by="Eve"),),
        duties=(duty,),
        suppliers=(SupplierView(name="carrier", text="", responded=4.0, persons=("Sue",)),),
        marks=tuple(map(_mark, view.marks)),
        sayings=(_said(view, "observed"), _said(view, "reflected")),
        steps=tuple(map(_by_kim, view.steps)),
        objectives=(*view.objectives, _level()),
        findings=(finding, FindingView(about="strength", text="calm")),
        form=Form(fields=dict.fromkeys(FIELDS, "said"), findings={"slow:fix": action}),
    )


def without(field):
    """Return what empties a field of the form."""

    def take(view):
        fields = {key: text for key, text in view.form.fields.items() if key != field}
        return changed(view, form=changed(view.form, fields=fields))

    return take


def action(**what):
    """Return what changes what people decided about the finding."""

    def take(view):
        decided = {"slow:fix": changed(view.form.findings["slow:fix"], **what)}
        return changed(view, form=changed(view.form, findings=decided))

    return take


def emptied(name, value=()):
    """Return what takes one part of the view away."""
    return lambda view: changed(view, **{name: value})


def unmarked(*names):
    """Return what leaves marks unmeasured."""

    def take(view):
        marks = [changed(m, at=None) if m.name in names else m for m in view.marks]
        return changed(view, marks=tuple(marks))

    return take


def silent(says):
    """Return what makes nobody have said something."""
    return lambda view: changed(view, sayings=tuple(s for s in view.sayings if s.says != says))


def unasked(kind, **how):
    """Return what changes every step of a kind."""

    def take(view):
        steps = [changed(s, **how) if s.kind == kind else s for s in view.steps]
        return changed(view, steps=tuple(steps))

    return take


def undecided(measure, verdict=Verdict.INCONCLUSIVE):
    """Return what leaves a promise undecided."""

    def take(view):
        ones = [changed(o, verdict=verdict) if o.measure == measure else o for o in view.objectives]
        return changed(view, objectives=tuple(ones))

    return take


def unpromised(measure):
    """Return what takes a promise out of the scenario."""
    return lambda view: changed(
        view, objectives=tuple(o for o in view.objectives if o.measure != measure)
    )


def every_part(name, **how):
    """Return what changes each of the parts of one name."""
    return lambda view: changed(
        view, **{name: tuple(changed(p, **how) for p in getattr(view, name))}
    )


def both(*takes):
    """Return what takes several away."""

    def take(view):
        for one in takes:
            view = one(view)
        return view

    return take
