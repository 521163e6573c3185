"""What `make test` makes of skips, and of several runs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run_pytest(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    for name in ("conftest.py", "chromium.py"):
        (tmp_path / name).write_text((ROOT / "tests" / name).read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = lab: as ours\npythonpath = .\n")
    (tmp_path / "test_one.py").write_text(
        "import pytest\ndef test_skips(): pytest.skip('no reason')\n"
    )
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-ra",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            tmp_path,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environment},
    )


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_a_skip_is_a_failure_in_ci_only(tmp_path, ci, status):
    ran = run_pytest(tmp_path, CI=ci)
    assert ran.returncode == status, ran.stdout + ran.stderr
    assert "no reason" in ran.stdout


JUNIT = (
    '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}" time="1.5"/>'
    "</testsuites>"
)


@pytest.mark.parametrize(
    ("counts", "failed", "line", "status"),
    [
        ([(3, 0, 0, 0), (2, 0, 0, 1)], "0", " 4 passed, 1 skipped in 3.00s ", 0),
        ([(3, 1, 0, 0)], "0", " 1 failed, 2 passed in 1.50s ", 1),
        ([(3, 0, 1, 0)], "0", " 2 passed, 1 errors in 1.50s ", 1),
        ([(3, 0, 0, 0)], "1", " 3 passed in 1.50s ", 1),
        ([(0, 0, 0, 0)], "0", " no tests ran in 1.50s ", 1),
        ([], "0", " no tests ran in 0.00s ", 1),
    ],
)
def test_the_closing_line_adds_up_all_runs(tmp_path, counts, failed, line, status):
    reports = [tmp_path / f"{number}.xml" for number in range(len(counts))]
    for report, numbers in zip(reports, counts, strict=True):
        report.write_text(JUNIT.format(*numbers))
    told = subprocess.run(
        [sys.executable, ROOT / ".ci" / "closing.py", failed, *reports],
        capture_output=True,
        text=True,
        check=False,
    )
    assert line in told.stdout, told.stderr
    assert told.returncode == status
