"""How a request can end other than well: the kinds, and the exit status of each."""

from __future__ import annotations

from typing import Any

BY_LEASE = "lease"
"""Who ended a fault that nobody renewed: the host itself. It stands in brackets behind the note."""


class AnswerError(Exception):
    """An answer other than yes; ``told`` is what more there is to say."""

    kind, exit = "broken", 1

    def __init__(self, error: str, **told: Any) -> None:
        super().__init__(error)
        self.told = told


class InvalidError(AnswerError):
    """This is no request."""

    kind, exit = "invalid", 2


class RefusedError(AnswerError):
    """Nothing was done, and nothing will be."""

    kind, exit = "refused", 3


class FailedError(AnswerError):
    """It certainly did not come to what was asked."""

    kind, exit = "failed", 4


class DirtyError(AnswerError):
    """Somebody else changed what was to be put back."""

    kind, exit = "dirty", 5


class UnsureError(AnswerError):
    """Nobody knows."""

    kind, exit = "unsure", 6
