"""The simulator itself: it finds what it is there for, and its journal is held as the real one."""

from itertools import islice

import pytest
from exercise.stories import CHECK, INJECT, RECOVER, TASK
from simulation.crew import HostCrew
from simulation.enumeration import single_anomalies, single_crashes
from simulation.hosts import SimHost
from simulation.invariants import promises_kept
from simulation.play import Disk, Fuse, Journal, Log, conduct
from simulation.references import REFERENCES
from simulation.schedule import Crash, Schedule
from simulation.situations import Batch
from simulation.virtual import World

from drill.engine.speech import Speech
from drill.errors import JournalBusyError
from drill.exercise import rules
from drill.journal.file import FileJournal
from drill.lease.verbs import Host

DRILL = REFERENCES["two-faults-with-until"]


def forget_the_tombstone(host, record, state, why):
    """Leave a token as if it had just been armed."""
    record.update(state="armed", why=why)
    host._save(record)
    host._extend(record)
    return why


def proceed_at_once(crew, order, what, answer, heard=HostCrew._heard):
    """Apply a fault as soon as it is prepared, and let the journal come later."""
    heard(crew, order, what, answer)
    if what == "prepare" and order.ticket in crew._receipts:
        HostCrew.proceed(crew, order.ticket)


@pytest.mark.parametrize(
    ("where", "name", "instead", "symptom"),
    [
        (SimHost, "look", lambda host: None, "a fault outlived its lease"),
        (Host, "_close", forget_the_tombstone, "an effect without a live token, or after its undo"),
        (HostCrew, "_heard", proceed_at_once, "an effect before its intent was durable"),
    ],
    ids=["no dead-man", "no tombstone", "no receipt"],
)
def test_what_breaks_the_law_is_found_out(monkeypatch, tmp_path, where, name, instead, symptom):
    monkeypatch.setattr(where, name, instead)
    some_crashes = islice(single_crashes(DRILL), 0, 350, 5)
    found = {violation(tmp_path, each) for each in (*single_anomalies(DRILL), *some_crashes)}
    assert symptom in found


HELD = Schedule(
    steps={
        "look": CHECK,
        "ask": {**TASK, "after": ["look"]},
        "mend": {**RECOVER, "after": ["ask.ended"]},
    },
    fates={"look": [[5, "done", None, False, None]], "ask": [[40, "done", None, False, None]]},
    opening={"mode": "live", "facilitated": True},
    talk=[
        [3, "facilitator", {"says": "held", "why": "a fire alarm"}],
        [40, "facilitator", {"says": "resumed"}],
    ],
)
"""The clock is held when the next step would begin."""


def told_before_it_is_durable(speech, reply, refused):
    reply(refused)


@pytest.mark.parametrize(
    ("where", "name", "instead", "symptom"),
    [
        (rules, "_is_kept", lambda *_: False, "a step began that people held back"),
        (Speech, "owe", told_before_it_is_durable, "told before it was durable"),
    ],
    ids=["no hold", "no patience"],
)
def test_what_wrongs_people_is_found_out(monkeypatch, tmp_path, where, name, instead, symptom):
    assert violation(tmp_path, HELD) == ""
    monkeypatch.setattr(where, name, instead)
    assert symptom in violation(tmp_path, HELD)


def violation(tmp_path, schedule):
    """Return which promise a schedule breaks, if any."""
    try:
        Batch(tmp_path).play(schedule, look=False)
    except AssertionError as error:
        return str(error).partition("\n")[0]
    return ""


def test_a_schedule_that_breaks_a_promise_is_written_to_a_file(monkeypatch, tmp_path):
    monkeypatch.setattr(SimHost, "look", lambda host: None)
    lost = Schedule(
        steps={"hit": INJECT}, leases={"hit": 5}, crashes=[Crash(after=12, returns=False)]
    )
    with pytest.raises(AssertionError, match="replay it with") as raised:
        Batch(tmp_path).play(lost)
    (path,) = tmp_path.glob("failing-*.json")
    assert str(path) in str(raised.value)
    assert Schedule.from_json(path.read_text()) == lost
    monkeypatch.undo()
    promises_kept(lost, *conduct(lost))


def simulated(tmp_path):
    disk, log = Disk(), Log()
    fuse = Fuse(Schedule(steps={}), World(), log, disk)
    return lambda: Journal(disk, fuse), lambda journal: journal.die(Crash(after=0))


def real(tmp_path):
    return lambda: FileJournal(tmp_path / "journal.jsonl"), lambda journal: journal.__exit__(
        None, None, None
    )


@pytest.mark.parametrize("kind", [simulated, real])
def test_one_controller_holds_a_journal_until_it_dies(kind, tmp_path):
    take, die = kind(tmp_path)
    first = take()
    with pytest.raises(JournalBusyError):
        take()
    die(first)
    die(take())
