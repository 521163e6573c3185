"""What a beat says, in the words of the journal: a sample of a probe, a write of a ledger.

No beat is dropped. Where there is no answer its fate decides: a probe's answer
that came late is ``bad``, and all else is ``unknown``, because it tells of the
observer and not of the service; a canary that was not sent is a ``fail``, and
all else is ``info``, because it may have arrived.
"""

from typing import Literal

from drill.crews.pace import Beat
from drill.model.events import Sample, Write
from drill.ports import Reading, Receipted


def sample_of(beat: Beat[Reading]) -> Sample:
    """Return the sample that the journal keeps of a probe's beat."""
    state: Literal["bad", "unknown"] = "bad" if beat.fate == "late" else "unknown"
    reading = beat.got or Reading(state=state, note=beat.note)
    return Sample(
        planned=beat.planned,
        start=beat.start,
        end=beat.end,
        state=reading.state,
        by=reading.by,
        note=reading.note,
    )


def write_of(beat: Beat[Receipted]) -> Write:
    """Return the write that the journal keeps of a ledger's beat."""
    receipted = beat.got or Receipted("fail" if beat.fate == "unsent" else "info", note=beat.note)
    return Write(
        n=beat.n,
        invoke=beat.start,
        complete=beat.end if beat.fate == "answered" else None,
        outcome=receipted.outcome,
        by=receipted.by,
        note=receipted.note,
    )
