"""``drill redact``: a run for outsiders, and what they hold it against."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from drill.cli.bundles import read_bundle, write_bundle
from drill.cli.salts import salt_of, salt_path
from drill.cli.seal import run_at
from drill.cli.seals import SUFFIX
from drill.cli.shelf import completed_run, journal_of, runs_option
from drill.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from drill.evidence.handout import Handout
    from drill.evidence.redaction import Kept
    from drill.model.events import Record

REDACTED = ".redacted.tar"
_NOT_CHECKED = 3


@click.command(
    epilog="Exit status of --check: 0 all that is shown is proven, and whoever signed is one of "
    "--signers; 3 it is proven, but not whose it is; 74 something was changed."
)
@click.argument("subject", metavar="BUNDLE|RUN|FILE", shell_complete=completed_run)
@runs_option
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Where to write it; else RUN{REDACTED} beside the bundle or the run.",
)
@click.option("--keep-persons", is_flag=True, help="Tell the names of persons.")
@click.option("--keep-outputs", is_flag=True, help="Tell what people and programs said.")
@click.option("--mask-addresses", is_flag=True, help="Keep back where targets are, too.")
@click.option(
    "--salt",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The salt with which it was sealed, if it is not beside the bundle or the run.",
)
@click.option("--check", is_flag=True, help="Check FILE, which this command wrote, instead.")
@click.option(
    "--signers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --check: who may have sealed it, in the form of ssh-keygen(1), ALLOWED SIGNERS.",
)
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --check: the sealed bundle itself, for whoever has both.",
)
@click.option("--json", "as_json", is_flag=True, help="With --check: print a JSON object.")
def redact(
    subject: str,
    runs: Path,
    output: Path | None,
    keep_persons: bool,
    keep_outputs: bool,
    mask_addresses: bool,
    salt: Path | None,
    check: bool,
    signers: Path | None,
    against: Path | None,
    as_json: bool,
) -> int:
    """Make of a sealed BUNDLE, or of a RUN, an archive for outsiders, which still verifies.

    In it persons have numbers in the place of their names, and what people and programs said
    is masked; every figure is as it was. Each value that is shown is proven by commitments that
    were signed when the run was sealed; of a RUN that was not sealed nobody's signature says
    whose it is. Of a text that names a person, also where the scenario's author wrote it,
    nothing is told.
    """
    from drill.evidence.redaction import Kept  # noqa: PLC0415  heavy

    if check:
        found = _checked(Path(subject), against)
        names = found.signers(signers.read_bytes()) if signers and found.key else ()
        _tell(found, names, as_json=as_json)
        return 0 if names else _NOT_CHECKED
    kept = Kept(keep_persons, keep_outputs, not mask_addresses)
    bundle = Path(subject)
    if bundle.is_file() and bundle.name.endswith(SUFFIX):
        place = bundle.with_name(bundle.name.removesuffix(SUFFIX))
        text = _of_bundle(bundle, salt or salt_path(place), kept)
    else:
        place = journal_of(runs, subject).parent
        text = _of_run(place, salt, kept)
    output = output or place.with_name(place.name + REDACTED)
    write_bundle(output, text)
    click.echo(output)
    return 0


def _of_bundle(path: Path, salt: Path, kept: "Kept") -> bytes:
    from drill.evidence.commitments import COMMITMENTS  # noqa: PLC0415  heavy
    from drill.evidence.handout import SIGNATURE  # noqa: PLC0415  heavy

    found, lines = _sealed(path)
    promised = {name: found[name] for name in (COMMITMENTS, SIGNATURE)}
    return _handout(lines, salt_of(salt), kept, promised)


def _sealed(path: Path) -> tuple[Mapping[str, bytes], Sequence[bytes]]:
    """Return what is in a sound bundle, and its journal's lines.

    Raises:
        EvidenceError: it is broken, or was sealed before there were commitments.
    """
    from drill.evidence.bundle import opened  # noqa: PLC0415  heavy
    from drill.evidence.commitments import COMMITMENTS  # noqa: PLC0415  heavy

    found = opened(read_bundle(path))
    if found.run is None or found.breaks:
        raise EvidenceError(f"{path}: nothing is made of what is broken: {found.breaks[0]}")
    if COMMITMENTS not in found.members:
        raise EvidenceError(f"{path}: it was sealed without {COMMITMENTS}; seal the run anew")
    return found.members, found.run.lines


def _of_run(place: Path, salt: Path | None, kept: "Kept") -> bytes:
    found = run_at(place / "journal.jsonl")
    click.echo("drill: it was not sealed: nobody's signature says whose it is", err=True)
    own = salt_of(salt or salt_path(place), make=salt is None)
    return _handout(found.lines, own, kept, {})


def _handout(
    lines: Sequence[bytes], salt: bytes, kept: "Kept", promised: Mapping[str, bytes]
) -> bytes:
    """Return the archive; it is checked before it is handed out."""
    from drill.evidence.archive import pack  # noqa: PLC0415  heavy
    from drill.evidence.commitments import COMMITMENTS, commitments  # noqa: PLC0415  heavy
    from drill.evidence.disclosed import records_of  # noqa: PLC0415  heavy
    from drill.evidence.handout import archive_of, handout_of  # noqa: PLC0415  heavy
    from drill.evidence.redaction import redacted  # noqa: PLC0415  heavy

    own = {COMMITMENTS: commitments(lines, salt)}
    told = {**own, **promised, **redacted(lines, salt, kept)}
    if told[COMMITMENTS] != own[COMMITMENTS]:
        raise UsageError("the salt is not the one with which this was sealed; name it with --salt")
    records = records_of(told)
    text = pack(archive_of(told, records, _reports(records)))
    handout_of(text)
    return text


def _reports(records: "tuple[Record, ...]") -> dict[str, bytes]:
    """Return the report as it follows from what is shown."""
    from drill.measure.timeline import view  # noqa: PLC0415  heavy
    from drill.report.files import FORMATS  # noqa: PLC0415  heavy

    seen = view(records, None, "")
    return {
        "report.html": FORMATS["html"](seen),
        "report.json": FORMATS["json"](seen),
    }


def _checked(path: Path, against: Path | None) -> "Handout":
    """Return a handout of which everything holds.

    Raises:
        EvidenceError: something does not.
    """
    from drill.evidence.commitments import COMMITMENTS  # noqa: PLC0415  heavy
    from drill.evidence.handout import assert_of, handout_of  # noqa: PLC0415  heavy

    bundle = _sealed(against) if against else None
    try:
        found = handout_of(read_bundle(path))
        _assert_follows(found)
        if bundle is not None:
            assert_of(found, bundle[0][COMMITMENTS], bundle[1])
    except EvidenceError as error:
        raise EvidenceError(f"{path}: {error}") from error
    return found


def _assert_follows(found: "Handout") -> None:
    """Refuse a report that is not the one on the records beside it."""
    for name, text in _reports(found.records).items():
        if found.members.get(f"report/{name}") != text:
            raise EvidenceError(
                f"report/{name} was changed, or is of another version of drill: "
                "it is not what follows from the records"
            )


def _tell(found: "Handout", names: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        told = {"records": len(found.records), "key": found.key, "signers": names}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(f"{len(found.records)} records: all that is shown is as it was committed to")
    if not found.key:
        click.echo("not signed: nothing says whose exercise it is")
    elif names:
        click.echo(f"sealed by {', '.join(names)}, with the key {found.key}")
    else:
        click.echo(f"signed with the key {found.key}; give --signers to know whose that is")
