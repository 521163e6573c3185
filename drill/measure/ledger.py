"""What became of every acknowledged write, from the canaries and the last read of all nodes.

Canaries are compared one by one by their number: a count of rows hides a loss
behind a duplicate, and the highest number hides every hole below it.

What the service still has is what the write path leads to
(:data:`~drill.model.events.WRITE_PATH`). A row that only a cut-off node has is lost.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from drill.measure.spans import Moment
from drill.measure.tales import ServiceTale, Story, Writing
from drill.model.events import WRITE_PATH, NodeRead, Span
from drill.model.names import ServiceName
from drill.model.view import LedgerSet, LedgerView

Number = tuple[int, int]
"""A canary: the ticket of its watch, and its number there."""

_NAMED = 10
"""Canaries of a set that are named; the count covers all."""


@dataclass(frozen=True, slots=True)
class Sets:
    """Every canary in its set; the names are those of ``measurement.md``'s readers: auditors."""

    ok: Sequence[Writing]
    kept: Sequence[Writing]
    """Acknowledged and found."""
    lost: Sequence[Writing]
    """Acknowledged before the fault had taken effect, and gone."""
    split_brain: Sequence[Writing]
    """Acknowledged by the old primary after the fault had taken effect, and gone."""
    lost_later: Sequence[Writing]
    """Acknowledged after that by another node, and gone."""
    kept_unknown: Sequence[Writing]
    phantom: Sequence[Writing]
    alien: Sequence[Number]
    unreported: Sequence[Number]
    """Found, sent just before the process that watched died, and never reported: unknown."""
    duplicate: Sequence[Number]
    stale: Sequence[Writing]
    served: bool
    """The write path could be read, so "found" means found by the service's users."""
    by_node: dict[str, int] = field(default_factory=dict)


def numbers(spans: Iterable[Span]) -> set[Number]:
    """Return every canary in the spans."""
    return {(span.ticket, n) for span in spans for n in range(span.first, span.last + 1)}


def sets_of(tale: ServiceTale, effective: Moment) -> Sets | None:
    """Sort the canaries of a service; ``None`` if its ledger was not read back.

    ``effective`` is when the fault that counts was commanded and had taken effect.
    """
    if tale.read is None or not tale.read.nodes:
        return None
    nodes = [(node, numbers(node.found)) for node in tale.read.nodes if node.reachable]
    found, served = _served(tale.read.nodes, nodes)
    anywhere = set[Number]().union(*(had for _, had in nodes))
    ok = sorted((w for w in tale.writes if w.outcome == "ok"), key=_invoked)
    gone = [w for w in ok if number(w) not in found]
    late = [w for w in gone if _after(w, effective)]
    old = _old_primary(ok, effective)
    strangers = anywhere - {number(w) for w in tale.writes}
    cut_off = _cut_off(tale)
    return Sets(
        ok=ok,
        kept=[w for w in ok if number(w) in found],
        lost=[w for w in gone if not _after(w, effective)],
        split_brain=[w for w in late if w.by == old],
        lost_later=[w for w in late if w.by != old],
        kept_unknown=_in(tale, "info", found),
        phantom=_in(tale, "fail", anywhere),
        alien=sorted(one for one in strangers if not cut_off(one)),
        unreported=sorted(one for one in strangers if cut_off(one)),
        duplicate=sorted(set[Number]().union(*(numbers(node.duplicates) for node, _ in nodes))),
        stale=[w for w in ok if number(w) in found and any(number(w) not in h for _, h in nodes)],
        served=served,
        by_node={node.node: len(had) for node, had in nodes},
    )


def number(write: Writing) -> Number:
    """Return what a canary is called."""
    return write.ticket, write.n


def _invoked(write: Writing) -> int:
    return write.invoke


def _served(
    all_nodes: Iterable[NodeRead], nodes: list[tuple[NodeRead, set[Number]]]
) -> tuple[set[Number], bool]:
    """Return what the service has, and whether it was the service that was asked.

    Where no read went through the write path, what any node has counts as found.
    """
    for node, had in nodes:
        if node.node == WRITE_PATH:
            return had, True
    asked = any(node.node == WRITE_PATH for node in all_nodes)
    return set[Number]().union(*(had for _, had in nodes)), not asked and bool(nodes)


def _in(tale: ServiceTale, outcome: str, found: set[Number]) -> list[Writing]:
    return [w for w in tale.writes if w.outcome == outcome and number(w) in found]


def _after(write: Writing, effective: Moment) -> bool:
    return effective.hi is not None and write.complete is not None and write.complete > effective.hi


def _old_primary(ok: Iterable[Writing], effective: Moment) -> str | None:
    """Return who acknowledged last before the fault was commanded; ``None`` if nobody did."""
    before = [w for w in ok if w.complete is not None and w.complete <= effective.lo]
    return before[-1].by if before else None


def _cut_off(tale: ServiceTale) -> Callable[[Number], bool]:
    """Return whether a canary was sent but may never have been reported.

    Canaries are reported in the order of their numbers. A watch whose process
    died had sent some beyond the last it reported.
    """
    last: dict[int, int] = dict.fromkeys(tale.tickets - tale.complete, -1)
    for write in tale.writes:
        if write.ticket in last:
            last[write.ticket] = max(last[write.ticket], write.n)
    return lambda one: one[0] in last and one[1] > last[one[0]]


_MEANINGS: tuple[tuple[str, str, str], ...] = (
    ("lost", "lost", "acknowledged, and gone"),
    (
        "split-brain",
        "split_brain",
        "acknowledged by the old primary after the fault had taken effect, and gone",
    ),
    (
        "lost-later",
        "lost_later",
        "acknowledged by another node after the fault had taken effect, and gone",
    ),
    ("kept", "kept", "acknowledged, and found"),
    ("kept-unknown", "kept_unknown", "nobody could know at the time; found"),
    ("phantom", "phantom", "refused, and found all the same: must be none"),
    ("alien", "alien", "found, and never sent: must be none"),
    ("unreported", "unreported", "found; sent just before the watch died, so nobody could know"),
    ("duplicate", "duplicate", "found more than once on one node"),
    ("stale", "stale", "found through the write path, but missing on another node"),
)
"""Name, where it is, what it means."""


def ledger_view(story: Story, name: ServiceName, sets: Sets | None) -> LedgerView:
    """Return what is printed of a service's ledger."""
    service, tale = story.scenario.services[name], story.services[name]
    outcomes = Counter(write.outcome for write in tale.writes)
    read = tale.read
    return LedgerView(
        service=name,
        every=service.ledger.every.total_seconds() if service.ledger else 0.0,
        written=len(tale.writes),
        acknowledged=outcomes["ok"],
        refused=outcomes["fail"],
        unknown=outcomes["info"],
        sets=_set_views(sets) if sets else (),
        nodes={node.node: _node_text(node, sets) for node in read.nodes} if read else {},
        reads=read.reads if read else 0,
        note="" if read else "the ledger was not read back",
    )


def _set_views(sets: Sets) -> tuple[LedgerSet, ...]:
    return tuple(
        LedgerSet(
            name=shown,
            meaning=meaning,
            count=len(members := getattr(sets, attribute)),
            examples=tuple(_named(member) for member in members[:_NAMED]),
        )
        for shown, attribute, meaning in _MEANINGS
    )


def _named(member: Writing | Number) -> str:
    ticket, n = number(member) if isinstance(member, Writing) else member
    return f"{ticket}/{n}"


def _node_text(node: NodeRead, sets: Sets | None) -> str:
    if not node.reachable:
        return f"not read: {node.note or 'unreachable'}"
    found = sets.by_node.get(node.node, 0) if sets else 0
    return f"{found} found" + (f"; {node.note}" if node.note else "")
