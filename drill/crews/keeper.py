"""Keeping leases: each standing fault's is renewed as long as this process lives.

When it dies, nobody renews, and the target ends its faults by itself.
"""

import threading
from collections.abc import Callable

from drill.crews.token import Token
from drill.errors import RefusedError
from drill.model.names import StepId
from drill.ports import Cancel, Clock

_SHARE = 3.0
"""Renewals in a lease: one may be lost, and the next still be in time."""
_AGAIN = 1.0
"""Seconds after a renewal that did not arrive, and at most one may take beyond that."""
_LONGEST = 10.0

Renew = Callable[[Cancel], float]
"""Lets a lease begin anew, and returns its seconds."""


class Keeper:
    """One thread a lease; letting go of a lease is never waited for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[StepId, Token] = {}
        self._gone: set[StepId] = set()

    def keep(self, step: StepId, renew: Renew) -> None:
        """Renew a step's lease, at once and again and again, until it is let go: for good."""
        token = self._kept[step] = Token(self._clock, None)
        if step in self._gone:  # its undo was faster
            return
        threading.Thread(
            target=self._renew, args=(renew, token), name=f"lease of {step}", daemon=True
        ).start()

    def let_go(self, step: StepId) -> None:
        """Renew it no more: it is to be undone."""
        self._gone.add(step)
        if token := self._kept.pop(step, None):
            token.request()

    def _renew(self, renew: Renew, token: Token) -> None:
        pause = 0.0
        while not token.wait(pause):
            attempt = Token(self._clock, _LONGEST)
            token.on_request(attempt.request)
            try:
                pause = renew(attempt) / _SHARE
            except RefusedError:
                return  # the target ended it; its undo will say so
            except Exception:  # noqa: BLE001  the plug-in boundary: nobody knows, so try again
                pause = _AGAIN
