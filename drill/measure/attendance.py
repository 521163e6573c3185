"""Who was to be there, who was, and when there were enough of them."""

from collections.abc import Iterator

from drill.measure.spans import seconds
from drill.measure.tales import Fact, Said, Story
from drill.model.names import RoleName
from drill.model.people import RoleView
from drill.model.sayings import Joined, Left
from drill.model.scenario import Role


def role_views(story: Story) -> tuple[RoleView, ...]:
    """Return each role of the scenario, then each other in which somebody came."""
    came = (one.event.role for one in _comings(story))
    names = dict.fromkeys((*story.scenario.roles, *came))
    return tuple(_role_view(story, name) for name in names)


def _role_view(story: Story, name: RoleName) -> RoleView:
    role = story.scenario.roles.get(name)
    first: dict[str, float] = {}
    gone: dict[str, float | None] = {}
    for one in _comings(story):
        if one.event.role == name:
            person, at = one.event.person, seconds(one.at)
            first.setdefault(person, at)
            gone[person] = at if isinstance(one.event.saying, Left) else None
    return RoleView(
        role=name,
        planned=role.count if role else 0,
        quorum=_needed(role) if role else 0,
        deputy=bool(role and role.deputy),
        absent=bool(role and role.absent is True),
        present=tuple(first),
        joined=tuple(first.values()),
        left=tuple(gone.values()),
    )


def _comings(story: Story) -> Iterator[Said]:
    """Yield what counts of who came and who left."""
    return (
        one for one in story.sayings if one.counts and isinstance(one.event.saying, Joined | Left)
    )


def _needed(role: Role) -> int:
    """Return how many must be there; of a role that is absent nobody: its deputy is one too."""
    return 0 if role.absent is True else role.quorum


def quorum(story: Story) -> Fact | None:
    """Return when, for the first time, enough people were there in every role at once."""
    there: dict[RoleName, set[str]] = {name: set() for name in story.scenario.roles}
    needed = {name: _needed(role) for name, role in story.scenario.roles.items()}
    for one in _comings(story):
        people = there.setdefault(one.event.role, set())
        joined = isinstance(one.event.saying, Joined)
        (people.add if joined else people.discard)(one.event.person)
        if any(needed.values()) and all(len(there[name]) >= n for name, n in needed.items()):
            return Fact(one.at, one.seq)
    return None
