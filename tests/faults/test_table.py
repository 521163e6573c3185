"""The README's table of faults: what is registered, and what was proven on real hosts."""

import json
from pathlib import Path

import pytest
from test_proof import loaded

from drill.testing.conformance import FaultConformance
from drill.testing.leased import PROVES, LeasedConformance

ROOT = Path(__file__).parents[2]
table = loaded(ROOT / ".ci" / "conformance.py")
FAULTS = table.registered()
KNOWN = json.loads(table.PROVEN.read_text())
WHOLE = {"on": "lab host", "kept": sorted(PROVES.values()), "states": 30}
CASE = (
    '<testcase><properties><property name="fault" value="{}"/><property name="proves" value="{}"/>'
    '<property name="on" value="lab host"/><property name="states" value="30"/></properties>{}'
    "</testcase>"
)
RUN = "<testsuites><testsuite>{}</testsuite></testsuites>"


def test_the_readme_says_what_is_registered_and_what_was_proven():
    page = (ROOT / "README.md").read_text()
    shown = page.partition(table.BEGIN)[2].partition(table.END)[0]
    assert shown == table.page(KNOWN), "run: .ci/conformance.py readme"
    assert set(KNOWN) <= set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_says_what_it_needs_and_how_it_reverts(name):
    fault = FAULTS[name]
    assert fault.reverts in table.REVERTS
    assert isinstance(fault.needs, str)
    assert "|" not in fault.needs
    assert fault.__doc__.endswith(".") or "\n" in fault.__doc__


def test_every_promise_that_the_table_demands_is_a_test():
    assert {name for name in PROVES if not hasattr(LeasedConformance, name)} == set()
    known = {*PROVES.values(), "recovered"}  # which only those have that cannot be undone
    assert set().union(*(table.demanded(each) for each in FAULTS.values())) <= known
    assert {name for name in PROVES if hasattr(FaultConformance, name)}


@pytest.mark.parametrize("lost", sorted(PROVES.values()))
def test_a_fault_that_lacks_one_proof_is_not_listed_as_supported(lost):
    kept = [each for each in WHOLE["kept"] if each != lost]
    told = table.page({"service.stop": WHOLE, "process.kill": WHOLE | {"kept": kept}})
    rows, _, rest = told.partition("Not yet seen")
    assert "| `service.stop` |" in rows
    assert "process.kill" not in rows
    assert f"- `process.kill`: needs systemd; missing: {lost}" in rest
    assert "- `host.cpu`: needs nothing more; missing: all" in rest


def test_every_fault_is_in_one_of_the_two_lists():
    rows, _, rest = table.page(KNOWN).partition("Not yet seen")
    for name in FAULTS:
        assert (f"| `{name}` |" in rows) + (f"- `{name}`:" in rest) == 1


@pytest.mark.parametrize(
    ("run", "kept"),
    [
        ([("undo", "")], ["undo"]),
        ([("undo", "<failure/>")], []),
        ([("undo", ""), ("undo", "<error/>")], []),
        ([("undo", "<skipped/>"), ("effect", "")], ["effect"]),
    ],
)
def test_a_promise_is_proven_when_every_test_of_it_passed(tmp_path, run, kept):
    into, report = tmp_path / "known.json", tmp_path / "run.xml"
    into.write_text(json.dumps({"service.stop": WHOLE, "gone.for-good": WHOLE}))
    told = [CASE.format("process.kill", promise, how) for promise, how in run]
    report.write_text(RUN.format("".join(told)))
    table.record([report], into)
    known = json.loads(into.read_text())
    assert known == {"process.kill": {"on": "lab host", "kept": kept}, "service.stop": WHOLE}


def test_the_table_is_put_between_the_markers(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"before\n{table.BEGIN}old\n{table.END}after\n")
    table.readme(page)
    assert page.read_text() == f"before\n{table.BEGIN}{table.page(KNOWN)}{table.END}after\n"
