"""What drill promises, what proves it, and what the last run of the tests counted.

``promises.py table OUT JUNIT_XML...`` prints the table and writes it to OUT.
``promises.py readme TABLE`` puts that table into the README, between its markers.

A figure is what a test recorded under a promise's id. Each promise also has the
number of its tests that passed, of all that ran.
"""

import shutil
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

ROOT = Path(__file__).parents[1]
PROMISES = ROOT / "tests" / "promises.toml"
BEGIN, END = "<!-- promises: by make promises -->\n", "<!-- end of promises -->\n"
HEAD = "| | drill promises | proven by | last figures |\n|---|---|---|---|\n"
_BAD = frozenset({"failure", "error", "skipped"})


@dataclass(frozen=True, slots=True)
class Case:
    """One test that ran."""

    file: str
    passed: bool
    figures: tuple[tuple[str, str], ...]
    """Promise, and what was counted for it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise in a sentence, and the files that prove it."""

    id: str
    says: str
    tests: tuple[str, ...]


def promises(path: Path = PROMISES) -> list[Promise]:
    """Return the promises, in their order."""
    entries = tomllib.loads(path.read_text())["promise"]
    return [Promise(one["id"], one["says"], tuple(one["tests"])) for one in entries]


def cases(reports: Iterable[Path]) -> Iterator[Case]:
    """Yield every test of the runs."""
    for report in reports:
        for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314  we wrote them
            passed = not _BAD & {part.tag for part in case}
            told = [(one.get("name", ""), one.get("value", "")) for one in case.iter("property")]
            yield Case(case.get("file", ""), passed, tuple(told) if passed else ())


def figures(promise: Promise, ran: Iterable[Case]) -> str:
    """Return what the tests of a promise counted."""
    own = [case for case in ran if case.file in promise.tests]
    passed = sum(case.passed for case in own)
    counted = f"{passed} tests" if passed == len(own) else f"{passed} of {len(own)} tests"
    told = [value for case in own for name, value in case.figures if name == promise.id]
    return "; ".join([*dict.fromkeys(told), counted]) if own else "did not run"


def row(promise: Promise, last: str) -> str:
    """Return a promise as a line of Markdown."""
    proofs = "<br>".join(f"[{Path(file).relative_to('tests')}]({file})" for file in promise.tests)
    return f"| {promise.id} | {promise.says} | {proofs} | {last} |\n"


def table(out: Path, reports: list[Path]) -> None:
    """Print every promise with its figures, and write them as Markdown."""
    ran = list(cases(reports))
    lasts = {promise: figures(promise, ran) for promise in promises()}
    out.write_text(HEAD + "".join(row(promise, last) for promise, last in lasts.items()))
    width = min(shutil.get_terminal_size().columns, 120)
    for promise, last in lasts.items():
        print(fill(f"{promise.id:<6}{promise.says} {last}", width, subsequent_indent=" " * 6))


def readme(made: Path, page: Path = ROOT / "README.md") -> None:
    """Put the table into the page."""
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(before + BEGIN + made.read_text() + END + rest.partition(END)[2])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["table", out, *reports]:
            table(Path(out), [Path(report) for report in reports])
        case ["readme", made]:
            readme(Path(made))
        case _:
            sys.exit(__doc__)
