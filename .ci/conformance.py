"""Which promises each fault was seen to keep on a real host, and the README's table of them.

``conformance.py record JUNIT_XML...`` takes up what the tests of those runs proved.
``conformance.py readme`` puts the table into the README, between its markers.

A promise is proven of a fault if every test of it passed; of a fault that a run
did not try, what was known stays. A fault is supported when all is proven that
its kind must keep.
"""

import json
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from drill.faults.leasing import Leasing
from drill.testing.leased import PROVES

ROOT = Path(__file__).parents[1]
PROVEN = ROOT / "tests" / "faults" / "conformance.json"
PAGE = ROOT / "README.md"
BEGIN, END = "<!-- faults: by make conformance -->\n", "<!-- end of faults -->\n"
HEAD = "| fault | effect seen | undo | lease | needs | reverts |\n|---|---|---|---|---|---|\n"
REVERTS = {
    "itself": "itself",
    "undo": "by drill's undo only",
    "failback": "needs a failback",
    "never": "cannot be undone: needs a recovery",
}
_BAD = frozenset({"failure", "error", "skipped"})

Proven = dict[str, dict[str, Any]]
"""Of each fault, what it keeps (``kept``), in how many earlier states, and where."""


@dataclass(frozen=True, slots=True)
class Case:
    """A test that was about a promise of a fault."""

    fault: str
    promise: str
    passed: bool
    where: str
    states: int


def cases(reports: Iterable[Path]) -> Iterator[Case]:
    """Yield those of the runs."""
    for report in reports:
        for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314  we wrote them
            told = {one.get("name"): one.get("value", "") for one in case.iter("property")}
            if "proves" in told:
                passed = not _BAD & {part.tag for part in case}
                states = int(told.get("states", 0))
                yield Case(told["fault"], told["proves"], passed, told["on"], states)


def proven(tried: Iterable[Case]) -> Proven:
    """Return what they proved."""
    by_fault: dict[str, list[Case]] = defaultdict(list)
    for case in tried:
        by_fault[case.fault].append(case)
    return {name: _of(own) for name, own in sorted(by_fault.items())}


def _of(own: list[Case]) -> dict[str, Any]:
    failed = {case.promise for case in own if not case.passed}
    kept = sorted({case.promise for case in own} - failed)
    states = max(case.states for case in own) if "states" in kept else 0
    return {"on": own[0].where, "kept": kept, **({"states": states} if states else {})}


def record(reports: list[Path], into: Path = PROVEN) -> None:
    """Write what the runs proved over what was known of the same faults."""
    known = json.loads(into.read_text()) if into.exists() else {}
    known |= proven(cases(reports))
    there = {name: known[name] for name in sorted(known) if name in registered()}
    into.write_text(json.dumps(there, indent=1) + "\n")


def registered() -> dict[str, Any]:
    """Return every fault of drill's own, in the order of their names."""
    points = entry_points(group="drill.faults")
    own = [point for point in points if point.value.startswith("drill.")]
    return {point.name: point.load() for point in sorted(own, key=lambda point: point.name)}


def demanded(fault: Any) -> frozenset[str]:
    """Return what a fault of its kind must be seen to keep."""
    if issubclass(fault, Leasing):
        return frozenset(PROVES.values())
    if fault.reverts in {"failback", "never"}:
        return frozenset({"effect", "never applied", "recovered"})
    lease = {"lease"} if hasattr(fault, "renew") else set()
    return frozenset({"effect", "undo", "again", "never applied", *lease})


def missing(fault: Any, seen: Mapping[str, Any]) -> list[str]:
    """Return what it was not yet seen to keep."""
    return sorted(demanded(fault) - set(seen.get("kept", ())))


def page(known: Proven) -> str:
    """Return what the README says of all faults."""
    faults = registered()
    seen = {name: known.get(name, {}) for name in faults}
    good = [name for name, fault in faults.items() if not missing(fault, seen[name])]
    why = list(dict.fromkeys(filter(None, (_unmeddled(faults[name]) for name in good))))
    rows = "".join(row(name, faults[name], seen[name], why) for name in good)
    notes = "".join(f"\n{_mark(number)} {each}.\n" for number, each in enumerate(why))
    bad = [name for name in faults if name not in good]
    unseen = "".join(f"\n- {_unseen(name, faults[name], seen[name])}" for name in bad)
    return HEAD + rows + notes + (f"\nNot yet seen to keep all that:\n{unseen}\n" if bad else "")


def row(name: str, fault: Any, seen: Mapping[str, Any], why: list[str]) -> str:
    """Return a fault as a line of Markdown."""
    note = _mark(why.index(_unmeddled(fault))) if _unmeddled(fault) else ""
    leased = "ends it" if "lease" in seen["kept"] else "none"
    undo = f"whole, of {seen['states']} states{note}" if "states" in seen else _plain_undo(fault)
    cells = [seen["on"], undo, leased, fault.needs or "-", REVERTS[fault.reverts]]
    return f"| `{name}` | {' | '.join(cells)} |\n"


def _plain_undo(fault: Any) -> str:
    return "looks for the recovery" if fault.reverts in {"failback", "never"} else "may be repeated"


def _unseen(name: str, fault: Any, seen: Mapping[str, Any]) -> str:
    what = ", ".join(missing(fault, seen)) if seen else "all, it was not seen yet"
    return f"`{name}`: needs {fault.needs or 'nothing more'}; missing: {what}"


def _unmeddled(fault: Any) -> str:
    return str(getattr(fault, "unmeddled", ""))


def _mark(number: int) -> str:
    return "¹²³⁴⁵⁶⁷⁸⁹"[number]


def readme(at: Path = PAGE) -> None:
    """Put the table into the page."""
    before, _, rest = at.read_text().partition(BEGIN)
    told = page(json.loads(PROVEN.read_text()))
    at.write_text(before + BEGIN + told + END + rest.partition(END)[2])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["record", *reports]:
            record([Path(report) for report in reports])
        case ["readme"]:
            readme()
        case _:
            sys.exit(__doc__)
