"""Tests of the figures: do they follow from the records, who measured them, are they likely."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from drill.errors import ScenarioError
from drill.evidence.findings import Case, Finding, failed, idle, passed, unchecked
from drill.graph.load import read
from drill.measure.steps import UNSAID
from drill.model.form import Form
from drill.model.view import StepView

FORM = "after-action.yaml"
"""What people filled in, beside the journal and in the bundle."""

_FROM_ELSEWHERE = frozenset({"claims", "form", "controls"})
"""What a report tells of other runs, of people's forms and of catalogues."""
_MUST = ("objectives", "durations", "marks", "ledgers", "availability", "verdict", "exit_status")
_SHOWN = 5


def re_performance(case: Case) -> Finding:
    """CT-02: every figure of the report follows from the records, by two implementations."""
    fold = _fold(case)
    wrong = [f"the report has no {key}" for key in _MUST if key not in case.report]
    kept = _FROM_ELSEWHERE | ({"limits"} if _is_filled_in(case.report) else set())
    told = {key: value for key, value in case.report.items() if key not in kept}
    wrong += [
        f"{path}: the report says {said!r}, and recomputed it is {found!r}"
        for path, said, found in differences(told, fold)
    ]
    wrong += _form_differs(case)
    second = case.outside.figures
    if isinstance(second, Mapping):
        wrong += [
            f"{path}: the report says {said!r}, and verify.py computes {found!r}"
            for path, found, said in differences(second, case.report)
        ]
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        return failed("; ".join(wrong[:_SHOWN]) + more)
    count = sum(1 for _ in _leaves(told))
    if not isinstance(second, Mapping) or not second:
        why = second or "there is none"
        return unchecked(
            f"{count} values follow from the records by drill itself, but no second "
            f"implementation was asked: {why}"
        )
    return passed(
        f"{count} values of the report follow from the records by drill, and "
        f"{sum(1 for _ in _leaves(second))} of them by verify.py, which shares no code "
        "with it"
    )


def _form_differs(case: Case) -> Iterator[str]:
    """Yield if the report tells another form than the one that people filled in."""
    text = case.members.get(FORM)
    try:
        form = Form() if text is None else read(text, FORM, Form)
    except ScenarioError as error:
        yield f"{FORM} cannot be read: {error}"
        return
    if case.report.get("form", {}) != json.loads(form.model_dump_json()):
        yield f"the report tells another form than {FORM}"


def _fold(case: Case) -> dict[str, Any]:
    """Return what the records say; what the scenario tells of itself a report may add."""
    found: dict[str, Any] = json.loads(case.view.model_dump_json())
    about = case.run.opened.scenario.about
    if about is not None and case.report.get("about") is not None:
        found["about"] = json.loads(about.model_dump_json())
    return found


def _is_filled_in(report: Mapping[str, Any]) -> bool:
    """Tell whether it holds more than the records say; its limits then speak of that as well."""
    form = report.get("form")
    return bool(report.get("controls")) or (isinstance(form, dict) and any(form.values()))


def differences(told: Any, found: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two JSON values differ: the path, and both; what only ``found`` has is let be."""
    if isinstance(told, Mapping) and isinstance(found, Mapping):
        for key, value in told.items():
            yield from differences(value, found.get(key), f"{path}.{key}" if path else key)
    elif isinstance(told, list) and isinstance(found, list) and len(told) == len(found):
        for n, (one, other) in enumerate(zip(told, found, strict=True)):
            yield from differences(one, other, f"{path}[{n}]")
    elif told != found or type(told) is not type(found):
        yield path, told, found


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def independence(case: Case) -> Finding:
    """CT-08: what stopped each clock was seen by a probe, and not by whoever did the work."""
    if case.view.mode != "live":
        return idle(f"a {case.view.mode} measures nothing: all its figures are estimates (grade D)")
    judged_ones = [one for one in case.view.objectives if one.verdict in {"met", "missed"}]
    if not judged_ones:
        return idle("no objective came out as met or missed")
    own = [one for one in judged_ones if one.grade != "A"]
    share = f"{len(judged_ones) - len(own)} of {len(judged_ones)} judged objectives are of grade A"
    if own:
        names = ", ".join(f"{one.measure} of {one.service} ({one.grade})" for one in own)
        return failed(f"{share}; not seen by an independent probe: {names}")
    records = sorted({seq for one in judged_ones for seq in one.records})
    return passed(f"{share}: measured by probes and ledgers of their own", records)


_FAST, _LEAST = 0.1, 10.0
"""A tenth of what the plan expects is an outlier, where it expects so many seconds."""


def outliers(case: Case) -> Finding:
    """CT-09: no step was far quicker than planned, and no two took the same to the nanosecond."""
    if case.view.mode != "live":
        return idle(f"in a {case.view.mode} steps take what was claimed")
    done = [step for step in case.view.steps if step.phase == "done"]
    beforehand = [step.id for step in done if step.answered_by and step.answered_by in UNSAID]
    took = {step.id: (step, _took(step)) for step in done if step.id not in beforehand}
    timed = {id_: (step, time) for id_, (step, time) in took.items() if time is not None}
    wrong = [
        f"{id_} took {time:.1f} s where the plan expects {step.expect:.0f} s"
        for id_, (step, time) in timed.items()
        if step.expect is not None and step.expect >= _LEAST and time < _FAST * step.expect
    ]
    same = defaultdict(list)
    for id_, (_, time) in timed.items():
        same[time].append(id_)
    wrong += [
        f"{', '.join(ids)} took the same {time} s" for time, ids in same.items() if len(ids) > 1
    ]
    records = sorted({seq for step, _ in timed.values() for seq in step.records[:1]})
    if wrong:
        return failed(f"to be explained: {'; '.join(wrong)}", records)
    return passed(
        f"{len(timed)} steps: none far quicker than planned, no two of one length; "
        f"answered beforehand, and so at once: {', '.join(beforehand) or 'none'}; "
        "earlier runs are not in a bundle",
        records,
    )


def _took(step: StepView) -> float | None:
    if step.started is None or step.ended is None or not step.ended - step.started:
        return None
    return step.ended - step.started
