"""The chapters that let a stranger check the others: environment, evidence."""

from drill.model.view import View
from drill.report.figures import count
from drill.report.page import Cell, Chapter, Sheet, columns

_RECOMPUTE = """\
link_of() { sha256sum | cut -d ' ' -f 1; }
link=$(printf 'drill journal v1\\n' | link_of) seq=0
while IFS= read -r line; do
  case $line in
    '{"seq":'"$seq"',"prev":"'"$link"'",'*) ;;
    *) echo "broken at record $seq"; break ;;
  esac
  link=$(printf '%s\\n' "$line" | link_of) seq=$((seq + 1))
done < journal.jsonl
echo "$seq records, head $link"
"""


def environment(view: View) -> Chapter:
    """Return what the exercise ran on and with."""
    versions = Sheet(columns("What", "Value"), empty="nothing was recorded")
    targets = Sheet(columns("Target", "Site", "Address"), title="Targets: all that may be touched")
    files = Sheet(columns("File", "SHA-256"), title="Files of the plan", empty="none")
    return Chapter(
        "environment",
        "Environment and versions",
        tables=(
            versions.of(view.environment.items()),
            targets.of(view.targets),
            files.of((name, Cell(digest, code=True)) for name, digest in view.files.items()),
        ),
    )


def evidence(view: View) -> Chapter:
    """Return how to check the journal with nothing but a shell and coreutils."""
    times = "once" if view.resumed == 1 else f"{count(view.resumed)} times"
    resumed = f"The conductor was resumed {times} from the journal." if view.resumed else ""
    clocks = view.clock_notes or ("No step and no suspend of the clocks was seen.",)
    prose = (
        f"Every figure above is computed from journal.jsonl: {count(view.records)} records, each "
        "carrying the SHA-256 of the line before it. These commands recompute the chain:"
    )
    ends = "They must end with this number of records and this head:"
    return Chapter(
        "evidence",
        "Evidence",
        prose=(prose,),
        commands=_RECOMPUTE,
        after=ends,
        tables=(
            Sheet(columns("Journal", "Value")).of(
                [
                    ("Records", count(view.records)),
                    ("Head", Cell(view.head, code=True)),
                    ("Plan digest", Cell(view.digest, code=True)),
                    *((f"Approved by {by}", Cell(key, code=True)) for by, key in view.approvals),
                ]
            ),
        ),
        points=tuple(filter(None, (resumed, *clocks))),
    )
