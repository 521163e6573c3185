"""Findings for people to accept: what the hot wash said, and what rules find. None is accepted."""

from collections.abc import Callable, Iterator, Sequence

from drill.model.view import FindingView, SayingView, StepView

Rule = Callable[[StepView], str]
"""Returns what is to be improved about a step; nothing if it is no case of the rule."""

_MISSED = frozenset({"failed", "indeterminate"})


def findings_of(
    steps: Sequence[StepView], sayings: Sequence[SayingView]
) -> tuple[FindingView, ...]:
    """Return every finding: first what people said, then what the rules find."""
    return (*_hot_wash(sayings), *_by_rule(steps, sayings))


def _hot_wash(sayings: Sequence[SayingView]) -> Iterator[FindingView]:
    """Yield what was said when people looked back; what several said alike is one finding."""
    alike: dict[tuple[str, str, str], list[SayingView]] = {}
    for one in sayings:
        if one.says == "reflected" and not one.refused:
            same = " ".join(one.text.casefold().split())
            alike.setdefault((one.about, one.objective, same), []).append(one)
    for said in alike.values():
        yield FindingView(
            about=said[0].about,
            text=said[0].text,
            objective=said[0].objective,
            by=tuple(dict.fromkeys(one.person for one in said)),
            records=tuple(one.seq for one in said),
        )


def _by_rule(steps: Sequence[StepView], sayings: Sequence[SayingView]) -> Iterator[FindingView]:
    refused = {one.step for one in sayings if one.says == "refused" and not one.refused}
    for step in steps:
        for rule in _RULES:
            if text := rule(step):
                yield FindingView(about="improvement", text=text, records=step.records)
        if step.id in refused:
            text = f"{step.by} refused {step.id}: {step.uses}"
            yield FindingView(about="improvement", text=text, records=step.records)


def _undecided(step: StepView) -> str:
    if not step.defaulted:
        return ""
    return f"{step.by} did not decide {step.id} in time; the plan's {step.default} was taken"


def _unacknowledged(step: StepView) -> str:
    if step.kind != "notify" or step.phase not in _MISSED:
        return ""
    return f"{step.by} did not acknowledge {step.id}: {step.uses}"


_RULES: tuple[Rule, ...] = (_undecided, _unacknowledged)
