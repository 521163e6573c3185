"""Findings for people to accept: what the hot wash said, and what rules find. None is accepted.

A finding's ``id`` is its rule and what it is about, so that the same weakness has the same
id in each run, and a later run shows whether it is gone. Its due date goes by its severity,
from the day on which the exercise was closed: :data:`DAYS`. These days are drill's own
choice, for no standard sets them; people may set others, and the owner, in the form.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from drill.measure.weakness import Weakness
from drill.measure.weaknesses import RULES
from drill.model.lessons import FindingView
from drill.model.people import SayingView
from drill.model.view import View

DAYS: Mapping[str, int] = {"high": 30, "medium": 90, "low": 180}
"""Within how many days of the closing a finding of each severity is to be put right."""

_SAID_SEVERITY: Mapping[str, str] = {"improvement": "medium"}
"""What people said must improve is taken for this until they say otherwise."""


def findings_of(view: View) -> tuple[FindingView, ...]:
    """Return every finding: first what people said, then what the rules find."""
    said = _hot_wash(view, view.sayings)
    ruled = (_by_rule(view, rule, one) for rule, found in RULES.items() for one in found(view))
    return (*said, *ruled)


def _by_rule(view: View, rule: str, one: Weakness) -> FindingView:
    return _dated(
        view,
        FindingView(
            about="improvement",
            text=one.text,
            objective=one.objective,
            records=one.records,
            id=f"{rule}:{one.subject}",
            severity=one.severity,
            owner=one.owner,
            check=one.check,
        ),
    )


def _hot_wash(view: View, sayings: Sequence[SayingView]) -> Iterator[FindingView]:
    """Yield what was said when people looked back; what several said alike is one finding."""
    alike: dict[tuple[str, str, str], list[SayingView]] = {}
    for one in sayings:
        if one.says == "reflected" and not one.refused:
            same = " ".join(one.text.casefold().split())
            alike.setdefault((one.about, one.objective, same), []).append(one)
    for key, said in alike.items():
        rated = said[0].objective and said[0].about == "improvement"
        yield _dated(
            view,
            FindingView(
                about=said[0].about,
                text=said[0].text,
                objective=said[0].objective,
                by=tuple(dict.fromkeys(one.person for one in said)),
                records=tuple(one.seq for one in said),
                id=f"said:{hashlib.sha256(repr(key).encode()).hexdigest()[:8]}",
                severity=_SAID_SEVERITY.get(said[0].about, ""),
                check=f"objective {said[0].objective} is rated P or S" if rated else "",
            ),
        )


def _dated(view: View, one: FindingView) -> FindingView:
    """Return the finding with its due date; before the closing there is none."""
    if view.closed is None or one.severity not in DAYS:
        return one
    return one.model_copy(update={"due": view.closed + timedelta(days=DAYS[one.severity])})
