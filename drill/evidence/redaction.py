"""A journal for outsiders: persons are stand-ins, outputs are masked, and the rest is proven.

``redacted.jsonl`` is the journal with what is kept back replaced, and without the chain's
links. ``openings.jsonl`` tells, a line a record, what proves it: ``salt``, which opens the
whole record, or ``leaves``, for each leaf in its order ``salt SALT`` (it is told), ``hash
HASH`` (it is kept back), ``name SALT SALT`` (a name is told: the second salt is its own) or
``stand-in SALT TAG`` (it is kept back, and the tag is the same wherever that name stands).
"""

import hmac
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drill.evidence.commitments import (
    LINK,
    Leaf,
    is_name,
    jsonl,
    leaf_hash,
    leaf_salt,
    leaves,
    name_salt,
    name_tag,
    path_of,
    record_salt,
    told,
)
from drill.evidence.masks import MASKED, NOBODY, QUOTING, STAND_INS, SWEPT, Sort, sort_of
from drill.evidence.named import Names, names_of

REDACTED, OPENINGS = "redacted.jsonl", "openings.jsonl"
_LEAST = 3
"""Characters that a name needs to be looked for in texts: shorter ones are in every word."""
_IPV4 = r"\b\d{1,3}(?:\.\d{1,3}){3}\b"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is told all the same."""

    persons: bool = False
    outputs: bool = False
    addresses: bool = True

    def tells(self, sort: Sort) -> bool:
        """Tell whether what is of this sort may be read, but for a digest, which depends."""
        if sort == "address":
            return self.addresses
        return self.persons if sort in {"person", "trace"} else self.outputs


def redacted(lines: Sequence[bytes], master: bytes, kept: Kept) -> dict[str, bytes]:
    """Return the two files that tell of a journal what outsiders may read, with its proof."""
    records = [json.loads(line) for line in lines]
    masks = _Masks(master, kept, names_of(records))
    masks.whole_plan = masks.tells_plan(records[0]["event"])
    shown, openings = [], []
    for record in records:
        seen, opening = _redacted(record, master, masks)
        shown.append(seen)
        openings.append(opening)
    return {REDACTED: jsonl(shown), OPENINGS: jsonl(openings)}


@dataclass
class _Masks:
    """What is shown in the place of what is kept back."""

    master: bytes
    kept: Kept
    names: Names
    whole_plan: bool = True
    """Whether nothing of the plan is kept back, so that its digest gives nothing away."""
    stand_ins: dict[str, str] = field(default_factory=dict)
    _named: re.Pattern[str] = field(init=False)
    _quoted: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Give numbers in an order that tells something only to whoever has the salt."""
        own = self.names.stand_ins.items()
        hidden = {name: sort for name, sort in own if not self._tells(sort)}
        counts: Counter[Sort] = Counter()
        for name in sorted(hidden, key=self._place):
            counts[hidden[name]] += 1
            self.stand_ins[name] = f"{hidden[name]}-{counts[hidden[name]]}"
        addresses = () if self.kept.addresses else (_IPV4,)
        self._named = _any_of([*map(_word, _callings(hidden)), *addresses])
        quotes = () if self.kept.outputs else self.names.quotes
        self._quoted = _any_of([re.escape(said) for said in quotes])

    def _tells(self, sort: Sort) -> bool:
        return self.whole_plan if sort == "digest" else self.kept.tells(sort)

    def _place(self, name: str) -> bytes:
        return hmac.digest(self.master, name.encode(errors="backslashreplace"), "sha256")

    def shown(self, event: Mapping[str, Any], leaf: Leaf) -> Any:
        """Return what outsiders read at a leaf: itself, a stand-in, or that it is masked."""
        path, value = path_of(leaf[0]), leaf[1]
        if not isinstance(value, str) or value in NOBODY or path[0] != "event":
            return value
        sort = self._sort(event, path[1:], value)
        if sort is not None and not self._tells(sort):
            return self.stand_ins.get(value, MASKED) if sort in STAND_INS else MASKED
        return MASKED if self._gives_away(path, value) else value

    def tells_plan(self, opening: Mapping[str, Any]) -> bool:
        """Tell whether outsiders may read the whole plan of an opening."""
        plan = {"event": {key: opening[key] for key in ("scenario", "targets")}}
        return all(self.shown(opening, leaf) == leaf[1] for leaf in leaves(plan))

    def _sort(self, event: Mapping[str, Any], path: tuple[str, ...], value: str) -> Sort | None:
        if event["type"] == "abort-ordered" and event["by"] in NOBODY:
            return None  # drill's own words
        sort = sort_of(event["type"], path)
        return None if sort == "word" and value in self.names.words else sort

    def _gives_away(self, path: tuple[str, ...], value: str) -> bool:
        """Tell whether a text that may be read names, or quotes, whom or what may not."""
        keys = {*[key for key in path if not key.isdigit()][-2:], *({"with"} & set(path))}
        named = not keys.isdisjoint(SWEPT) and self._named.search(value)
        quotes = not keys.isdisjoint(QUOTING) and self._quoted.search(value)
        return bool(named or quotes)


def _callings(hidden: Mapping[str, Sort]) -> Iterator[str]:
    """Yield what the hidden may be called by in a text: ``ann@host`` also ``ann``."""
    for name, sort in hidden.items():
        if sort != "instance" and len(name) >= _LEAST:
            yield name
        if sort == "person" and len(name.partition("@")[0]) >= _LEAST:
            yield name.partition("@")[0]


def _word(name: str) -> str:
    return rf"(?<!\w){re.escape(name)}(?!\w)"


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(patterns)) or "(?!)")


def _redacted(
    record: Mapping[str, Any], master: bytes, masks: _Masks
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a record as it is shown, and what proves it."""
    event, salt = record["event"], record_salt(master, record["seq"])
    shown: dict[str, Any] = json.loads(json.dumps({**record, LINK: ""}))
    parts = []
    for leaf in leaves(told(record)):
        seen = masks.shown(event, leaf)
        if seen != leaf[1]:
            _put(shown, path_of(leaf[0]), seen)
        parts.append(_proof(leaf, seen, event["type"], leaf_salt(salt, leaf[0]), master))
    whole = all(part.startswith("salt ") for part in parts)
    opening = {"salt": salt.hex()} if whole else {"leaves": parts}
    return shown, {"seq": record["seq"], **opening}


def _proof(leaf: Leaf, seen: Any, kind: str, salt: bytes, master: bytes) -> str:
    """Return what proves a leaf of which this is seen."""
    path, value = leaf
    if not is_name(kind, path, value):
        return f"salt {salt.hex()}" if seen == value else f"hash {leaf_hash(salt, leaf).hex()}"
    own = name_salt(master, value)
    if seen == value:
        return f"name {salt.hex()} {own.hex()}"
    return f"stand-in {salt.hex()} {name_tag(own, value)}"


def _put(inside: Any, path: tuple[str, ...], value: str) -> None:
    *above, last = path
    for key in above:
        inside = inside[int(key) if isinstance(inside, list) else key]
    inside[int(last) if isinstance(inside, list) else last] = value
