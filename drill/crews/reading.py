"""Reading a ledger back until two reads agree: one read may come while data still arrives."""

from collections.abc import Callable

from drill.model.events import WRITE_PATH, NodeRead
from drill.ports import Cancel

_PAUSE = 0.5
"""Seconds between two reads."""


def read_until_agreed(
    read: Callable[[], tuple[NodeRead, ...]], cancel: Cancel
) -> tuple[tuple[NodeRead, ...], int, bool]:
    """Return the last read, how many there were, and whether the last two agreed.

    Two reads that found nobody at home agree on nothing: the write path, where the
    ledger reads through it, must have answered.
    """
    before, reads = read(), 1
    while not cancel.wait(_PAUSE):
        now = read()
        reads += 1
        if _answered(now) and _found(now) == _found(before):
            return now, reads, True
        before = now
    return before, reads, False


def _answered(nodes: tuple[NodeRead, ...]) -> bool:
    through = [node for node in nodes if node.node == WRITE_PATH] or nodes
    return any(node.reachable for node in through)


def _found(nodes: tuple[NodeRead, ...]) -> object:
    """Return what must agree: what was found, not how the node worded its state."""
    return [(node.node, node.reachable, node.found, node.duplicates) for node in nodes]
