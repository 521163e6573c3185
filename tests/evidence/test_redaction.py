"""Outsiders read no person and no output, every figure, and proof of all that they read."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from evidence.tales import ADDRESSES, INSTANCES, OUTPUTS, PEOPLE, TRACES, lines
from pydantic import BaseModel

from drill.errors import EvidenceError
from drill.evidence.commitments import COMMITMENTS, commitments, leaves
from drill.evidence.disclosed import records_of
from drill.evidence.handout import Handout, assert_of
from drill.evidence.masks import TABLE
from drill.evidence.redaction import OPENINGS, REDACTED, Kept, redacted
from drill.journal.chain import decode
from drill.measure.timeline import view
from drill.model.events import Event

MASTER = bytes(range(32))
JOURNALS = [Path(__file__).parents[1] / "journals" / f"{n}.jsonl" for n in ("happy", "resumed")]
ALL = [Kept(*told) for told in product((False, True), repeat=3)]


NOTHING = Kept()


def told(journal, kept=NOTHING, master=MASTER):
    return {**redacted(journal, master, kept), COMMITMENTS: commitments(journal, master)}


def text_of(members):
    return b"".join(members.values()).decode()


def figures(records):
    """Return all that is shown, with the texts apart that may be masked."""
    return list(leaves(json.loads(view(records, None, "head").model_dump_json())))


def journals(kept):
    old = JOURNALS if kept.addresses else ()
    return [lines(), *(path.read_bytes().splitlines(keepends=True) for path in old)]


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
    for master in (bytes([n]) * 32 for n in range(6)):
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


def texts_of(kind, path=""):
    """Yield the path of each free text that a value of this type may hold."""
    origin, args = get_origin(kind), get_args(kind)
    if kind is str:
        yield path
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield from texts_of(field.annotation, f"{path}/{field.alias or name}".lstrip("/"))
    elif origin is tuple or origin is Mapping:
        yield from texts_of(args[origin is Mapping], f"{path}/*")
    elif origin is not Literal:
        for one in args:
            yield from texts_of(one, path)


TOLD_ON_PURPOSE = {
    *("exercise-opened run", "exercise-opened answers/*", "exercise-opened targets/*/site"),
    *("exercise-opened targets/*/labels/*", "exercise-opened environment/*"),
    *("conductor-resumed environment/*", "ledger-read nodes/*/node", "step-skipped because"),
    *("undo-ended outcome/note", "undo-ended outcome/choice", "person-said means"),
    *("person-said refused", "escalated channel"),
}
"""Names, drill's own words, and what the plan says; of the environment the table names what not."""


def test_every_free_text_of_an_event_is_kept_back_or_told_on_purpose():
    """A new text, or one that was renamed, must be put into the table or into the list above."""
    (union, _) = get_args(Event)
    found = set()
    for event in get_args(union):
        kind = event.model_fields["type"].default
        found |= {f"{kind} {path}" for path in texts_of(event) if not path.startswith("scenario/")}
    stamps = {path for path in found if path.endswith("boot")}
    entries = {f"{kind} {where}" for kind, table in TABLE.items() for where in table}
    own = {path for path in entries if "environment/" in path}
    others = {
        "fault-prepared receipt/**",
        "person-said role",
        "exercise-opened scenario/about/contact",
    }
    assert found - stamps - entries == TOLD_ON_PURPOSE
    assert entries - own - others <= found


# Figures


@pytest.mark.parametrize("kept", [Kept(), Kept(addresses=False)], ids=str)
def test_every_figure_is_that_of_the_original(kept):
    compared = 0
    for journal in journals(kept):
        was = figures(tuple(record for record, _ in decode(journal)))
        now = figures(records_of(told(journal, kept)))
        hidden = ("[masked]", "person-", "instance-", "address-", "Person-", "Instance-")
        for (path, before), (there, after) in zip(was, now, strict=True):
            same = before == after and path == there
            keyed = path != there and before == after  # who answered, by the name of who did
            assert same or keyed or any(word in str(after) for word in hidden), (path, after)
            assert isinstance(before, str) or before == after
            compared += 1
    assert compared > 300


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
    "one person for another": (REDACTED, 2, say(["event", "person"], "person-7")),
    "a mask for a person": (REDACTED, 2, say(["event", "person"], "[masked]")),
    "a person for a mask": (REDACTED, 22, say(["event", "outcome", "error"], "person-1")),
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
    for at in range(0, len(text), 401):
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
    salts = set(re.findall("[0-9a-f]{64}", handed))
    path = "/event/person"
    for guess in PEOPLE:
        message = json.dumps([path, guess], separators=(",", ":")).encode()
        for salt in [b"", *map(bytes.fromhex, salts)]:
            for own in (salt, hmac.digest(salt, path.encode(), "sha256")):
                for said in (message, guess.encode()):
                    assert hashlib.sha256(own + said).hexdigest() not in handed
    for line in lines():
        assert hashlib.sha256(line).hexdigest() not in handed


def test_the_same_journal_and_salt_give_the_same_bytes_and_others_give_others():
    assert told(lines()) == told(lines())
    assert told(lines())[COMMITMENTS] != told(lines(), master=bytes(32))[COMMITMENTS]


@pytest.mark.parametrize(
    ("seq", "change", "where"),
    [
        (5, say(["event", "samples", 0, "state"], "bad"), "/event/samples/0/state"),
        (1, say(["event", "role"], ""), "/event/role"),
        (4, say(["event", "more"], 1), "/event/more"),
        (40, lambda line: line["event"].pop("type"), "/event"),
    ],
)
def test_a_journal_that_is_not_the_one_committed_to_is_seen_by_whoever_has_both(seq, change, where):
    members = told(lines())
    found = Handout(records_of(members), members, "")
    assert_of(found, members[COMMITMENTS], lines())

    other = [json.loads(line) for line in lines()]
    change(other[seq])
    told_else = [json.dumps(one).encode() for one in other]
    with pytest.raises(EvidenceError, match=f"record {seq} is not that of the bundle: {where}"):
        assert_of(found, members[COMMITMENTS], told_else)
    with pytest.raises(EvidenceError, match="another sealing"):
        assert_of(found, members[COMMITMENTS], lines()[:-1])
