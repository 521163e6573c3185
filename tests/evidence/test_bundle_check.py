"""``verify.py DIR``: an unpacked bundle is equal, or each thing that is not is named."""

import ast
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from evidence.agreement import THE_ONE, VERIFY

from drill.journal.reader import read
from drill.measure.timeline import view

HAPPY = Path(__file__).parents[1] / "journals" / "happy.jsonl"


def sealed(place):
    """Write the sums anew, as whoever sealed it would."""
    files = sorted(path for path in place.rglob("*") if path.is_file())
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(place).as_posix()}\n"
        for path in files
        if not path.name.startswith("SHA256SUMS")
    )
    (place / "SHA256SUMS").write_text("".join(lines))
    return place


@pytest.fixture
def bundle(tmp_path):
    records, head = read(HAPPY)
    text = HAPPY.read_bytes()
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.json").write_text(view(records, None, head).model_dump_json())
    (tmp_path / "journal.jsonl").write_bytes(text)
    (tmp_path / "checkpoints.txt").write_text(f"{len(records)} {len(text)} {head}\n")
    (tmp_path / "SHA256SUMS.sig").write_text("signed")
    (tmp_path / "SHA256SUMS.ann.sig").write_text("witnessed")
    return sealed(tmp_path)


def told(capsys, *argv):
    status = THE_ONE.main(["verify.py", *map(str, argv)])
    return status, capsys.readouterr()


def report_with(bundle, change):
    path = bundle / "report" / "report.json"
    report = json.loads(path.read_text())
    change(report)
    path.write_text(json.dumps(report))
    sealed(bundle)


def test_a_bundle_that_nobody_touched_is_equal(bundle, capsys):
    status, said = told(capsys, bundle)
    assert (status, said.err) == (0, "")
    assert said.out.startswith("equal")


def changed(report):
    report["objectives"][0]["actual"]["hi"] -= 0.0001


def rounded(report):
    report["exit_status"] = 0.0


def left_out(report):
    del report["durations"][0]


def forgotten(report):
    del report["verdict"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (changed, "objectives[orders RTO].actual.hi: the journal says 11.505749999999999,"),
        (rounded, "exit_status: "),
        (left_out, "durations: "),
        (forgotten, "verdict: the journal says 'met', the report 'nothing'"),
    ],
)
def test_a_figure_that_is_not_the_journals_is_named(bundle, capsys, change, named):
    report_with(bundle, change)
    status, said = told(capsys, bundle)
    assert status == 1
    first, summary = said.out.splitlines()
    assert first.startswith(named)
    assert summary == "1 differences"


def flipped(bundle):
    path = bundle / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"good"', b'"bad" ', 1))


def cut(bundle):
    path = bundle / "journal.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def torn(bundle):
    path = bundle / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-1])


def another(bundle):
    (bundle / "checkpoints.txt").write_text(f"219 3 {'0' * 64}\n")


def empty(bundle):
    (bundle / "checkpoints.txt").write_text("")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (flipped, "does not follow from the one before it"),
        (cut, "checkpoints.txt: line 1 is not of this journal"),
        (torn, "journal.jsonl: line 219 does not follow"),
        (another, "checkpoints.txt: line 1 is not of this journal"),
        (empty, "checkpoints.txt: the last is not of all 219 records"),
    ],
)
def test_a_journal_that_is_not_the_one_sealed_is_found(bundle, capsys, change, named):
    change(bundle)
    sealed(bundle)
    status, said = told(capsys, bundle)
    assert status == 1
    assert named in said.out


def test_every_file_is_summed_and_no_other_is_there(bundle, capsys):
    (bundle / "added").write_text("x")
    (bundle / "SHA256SUMS.sh").write_text("x")
    (bundle / "report" / "link").symlink_to("report.json")
    (bundle / "checkpoints.txt").write_text((bundle / "checkpoints.txt").read_text() * 2)
    with (bundle / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  gone\n{'0' * 64}  ../outside\n{'0' * 64}  report/link\n")
    status, said = told(capsys, bundle)
    assert status == 1
    assert said.out.splitlines() == [
        "../outside: not there",
        "SHA256SUMS.sh: added: SHA256SUMS does not name it",
        "added: added: SHA256SUMS does not name it",
        "checkpoints.txt: changed since it was summed",
        "gone: not there",
        "report/link: not a plain file",
        "6 differences",
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}\n",
        b"not JSON\n",
        b'{"seq":0,"seq":0}\n',
        b'{"seq":NaN}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_what_is_no_journal_is_said_to_be_none(tmp_path, capsys, text):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(text)
    status, said = told(capsys, "--figures", path)
    assert status == (1 if text == b"" else 2)
    assert said.out or said.err


@pytest.mark.parametrize("argv", [[], ["a", "b", "c"], ["--figures"], ["nowhere"]])
def test_what_it_cannot_read_is_two(capsys, argv):
    status, said = told(capsys, *argv)
    assert status == 2
    assert said.err


def test_a_record_of_a_newer_drill_is_not_passed_over():
    records = [json.loads(line) for line in HAPPY.read_bytes().splitlines()]
    records[3]["event"]["type"] = "step-levitated"
    with pytest.raises(ValueError, match="newer drill"):
        THE_ONE.Journal(records)


def test_it_runs_by_itself_with_nothing_but_python(bundle):
    """Isolated, without site-packages, as its own program; and it tells the same in any order."""
    argv = [sys.executable, "-I", "-S", str(VERIFY)]
    ran = subprocess.run([*argv, str(bundle)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    figures = subprocess.run(
        [*argv, "--figures", str(HAPPY)], capture_output=True, text=True, check=True
    )
    assert figures.stdout == json.dumps(json.loads(figures.stdout), sort_keys=True, indent=1) + "\n"


def test_it_is_python_3_9_and_imports_nothing_that_python_does_not_bring():
    tree = ast.parse(VERIFY.read_text(), feature_version=(3, 9))
    named = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [node.module]
            if isinstance(node, ast.ImportFrom)
            else [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert named <= sys.stdlib_module_names | {"__future__"}
