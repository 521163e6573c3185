"""What an exercise teaches: its limits, findings and controls, what was assumed, suppliers."""

from pydantic import AwareDatetime

from drill.model.base import Model


class LimitView(Model):
    """One line of what an exercise does not prove. Nobody can take it away but by the deed."""

    key: str
    text: str
    because: str
    """The comfort that it had, or what was left out."""
    records: tuple[int, ...] = ()


class AssumptionView(Model):
    """Something taken for granted, and what the exercise says of it."""

    name: str
    text: str
    state: str
    """``held``, ``disproved`` or ``not tested``."""
    records: tuple[int, ...] = ()


class SupplierView(Model):
    """A third party that recovery depends on, and how it answered."""

    name: str
    text: str
    role: str = ""
    commitment: float | None = None
    responded: float | None = None
    """Seconds until it answered what it was first asked; ``None``: it was not, or did not."""
    persons: tuple[str, ...] = ()
    records: tuple[int, ...] = ()


class FindingView(Model):
    """What somebody said in the hot wash, or a rule found: proposed, not yet accepted."""

    about: str
    """``strength``, ``improvement`` or ``observation``."""
    text: str
    objective: str = ""
    by: tuple[str, ...] = ()
    """Who said so; empty: a rule."""
    records: tuple[int, ...] = ()
    id: str = ""
    """The same in every run in which the same thing is found: the rule, and what it is about."""
    severity: str = ""
    """``high``, ``medium`` or ``low``."""
    owner: str = ""
    """The role that answers for it, by the plan."""
    due: AwareDatetime | None = None
    check: str = ""
    """What must pass in a later run, so that it is proven fixed: an objective, a step, a duty."""


class ArtefactView(Model):
    """A piece of evidence that controls ask for."""

    id: str
    name: str
    there: bool
    because: str
    """Where it is, or why it does not count."""
    missed: bool = False
    """It is there, and what it records was not kept: a promise, a time limit."""


EVIDENCED, PARTLY, NOT = "evidenced", "partly evidenced", "not evidenced"
"""The states of a control: all artefacts that it needs are there, some, or none."""


def folded(name: str) -> str:
    """Return a name so that only its words count: neither their case nor the blanks between."""
    return " ".join(name.casefold().split())


class ControlView(Model):
    """A control of a framework, and what this exercise is evidence of."""

    framework: str
    id: str
    title: str
    verified: bool
    """Whether its id and subject were read in the source."""
    state: str
    """``evidenced``, ``partly evidenced`` or ``not evidenced``, never that anybody complies;
    ``unknown`` or ``unverified`` where the catalogue has no such control, or nobody read it."""
    artefacts: tuple[ArtefactView, ...]
    valid_until: AwareDatetime | None = None

    @property
    def name(self) -> str:
        """Return its framework and its id, as a scenario names it; an unknown one's own name."""
        return f"{self.framework} {self.id}".strip()
