"""Add up several runs of pytest and print one closing line in pytest's own words.

``closing.py FAILED JUNIT_XML...``: FAILED is 1 when a check besides pytest failed. The exit status
is 1 when anything failed, or when no test ran at all.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

_COUNTS = ("tests", "failures", "errors", "skipped")


def closing(failed: bool, reports: list[Path]) -> tuple[str, bool]:
    """Return the line, and whether everything is well."""
    suites = [suite for report in reports for suite in ET.parse(report).getroot().iter("testsuite")]  # noqa: S314  we wrote them
    sums = {name: sum(int(suite.get(name, "0")) for suite in suites) for name in _COUNTS}
    seconds = sum(float(suite.get("time", "0")) for suite in suites)
    passed = sums["tests"] - sums["failures"] - sums["errors"] - sums["skipped"]
    parts = {
        "failed": sums["failures"],
        "passed": passed,
        "skipped": sums["skipped"],
        "errors": sums["errors"],
    }
    told = ", ".join(f"{count} {word}" for word, count in parts.items() if count)
    well = not failed and passed > 0 and not sums["failures"] and not sums["errors"]
    return f" {told or 'no tests ran'} in {seconds:.2f}s ".center(80, "=" if well else "!"), well


if __name__ == "__main__":
    line, well = closing(sys.argv[1] != "0", [Path(each) for each in sys.argv[2:]])
    print(line)
    sys.exit(0 if well else 1)
