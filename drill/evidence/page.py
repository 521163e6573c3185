"""The page in a bundle that tells an auditor what to do, and what each command proves. Pure."""

from collections.abc import Sequence

from drill.model.events import ExerciseOpened

NAMESPACE = "drill-evidence@v1"
"""What the sealer's signature is made for."""
WITNESSED = "drill-witness@v1"
"""What a witness's signature is made for."""

_PAGE = """\
{run}
{title}
{mode}, scenario {scenario}, plan {digest}

This directory is one exercise, sealed by {by}. Nothing of drill is needed to check it: any
Debian has sha256sum, ssh-keygen and python3. SIGNERS is a file with the public key of {by}
("{by} ssh-ed25519 AAAA..."), which must reach you by another way than this directory.

1. sha256sum -c --strict --quiet SHA256SUMS
   Every file is the one that was summed. It says nothing of who summed them.

2. ssh-keygen -Y verify -f SIGNERS -I {by} -n {namespace} -s SHA256SUMS.sig < SHA256SUMS
   Whoever holds the key of {by} signed these sums: nothing was changed, added or removed since.
   A witness NAME signs in SHA256SUMS.NAME.sig, in the namespace {witnessed}.

3. python3 -I verify.py .
   The journal is one unbroken chain, and the report's figures follow from it, recomputed by a
   second implementation. You can read it: it is one file, and imports Python's own library only.

{stamp}What these cannot show: that nobody put the whole run back to an earlier day before it was
sealed (compare checkpoints.txt with a checkpoint that was kept elsewhere), and that what was
measured is true if somebody else controlled the machine on which drill ran.

With drill, all of it and thirteen more tests: drill audit BUNDLE --signers SIGNERS

journal.jsonl    every record; each line names the SHA-256 of the line before it
checkpoints.txt  how far the journal had come: records, bytes, SHA-256 of the last line
plan.json        the scenario with all values filled in, the targets, the files
files/           the files that the journal's first record names, each with that SHA-256
outputs/         what hosts, programs and people said, a file for each record that ended a step
commitments.jsonl  a salted hash of each record, by which outsiders can be told of parts of it
report/          the report as it follows from the journal; report.json holds every figure
recompute.sql    for whoever trusts SQL more: sqlite3 < recompute.sql tells the RTA and the RPA
{missing}"""

_STAMP = """\
4. openssl ts -verify -data checkpoints.txt -in checkpoints.tsr -CAfile CA
   A time-stamping authority saw the journal's end, when `openssl ts -reply -in checkpoints.tsr
   -text` says. CA holds the certificates that you trust, and comes by another way as well.

"""
_MISSING = """
These files of the plan are NOT here, because they were gone or changed before the sealing (their
SHA-256 is in missing.txt):
{names}
"""


def page_of(
    opened: ExerciseOpened, by: str, missing: Sequence[str], *, stamped: bool = False
) -> str:
    """Return the page.

    Args:
        opened: how the run began.
        by: who sealed it.
        missing: the files of the plan that could not be taken in.
        stamped: whether an authority's time stamp is there.
    """
    names = "\n".join(f"  {_shown(name)}" for name in missing)
    return _PAGE.format(
        run=_shown(opened.run),
        title=_shown(opened.scenario.title),
        mode=opened.mode.capitalize(),
        scenario=opened.scenario.id,
        digest=opened.digest[:12],
        by=by,
        namespace=NAMESPACE,
        witnessed=WITNESSED,
        stamp=_STAMP if stamped else "",
        missing=_MISSING.format(names=names) if missing else "",
    )


def _shown(text: str) -> str:
    """Return a text on one line in which nothing acts on a terminal."""
    return "".join(each if each.isprintable() else " " for each in text)
