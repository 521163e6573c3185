"""What an exercise says of its own limits, of what was assumed, and of suppliers."""

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
