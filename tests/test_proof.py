"""The README's table of promises: the same promises, the same proofs, figures of a real run."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def loaded(path):
    """Import a program that is in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


proof = loaded(ROOT / ".ci" / "promises.py")
PROMISES = proof.promises()
SUITE = '<testsuites><testsuite name="pytest">{}</testsuite></testsuites>'
CASE = '<testcase file="{}">{}</testcase>'
FIGURE = '<properties><property name="{}" value="{}"/></properties>'
ONE = proof.Promise("P1", "It heals.", ("tests/a.py", "tests/b.py"))


def test_a_promise_is_a_sentence_and_has_tests_that_exist():
    assert len({one.id for one in PROMISES}) == len(PROMISES)
    for one in PROMISES:
        assert one.says.endswith(".")
        assert [file for file in one.tests if not (ROOT / file).is_file()] == []


def test_whoever_records_a_figure_names_a_promise():
    recorded = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"record_property\(\s*\"(\w+)\"", path.read_text())
    }
    assert recorded
    assert recorded <= {one.id for one in PROMISES} | {"figures"}, "figures are only printed"


def test_the_readme_promises_what_is_proven():
    page = (ROOT / "README.md").read_text()
    shown = page.partition(proof.BEGIN)[2].partition(proof.END)[0].removeprefix(proof.HEAD)
    rows = shown.splitlines(keepends=True)
    assert len(rows) == len(PROMISES), "run: make test promises"
    for one, row in zip(PROMISES, rows, strict=True):
        last = row.rpartition(" | ")[2].removesuffix(" |\n")
        assert row == proof.row(one, last), "run: make test promises"
        assert last


@pytest.mark.parametrize(
    ("ran", "last"),
    [
        ("", "did not run"),
        (CASE.format("tests/c.py", ""), "did not run"),
        (CASE.format("tests/a.py", "") * 3, "3 tests"),
        (
            CASE.format("tests/a.py", FIGURE.format("P1", "7 kills"))
            + CASE.format("tests/b.py", FIGURE.format("P2", "8 kills")),
            "7 kills; 2 tests",
        ),
        (CASE.format("tests/a.py", "<failure/>" + FIGURE.format("P1", "7")), "0 of 1 tests"),
        (CASE.format("tests/a.py", "<skipped/>") + CASE.format("tests/b.py", ""), "1 of 2 tests"),
    ],
)
def test_a_figure_is_what_passing_tests_counted(tmp_path, ran, last):
    (tmp_path / "run.xml").write_text(SUITE.format(ran))
    assert proof.figures(ONE, list(proof.cases([tmp_path / "run.xml"]))) == last


def test_the_table_is_printed_and_put_between_the_markers(tmp_path, capsys):
    page, made = tmp_path / "README.md", tmp_path / "table.md"
    page.write_text(f"before\n{proof.BEGIN}old\n{proof.END}after\n")
    proof.table(made, [])
    proof.readme(made, page)
    text = page.read_text()
    assert text.startswith(f"before\n{proof.BEGIN}{proof.HEAD}| P1 | ")
    assert text.endswith(f" | did not run |\n{proof.END}after\n")
    assert "P11" in capsys.readouterr().out
