"""Old journals are sacred: each one ever kept here reads and folds as it did on its day."""

from pathlib import Path

import pytest

from drill.exercise.evolve import fold
from drill.exercise.state import Phase, Standing
from drill.journal.chain import encode
from drill.journal.reader import read

HERE = Path(__file__).parents[1] / "journals"

NOT_REACHED = {"restored": "skipped", "data-verified": "skipped", "accept": "skipped"}
KEPT = [
    # journal, records, head, why it stopped, the steps that are not done
    (
        "happy",
        219,
        "d2ae6734960d64130f71c7030b3a48e939a23afd6a7bce7e71ddcec18abb43f3",
        "",
        {},
    ),
    (
        "failed-recovery",
        177,
        "2b08df3aa5d61d90b322c1ce214997585331fcc74f79c05597a46f73d2359944",
        "promote-db2 failed: the standby refused",
        {"promote-db2": "failed", "repoint": "skipped", **NOT_REACHED},
    ),
    (
        "aborted",
        179,
        "36d7b6fcb641e0a929812b43fc7a04f46b30c4c0bf9fb0f06818ea2e53cb709a",
        "a real incident",
        {"promote-db2": "indeterminate", "repoint": "skipped", **NOT_REACHED},
    ),
    (
        "resumed",
        181,
        "f2300e3d874a93485fc8981ea52aafef6ffd1df472c97a1501a1586d5c098306",
        "taken up after a crash: healing first",
        {"repoint": "indeterminate", **NOT_REACHED},
    ),
]


def test_no_old_journal_is_forgotten():
    assert {path.stem for path in HERE.glob("*.jsonl")} == {name for name, *_ in KEPT}


@pytest.mark.parametrize(
    ("name", "count", "head", "stopping", "others"), KEPT, ids=[name for name, *_ in KEPT]
)
def test_an_old_journal_reads_and_folds_as_it_did(name, count, head, stopping, others):
    records, found = read(HERE / f"{name}.jsonl")
    assert (len(records), found) == (count, head)
    state = fold(records)
    assert (state.closed, state.stopping) == (True, stopping)
    phases = {id_: step.phase for id_, step in state.steps.items()}
    assert {id_: p.value for id_, p in phases.items() if p is not Phase.DONE} == others
    assert state.steps["lose-db1"].standing is Standing.UNDONE
    assert state.steps["rejoin-db1"].phase is Phase.DONE, "what heals ran in every story"


@pytest.mark.parametrize("name", [name for name, *_ in KEPT])
def test_what_was_read_from_an_old_journal_loses_nothing_when_written_again(name):
    for record in read(HERE / f"{name}.jsonl")[0]:
        again, line = encode(record.seq, record.prev, record.at, record.event)
        assert again == record
        assert type(record).model_validate_json(line) == record
