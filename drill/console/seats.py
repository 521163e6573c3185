"""Who sits where: what a link lets somebody be."""

from dataclasses import dataclass
from typing import Literal

from drill.model.names import RoleName


@dataclass(frozen=True)
class Seat:
    """A place at the exercise, and who took it."""

    kind: Literal["facilitator", "evaluator", "participant", "observer"]
    role: RoleName
    person: str = ""
