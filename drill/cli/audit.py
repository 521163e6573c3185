"""``drill audit``: an auditor's tests, put to a sealed bundle."""

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from drill.cli.bundles import bundle_argument, read_bundle, read_checkpoints
from drill.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from drill.evidence.audit import Asked
    from drill.evidence.bundle import Bundle

_SIGNS = {"pass": "✓", "fail": "✗", "not applicable": "·", "not checked": "?"}
_SHOWN = 12
"""Records that are named on the screen; --json names all."""


@click.command(
    epilog="Exit status: 0 every test is passed, or is about nothing here; 1 one failed; 3 one "
    "could not be done, as whose the signature is without --signers; 74 the evidence is broken."
)
@bundle_argument
@click.option(
    "--signers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who may have signed, in the form of ssh-keygen(1), ALLOWED SIGNERS. It must come by "
    "another way than the bundle.",
)
@click.option(
    "--checkpoints",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What was written down elsewhere when the run was sealed or witnessed.",
)
@click.option(
    "--tsa-ca",
    "roots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The certificates of the time-stamping authorities that you trust, as PEM.",
)
@click.option(
    "--seed", default="1", show_default=True, help="By which outputs are drawn: any text."
)
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="How many outputs are drawn.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object with all records.")
def audit(
    bundle: Path,
    signers: Path | None,
    checkpoints: Path | None,
    roots: Path | None,
    seed: str,
    sample: int,
    as_json: bool,
) -> int:
    """Put the tests CT-01 to CT-13 to BUNDLE, what `drill seal` wrote.

    It asks whether every byte is what was sealed, by whom, whether each figure follows from
    the records (by drill, and by a second implementation), whether all steps came to an end,
    whether promises were fixed beforehand, who decided, and more. It runs nothing that comes
    out of the bundle.
    """
    from drill.evidence.audit import audited, status_of  # noqa: PLC0415  heavy
    from drill.evidence.bundle import opened  # noqa: PLC0415  heavy
    from drill.evidence.findings import Outside  # noqa: PLC0415  heavy
    from drill.evidence.members import JOURNAL  # noqa: PLC0415  heavy
    from drill.evidence.second import figures_of  # noqa: PLC0415  heavy

    try:
        found = opened(read_bundle(bundle))
    except EvidenceError as error:
        raise EvidenceError(f"{bundle}: {error}") from error
    outside = Outside(
        signers=_brought("--signers", signers),
        contradictions=_contradictions(found, checkpoints),
        roots=_brought("--tsa-ca", roots),
        seed=seed,
        sample=sample,
        figures=figures_of(found.members[JOURNAL]) if found.run else {},
    )
    tested = audited(found, outside)
    status = status_of(tested)
    click.echo(_as_json(found, tested, status) if as_json else _as_text(found, tested))
    return status


def _brought(option: str, path: Path | None) -> bytes | None:
    from drill.files import read_plain  # noqa: PLC0415  heavy

    try:
        return None if path is None else read_plain(path, 1 << 20)
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror}") from error


def _contradictions(bundle: "Bundle", path: Path | None) -> tuple[str, ...] | None:
    """Return what a file of checkpoints says against a bundle; one that names no seal says that."""
    from drill.evidence.checkpoints import contradictions  # noqa: PLC0415  heavy

    if path is None or bundle.run is None:
        return None
    known, run = read_checkpoints(path), bundle.run.opened.run
    if not any(one.run == run for one in known):
        return (f"{path} names no seal of {run}",)
    return tuple(contradictions(known, run, bundle.run.lines))


def _as_text(bundle: "Bundle", tested: "tuple[Asked, ...]") -> str:
    from drill.report.inert import inert  # noqa: PLC0415  heavy

    lines = [f"{bundle.archive.top}, {len(bundle.members)} files"]
    for one in tested:
        head = f"{_SIGNS[one.finding.state]} {one.id} {one.name}: {one.finding.state}"
        lines += [head, f"    {inert(one.finding.text)}"]
        if records := one.finding.records:
            more = f" and {len(records) - _SHOWN} more" if len(records) > _SHOWN else ""
            lines.append(f"    records {', '.join(map(str, records[:_SHOWN]))}{more}")
    return "\n".join(lines)


def _as_json(bundle: "Bundle", tested: "tuple[Asked, ...]", status: int) -> str:
    import json  # noqa: PLC0415  for this alone

    told = {
        "run": bundle.archive.top,
        "exit_status": status,
        "keys": dict(bundle.keys),
        "tests": [
            {
                "id": one.id,
                "name": one.name,
                "state": one.finding.state,
                "text": one.finding.text,
                "records": list(one.finding.records),
            }
            for one in tested
        ],
    }
    return json.dumps(told, indent=2)
