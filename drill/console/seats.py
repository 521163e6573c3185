"""The seats of an exercise: who may sit where, and by which word a link names it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

from drill.model.names import RoleName
from drill.model.sayings import STAFF

Kind = Literal["facilitator", "evaluator", "participant", "observer"]


@dataclass(frozen=True)
class Seat:
    """One place at the exercise, and who sits there."""

    kind: Kind
    role: RoleName
    """What they speak as; of a seat of the staff its kind."""
    person: str = ""
    """Who; empty where it stands for everybody in this seat."""


def seats_of(roles: Iterable[RoleName]) -> dict[str, Seat]:
    """Return every seat of an exercise by its name: those of the staff, then one for each role."""
    staff = {kind: Seat(cast(Kind, kind), RoleName(kind)) for kind in STAFF}
    return {**staff, **{str(role): Seat("participant", role) for role in roles}}
