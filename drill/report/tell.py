"""How an answer to a field of the report is put: short, never blank, with its chapter."""

from collections.abc import Callable, Iterable

from drill.model.view import ObjectiveView, StepView, View
from drill.report.figures import interval, promised

Answer = Callable[[View], str]


def listed(found: Iterable[str], otherwise: str) -> str:
    """Return what was found in one line; if there is nothing, what that means."""
    return "; ".join(found) or otherwise


def see(chapter: str, said: str) -> str:
    """Return what is said, and the chapter that has all of it."""
    return f"{said}; see {chapter}"


def promise(one: ObjectiveView) -> str:
    """Return one objective in a line: measured, target, verdict, grade."""
    measured = one.text or interval(one.actual)
    return (
        f"{one.service} {one.measure}: {measured} of {promised(one.target)}, {one.verdict.value}, "
        f"grade {one.grade.value}"
    )


def durations(*names: str) -> Answer:
    """Return the answer that lists some of the measures between two marks."""

    def answer(view: View) -> str:
        return listed(
            (
                " ".join(filter(None, (one.service, one.name, interval(one.actual))))
                for one in view.durations
                if one.name.startswith(names)
            ),
            "not measured",
        )

    return answer


def named(words: tuple[str, ...], kinds: tuple[str, ...], otherwise: str) -> Answer:
    """Return the answer that lists the steps that are about something, by their names."""

    def answer(view: View) -> str:
        found = (
            f"{step.id} ({step.phase})"
            for step in view.steps
            if step.kind in kinds
            and any(word in f"{step.id} {step.uses}".casefold() for word in words)
        )
        return listed(found, otherwise)

    return answer


def of_rule(rule: str, otherwise: str) -> Answer:
    """Return the answer that tells what one rule found."""

    def answer(view: View) -> str:
        found = (one.text for one in view.findings if one.id.startswith(f"{rule}:"))
        return listed(found, otherwise)

    return answer


def of_kind(view: View, kind: str) -> list[StepView]:
    """Return the steps of one kind."""
    return [step for step in view.steps if step.kind == kind]
