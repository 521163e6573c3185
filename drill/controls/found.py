"""What a rule says of one artefact: there, and where; or not, and why."""

from collections.abc import Callable
from dataclasses import dataclass

from drill.model.view import MarkView, View


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of a rule."""

    there: bool
    because: str
    """Where it is, or what it lacks."""
    missed: bool = False
    """It is there, and records that something was not kept."""


Rule = Callable[[View], Found]


def there(text: str, *, missed: bool = False) -> Found:
    """Return that it is there, and where; and whether it records that something was not kept."""
    return Found(there=True, because=text, missed=missed)


def lacking(text: str) -> Found:
    """Return that it is not there, and why."""
    return Found(there=False, because=text)


def several(number: int, thing: str) -> str:
    """Count things.

    >>> several(1, "hold"), several(0, "hold")
    ('1 hold', '0 holds')
    """
    return f"{number} {thing}" + ("" if number == 1 else "s")


def filled(field: str, what: str) -> Rule:
    """Return the rule that people filled in a field of the after-action form.

    Args:
        field: its number, such as ``AAR-026``.
        what: what it holds, for whom it is missing.
    """

    def rule(view: View) -> Found:
        if view.form.fields.get(field, "").strip():
            return there(f"filled in: {what} ({field})")
        return lacking(f"not filled in: {what} ({field})")

    return rule


def every(*rules: Rule) -> Rule:
    """Return the rule that each of these holds; what is lacking is said, all of it."""

    def rule(view: View) -> Found:
        said = [one(view) for one in rules]
        lacks = [one.because for one in said if not one.there]
        text = "; ".join(lacks or [one.because for one in said])
        return Found(there=not lacks, because=text)

    return rule


def either(*rules: Rule) -> Rule:
    """Return the rule that one of these holds: the first that does, or all that is lacking."""

    def rule(view: View) -> Found:
        said = [one(view) for one in rules]
        held = [one for one in said if one.there]
        return held[0] if held else lacking("; and ".join(one.because for one in said))

    return rule


def marked(name: str, what: str) -> Rule:
    """Return the rule that a mark was measured, of each service that has it."""

    def rule(view: View) -> Found:
        marks = [one for one in view.marks if one.name == name]
        missing = [one for one in marks if one.at is None]
        if marks and not missing:
            return there(f"{what} ({name})")
        whose = ", ".join(one.service for one in missing if one.service)
        return lacking(f"not measured: {what} ({name})" + (f" of {whose}" if whose else ""))

    return rule


def mark(view: View, name: str) -> MarkView | None:
    """Return the first mark of that name that was measured."""
    return next((one for one in view.marks if one.name == name and one.at is not None), None)


def services_of(view: View) -> tuple[str, ...]:
    """Return the services that an exercise is about, in the order of the scenario."""
    marks = (one.service for one in view.marks if one.service)
    promises = (one.service for one in view.objectives)
    return tuple(dict.fromkeys((*marks, *promises)))
