"""Outsiders read no person and no output, every figure, and proof of all that they read."""

import hashlib
import hmac
import json
from itertools import product
from pathlib import Path

import pytest
from evidence.tales import ADDRESSES, INSTANCES, OUTPUTS, PEOPLE, TRACES, lines

from drill.errors import EvidenceError
from drill.evidence.commitments import COMMITMENTS, commitments, leaves
from drill.evidence.disclosed import records_of
from drill.evidence.masks import TABLE
from drill.evidence.redaction import OPENINGS, REDACTED, Kept, redacted
from drill.journal.chain import decode
from drill.measure.timeline import view
from drill.model.events import Record

MASTER = bytes(range(32))
JOURNALS = sorted(Path(__file__).parents[1].glob("journals/*.jsonl"))
ALL = [Kept(*told) for told in product((False, True), repeat=3)]


def told(journal, kept=Kept(), master=MASTER):
    return {**redacted(journal, master, kept), COMMITMENTS: commitments(journal, master)}


def text_of(members):
    return b"".join(members.values()).decode()


def figures(records):
    """Return all that is shown, with the texts apart that may be masked."""
    return list(leaves(json.loads(view(records, None, "head").model_dump_json())))


def journals():
    return [lines(), *(path.read_bytes().splitlines(keepends=True) for path in JOURNALS)]


# What is shown


@pytest.mark.parametrize("kept", ALL, ids=str)
def test_what_is_kept_back_is_nowhere_and_the_rest_is_there(kept):
    members = told(lines(), kept)
    shown = text_of(members)

    for word in PEOPLE:
        assert (word in shown) == kept.persons
    assert ("Archer" in shown) == kept.persons
    for word in OUTPUTS[:3] + INSTANCES:
        assert (word in shown) == kept.outputs
    assert ADDRESSES[1] in shown or not kept.addresses
    assert (ADDRESSES[0] in shown) == kept.addresses
    assert all(word in shown for word in TRACES) == kept.persons
    assert "fault-prepared" in shown
    assert "as it was, read back (lease)" in shown
    assert records_of(members)


def test_persons_are_the_same_throughout_and_in_an_order_that_the_salt_gives():
    orders = set()
    for master in (bytes([n]) * 32 for n in range(12)):
        events = [record.event for record in records_of(told(lines(), master=master))]
        people = [event.person for event in events if event.type == "person-said"]
        ann, bob, cid = people[0], people[1], people[2]
        assert {ann, bob, cid} == {"person-1", "person-2", "person-3"}
        assert [one.by for one in events[0].approvals] == [ann, cid]
        assert [e.by for e in events if e.type == "step-ended"] == ["", cid, ann, ""]
        assert [e.by for e in events if e.type == "abort-ordered"] == [bob]
        orders.add((ann, bob, cid))
    assert len(orders) > 2


def test_a_digest_of_the_plan_goes_with_what_of_the_plan_is_kept_back():
    opened = records_of(told(lines()))[0].event
    assert (opened.digest, opened.files["lab.yaml"]) == ("[masked]", "[masked]")
    opened = records_of(told(lines(), Kept(persons=True)))[0].event
    assert len(opened.digest) == 64
    assert opened.scenario.about.retention == "5 years"


def test_what_no_choice_was_is_masked_with_what_drill_said_of_it():
    events = [record.event for record in records_of(told(lines()))]
    refused = [event for event in events if event.type == "person-said" and event.refused]
    assert (refused[0].saying.choice, refused[0].refused) == ("[masked]", "[masked]")
    assert refused[1].refused == "call has begun"
    chosen = [event for event in events if getattr(event, "saying", None)]
    assert "yes" in [getattr(event.saying, "choice", "") for event in chosen]


def test_every_entry_of_the_table_is_a_path_that_there_is():
    """A field that was renamed would be told."""
    found = {(r["event"]["type"], path) for r in map(json.loads, lines()) for path, _ in leaves(r)}
    kinds = {kind for kind, _ in found}
    known = {kind: {path for one, path in found if one == kind} for kind in kinds}
    extra = {"environment/operator", "environment/user", "saying/objective"}
    for kind, entries in TABLE.items():
        for where in entries.keys() - extra:
            head = "/event/" + where.split("*")[0]
            assert any(path.startswith(head) for path in known[kind]), (kind, where)


def test_every_text_of_an_event_is_told_on_purpose_or_kept_back():
    """A new free text in an event must be put into the table, or into this list."""
    told_on_purpose = {
        *("ExerciseOpened.run", "ExerciseOpened.answers", "ConductorResumed.environment"),
        *("ExerciseOpened.environment", "NodeRead.node", "PersonSaid.means", "Escalated.channel"),
        *("StepSkipped.because", "PersonSaid.refused", "StepEnded.step"),
    }
    events = {model.__name__ for model in Record.model_fields["event"].annotation.__args__}
    assert "ExerciseOpened" in events
    assert {name.partition(".")[0] for name in told_on_purpose} - {"NodeRead"} <= events
    assert len(events) == 23, "a new event: look through its texts, then count it here"


# Figures


@pytest.mark.parametrize("kept", [Kept(), Kept(addresses=False)], ids=str)
def test_every_figure_is_that_of_the_original(kept):
    compared = 0
    for journal in journals():
        was = figures(tuple(record for record, _ in decode(journal)))
        now = figures(records_of(told(journal, kept)))
        hidden = ("[masked]", "person-", "instance-", "address-", "Person-", "Instance-")
        for (path, before), (there, after) in zip(was, now, strict=True):
            same = before == after and path == there
            keyed = path != there and before == after  # who answered, by the name of who did
            assert same or keyed or any(word in str(after) for word in hidden), (path, after)
            assert isinstance(before, str) or before == after
            compared += 1
    assert compared > 1000


# Proof


def test_a_leaf_is_proven_by_nothing_but_hmac_and_sha256():
    """What `drill redact --check` does, once more in a few lines of the standard library."""
    journal = lines()
    members = told(journal)
    promised, shown, opened = (
        [json.loads(line) for line in members[name].splitlines()]
        for name in (COMMITMENTS, REDACTED, OPENINGS)
    )
    whole = opened[1] if "salt" in opened[1] else opened[3]
    seq, salt = whole["seq"], bytes.fromhex(whole["salt"])
    del shown[seq]["prev"]
    hashes = b""
    for path, value in leaves(shown[seq]):
        own = hmac.digest(salt, path.encode(), "sha256")
        message = json.dumps([path, value], separators=(",", ":")).encode()
        hashes += hashlib.sha256(own + message).digest()
    root = hashlib.sha256(b"drill record v1\n" + hashes).hexdigest()
    assert root == promised[seq]["commitment"]


def changed(members, name, seq, change):
    """Return the members with one line changed."""
    found = [json.loads(line) for line in members[name].splitlines()]
    change(found[seq])
    text = "".join(json.dumps(one) + "\n" for one in found).encode()
    return {**members, name: text}


def say(path, value):
    def change(line):
        *above, last = path
        for key in above:
            line = line[key]
        line[last] = value

    return change


BREAKS = {
    "a time": (REDACTED, 4, say(["at", "boot_ns"], 1)),
    "a state": (REDACTED, 5, say(["event", "samples", 0, "state"], "bad")),
    "another person": (REDACTED, 1, say(["event", "person"], "Eve")),
    "a told text": (REDACTED, 32, say(["event", "outcome", "note"], "never applied")),
    "words in a masked place": (REDACTED, 22, say(["event", "outcome", "error"], "it was ok")),
    "a key more": (REDACTED, 4, say(["event", "more"], 1)),
    "a type of event": (REDACTED, 40, say(["event", "type"], "exercise-paused")),
    "a link": (REDACTED, 4, say(["prev"], "ab" * 32)),
    "a number for a text": (REDACTED, 22, say(["event", "outcome", "error"], 7)),
    "a promise": (COMMITMENTS, 4, say(["commitment"], "ab" * 32)),
    "no promise": (COMMITMENTS, 4, say(["commitment"], None)),
    "a place": (COMMITMENTS, 4, say(["seq"], 5)),
    "a place that is no number": (REDACTED, 1, say(["seq"], True)),
    "a salt": (OPENINGS, 4, say(["salt"], "ab" * 32)),
    "no salt": (OPENINGS, 4, say(["salt"], "")),
    "a leaf's salt": (OPENINGS, 22, lambda line: line["leaves"].__setitem__(0, "salt " + "0" * 64)),
    "no opening": (OPENINGS, 22, lambda line: line["leaves"].__setitem__(0, None)),
    "a leaf less": (OPENINGS, 22, lambda line: line["leaves"].pop()),
    "a told leaf that is said to be kept back": (
        OPENINGS,
        22,
        lambda line: line["leaves"].__setitem__(1, "hash " + line["leaves"][1][5:]),
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_whatever_is_changed_is_found(what):
    name, seq, change = BREAKS[what]
    members = told(lines())
    with pytest.raises(EvidenceError):
        records_of(changed(members, name, seq, change))


@pytest.mark.parametrize("name", [COMMITMENTS, REDACTED, OPENINGS])
def test_a_line_that_is_left_out_doubled_or_no_line_is_found(name):
    members = told(lines())
    found = members[name].splitlines(keepends=True)
    for others in (found[:-1], found[1:], [*found, found[-1]], [found[1], found[0], *found[2:]]):
        with pytest.raises(EvidenceError):
            records_of({**members, name: b"".join(others)})
    for line in (b"{", b"[]", b'{"seq":0,"seq":0}', b"[" * 100_000, b"\xff"):
        with pytest.raises(EvidenceError, match=rf"{name}:1: no "):
            records_of({**members, name: b"\n".join([line, *found[1:]])})
    del members[name]
    with pytest.raises(EvidenceError, match=f"{name} is not there"):
        records_of(members)


def test_every_flipped_bit_of_what_is_told_is_found():
    members = told(lines())
    text = members[REDACTED]
    survivors = 0
    for at in range(0, len(text), 41):
        flipped = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
        try:
            records = records_of({**members, REDACTED: flipped})
        except EvidenceError:
            continue
        survivors += records != records_of(members)
    assert survivors == 0


def test_what_is_kept_back_cannot_be_found_by_trying():
    """With every salt and hash that is handed out, no plain or salted guess is confirmed."""
    members = told(lines())
    handed = text_of(members)
    salts = {word for word in handed.replace('"', " ").split() if len(word) == 64}
    path = "/event/person"
    for guess in PEOPLE:
        message = json.dumps([path, guess], separators=(",", ":")).encode()
        for salt in [b"", *map(bytes.fromhex, salts)]:
            for own in (salt, hmac.digest(salt, path.encode(), "sha256")):
                assert hashlib.sha256(own + message).hexdigest() not in handed
    for line in lines():
        assert hashlib.sha256(line).hexdigest() not in handed


def test_the_same_journal_and_salt_give_the_same_bytes_and_others_give_others():
    assert told(lines()) == told(lines())
    assert told(lines())[COMMITMENTS] != told(lines(), master=bytes(32))[COMMITMENTS]
