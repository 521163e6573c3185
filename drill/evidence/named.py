"""Who and what is named in a journal: what gets stand-ins, and what may be repeated elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drill.evidence.commitments import leaves, path_of
from drill.evidence.masks import NOBODY, STAND_INS, Sort, sort_of
from drill.model.sayings import STAFF


@dataclass(frozen=True, slots=True)
class Names:
    """What was found in all records together."""

    stand_ins: dict[str, Sort] = field(default_factory=dict)
    """Each value that gets a stand-in when it is kept back."""
    words: set[str] = field(default_factory=set)
    """Words of the plan: options, objectives and roles."""
    quotes: set[str] = field(default_factory=set)
    """What people gave as reasons, or chose though it is no choice: drill repeats it."""


def names_of(records: Sequence[Mapping[str, Any]]) -> Names:
    """Return what is named in a journal, which begins with its opening."""
    found = Names(words=_words(records[0]["event"]["scenario"]) if records else set())
    for record in records:
        event = record["event"]
        by_person = event.get("by", "person") not in NOBODY
        for pointer, value in leaves(event):
            path = path_of(pointer)
            if not isinstance(value, str) or value in NOBODY:
                continue
            sort = sort_of(event["type"], path)
            if sort in STAND_INS:
                found.stand_ins.setdefault(value, sort)
            unknown = sort == "word" and value not in found.words
            if unknown or (path[-1] == "why" and by_person):
                found.quotes.add(value)
    return found


def _words(scenario: Mapping[str, Any]) -> set[str]:
    steps = scenario["steps"].values()
    options = {option for step in steps for option in step.get("options") or {}}
    roles = (name for role in scenario["roles"] for name in (role, f"{role}-deputy"))
    return {*options, *scenario.get("objectives", ()), *roles, *STAFF}
