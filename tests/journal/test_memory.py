"""The journal in memory: the very bytes a file would hold, cut where a crash would cut."""

from exercise.stories import RECOVER, at, opening_of, plan_with

from drill.journal.chain import GENESIS, digest
from drill.journal.file import FileJournal
from drill.journal.memory import MemoryJournal
from drill.model.events import StepStarted

PLAN = plan_with(mend=RECOVER)


def test_memory_holds_the_bytes_a_file_would(tmp_path):
    memory = MemoryJournal()
    with FileJournal(tmp_path / "journal.jsonl") as file:
        for journal in (memory, file):
            journal.append(opening_of(PLAN), at(0))
            journal.append(StepStarted(step="mend", deadline=at(9)), at(1))
            journal.sync()
        assert b"".join(memory.lines) == (tmp_path / "journal.jsonl").read_bytes()
        assert (memory.head, memory.low) == (file.head, file.low)
        assert list(memory) == list(file)


def test_a_crash_leaves_what_was_synced():
    journal = MemoryJournal()
    assert journal.head == GENESIS
    journal.append(opening_of(PLAN), at(0))
    journal.sync()
    journal.append(StepStarted(step="mend", deadline=at(9)), at(1))
    assert (journal.synced, len(journal.lines)) == (1, 2)
    again = MemoryJournal(journal.lines[: journal.synced])
    assert (again.synced, again.head) == (1, digest(journal.lines[0]))
