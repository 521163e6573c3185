"""Following a journal while another process writes it."""

import threading

import pytest
from exercise.stories import RECOVER, at, opening_of, plan_with

from drill.errors import JournalCorruptError, JournalError
from drill.journal.file import FileJournal
from drill.journal.reader import follow
from drill.model.events import ExerciseClosed, Progressed

PLAN = plan_with(mend=RECOVER)


class Script:
    """Asked when a follower has seen all there is: takes the next step of a script."""

    def __init__(self, *steps):
        self._steps = list(steps)

    def __call__(self) -> bool:
        if not self._steps:
            return True
        self._steps.pop(0)()
        return False


def followed(path, *steps):
    return [record.seq for record in follow(path, Script(*steps), pause=0)]


def test_records_come_as_they_are_written_and_end_with_the_close(tmp_path):
    path = tmp_path / "journal.jsonl"
    with FileJournal(path) as journal:

        def write(*events):
            for event in events:
                journal.append(event, at(1))
            journal.sync()

        note = Progressed(step="mend", ticket=1, what="x", outcome="ok")
        steps = (
            lambda: write(opening_of(PLAN)),
            lambda: None,
            lambda: write(note, note),
            lambda: write(ExerciseClosed()),
            lambda: pytest.fail("nothing follows the close"),
        )
        assert followed(path, *steps) == [0, 1, 2, 3]


def test_it_ends_when_told_so(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.touch()
    assert followed(path) == []


def test_a_line_is_seen_only_when_it_is_whole(tmp_path):
    path, whole = tmp_path / "journal.jsonl", tmp_path / "whole.jsonl"
    with FileJournal(whole) as journal:
        journal.append(opening_of(PLAN), at(0))
        journal.append(ExerciseClosed(), at(1))
        journal.sync()
    text = whole.read_bytes()
    path.touch()
    grow = [lambda n=n: path.write_bytes(text[:n]) for n in range(0, len(text) + 1, 7)]
    assert followed(path, *grow, lambda: path.write_bytes(text)) == [0, 1]


def test_a_torn_line_that_is_cut_and_written_anew_does_not_confuse(tmp_path):
    path = tmp_path / "journal.jsonl"
    with FileJournal(path) as journal:
        journal.append(opening_of(PLAN), at(0))
        journal.sync()

    def tear():
        with path.open("ab") as file:
            file.write(b'{"seq":1,"prev":"0123456789')

    def resume():
        with FileJournal(path) as journal:
            journal.append(ExerciseClosed(), at(5))
            journal.sync()

    assert followed(path, tear, resume) == [0, 1]


def test_a_broken_chain_ends_the_following(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"{}\n")
    with pytest.raises(JournalCorruptError, match="line 1"):
        followed(path)


def test_there_is_no_following_what_is_not_there(tmp_path):
    with pytest.raises(JournalError, match="cannot be read"):
        followed(tmp_path / "journal.jsonl")


def test_a_follower_in_another_thread_sees_every_record_of_a_busy_writer(tmp_path):
    path = tmp_path / "journal.jsonl"
    seen = []
    with FileJournal(path) as journal:
        journal.append(opening_of(PLAN), at(0))
        journal.sync()
        follower = threading.Thread(
            target=lambda: seen.extend(follow(path, lambda: False, pause=0.001)), daemon=True
        )
        follower.start()
        for _ in range(300):
            journal.append(Progressed(step="mend", ticket=1, what="y" * 300, outcome="ok"), at(1))
            journal.sync()
        journal.append(ExerciseClosed(), at(2))
        journal.sync()
        follower.join(timeout=30)
        assert [record.seq for record in seen] == list(range(302))
        assert seen == list(journal)
