"""What stands before every fault, in the hands that would apply it.

The plan was checked before it began; this looks again, on its own, right before
anything is broken, and knows nothing of how the plan came about.
"""

from collections.abc import Callable

from drill.errors import RefusedError


def _never() -> str:
    return ""


class Gate:
    """Refuses faults: while the lever is engaged, none is let through."""

    def __init__(self, halted: Callable[[], str] = _never) -> None:
        self._halted = halted

    def assert_open(self) -> None:
        """Refuse while somebody has halted everything.

        Raises:
            RefusedError: somebody has; nothing was done.
        """
        if why := self._halted():
            raise RefusedError(f"halted: {why}; nothing is broken before: drill release")
