"""``exec``: programs that keep the protocol, and programs that do not."""

import json
import sys

import pytest

from drill.actions.executable import Executable, ExecutableParams
from drill.errors import RefusedError
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.targets import Target
from drill.ports import Access, Progress
from drill.testing.cancels import HandCancel
from drill.testing.conformance import ActionConformance, Deed

HELLO = "echo '{\"protocol\": 1}'"
DONE = 'echo \'{"outcome": {"kind": "done", "note": "well"}}\''


@pytest.fixture
def run(tmp_path):
    def run(script, **params):
        program = tmp_path / "program"
        program.write_text(script)
        program.chmod(0o755)
        said = []
        access = Access(Target(name="db1", site="a", address="10.0.0.1"), base=tmp_path)
        outcome = Executable().apply(
            access, ExecutableParams(program="program", **params), HandCancel(), said.append
        )
        return outcome, said

    return run


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([HELLO, DONE], Done(note="well")),
        (
            [HELLO, 'echo \'{"outcome": {"kind": "failed", "error": "no"}}\''],
            Failed(error="no"),
        ),
    ],
)
def test_its_outcome_is_the_outcome(run, lines, expected):
    assert run("\n".join(["#!/bin/sh", *lines]))[0] == expected


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([HELLO], "without an outcome"),
        ([DONE], "did not say that it speaks"),
        ([HELLO, DONE, "exit 2"], "ended with 2"),
        ([HELLO, "echo hello", DONE], "not of the protocol"),
        (["echo '{\"protocol\": 2}'", DONE], "not of the protocol"),
        ([HELLO, "head -c 70000 /dev/zero", DONE], "longer than"),
    ],
)
def test_what_breaks_the_protocol_nobody_can_believe(run, lines, why):
    outcome, _ = run("\n".join(["#!/bin/sh", *lines]))

    assert isinstance(outcome, Indeterminate)
    assert why in outcome.error


def test_it_is_told_all_it_may_know_and_nothing_else(run, monkeypatch):
    monkeypatch.setenv("DRILL_SECRET", "hidden")
    script = (
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "told = json.load(sys.stdin)\n"
        "told['env'] = sorted(os.environ); told['args'] = sys.argv[1:]\n"
        "print(json.dumps({'protocol': 1}))\n"
        "print(json.dumps({'outcome': {'kind': 'done', 'note': json.dumps(told)}}))\n"
    )

    outcome, _ = run(script, args=("--fast",), **{"with": {"size": 3}})
    told = json.loads(outcome.note)

    assert told["target"]["name"] == "db1"
    assert (told["ssh"], told["with"], told["args"]) == (None, {"size": 3}, ["--fast"])
    assert 0 < told["seconds"] <= 30
    assert "DRILL_SECRET" not in told["env"]


def test_its_progress_is_passed_on(run):
    said = 'echo \'{"progress": {"what": "copy", "outcome": "changed", "seconds": 1.5}}\''

    assert run(f"#!/bin/sh\n{HELLO}\n{said}\n{DONE}")[1] == [Progress("copy", "changed", "", 1.5)]


@pytest.mark.parametrize("name", ["missing", "plain", "."])
def test_what_is_no_program_is_declined(tmp_path, name):
    (tmp_path / "plain").write_text("not executable")
    access = Access(Target(name="db1", site="a", address="10.0.0.1"), base=tmp_path)

    with pytest.raises(RefusedError, match="not an executable file"):
        Executable().apply(access, ExecutableParams(program=name), HandCancel(), print)


class TestExecutable(ActionConformance):
    action = Executable()

    @pytest.fixture(autouse=True)
    def _programs(self, tmp_path, count):
        self._base, self._count = tmp_path, count
        fails = 'echo \'{"outcome": {"kind": "failed", "error": "no"}}\''
        slow = "sleep 62.25 & sleep 62.25"
        for name, lines in (("ok", [DONE]), ("no", [fails]), ("slow", [slow])):
            (tmp_path / name).write_text("\n".join(["#!/bin/sh", HELLO, *lines]))
            (tmp_path / name).chmod(0o755)

    def deed(self):
        target = Target(name="db1", site="a", address="10.0.0.1")
        programs = (ExecutableParams(program=name) for name in ("ok", "no", "slow"))
        access = Access(target, base=self._base)
        return Deed(access, *programs, traces=lambda: self._count("^sleep 62.25"))
