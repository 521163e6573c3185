"""The figures as OSCAL 1.2.1 assessment results (NIST), for tools of governance and audit.

Every figure is an observation, every objective and time limit a finding. All
identifiers are UUIDs of version 5, made from the run: the same journal gives
the same file. A finding speaks of what was promised of a service, and of no
control: what an exercise is evidence of, an assessor judges.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from drill.model.view import Verdict, View
from drill.report.figures import count
from drill.report.inert import inert, inert_json
from drill.report.rows import Figure, rows_of

VERSION = "1.2.1"
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:drill:oscal")
_OURS = "urn:drill:oscal"
"""Whose names the properties are."""
_JUDGED = frozenset({"objective", "time limit"})
_STATES: Mapping[str, tuple[str, str]] = {
    Verdict.MET.value: ("satisfied", "pass"),
    Verdict.MISSED.value: ("not-satisfied", "fail"),
}
_UNKNOWN = ("not-satisfied", "other")
_METHODS: Mapping[str, str] = {"A": "TEST", "B": "TEST", "C": "EXAMINE", "D": "INTERVIEW"}
_NOT_TOKEN = re.compile(r"[^A-Za-z0-9._-]+")
Part = dict[str, Any]
_BY_NATURE: Part = {
    "description": "An exercise is a test of a contingency plan (NIST SP 800-53, CP-4); "
    "no other control was selected.",
    "include-controls": [{"control-id": "cp-4"}],
}


def oscal(view: View) -> str:
    """Return the assessment results of an exercise as JSON."""
    rows = rows_of(view)
    result = {
        "uuid": uuid_of(view, "result"),
        "title": line(view.title),
        "description": prose(view.summary),
        "start": view.opened.isoformat(),
        "end": ended(view).isoformat(),
        "props": props_of({"run": view.run, "mode": view.mode, "verdict": view.verdict.value}),
        "reviewed-controls": _reviewed(view),
        "observations": observations_of(view, rows),
        "findings": [_finding(view, one) for one in rows if _is_judged(one)],
    }
    document = {
        "uuid": uuid_of(view, "assessment-results"),
        "metadata": metadata_of(view, "Assessment results"),
        "import-ap": {"href": "plan.json", "remarks": f"Plan digest {view.digest}."},
        "results": [{key: value for key, value in result.items() if value}],
    }
    return written({"assessment-results": document})


def written(document: Part) -> str:
    """Return a document as JSON in which nothing acts."""
    return inert_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def uuid_of(view: View, *names: str) -> str:
    """Return the identifier of a thing in an exercise: always the same one."""
    return str(uuid5(_NAMESPACE, "/".join((view.run, view.digest, *names))))


def ended(view: View) -> datetime:
    """Return when an exercise was closed, or the moment of its last record."""
    return view.closed or view.opened + timedelta(seconds=view.clock)


def metadata_of(view: View, what: str) -> Part:
    """Return the head of a document."""
    head = {
        "title": line(f"{what}: {view.title}"),
        "last-modified": ended(view).isoformat(),
        "version": line(view.head),
        "oscal-version": VERSION,
        "remarks": f"Made by drill from {count(view.records)} journal records, head {view.head}.",
    }
    if view.about is None or not view.about.organisation.strip():
        return head
    party = {"uuid": uuid_of(view, "party"), "type": "organization"}
    return {**head, "parties": [{**party, "name": line(view.about.organisation)}]}


def observations_of(view: View, rows: Iterable[Figure]) -> list[Part]:
    """Return each figure as an observation; one that is told again has an identifier of its own."""
    seen = [_observation(view, one) for one in rows]
    times: Counter[str] = Counter()
    for one in seen:
        first = one["uuid"]
        if times[first]:
            one["uuid"] = uuid_of(view, first, str(times[first]))
        times[first] += 1
    return seen


def _observation(view: View, one: Figure) -> Part:
    told = {
        "kind": one.kind,
        "service": one.service,
        "measure": one.measure,
        "unit": one.unit,
        "target": _exact(one.target),
        "lo": _exact(one.lo),
        "hi": _exact(one.hi),
        "verdict": one.verdict,
        "grade": one.grade,
    }
    seen: Part = {
        "uuid": observed(view, one),
        "title": line(f"{one.kind}: {one.name}"),
        "description": prose(one.text),
        "props": props_of(told),
        "methods": [_METHODS.get(one.grade, "TEST")],
        "collected": ended(view).isoformat(),
    }
    if one.records:
        cited = ", ".join(map(str, one.records))
        told_by = {"href": "journal.jsonl", "description": f"Records {cited} of the journal."}
        seen["relevant-evidence"] = [told_by]
    if one.because.strip():
        seen["remarks"] = prose(one.because)
    return seen


def observed(view: View, one: Figure) -> str:
    """Return the identifier of a figure's observation."""
    return uuid_of(view, "observation", one.kind, one.service, one.measure)


def _is_judged(one: Figure) -> bool:
    return one.kind in _JUDGED and one.verdict != Verdict.NOT_APPLICABLE.value


def _finding(view: View, one: Figure) -> Part:
    state, reason = _STATES.get(one.verdict, _UNKNOWN)
    status = {"state": state, "reason": reason, "remarks": f"{one.verdict}: {prose(one.because)}"}
    return {
        "uuid": uuid_of(view, "finding", one.kind, one.service, one.measure),
        "title": line(f"{one.name} {one.verdict}"),
        "description": prose(f"{one.name}: {one.text}. {one.because}"),
        "target": {"type": "objective-id", "target-id": token(one.name), "status": status},
        "related-observations": [{"observation-uuid": observed(view, one)}],
    }


def _reviewed(view: View) -> Part:
    """Return the controls that it is evidence of, by framework; that is all of its scope."""
    chosen = [
        {
            "description": line(framework),
            "include-controls": [{"control-id": token(one.id.lower())} for one in controls],
        }
        for framework, controls in groupby(view.controls, key=lambda one: one.framework)
    ]
    return {"control-selections": chosen or [_BY_NATURE]}


def props_of(told: Mapping[str, str]) -> list[Part]:
    """Return properties in our own namespace, without those that say nothing."""
    cleaned = ((name, line(value, "")) for name, value in told.items())
    return [{"name": name, "ns": _OURS, "value": value} for name, value in cleaned if value]


def line(text: str, otherwise: str = "none") -> str:
    """Return a text in one line, as titles and values must be."""
    return " ".join(inert(text).split()) or otherwise


def prose(text: str) -> str:
    """Return a text of which something is left."""
    return inert(text).strip() or "none"


def token(text: str) -> str:
    """Return a text as an identifier of OSCAL's (a token).

    >>> token("orders RTO"), token("4.1")
    ('orders-RTO', '_4.1')
    """
    safe = _NOT_TOKEN.sub("-", text).strip("-") or "none"
    return safe if safe[0].isalpha() or safe[0] == "_" else f"_{safe}"


def _exact(value: float | None) -> str:
    return "" if value is None else f"{value:.9g}"
