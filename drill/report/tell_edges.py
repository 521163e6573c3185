"""What drill says of the exercise's edges: head, scope, versions, suppliers, sites, controls."""

from drill.measure.limits import controls_limit
from drill.model.overview import About
from drill.model.view import View
from drill.report.figures import count, promised, seconds, utc
from drill.report.tell import listed, promise, see


def identity(view: View) -> str:
    """Say which exercise and which run it is, and who may read of it."""
    handling = view.about.classification if view.about else ""
    return f"{view.title}; run {view.run}; {handling or 'no classification is stated'}"


def organisation(view: View) -> str:
    """Say whose exercise it is, as the scenario tells it."""
    about = view.about or About()
    said = {
        "organisation": about.organisation,
        "sponsor": about.sponsor,
        "contact": about.contact,
    }
    return "; ".join(f"{what}: {name or 'missing'}" for what, name in said.items())


def evidence(view: View) -> str:
    """Say by what the evidence is known."""
    return see("Evidence", f"{count(view.records)} records, head {view.head}, with the commands")


def results(view: View) -> str:
    """Say how each promise came out."""
    return listed(map(promise, view.objectives), "no objective was promised")


def summary(view: View) -> str:
    """Say how many findings there are, and how many cannot wait."""
    urgent = sum(one.severity == "high" for one in view.findings)
    return see("the first page", f"{len(view.findings)} findings, {urgent} of them high")


def limits(view: View) -> str:
    """Say how much is not proven."""
    return see("What this exercise does not prove", f"{len(view.limits)} lines")


def dates(view: View) -> str:
    """Say when it was, how long it took, where, and whether it was announced."""
    where = view.about.location if view.about else ""
    ends = "not closed" if view.closed is None else f"to {utc(view.closed)}"
    told = {True: "announced", False: "not announced", None: "whether announced not recorded"}
    return (
        f"{utc(view.opened)} {ends}; gross {seconds(view.gross)}, net {seconds(view.net)}; "
        f"{view.mode}, {told[view.announced]}; {where or 'location not recorded'}"
    )


def scope(view: View) -> str:
    """Say what was in it and what was not."""
    services = dict.fromkeys(one.service for one in view.objectives)
    sites = dict.fromkeys(site for _, site, _ in view.targets)
    out = view.about.excludes if view.about else ()
    suppliers = (one.name for one in view.suppliers)
    return (
        f"services: {listed(services, 'none')}. Sites: {listed(sites, 'none')}. "
        f"Suppliers: {listed(suppliers, 'none named')}. Excluded: {listed(out, 'nothing stated')}"
    )


def scenario(view: View) -> str:
    """Say what was rehearsed, and which risks that tests."""
    risks = view.about.risks if view.about else ()
    threat = view.threat or "no threat is stated"
    return f"{view.scenario}: {threat}. Risks: {listed(risks, 'none named')}"


def criteria(view: View) -> str:
    """Say what was fixed before the start."""
    fixed = [f"{one.service} {one.measure} {promised(one.target)}" for one in view.objectives]
    people = [one.objective for one in view.ratings]
    return f"{listed((*fixed, *people), 'none')}; fixed by the plan's digest {view.digest[:16]}…"


def plans(view: View) -> str:
    """Say which plan was tested, in which version."""
    if not view.plan:
        return "the scenario names no plan"
    name = view.plan.rsplit("/", 1)[-1]
    sums = [digest for path, digest in view.files.items() if path.endswith(name)]
    return f"{view.plan}, SHA-256 {listed(sums, 'not recorded')}"


def participants(view: View) -> str:
    """Say how many were planned, came, and were declared absent."""
    planned = sum(role.planned for role in view.roles)
    came = len({person for role in view.roles for person in role.present})
    absent = listed((role.role for role in view.roles if role.absent), "nobody")
    said = f"{planned} planned, {came} signed in, declared absent: {absent}"
    return see("Attendance and quorum", said)


def approvals(view: View) -> str:
    """Say who approved it."""
    return listed((f"{by} (key {key})" for by, key in view.approvals), "no approval was recorded")


def versions(view: View) -> str:
    """Say what it ran with."""
    return listed((f"{name} {value}" for name, value in view.environment.items()), "not recorded")


def controls(view: View) -> str:
    """Say how many controls it is evidence of, and which are left."""
    states = [one.state for one in view.controls]
    found = (f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    said = listed(found, "none was looked up")
    return see("Controls", f"{said}. {controls_limit(view)}".rstrip(". "))


def statement(_: View) -> str:
    """Say what evidence of a control is worth."""
    return (
        "Evidence of a control is for the scope and date of this run alone; drill certifies "
        "nothing and nobody"
    )


def appendices(view: View) -> str:
    """Say where the appendices are."""
    files = f"{count(len(view.files))} files with their SHA-256"
    return f"{files}; see Log, Story and injects, Attendance and quorum, Environment and versions"


def suppliers(view: View) -> str:
    """Say which suppliers were there, and how soon they answered."""
    found = (
        f"{one.name}: {', '.join(one.persons) or 'absent'}, answered in {seconds(one.responded)}"
        for one in view.suppliers
    )
    return listed(found, "the scenario names none")


def alternate(view: View) -> str:
    """Say who answered once the service was back."""
    by = {who for one in view.availability for who in one.answered_by if who}
    return f"answered after recovery by {listed(sorted(by), 'nobody who gave a name')}"


def boundary(view: View) -> str:
    """Say what could be touched at all."""
    names = (name for name, _, _ in view.targets)
    return f"only these could be touched: {listed(names, 'nothing')}"


def personal(view: View) -> str:
    """Say what drill itself wrote."""
    written = sum(one.written for one in view.ledgers)
    return f"drill itself wrote {count(written)} numbered rows, and no personal data"


def compared(view: View) -> str:
    """Say with what it was compared."""
    if view.claims:
        return see("Claimed against measured", f"with the tabletop {view.claims[0].run}")
    return "no earlier run was laid beside it; findings keep their ids from run to run"
