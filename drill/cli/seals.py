"""Whether a run is sealed: a bundle lies with its journal, and covers all of it."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from drill.cli.bundles import read_bundle
from drill.cli.form import FORM
from drill.errors import EvidenceError
from drill.files import read_plain

SUFFIX = ".drill.tar"
_MOST = 16 * 1024 * 1024
"""Bytes of the form."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What a run's bundle covers."""

    journal: str = ""
    """Why the journal does not count as sealed; empty: it does."""
    form: str = ""
    """Why what people filled in does not; empty: it does, or there is nothing."""


def places_of(journal: Path) -> tuple[Path, Path]:
    """Return where the bundle of a run may lie: in its directory, or beside it."""
    run = journal.absolute().parent
    name = f"{run.name}{SUFFIX}"
    return run / name, run.parent / name


def seal_of(journal: Path, records: int, head: str) -> Seal:
    """Return what is sealed of a run; of two bundles, the one that covers its journal.

    It looks at a bundle's checkpoints, which must be what the bundle's sums say and must name
    the journal's present end, and at the sum of the form. Whose signature is under the sums,
    the bundle's own ``verify.py`` tells.

    Args:
        journal: the run's journal.
        records: how many it holds now.
        head: SHA-256 of its last line.
    """
    found = [_seal(path, journal, records, head) for path in places_of(journal) if path.exists()]
    whole = [one for one in found if not one.journal]
    return next(iter((*whole, *found)), Seal("not sealed (drill seal)"))


def _seal(bundle: Path, journal: Path, records: int, head: str) -> Seal:
    from drill.evidence.members import CHECKPOINTS  # noqa: PLC0415  heavy
    from drill.evidence.sums import told_by  # noqa: PLC0415  heavy

    try:
        points, sums = _read(bundle)
    except EvidenceError as error:
        return Seal(f"its bundle {bundle.name} cannot be read ({error})")
    told = told_by(sums)
    if told.get(CHECKPOINTS) != sha256(points).hexdigest():
        return Seal(f"its bundle {bundle.name} is not what its sums say")
    if points.decode("utf-8", "replace").split()[::2] != [str(records), head]:
        return Seal(f"its bundle {bundle.name} was sealed over another journal")
    return Seal(form=_form(journal.parent / FORM, told.get(FORM)))


def _form(path: Path, sealed: str | None) -> str:
    try:
        now = sha256(read_plain(path, _MOST)).hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{FORM} cannot be read ({error.strerror})"
    return "" if now == sealed else f"{FORM} is not as it was sealed (drill seal)"


def _read(bundle: Path) -> tuple[bytes, bytes]:
    """Return the checkpoints and the sums of a bundle.

    Raises:
        EvidenceError: it cannot be read, is no bundle, lacks one of them, or nobody signed it.
    """
    from drill.evidence.archive import unpack  # noqa: PLC0415  heavy
    from drill.evidence.members import CHECKPOINTS  # noqa: PLC0415  heavy
    from drill.evidence.sums import SIGNATURE, SUMS  # noqa: PLC0415  heavy

    members = unpack(read_bundle(bundle)).members
    for name in (CHECKPOINTS, SUMS, SIGNATURE):
        if name not in members:
            raise EvidenceError(f"it holds no {name}")
    return members[CHECKPOINTS], members[SUMS]
