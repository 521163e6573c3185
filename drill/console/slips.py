"""Slips and panels: the one shape in which a seat is asked, told and lets itself be heard."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from drill.console.forms import Form, Option, form
from drill.console.ticking import Ticking
from drill.model.base import Model
from drill.model.view import StepView
from drill.report.signs import Sign


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing: a question, an inject to come, an objective, a role."""

    key: str
    title: str
    sign: Sign | None = None
    word: str = ""
    """The state, beside its sign."""
    tags: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    """A label, which may be empty, and what it labels."""
    ticking: Ticking | None = None
    unit: str = "left"
    """What the clock's figure is."""
    forms: tuple[Form, ...] = ()
    brief: bool = False
    """Its state stands beside its title."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Slips of one kind; ``empty`` says so when there is none."""

    key: str
    title: str
    slips: tuple[Slip, ...]
    empty: str = ""
    urgent: bool = False
    """Somebody waits for it."""


def for_staff(step: StepView) -> Iterator[tuple[str, str]]:
    """Yield what staff alone know of a step; for others the view holds none of it."""
    if step.expected:
        yield "Expected", step.expected
    if step.questions:
        yield "To find out", " ".join(step.questions)


def about(
    *sayings: type[Model],
    step: StepView,
    options: Mapping[str, tuple[Option, ...]] | None = None,
    folded: str = "",
) -> Form:
    """Return a form that says something about a step."""
    key = f"{sayings[-1].model_fields['says'].default}-{step.id}"
    return form(key, *sayings, given={"step": step.id}, options=options, folded=folded)


def listed(found: Iterable[tuple[str, str]]) -> tuple[Option, ...]:
    """Return what a list offers, with none of it first."""
    return (Option("", "none in particular"), *(Option(name, text) for name, text in found))
