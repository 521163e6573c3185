"""The platform's journal of messages: what a broker lost is published again, all of it, once."""

from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[2] / "playbooks/platform/files/message-journal"
MET, GONE = {"met": True}, {"gone": True}


def sent(n):
    return {"exchange": "", "key": "bookings", "body": f"booking {n}"}


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """Load the program, with a place of its own, and a broker that takes everything."""
    program = ModuleType("message_journal")
    exec(compile(FILE.read_text(), FILE, "exec"), program.__dict__)
    program.published = []
    monkeypatch.setattr(program, "PLACE", tmp_path / "messages")
    monkeypatch.setattr(program, "REPLAYED", tmp_path / "replayed")
    monkeypatch.setattr(program, "PATIENCE", 0)
    monkeypatch.setattr(program, "publish", lambda lines: program.published.extend(lines) or 0)
    return program


def keep(journal, *lines):
    with journal.PLACE.open("a") as file:
        journal.mark(file, *lines)


@pytest.mark.parametrize(
    ("lines", "lost"),
    [
        ((MET, sent(1), sent(2), GONE, MET), (1, 2)),
        ((MET, sent(1), GONE, MET, sent(2)), (1,)),  # what came later is in the new queue
        ((MET, sent(1), sent(1), GONE, MET), (1,)),  # the broker had sent its copy twice
        ((MET, sent(1)), ()),
        ((MET, GONE, MET), ()),
    ],
)
def test_what_was_kept_before_the_broker_was_lost_is_published_again(journal, lines, lost):
    keep(journal, *lines)
    journal.replay()
    assert journal.published == [sent(n) for n in lost]


def test_a_second_replay_publishes_nothing(journal, capsys):
    keep(journal, MET, sent(1), GONE, MET)
    journal.replay()
    journal.replay()
    assert journal.published == [sent(1)]
    told = capsys.readouterr().out.splitlines()
    assert ["changed" in line for line in told] == [True, False]


def test_what_was_replayed_and_lost_again_is_published_again(journal):
    """The copies of what a replay publishes come back into the journal, as any message's do."""
    keep(journal, MET, sent(1), GONE, MET)
    journal.replay()
    keep(journal, sent(1), sent(2), GONE, MET)
    journal.replay()
    assert journal.published == [sent(1), sent(1), sent(2)]


def test_nothing_is_published_while_the_broker_is_gone(journal):
    keep(journal, MET, sent(1), GONE)
    with pytest.raises(SystemExit, match="does not hear the broker"):
        journal.replay()
    assert journal.published == []
