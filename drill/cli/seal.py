"""``drill seal`` and ``drill cosign``: a run becomes one archive, signed and witnessed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from drill.cli.bundles import (
    append_checkpoint,
    assert_agrees,
    bundle_argument,
    read_bundle,
    read_checkpoints,
    write_bundle,
)
from drill.cli.claimed import with_controls
from drill.cli.claims import with_claims
from drill.cli.form import FORM, with_form
from drill.cli.seals import SUFFIX
from drill.cli.shelf import completed_run, journal_of, runs_option, tell_unpinned
from drill.errors import EvidenceError, JournalError, UsageError

if TYPE_CHECKING:
    from drill.evidence.members import Run

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_MOST = 1 << 20
_REPORTS = {"html": "report.html", "markdown": "report.md", "json": "report.json"}


def _who(_: click.Context, __: click.Parameter, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"--as {name}: letters, digits and . _ @ + - only")
    return name


_key_option = click.option(
    "--key",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your SSH key: the private file, or the public one if an agent holds it.",
)
_as_option = click.option(
    "--as",
    "by",
    required=True,
    metavar="NAME",
    callback=_who,
    help="Who you are to those who verify.",
)


@click.command()
@click.argument("run", metavar="RUN", shell_complete=completed_run)
@runs_option
@_key_option
@_as_option
@click.option(
    "--checkpoints",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file kept elsewhere, to which one line is added that says how far the journal had "
    "come; refused if a line of it contradicts the run.",
)
@click.option(
    "--timestamp",
    "authority",
    metavar="URL",
    help="Have a time-stamping authority (RFC 3161) confirm that the journal is there now; its "
    "answer is sealed too. Needs pip install 'drill[timestamp]'.",
)
@click.option(
    "--files",
    "base",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The scenario's directory, for a run that kept no copy of its files.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Where to write it; else RUN{SUFFIX} beside the run's directory.",
)
def seal(
    run: str,
    runs: Path,
    key: Path,
    by: str,
    checkpoints: Path | None,
    authority: str | None,
    base: Path | None,
    output: Path | None,
) -> None:
    """Seal RUN: its id, its directory, or `latest`. One archive, signed with your SSH key.

    It holds the journal, the plan with its files as they were when the run began, the raw
    outputs, the report, and a page that tells an auditor how to check it all with sha256sum,
    ssh-keygen and python3 alone. The same run sealed with the same key is the same to the
    byte, if the key is Ed25519 or RSA.
    """
    from drill.cli.papers import papers_of  # noqa: PLC0415  heavy
    from drill.evidence.bundle import opened, sealed  # noqa: PLC0415  heavy
    from drill.evidence.checkpoints import moment  # noqa: PLC0415  heavy
    from drill.evidence.members import Sealing, archive_of  # noqa: PLC0415  heavy
    from drill.signatures import keygen  # noqa: PLC0415  heavy
    from drill.wiring import now  # noqa: PLC0415  heavy

    journal = journal_of(runs, run)
    tell_unpinned(journal)
    found = run_at(journal)
    sealing = Sealing(
        by=by,
        papers=papers_of(found.opened.files, journal.parent, base),
        report=_reports(found, journal),
        more={
            **_form(journal.parent),
            **_stamp(found, authority),
            **_committed(found, journal.parent, key),
        },
    )
    known = read_checkpoints(checkpoints) if checkpoints else ()
    assert_agrees(known, found, checkpoints)
    archive = archive_of(found, sealing)
    text = sealed(archive, lambda told, space: keygen.sign(told, key, space))
    output = output or journal.parent.with_name(journal.parent.name + SUFFIX)
    _assert_free(output, text)
    if checkpoints:
        append_checkpoint(checkpoints, opened(text).checkpoint(moment(now().wall)))
    write_bundle(output, text)
    _tell(found, archive.members, output)


@click.command()
@bundle_argument
@_key_option
@_as_option
@click.option(
    "--checkpoints",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file in which you, the witness, keep what you have signed; it is yours alone.",
)
def cosign(bundle: Path, key: Path, by: str, checkpoints: Path) -> None:
    """Sign BUNDLE as a witness: that it was so when you saw it.

    Your signature is added to the bundle as SHA256SUMS.NAME.sig. It is refused for a bundle
    that is broken, and for one that contradicts what you signed before: a run put back to an
    earlier day, or another journal under the same name.
    """
    from drill.evidence.bundle import cosigned, opened  # noqa: PLC0415  heavy
    from drill.evidence.checkpoints import moment  # noqa: PLC0415  heavy
    from drill.signatures import keygen  # noqa: PLC0415  heavy
    from drill.wiring import now  # noqa: PLC0415  heavy

    found = opened(read_bundle(bundle))
    if found.run is None or found.breaks:
        raise EvidenceError(f"{bundle}: nothing is signed that is broken: {found.breaks[0]}")
    assert_agrees(read_checkpoints(checkpoints), found.run, checkpoints)
    text = cosigned(found, by, lambda told, space: keygen.sign(told, key, space))
    append_checkpoint(checkpoints, found.checkpoint(moment(now().wall)))
    write_bundle(bundle, text)
    click.echo(f"{by} witnesses {found.run.opened.run}: {bundle}")


def run_at(journal: Path) -> "Run":
    """Read a journal as it is sealed: line by line, held to its pin.

    Raises:
        JournalError: it cannot be read, its chain is broken, or it holds no record yet.
    """
    from drill.evidence.members import run_of  # noqa: PLC0415  heavy
    from drill.journal.reader import pinned_lines  # noqa: PLC0415  heavy

    try:
        lines = tuple(pinned_lines(journal))
    except OSError as error:
        raise JournalError(f"{journal}: cannot be read: {error.strerror}") from error
    return run_of(lines)


def _reports(run: "Run", journal: Path) -> dict[str, bytes]:
    """Return the report in each format, made anew: a file beside the journal proves nothing."""
    from drill.measure.timeline import view  # noqa: PLC0415  heavy
    from drill.report.files import FORMATS  # noqa: PLC0415  heavy

    seen = with_claims(view(run.records, None, run.head), journal.parent.parent)
    seen = with_form(with_controls(seen, journal, sealing=True), journal)
    return {name: FORMATS[form](seen) for form, name in _REPORTS.items()}


def _stamp(run: "Run", url: str | None) -> dict[str, bytes]:
    """Return the answer of a time-stamping authority about a run's end, if one is to be asked."""
    if url is None:
        return {}
    from drill.evidence.members import checkpoint_of  # noqa: PLC0415  heavy
    from drill.evidence.timestamp import STAMP, stamp_of  # noqa: PLC0415  heavy
    from drill.hosts.authority import ask  # noqa: PLC0415  heavy

    return {STAMP: stamp_of(checkpoint_of(run), lambda question: ask(url, question))}


def _form(run: Path) -> dict[str, bytes]:
    """Return what people filled in afterwards."""
    from drill.files import read_plain  # noqa: PLC0415  heavy

    try:
        return {FORM: read_plain(run / FORM, _MOST)}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise EvidenceError(f"{run / FORM}: cannot be read: {error.strerror}") from error


def _committed(found: "Run", run: Path, key: Path) -> dict[str, bytes]:
    """Return commitments to each record, by which outsiders can be told of it, and a signature.

    It is one of its own: the sums would tell outsiders too much (:mod:`drill.evidence.handout`).
    """
    from drill.cli.salts import salt_of, salt_path  # noqa: PLC0415  heavy
    from drill.evidence.commitments import COMMITMENTS, commitments  # noqa: PLC0415  heavy
    from drill.evidence.handout import NAMESPACE, SIGNATURE  # noqa: PLC0415  heavy
    from drill.signatures import keygen  # noqa: PLC0415  heavy

    told = commitments(found.lines, salt_of(salt_path(run), make=True))
    return {COMMITMENTS: told, SIGNATURE: keygen.sign(told, key, NAMESPACE).encode()}


def _assert_free(output: Path, text: bytes) -> None:
    """Refuse to write over another bundle: a witness may have signed it."""
    if output.exists() and read_bundle(output) != text:
        raise UsageError(
            f"{output}: is there, and is another bundle; remove it, or name another with --output"
        )


def _tell(run: "Run", members: Mapping[str, bytes], output: Path) -> None:
    if run.records[-1].event.type != "exercise-closed":
        click.echo(f"drill: {run.opened.run} was not closed: an audit will say so", err=True)
    if missing := members.get("missing.txt", b"").decode().splitlines():
        names = ", ".join(line.partition("  ")[2] for line in missing)
        click.echo(f"drill: not in it, because gone or changed: {names}", err=True)
    click.echo(f"{len(run.lines)} records, head {run.head}")
    click.echo(output)
