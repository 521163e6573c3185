"""Who, what and when is inside what is signed; and no fact or sample can be left out of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from evidence.cases import archived, events, key_in, lines_of, remade, signing
from exercise.stories import SECOND, at

from drill.errors import DrillError
from drill.evidence import bundle
from drill.evidence.archive import unpack
from drill.evidence.audit import audited, status_of
from drill.evidence.findings import Outside
from drill.evidence.members import checkpoint_of, plan_of, run_of
from drill.journal.memory import MemoryJournal
from drill.model.events import Approval, Record, Sample, SamplesTaken, WatchStarted

START = 1_000 * SECOND
APPROVALS = tuple(
    Approval(by=by, key=f"SHA256:{by}", expires=at(0).wall + timedelta(hours=8))
    for by in ("ann", "bob")
)
FACTS = ("run", "mode", "scenario", "targets", "digest", "files", "approvals", "environment")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return key_in(tmp_path_factory.mktemp("keys"))


def sample(n: int) -> Sample:
    start = START + n * SECOND // 2
    bad = 4 <= n < 10
    return Sample(planned=start, start=start, end=start + 1000, state="bad" if bad else "good")


def seen(n: int) -> tuple[Sample, ...]:
    return tuple(map(sample, range(n, n + 4)))


def watched() -> list[bytes]:
    """Return a journal of a service that was seen twice a second, in batches of four."""
    batches = [
        (n / 2 + 1.6, SamplesTaken(ticket=1, service="shop", samples=seen(n)))
        for n in range(0, 16, 4)
    ]
    moved = [(second + 0.1, one) for second, one in events()]
    happened = [(0, WatchStarted(service="shop", kind="probe")), *batches, *moved]
    return lines_of(
        tuple(sorted(happened, key=lambda one: one[0])),
        approvals=APPROVALS,
        environment={"drill": "0.1.0", "controller": "here"},
    )


def leaves(value, path=()) -> Iterator[tuple]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, (*path, name))
    elif isinstance(value, list) and value:
        for n, one in enumerate(value):
            yield from leaves(one, (*path, n))
    else:
        yield path


def without(value, path):
    if len(path) == 1:
        rest = value.copy()
        del rest[path[0]]
        return rest
    rest = value.copy()
    rest[path[0]] = without(value[path[0]], path[1:])
    return rest


def test_no_fact_of_the_opening_can_be_left_out_of_what_is_signed(key, record_property):
    lines = watched()
    text = bundle.sealed(archived(lines), signing(key))
    assert bundle.opened(text).breaks == ()
    opening = json.loads(lines[0])
    assert set(FACTS) <= opening["event"].keys()
    paths = list(leaves(opening))
    for path in paths:
        line = json.dumps(without(opening, path)).encode() + b"\n"
        journal = {"journal.jsonl": b"".join([line, *lines[1:]])}
        assert bundle.opened(remade(text, journal)).breaks, path
    record_property("P20", f"{len(paths)} facts of an opening, each one held by the signature")


def retold(records: list[Record]) -> list[bytes]:
    journal = MemoryJournal()
    for one in records:
        journal.append(one.event, one.at)
    return journal.lines


def fewer(records: tuple[Record, ...]) -> Iterator[list[Record]]:
    """Yield the records without one of them, and without one sample of them."""
    for n, one in enumerate(records):
        if n:
            yield [*records[:n], *records[n + 1 :]]
        if isinstance(one.event, SamplesTaken):
            for m in range(len(one.event.samples)):
                left = tuple(s for i, s in enumerate(one.event.samples) if i != m)
                event = one.event.model_copy(update={"samples": left})
                yield [*records[:n], one.model_copy(update={"event": event}), *records[n + 1 :]]


def test_whoever_leaves_a_fact_or_a_sample_out_must_write_another_report(key, record_property):
    """Not even the sealer can: the chain made anew, the head in the report, all signed anew."""
    lines = watched()
    whole = archived(lines)
    report = whole.members["report/report.json"]
    count = 0
    for records in fewer(run_of(lines).records):
        other = retold(records)
        run = run_of(other)
        head = report.replace(run_of(lines).head.encode(), run.head.encode())
        members = {
            **whole.members,
            "journal.jsonl": b"".join(other),
            "checkpoints.txt": checkpoint_of(run),
            "plan.json": plan_of(run, ()),
            "report/report.json": head,
        }
        text = bundle.sealed(replace(whole, members=members), signing(key))
        count += 1
        assert told(text) not in {0, 3}, f"case {count}"
    assert count > 30
    record_property("P21", f"{count} records and samples left out by the sealer, 0 undetected")


def told(text: bytes) -> int:
    try:
        return status_of(audited(bundle.opened(text), Outside()))
    except DrillError as error:
        return error.exit_status


def test_what_was_left_whole_is_not_complained_of(key):
    text = bundle.sealed(archived(watched()), signing(key))
    assert told(text) == 3, "not checked is only who signed, and the second implementation"
    assert unpack(text).members["report/report.json"]
