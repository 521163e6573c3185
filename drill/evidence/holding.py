"""Tests of the evidence itself: is it whole, in time, promised beforehand, and as it was raw."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from drill.errors import EvidenceError, SignatureError
from drill.evidence import sums
from drill.evidence.findings import Case, Finding, failed, idle, judged, passed, unchecked
from drill.evidence.members import CHECKPOINTS, PLAN
from drill.evidence.names import places_of
from drill.evidence.outputs import OUTPUTS, outputs_of
from drill.evidence.page import NAMESPACE, WITNESSED
from drill.evidence.timestamp import STAMP, stamped
from drill.graph.plan import digest_of
from drill.model.scenario import Scenario
from drill.signatures import keygen


def integrity(case: Case) -> Finding:
    """CT-01: every byte is held by the sums, they by a signature, and that by whom we know."""
    wrong = []
    if case.report.get("head") != case.run.head:
        wrong.append("the report names another head than the journal's")
    wrong += case.outside.contradictions or ()
    who: list[str] = []
    if case.outside.signers is not None and not wrong:
        wrong += _strangers(case, case.outside.signers, who)
    last = (len(case.run.lines) - 1,)
    if wrong:
        return failed("; ".join(wrong), last)
    whole = f"sums, chain and signatures are whole; head {case.run.head}"
    compared = (
        "no checkpoint was compared"
        if case.outside.contradictions is None
        else ("no checkpoint contradicts it")
    )
    if case.outside.signers is None:
        return unchecked(
            f"{whole}; NOT CHECKED is whose the signature is: it is by the key "
            f"{case.bundle.keys['']}, and whoever changed the bundle could have signed it anew; "
            f"give --signers, which must come from elsewhere; {compared}"
        )
    return passed(f"{whole}; signed by {', '.join(who)}; {compared}", last)


def _strangers(case: Case, allowed: bytes, who: list[str]) -> Iterator[str]:
    """Yield each signature that is of nobody we know; collect who the others are."""
    told = case.members[sums.SUMS]
    signed = {"": case.members[sums.SIGNATURE], **sums.cosigned(case.members)}
    for name, text in signed.items():
        space = WITNESSED if name else NAMESPACE
        try:
            found = keygen.signers_of(told, text.decode("latin-1"), space, allowed)
        except SignatureError as error:
            yield f"the signature of {name or 'the sealer'}: {error}"
            continue
        if name and name not in found:
            yield f"what is called the signature of {name} is that of {', '.join(found)}"
        who.append(f"{', '.join(found)} as witness" if name else ", ".join(found))


_SKEW = timedelta(minutes=5)
"""How far two clocks may be apart."""
_LASTS = timedelta(hours=24) + _SKEW
"""For how long anybody can approve anything, as their clock says."""


def cut_off(case: Case) -> Finding:
    """CT-04: nothing happened before it was approved, and nothing after it was closed."""
    opened, records = case.run.records[0], case.run.records
    late = [one.seq for one in records[:-1] if one.event.type == "exercise-closed"]
    again = [one.seq for one in records[1:] if one.event.type == "exercise-opened"]
    early = [one.seq for one in records if one.at.wall < opened.at.wall]
    wrong = [f"record {seq} closes it, and others follow" for seq in late]
    wrong += [f"record {seq} opens it again" for seq in again]
    wrong += [f"record {seq} is dated before the opening" for seq in early]
    for one in case.run.opened.approvals:
        if not opened.at.wall < one.expires <= opened.at.wall + _LASTS:
            wrong.append(f"the approval of {one.by} did not hold when it was opened")
    stamp = _stamped(case, wrong)
    text = (
        "all records lie between the opening, which names the approvals, and the seal; "
        f"the last is {records[-1].event.type}{stamp}"
    )
    return judged(wrong, text, (0, records[-1].seq))


def _stamped(case: Case, wrong: list[str]) -> str:
    """Return what is known of the bundle's time stamp; one that does not count is wrong."""
    answer = case.members.get(STAMP)
    if answer is None:
        return ""
    if case.outside.roots is None:
        return "; its time stamp is NOT CHECKED: give --tsa-ca"
    try:
        when = stamped(answer, case.members[CHECKPOINTS], case.outside.roots)
    except EvidenceError as error:
        wrong.append(str(error))
        return ""
    last = case.run.records[-1]
    if case.run.opened.mode == "live" and when + _SKEW < last.at.wall:
        wrong.append(f"record {last.seq} is dated after its time stamp, {when.isoformat()}")
    return f"; a trusted authority saw its end at {when.isoformat()}"


def pre_commitment(case: Case) -> Finding:
    """CT-05: what the verdicts are held against is what was fixed when it began."""
    opened = case.run.opened
    wrong = []
    if digest_of(opened.scenario, opened.targets, opened.files) != opened.digest:
        wrong.append("the plan's digest is not that of its scenario, targets and files")
    wrong += _plan_differs(case)
    wrong += _promises_differ(case)
    wrong += _files_differ(case)
    if wrong:
        return failed("; ".join(wrong), (0,))
    if missing := _missing(case):
        return unchecked(
            f"targets are those of the opening, but {len(missing)} of {len(opened.files)} files "
            f"of the plan are not in the bundle: {', '.join(missing)}"
        )
    return passed(
        f"every target is that of the plan {opened.digest[:12]}, whose digest the "
        f"opening names; its {len(opened.files)} files are there, unchanged",
        (0,),
    )


def _plan_differs(case: Case) -> Iterator[str]:
    told, fixed = case.bundle.plan, case.run.opening
    for key in ("digest", "scenario", "targets"):
        if told.get(key) != fixed[key]:
            yield f"{PLAN}: its {key} is not that of the opening"


def _promises_differ(case: Case) -> Iterator[str]:
    """Yield each verdict of the report that is held against another figure than was promised."""
    promised = dict(promises_of(case.run.opened.scenario))
    told = {
        (str(one.get("service")), str(one.get("measure"))): one.get("target")
        for one in case.rows("objectives")
    }
    told |= {(str(one.get("name")), "duty"): one.get("within") for one in case.rows("duties")}
    for key in sorted(promised.keys() | told.keys()):
        if promised.get(key) != told.get(key):
            name = f"{key[1]} of {key[0]}"
            yield f"the {name} is judged by {told.get(key)}, and {promised.get(key)} was promised"


def promises_of(scenario: Scenario) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield each promise of a scenario: whose and which, and its seconds."""
    for name, service in scenario.services.items():
        for measure, one in (("RTO", service.rto), ("MBCO", service.mbco), ("RPO", service.rpo)):
            if one is not None:
                yield (name, measure), one.target.total_seconds()
    for each, duty in scenario.duties.items():
        yield (each, "duty"), duty.within.total_seconds()


def _files_differ(case: Case) -> Iterator[str]:
    for name, place in places_of(case.run.opened.files).items():
        text = case.members.get(place)
        if text is not None and _digest(text) != case.run.opened.files[name]:
            yield f"{name} is another file than the one that the opening names"


def _missing(case: Case) -> list[str]:
    places = places_of(case.run.opened.files)
    return [name for name, place in places.items() if place not in case.members]


def sampling(case: Case) -> Finding:
    """CT-11: steps drawn by a seed have the raw output that the journal holds.

    They are those with the smallest SHA-256 of the seed, a space and the file's name: anybody
    can draw them again.
    """
    told = outputs_of(case.run.records)
    there = {name for name in case.members if name.startswith(f"{OUTPUTS}/")}
    drawn = sorted(told, key=lambda name: _digest(f"{case.outside.seed} {name}".encode()))
    drawn = sorted(drawn[: case.outside.sample])
    if not drawn:
        return idle("no step left any output, or none was to be drawn")
    wrong = [
        f"{name} is not what the journal holds"
        for name in drawn
        if case.members.get(name) != told[name]
    ]
    wrong += [f"{name} is of no record" for name in sorted(there - told.keys())]
    text = (
        f"{len(drawn)} of {len(told)} outputs drawn by the seed {case.outside.seed}, "
        "each as the journal holds it"
    )
    return judged(wrong, text, [int(name.split("/")[1][:6]) for name in drawn])


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
