"""Words from the world: whatever they hold, the journal can hold it, and says it the same again."""

import os

import pytest
from exercise.stories import at
from hypothesis import given
from hypothesis import strategies as st

from drill.journal.chain import GENESIS, decode, encode
from drill.model.events import AbortOrdered, Progressed, StepEnded, WatchEnded
from drill.model.outcome import Failed, Indeterminate

ANY = st.text(st.characters(exclude_categories=[]))
"""Every code point, lone surrogates too."""


@given(ANY, ANY)
def test_no_word_from_the_world_is_too_much_for_the_journal(what, evidence):
    for event in (
        AbortOrdered(by=what, why=evidence),
        Progressed(step="a", ticket=1, what=what, outcome="ok", note=evidence),
        StepEnded(step="a", ticket=1, outcome=Failed(error=what, evidence=evidence), by=what),
        WatchEnded(ticket=1, service="a", kind="probe", outcome=Indeterminate(error=what)),
    ):
        record, line = encode(0, GENESIS, at(0), event)
        assert list(decode([line])) == [(record, line)]
        assert record.event == event


@pytest.mark.parametrize(
    ("bytes_", "kept"), [(b"caf\xc3\xa9", "café"), (b"caf\xe9", "caf\\udce9"), (b"\n\0", "\n\0")]
)
def test_what_is_no_unicode_is_spelled_out(bytes_, kept):
    assert Failed(error=os.fsdecode(bytes_)).error == kept
