"""The empty form of an exercise: every field, line and finding that people may say something to."""

from collections.abc import Iterator

from drill.model.view import View
from drill.report.fields import BOTH, depth_of, fields
from drill.report.improvement import to_improve
from drill.report.inert import inert

_HEAD = """\
# After-action form of {run}. Keep it beside the journal: drill report reads it by itself.
# What stays empty is printed as missing. Long text: write | after the colon and the text below it,
# indented. Nothing in here changes a figure, a verdict or a line of what is not proven.
"""
_ACTION = ("action", "element", "owner", "cause", "accepted")


def blank(view: View) -> str:
    """Return the form as YAML, each entry under a comment that says what it is for."""
    return inert("\n".join((_HEAD.format(run=_line(view.run)), *_parts(view)))) + "\n"


def _parts(view: View) -> Iterator[str]:
    depth = depth_of(view)
    yield "fields:"
    section = ""
    for one in fields():
        if one.peoples and one.asked(depth) != "-":
            if one.section != section:
                section = one.section
                yield f"\n  # ---- {section}"
            yield f"  # {one.title}{_hint(one.by, one.asked(depth))}"
            yield f'  {one.id}: ""'
    yield "\n# A note to a line of what this exercise does not prove; none can be deleted."
    yield "notes:" if view.limits else "notes: {}"
    for limit in view.limits:
        yield f"  # {_line(limit.text)} {_line(limit.because)}"
        yield f'  {limit.key}: ""'
    yield (
        "\n# element: plan, organisation, equipment, training or exercise; owner, and due: "
        "2026-12-31,\n# take the place of the rule's; accepted: who accepts the risk instead, why, "
        "until when."
    )
    yield "findings:" if to_improve(view) else "findings: {}"
    for found in to_improve(view):
        yield f"  # {found.severity or 'not rated'}: {_line(found.text)}"
        yield f'  "{found.id}": {{{", ".join(f"{key}: {_EMPTY}" for key in _ACTION)}}}'


_EMPTY = '""'


def _hint(by: str, asked: str) -> str:
    part = "; drill tells its part by itself" if by == BOTH else ""
    return part + (" (optional)" if asked == "o" else "")


def _line(text: str) -> str:
    """Return the text in one line, as a comment needs it."""
    return " ".join(text.split())
