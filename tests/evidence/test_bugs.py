"""The test of that test: known bugs, put into verify.py one by one, are each found."""

from pathlib import Path

import pytest
from evidence.agreement import VERIFY, disagreements, figures_of, report_of, verifier
from evidence.worlds import by_hand, exercises, journals
from hypothesis import HealthCheck, Phase, given, settings

from drill.journal.reader import read

KEPT = sorted((Path(__file__).parents[1] / "journals").glob("*.jsonl"))
BUGS = {
    "a point instead of an interval": (
        "lo = 0.0 if begin[1] is None else max(0, end[0] - begin[1]) / NS",
        "lo = 0.0 if end[1] is None else max(0, end[1] - begin[0]) / NS",
    ),
    "a clock that is never slewed": ("500e-6", "0.0"),
    "the first success ends it": ("if run >= IN_A_ROW and", "if run >= 1 or"),
    "three good samples are stable": ("if run >= IN_A_ROW and", "if run >= IN_A_ROW or"),
    "a failing sample is stamped at its time-out": (
        "(worst.last.start, worst.good and",
        "(worst.last.end, worst.good and",
    ),
    "the outage begins with the first failing sample": (
        "outage.lo, outage.hi = sent, effect",
        "outage.lo, outage.hi = outage.first.start, outage.first.start",
    ),
    "a good answer may come late": ('"bad" if late else s["state"]', 's["state"]'),
    "what was not sampled was good": ("> MISSING * every", "> 1e6 * every"),
    "unknown is good": ('Look(t, t, "unknown") for', 'Look(t, t, "good") for'),
    "healed is recovered": ("outage.good, outage.healed = None, True", "pass"),
    "never well before, and valid": (
        "elif not one.green or not one.onsets:",
        "elif not one.onsets:",
    ),
    "an outage that nobody saw is met": (
        "elif not one.green or not one.onsets:",
        "elif not one.green:",
    ),
    "met where the middle is": ('actual["hi"] <= target / NS', 'actual["lo"] <= target / NS'),
    "the wall clock measures": ("self.boots, zero =", 'first["boot"] = ""; self.boots, zero ='),
    "a restart is no matter": ("actual and len(self.boots) == 1", "actual"),
    "a hole is one sample of a share": ("over // every + 2", "1"),
    "rows are counted": (
        "[w for w in ok if w.name not in has]",
        "ok[len(has):]",
    ),
    "the highest number hides the holes": (
        "[w for w in ok if w.name not in has]",
        "[w for w in ok if has and w.name > max(has)]",
    ),
    "in doubt is safe": ('if w.outcome == "ok"), key', 'if w.outcome != "fail"), key'),
    "a split brain is lost before the fault": ("w.late = w.said", "w.late = False"),
    "any node will do": ("has = through[0] if through else anywhere", "has = anywhere"),
    "read too early": ("or any(max(w.sent, w.done) > begun", "or any(False"),
    "one read is enough": ("read.reads < AGREEING", "read.reads < 1"),
    "a dead watch said all": ("died -= {f.ticket for f in ends}", "died = set()"),
    "a hold is no pause": ("self.holds.append(", "print("),
    "a jump is no time": ("for ns, by in self.jumps", "for ns, by in ()"),
    "a fault is stuck after two tries": ("if tries >= TRIES", "if tries >= 2"),
    "told to stop, it was done": ('step.phase = "indeterminate"', "pass"),
    "a fault stands and nobody minds": ("4 if left else", "0 if left else"),
    "the default decides in time": ("not to.defaulted else None", "True else None"),
    "whoever accepts": ('step.plan["by"] == owner and', "True or"),
    "a decoy is detected": ("and not s.decoy]", "]"),
    "the newest store sets the point": (
        'min(known, key=lambda whole: whole["hi"]',
        'max(known, key=lambda whole: whole["hi"]',
    ),
}
EXAMPLES = 90


@pytest.fixture(scope="module")
def corpus():
    """Journals, and what drill reports of each: the old ones, and random ones."""
    kept = [read(path)[0] for path in KEPT]
    for pen in by_hand():
        pen.close()
        kept.append(pen.records)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(exercises() | journals())
    def more(records):
        kept.append(records)

    more()
    return [(records, report_of(records)) for records in kept]


def is_found(module, corpus):
    """Tell whether any journal shows that this verify.py is not drill."""
    for records, report in corpus:
        try:
            found = figures_of(records, module)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return True
        if any(disagreements(found, report)):
            return True
    return False


@pytest.mark.parametrize("bug", BUGS)
def test_a_known_bug_in_verify_is_found(bug, corpus):
    old, new = BUGS[bug]
    source = VERIFY.read_text()
    assert source.count(old) == 1, f"{old!r} is not where it was"
    assert is_found(verifier(source.replace(old, new)), corpus)


def test_what_is_no_bug_is_not_found(corpus):
    assert not is_found(verifier(), corpus)
