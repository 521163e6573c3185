"""What drill says of what was measured: times, recovery points, checks."""

from drill.model.steps import SERVICE_STATE
from drill.model.view import View
from drill.report.figures import count, promised, seconds
from drill.report.tell import listed, promise, see


def marks(view: View) -> str:
    """Say how many of the marks were seen."""
    seen = sum(one.at is not None for one in view.marks)
    return see("Marks and durations", f"{seen} of {len(view.marks)} were seen")


def level(view: View) -> str:
    """Say whether the minimum service level was reached."""
    promised_ = [promise(one) for one in view.objectives if one.measure == "MBCO"]
    load = view.realism is not None and view.realism.load
    under = "under load" if load else "without users' load"
    return f"{listed(promised_, 'no minimum service level is promised')}; {under}"


def steps(view: View) -> str:
    """Say how many steps were done."""
    done = sum(step.phase == "done" for step in view.steps)
    return see("Every step", f"{done} of {len(view.steps)} done")


def critical(view: View) -> str:
    """Say which steps decided when the service came back."""
    chain = [step.id for step in view.steps if step.critical]
    return see(
        "Where the time went", " → ".join(chain) or "no chain: nothing was seen to come back"
    )


def failback(view: View) -> str:
    """Say whether the normal state was seen again."""
    mark = next((one for one in view.marks if one.name == "T10"), None)
    seen = mark is not None and mark.at is not None
    return see("Marks and durations", "T10 was seen" if seen else "T10 was not measured")


def uncertainty(view: View) -> str:
    """Say how fine the measurement is."""
    probes = (
        f"{one.service} each {promised(one.every)}, floor {seconds(one.detection_floor)}"
        for one in view.availability
    )
    clocks = listed(view.clock_notes, "no step of a clock was seen")
    return f"{listed(probes, 'no probe')}; {clocks}"


def recovery_point(view: View) -> str:
    """Say how much was lost, and how fine that is known."""
    points = [promise(one) for one in view.objectives if one.measure == "RPO"]
    kept = [f"{one.service} one write each {promised(one.every)}" for one in view.ledgers]
    return see("Acknowledged writes", listed((*points, *kept), "no ledger was kept"))


def restored_checks(view: View) -> str:
    """Say which checks looked at what was restored."""
    found = (
        f"{step.id} ({step.phase})"
        for step in view.steps
        if step.kind == "check" and step.uses != SERVICE_STATE
    )
    return listed(found, "no check looked at what was restored")


def reconciliation(view: View) -> str:
    """Say what the ledgers found, set by set."""
    found = (
        f"{ledger.service}: {', '.join(f'{one.name} {one.count}' for one in ledger.sets)}"
        for ledger in view.ledgers
    )
    return listed(found, "no ledger was kept, nothing could be reconciled")


def sample(view: View) -> str:
    """Say what was read back: all of it."""
    found = (
        f"{one.service}: all {count(one.written)} numbered writes, read back {one.reads} times; "
        "none was sampled, so there is no seed"
        for one in view.ledgers
    )
    return listed(found, "no sample was taken")


def security(view: View) -> str:
    """Say what is known of the recovered state: no more than the checks show."""
    return "not recorded but for what the checks show: " + restored_checks(view)
