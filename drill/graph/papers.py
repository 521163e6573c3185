"""The files a scenario leans on, and checks that they hold what it points to."""

import re
from collections.abc import Iterator

from drill.graph.case import Case
from drill.graph.source import Loc
from drill.graph.words import did_you_mean
from drill.model.problem import Problem
from drill.model.scenario import Scenario

_FILE_PARAMS = ("playbook",)
"""Parameters of plug-ins that name a file next to the scenario."""

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+)$", re.MULTILINE)
_ANCHOR = re.compile(r"""<a\s+(?:id|name)=["']([^"']+)["']|\{#([\w-]+)\}""")


def files_named(scenario: Scenario) -> tuple[str, ...]:
    """Return each file a resolved scenario uses, once, relative to the scenario's own place."""
    return tuple(dict.fromkeys(path for path, _ in _named(scenario)))


def anchors_of(markdown: str) -> frozenset[str]:
    """Return what ``#fragment`` can point to: headings as GitHub names them, and explicit ids.

    >>> sorted(anchors_of("## Fence db1, first {#fence}"))
    ['fence', 'fence-db1-first-fence']
    """
    prose = _FENCE.sub("", markdown)
    explicit = (one or other for one, other in _ANCHOR.findall(prose))
    return frozenset([*(_slug(heading) for heading in _HEADING.findall(prose)), *explicit])


def _slug(heading: str) -> str:
    # The closing hashes go step by step: a pattern for them would take a long line's square.
    text = heading.rstrip(" \t").rstrip("#").rstrip(" \t") or heading.strip(" \t")
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def files(case: Case) -> Iterator[Problem]:
    """Yield each file that cannot be read."""
    for path, loc in _named(case.scenario):
        if case.files.get(path, b"") is None:
            yield case.error(
                loc,
                f"the file {path} cannot be read",
                "paths are relative to the scenario's directory; "
                "what is no plain file, or a very large one, is not read",
            )


def paragraphs(case: Case) -> Iterator[Problem]:
    """Yield each ``runbook`` that points to no paragraph."""
    anchors: dict[str, frozenset[str]] = {}
    for id_, step in case.scenario.steps.items():
        path, _, anchor = step.runbook.partition("#")
        path = path or case.scenario.plan
        loc = ("steps", id_, "runbook")
        if anchor and not path:
            yield case.error(loc, "there is no plan to find it in", "name the file in `plan:`")
        text = case.files.get(path)
        if not anchor or text is None:
            continue
        if path not in anchors:
            anchors[path] = anchors_of(text.decode(errors="replace"))
        if anchor not in anchors[path]:
            what = f"{path} has no paragraph `#{anchor}`"
            yield case.error(loc, what, did_you_mean(anchor, sorted(anchors[path])))


def _named(scenario: Scenario) -> Iterator[tuple[str, Loc]]:
    if scenario.targets:
        yield scenario.targets, ("targets",)
    if scenario.plan:
        yield scenario.plan, ("plan",)
    for id_, step in scenario.steps.items():
        path = step.runbook.partition("#")[0]
        if path:
            yield path, ("steps", id_, "runbook")
        told = getattr(step, "with_", {})
        for key in _FILE_PARAMS:
            if isinstance(told.get(key), str):
                yield told[key], ("steps", id_, "with", key)
