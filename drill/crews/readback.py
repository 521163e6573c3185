"""Reading a ledger until two reads agree: one read may come before the last write has settled."""

from collections.abc import Callable

from drill.model.events import WRITE_PATH, NodeRead
from drill.model.outcome import Done, Indeterminate, Outcome
from drill.ports import Cancel

_PAUSE = 0.5
"""Seconds between two reads."""

Read = tuple[NodeRead, ...]


def read_until_agreed(
    read: Callable[[], Read], cancel: Cancel, pause: float = _PAUSE
) -> tuple[Read, int, Outcome]:
    """Read until two reads in a row found the same; return the last, how many, and the outcome.

    Two reads that both found nobody at home agree on nothing: the write path, where
    there is one, must have been read.
    """
    nodes, reads = read(), 1
    while not cancel.wait(pause):
        before, nodes = nodes, read()
        reads += 1
        if _answered(nodes) and _found(before) == _found(nodes):
            return nodes, reads, Done(note=f"read {reads} times; the last two agree")
    what = "no two reads agreed" if _answered(nodes) else "the write path could not be read"
    return nodes, reads, Indeterminate(error=f"{what} within the time, after {reads} reads")


def _answered(nodes: Read) -> bool:
    paths = [node for node in nodes if node.node == WRITE_PATH] or nodes
    return any(node.reachable for node in paths)


def _found(nodes: Read) -> list[tuple[object, ...]]:
    return [(node.node, node.reachable, node.found, node.duplicates) for node in nodes]
