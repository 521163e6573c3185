"""What an auditor's test says, and what it looks at. Pure values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from drill.evidence.bundle import Bundle
from drill.evidence.members import Run
from drill.model.view import View


class State(StrEnum):
    """How a test came out."""

    PASS = "pass"  # noqa: S105  no password
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    NOT_CHECKED = "not checked"
    """What it needs was not given, or is not in the bundle; this is no pass."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a test found."""

    state: State
    text: str
    records: tuple[int, ...] = ()
    """The records that it rests on, or that break it."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What an auditor brings along: nothing of it comes from the bundle."""

    signers: bytes | None = None
    """A file of allowed signers; ``None``: whose the signatures are is not checked."""
    contradictions: tuple[str, ...] | None = None
    """What kept checkpoints say against the journal; ``None``: nobody compared any."""
    roots: bytes | None = None
    """Certificates of trusted time-stamping authorities, as PEM; ``None``: no stamp is checked."""
    seed: str = "1"
    sample: int = 10
    """Which steps are drawn, and how many."""
    figures: Mapping[str, Any] | str = field(default_factory=dict)
    """What the second implementation makes of the journal; a text says why there is nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """A bundle that is whole enough to be looked into."""

    bundle: Bundle
    run: Run
    view: View
    """Our own fold of the journal, as of now."""
    outside: Outside

    @property
    def members(self) -> Mapping[str, bytes]:
        """The files of the bundle."""
        return self.bundle.members

    @property
    def report(self) -> Mapping[str, Any]:
        """What the sealed report says."""
        return self.bundle.report

    def rows(self, key: str) -> list[Mapping[str, Any]]:
        """Return a list of objects in the report; what is none of these is nothing."""
        found = self.report.get(key)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def passed(text: str, records: Sequence[int] = ()) -> Finding:
    """Return that a test was passed."""
    return Finding(State.PASS, text, tuple(records))


def failed(text: str, records: Sequence[int] = ()) -> Finding:
    """Return that a test was failed."""
    return Finding(State.FAIL, text, tuple(records))


def idle(text: str) -> Finding:
    """Return that a test is about nothing here."""
    return Finding(State.NOT_APPLICABLE, text)


def unchecked(text: str) -> Finding:
    """Return that a test could not be done."""
    return Finding(State.NOT_CHECKED, text)


def judged(wrong: Sequence[str], right: str, records: Sequence[int] = ()) -> Finding:
    """Return a failure that lists what is wrong, or a pass."""
    return failed("; ".join(wrong), records) if wrong else passed(right, records)
