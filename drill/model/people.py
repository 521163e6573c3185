"""The people of an exercise, as everyone sees them: who was there, what they said, how they did."""

from pydantic import AwareDatetime

from drill.model.base import Model
from drill.model.names import RoleName, StepId


class RoleView(Model):
    """A role: who was to fill it, and who did."""

    role: RoleName
    planned: int
    quorum: int
    deputy: bool = False
    absent: bool = False
    """Declared absent beforehand: its deputy acts."""
    present: tuple[str, ...] = ()
    """The persons that joined in it, in the order of their coming."""
    joined: tuple[float, ...] = ()
    """When each of them joined, on the exercise clock."""
    left: tuple[float | None, ...] = ()
    """When each of them left; ``None``: still there."""


class SayingView(Model):
    """What a person said, kept or refused."""

    seq: int
    at: float
    wall: AwareDatetime
    person: str
    role: RoleName
    means: str
    says: str
    """The word of :mod:`drill.model.sayings`: ``noted``, ``held`` and so on."""
    step: str = ""
    text: str = ""
    """The note, the reason, the choice: whatever it says in words."""
    objective: str = ""
    rating: str = ""
    about: str = ""
    refused: str = ""


class HoldView(Model):
    """A pause of the exercise clock."""

    begins: float
    ends: float | None
    by: str
    why: str


class RatingView(Model):
    """An objective of people and plans: proposed by rule, set by an evaluator."""

    objective: str
    text: str
    capability: str = ""
    proposed: str = ""
    """P, S, M or U; empty while nothing shows it."""
    because: str = ""
    set: str = ""
    set_by: str = ""
    reason: str = ""
    """What the evaluator said with it."""
    steps: tuple[StepId, ...] = ()
    """The steps by which it shows."""
    observations: tuple[SayingView, ...] = ()
    records: tuple[int, ...] = ()
