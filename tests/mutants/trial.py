"""The tests' own test: known bugs put back one by one; each must be found.

Run: ``python tests/mutants/trial.py [LIST or NAME ...]``. A list is a file beside
this one: ``core`` is what conducts, ``measurement`` what measures, and so on. Each mutant
names the few tests that must find it, so that a trial takes seconds. All of it
happens on a copy. A mutant that survives is a hole in the tests; one whose text is no longer
there, or that breaks more than it should (nothing can be collected), is an error.
Each field bug adds one entry.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("drill", "tests", "scenarios", "playbooks", "pyproject.toml")
PATIENCE = 120
"""Seconds after which tests that hang have found the mutant: each takes a tenth of it."""

PASSED, FAILED = 0, 1
"""What pytest exits with; all else means that it did not test."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug: replacing ``old``, which is in ``file`` once, by ``new`` puts it back."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    """The files that must find it."""

    @property
    def known(self) -> bool:
        """Whether the text is where it was, once."""
        return (ROOT / self.file).read_text().count(self.old) == 1


def lists() -> dict[str, tuple[Mutant, ...]]:
    """Return every list of mutants by its name."""
    return {path.stem: tuple(_mutants_of(path)) for path in Path(__file__).parent.glob("*.toml")}


def _mutants_of(path: Path) -> Iterator[Mutant]:
    for entry in tomllib.loads(path.read_text())["mutant"]:
        yield Mutant(**{**entry, "tests": tuple(entry["tests"])})


@contextmanager
def copied() -> Iterator[Path]:
    """Lend a copy of all that a trial needs."""
    with tempfile.TemporaryDirectory() as place:
        for part in PARTS:
            source, copy = ROOT / part, Path(place, part)
            if source.is_dir():
                shutil.copytree(source, copy)
            else:
                shutil.copy2(source, copy)
        yield Path(place)


def survivors(mutants: Sequence[Mutant]) -> list[str]:
    """Return the names of those that no test finds; the tests pass without them."""
    with copied() as copy:
        files = sorted({file for mutant in mutants for file in mutant.tests})
        assert _verdict(copy, files) == PASSED, "the tests do not even pass without a mutant"
        return [mutant.name for mutant in mutants if _survives(copy, mutant)]


def _survives(copy: Path, mutant: Mutant) -> bool:
    """Put one bug into the copy, run its tests, take it out again."""
    assert mutant.known, f"{mutant.name}: {mutant.file} is not what it was"
    file = copy / mutant.file
    file.write_text(file.read_text().replace(mutant.old, mutant.new))
    compiled = file.parent / "__pycache__"  # known by whole seconds, which pass too slowly here
    shutil.rmtree(compiled, ignore_errors=True)
    try:
        verdict = _verdict(copy, mutant.tests)
    finally:
        shutil.copy2(ROOT / mutant.file, file)
        shutil.rmtree(compiled, ignore_errors=True)
    assert verdict in {PASSED, FAILED}, f"{mutant.name}: pytest ends with {verdict}, and tests not"
    print("SURVIVED" if verdict == PASSED else "found   ", mutant.name, flush=True)
    return verdict == PASSED


def _verdict(copy: Path, files: Iterable[str]) -> int:
    argv = [sys.executable, "-m", "pytest", "-xq", "-p", "no:randomly", "-p", "no:cacheprovider"]
    try:
        return subprocess.run(
            [*argv, "-m", "not nightly", *files],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy)},
            stdout=subprocess.DEVNULL,
            check=False,
            timeout=PATIENCE,
        ).returncode
    except subprocess.TimeoutExpired:
        return FAILED


def told(mutants: Sequence[Mutant], left: Sequence[str]) -> str:
    """Return the closing line."""
    return f"mutants: {len(mutants)} put back, {len(mutants) - len(left)} found"


def main(wanted: Sequence[str]) -> int:
    """Put the mutants that are named to trial, or all; tell which survived."""
    chosen = [
        mutant
        for name, mutants in lists().items()
        for mutant in mutants
        if not wanted or {name, mutant.name} & {*wanted}
    ]
    left = survivors(chosen)
    print(told(chosen, left))
    return bool(left)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
