"""What is handed to outsiders: a redacted journal with its proof, in one archive. Pure.

Of what was sealed it holds the signed commitments and no sums: a plain hash of a file would
confirm to whoever tries what was kept back in it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from drill.errors import EvidenceError, SignatureError
from drill.evidence.archive import Archive, unpack
from drill.evidence.commitments import COMMITMENTS, Leaf, leaves, read_jsonl, told
from drill.evidence.disclosed import HIDDEN, records_of
from drill.evidence.redaction import OPENINGS, REDACTED
from drill.model.events import ExerciseOpened, Record
from drill.signatures import keygen

NAMESPACE = "drill-commitments@v1"
"""What the sealer's signature over the commitments is made for."""
SIGNATURE = f"{COMMITMENTS}.sig"
README, REPORTS = "README.txt", ("report.html", "report.json")

_PAGE = """\
{run}
{title}

This is one exercise for readers outside of who conducted it. Whoever is not named has a number
in the place of the name (the same throughout), and what is not told is masked as [masked]. Every
number, time, state and verdict is as it was, and follows from the records in redacted.jsonl.

drill redact --check FILE --signers SIGNERS
   holds every value that is shown against what was committed to when the run was sealed, and
   makes the report anew. SIGNERS has the sealer's public key, and must come by another way.

By hand: commitments.jsonl is signed in the namespace {namespace}, where there is a
{signature}:
   ssh-keygen -Y verify -f SIGNERS -I WHO -n {namespace} -s {signature} < {commitments}
For record N: in redacted.jsonl drop "prev", and walk the values in the order written; the value
at a path (RFC 6901) has the hash SHA-256(salt, then ["path",value] as JSON without spaces, in
ASCII). openings.jsonl gives for each value "salt S" (that salt), "hash H" (masked, and this is
its hash), "name S T" (a name: hashed is {{"name":tag}} with the salt S, and the tag is SHA-256(T,
then the name)) or "stand-in S TAG" (the same with a tag that is given: equal tags, equal
persons); or one "salt R" for the record, of which each value's salt is HMAC-SHA-256(R, path). The
commitment is SHA-256("drill record v1\\n", then all hashes).
"""


@dataclass(frozen=True, slots=True)
class Handout:
    """A handout of which every value is proven or masked."""

    records: tuple[Record, ...]
    members: Mapping[str, bytes]
    key: str
    """The fingerprint of the key that signed the commitments; empty: nobody did."""

    def signers(self, allowed: bytes) -> tuple[str, ...]:
        """Return by what names whoever signed is known.

        Raises:
            SignatureError: it is nobody who is allowed to.
        """
        signature = self.members[SIGNATURE].decode("latin-1")
        return keygen.signers_of(self.members[COMMITMENTS], signature, NAMESPACE, allowed)


def assert_of(found: Handout, promised: bytes, lines: Sequence[bytes]) -> None:
    """Refuse a handout that tells another story than the bundle that was sealed.

    Whoever has no salt cannot hold commitments against a journal; who has both can hold what
    is shown against it.

    Args:
        found: the handout.
        promised: the bundle's commitments.
        lines: the bundle's journal.

    Raises:
        EvidenceError: they differ; where is named.
    """
    if found.members[COMMITMENTS] != promised or len(lines) != len(found.records):
        raise EvidenceError("it was made of another sealing than this bundle's")
    shown = read_jsonl(found.members[REDACTED], REDACTED)
    for seq, (record, line) in enumerate(zip(shown, lines, strict=True)):
        pairs = zip_longest(leaves(told(record)), leaves(told(json.loads(line))))
        for one, other in pairs:
            if one != other and not (one and other and _hides(one, other)):
                where = (other or one or ("", None))[0]
                raise EvidenceError(f"record {seq} is not that of the bundle: {where}")


def _hides(shown: Leaf, own: Leaf) -> bool:
    """Tell whether a leaf is shown as kept back, at its place."""
    text = shown[1] if isinstance(own[1], str) and own[1] else None
    return shown[0] == own[0] and isinstance(text, str) and HIDDEN.fullmatch(text) is not None


def page_of(opened: ExerciseOpened) -> str:
    """Return the page in it that says what it is and how to check it."""
    shown = (
        "".join(each if each.isprintable() else " " for each in text)
        for text in (opened.run, opened.scenario.title)
    )
    names = {"namespace": NAMESPACE, "signature": SIGNATURE, "commitments": COMMITMENTS}
    return _PAGE.format(**dict(zip(("run", "title"), shown, strict=True)), **names)


def opening_of(records: tuple[Record, ...]) -> ExerciseOpened:
    """Return how the exercise was opened.

    Raises:
        EvidenceError: it was not.
    """
    event = records[0].event if records else None
    if not isinstance(event, ExerciseOpened):
        raise EvidenceError("the records do not begin with the opening of an exercise")
    return event


def archive_of(
    parts: Mapping[str, bytes], records: tuple[Record, ...], report: Mapping[str, bytes]
) -> Archive:
    """Return what is handed out.

    Args:
        parts: the redacted journal, its openings, the commitments and, if there is one, the
            signature over them, by name.
        records: the redacted journal.
        report: the report on those records, by file name.
    """
    opened = opening_of(records)
    reports = {f"report/{name}": text for name, text in report.items()}
    members = {**parts, **reports, README: page_of(opened).encode()}
    return Archive(f"{opened.run}-redacted", members, int(records[0].at.wall.timestamp()))


def handout_of(text: bytes) -> Handout:
    """Take a handout apart, and hold all that it shows against its commitments.

    Raises:
        EvidenceError: something in it is not proven; what is named.
    """
    members = unpack(text).members
    records = records_of(members)
    known = {COMMITMENTS, SIGNATURE, REDACTED, OPENINGS, README, *(f"report/{n}" for n in REPORTS)}
    if more := sorted(members.keys() - known):
        raise EvidenceError(f"{more[0]} is not of a redacted run: nothing proves it")
    if members.get(README) != page_of(opening_of(records)).encode():
        raise EvidenceError(f"{README} was changed, or written by another version of drill")
    return Handout(records, members, _key(members))


def _key(members: Mapping[str, bytes]) -> str:
    if SIGNATURE not in members:
        return ""
    try:
        signature = members[SIGNATURE].decode("latin-1")
        return keygen.assert_intact(members[COMMITMENTS], signature, NAMESPACE)
    except SignatureError as error:
        raise EvidenceError(f"{SIGNATURE}: {error}") from error
