"""The tests' own test: known bugs put back one by one; each must be found.

Run: ``python tests/mutants/core.py [NAME ...]``. It works on a copy. A mutant that
survives is a hole in the tests; one whose text is no longer there is an error.
Each field bug adds one entry to ``core.toml``.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ["tests/journal", "tests/engine", "tests/exercise"]
SIMULATION = ["tests/exercise/test_simulation.py"]

MUTANTS = {
    mutant["name"]: mutant
    for mutant in tomllib.loads((Path(__file__).with_suffix(".toml")).read_text())["mutant"]
}


def survives(copy: Path, name: str, suites: list[str]) -> bool:
    """Put one bug into the copy, run the tests, take it out again."""
    mutant = MUTANTS[name]
    file = copy / mutant["file"]
    text = file.read_text()
    assert mutant["old"] in text, f"{name}: {mutant['file']} is not what it was"
    file.write_text(text.replace(mutant["old"], mutant["new"], 1))
    argv = [sys.executable, "-m", "pytest", "-xq", "-p", "no:randomly", "-m", "not nightly"]
    try:
        done = subprocess.run(
            [*argv, *suites], cwd=copy, capture_output=True, check=False, timeout=600
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        file.write_text(text)
    return done.returncode == 0


def main(names: list[str], suites: list[str]) -> int:
    left = []
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        for part in ("drill", "tests", "scenarios", "pyproject.toml"):
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, copy / part)
            else:
                shutil.copy(source, copy / part)
        for name in names or MUTANTS:
            alive = survives(copy, name, suites)
            left += [name] * alive
            sys.stdout.write(f"{'SURVIVED' if alive else 'killed  '} {name}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(names or MUTANTS)} mutants, {len(left)} survived\n")
    return bool(left)


if __name__ == "__main__":
    only = ["--simulation"]
    args = [arg for arg in sys.argv[1:] if arg not in only]
    sys.exit(main(args, SIMULATION if sys.argv[1:2] == only else TESTS))
