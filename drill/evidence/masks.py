"""What of a journal is kept from outsiders: a table of where persons and outputs stand.

Numbers, times, states, names of steps, services and roles are never kept back, and so
every figure can be computed anew. What the scenario's author wrote is told, but for a
text that names a person.
"""

from collections.abc import Mapping
from typing import Literal

Sort = Literal["person", "trace", "output", "word", "instance", "address", "digest"]
"""A person; what leads to one; what people and programs say; the same, unless it is a word of
the plan; which instance answered; where a target is; a hash of the plan or of its files."""

_OUTCOME: Mapping[str, Sort] = {
    "outcome/choice": "word",
    "outcome/note": "output",
    "outcome/error": "output",
    "outcome/evidence": "output",
}
_ENVIRONMENT: Mapping[str, Sort] = {
    "environment/command": "trace",
    "environment/controller": "trace",
    "environment/operator": "person",
    "environment/user": "person",
}

TABLE: Mapping[str, Mapping[str, Sort]] = {
    "exercise-opened": {
        "approvals/*/by": "person",
        "approvals/*/key": "trace",
        "scenario/about/contact": "trace",
        "targets/*/address": "address",
        "digest": "digest",
        "files/*": "digest",
        **_ENVIRONMENT,
    },
    "conductor-resumed": {"approved_by": "person", **_ENVIRONMENT},
    "samples-taken": {"samples/*/by": "instance", "samples/*/note": "output"},
    "writes-made": {"writes/*/by": "instance", "writes/*/note": "output"},
    "watch-ended": _OUTCOME,
    "ledger-read": {"nodes/*/note": "output", **_OUTCOME},
    "fault-prepared": {"receipt/**": "output"},
    "progressed": {"what": "output", "note": "output"},
    "step-ended": {"by": "person", **_OUTCOME},
    "undo-ended": {"outcome/error": "output", "outcome/evidence": "output"},
    "straggler-reported": _OUTCOME,
    "person-said": {
        "person": "person",
        "role": "word",
        "saying/choice": "word",
        "saying/objective": "word",
        "saying/note": "output",
        "saying/text": "output",
        "saying/why": "output",
    },
    "abort-ordered": {"by": "person", "why": "output"},
}
"""An event's type and a path in it to what stands there; ``**`` is all that follows.

A digest of a plan goes with whatever of the plan is kept back: it would tell whoever tries
all that it could be. The note of an undo is told: it says that a fault is gone.
"""

TOLD: Mapping[str, frozenset[str]] = {"fault-prepared": frozenset({"tier", "ttl", "lease"})}
"""Keys that are told all the same: the promise of a lease, which is a figure."""

NOBODY = frozenset(
    {"", "drill", "the lever", "the plan", "--yes-as", "SIGINT", "SIGTERM", "SIGHUP"}
)
"""What stands in a person's place and is none."""

SWEPT = frozenset(
    {"title", "purpose", "text", "story", "message", "task", "decide", "expected", "questions"}
    | {"options", "description", "organisation", "sponsor", "location", "classification", "lab"}
    | {"excludes", "risks", "source", "channel", "contact", "because", "refused", "note", "error"}
    | {"evidence", "what", "why", "with"}
)
"""Keys of texts that are told unless they name somebody whose name is kept back."""
QUOTING = frozenset({"because", "refused", "why", "error"})
"""Keys of drill's own sentences, which may quote what people said."""

STAND_INS = frozenset[Sort]({"person", "instance", "address"})
"""What gets a number in its place, the same throughout: ``person-1``."""
MASKED = "[masked]"


def sort_of(kind: str, path: tuple[str, ...]) -> Sort | None:
    """Return what stands at a path in an event of a type; ``None``: what everybody may read."""
    if path[-1] in TOLD.get(kind, ()):
        return None
    entries = TABLE.get(kind, {}).items()
    return next((sort for where, sort in entries if _fits(where.split("/"), path)), None)


def _fits(where: list[str], path: tuple[str, ...]) -> bool:
    if where[-1] == "**":
        return len(path) >= len(where) and _fits(where[:-1], path[: len(where) - 1])
    pairs = zip(where, path, strict=False)
    return len(where) == len(path) and all(one in {"*", other} for one, other in pairs)
