"""``drill run``: conduct an exercise, live, in rehearsal or at a table, or take it up again."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from drill.cli.console import PORT
from drill.cli.shelf import completed_run, runs_option
from drill.errors import UsageError

if TYPE_CHECKING:
    from drill.cli.session import Request

F = TypeVar("F", bound=Callable[..., Any])


def pairs(values: tuple[str, ...], option: str) -> dict[str, str]:
    """Read options like ``--set name=value``."""
    split = [value.partition("=") for value in values]
    if wrong := [name for name, equals, _ in split if not (name and equals)]:
        raise UsageError(f"{option} {wrong[0]}: write {option} NAME=VALUE")
    return {name: value for name, _, value in split}


settings_option = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Set a parameter."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print each event as a line of JSON."
)
_EXERCISE = (
    click.argument("scenario", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    settings_option,
    click.option(
        "--yes-as",
        "answers",
        multiple=True,
        metavar="ROLE=OPTION",
        help="Answer for a role beforehand: the option it decides for, or any word to acknowledge "
        "a message or confirm a task. The report says that it was answered so.",
    ),
    click.option(
        "--secret",
        "secrets",
        multiple=True,
        metavar="NAME=env:VAR|file:PATH",
        help="Where a secret is found; the lab's own need not be told.",
    ),
    click.option(
        "--lab", "lab_name", help="The lab to run on, if it has another name than its file."
    ),
    click.option(
        "--approval",
        "approvals",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="What `drill approve` wrote; one for each approval that the scenario needs.",
    ),
    click.option(
        "--allowed-signers",
        "signers",
        type=click.Path(path_type=Path),
        default=Path("/etc/drill/approvers"),
        show_default=True,
        help="Who may approve, in the form of ssh-keygen(1).",
    ),
    runs_option,
)


def exercise_options(command: F) -> F:
    """Give a command what every exercise that is conducted live is told."""
    for option in reversed(_EXERCISE):
        command = option(command)
    return command


@click.command(
    epilog="--facilitated lets people elsewhere take part: `drill join`, `answer` and `note`, and "
    "the facilitator's `drill hold`, `resume`, `inject`, `jump` and `end`. A facilitated tabletop "
    "goes on in real time, and jumps over what people say that a recovery takes (`drill answer RUN "
    "STEP 20m`) once nobody is left to be asked; what nobody says within a step's time goes as the "
    "plan claims. After a crash the same command takes it up, and it goes on: it harms nothing."
)
@exercise_options
@click.option(
    "--as",
    "mode",
    type=click.Choice(["live", "rehearsal", "tabletop"]),
    default="live",
    show_default=True,
    help="What kind of exercise: on the targets; on virtual time, as the plan claims; or at a "
    "table, as the people there say. The last two are connected to nothing.",
)
@click.option(
    "--go-on",
    is_flag=True,
    help="Approve that an interrupted exercise goes on; else it only heals, and closes.",
)
@click.option(
    "--facilitated",
    is_flag=True,
    help="Somebody facilitates it: people join and answer from elsewhere, and it stays open for "
    "the hot wash until `drill end`. Live, or at a table.",
)
@click.option(
    "--history",
    metavar="RUN",
    shell_complete=completed_run,
    help="In a rehearsal: each step takes as long as it took in RUN, a live run of this scenario; "
    "as it claims where RUN has none.",
)
@click.option(
    "--console",
    is_flag=False,
    flag_value=PORT,
    type=click.IntRange(0, 65535),
    metavar="[PORT]",
    help=f"Let people take part in browsers of this machine, at {PORT} or another port (0: any "
    "that is free), and print a link for each seat; for other machines see `drill console`.",
)
@json_option
def run(
    scenario: Path,
    mode: str,
    settings: tuple[str, ...],
    answers: tuple[str, ...],
    secrets: tuple[str, ...],
    as_json: bool,
    **asked: Any,
) -> int:
    """Conduct the exercise of SCENARIO: live, as a rehearsal, or as a tabletop.

    drill checks the scenario, watches the services, breaks nothing before they
    were seen to be well, injects, recovers, undoes every fault whatever
    happens, reads the ledgers back and writes the report. Ctrl-C (or SIGTERM)
    ends the exercise early: it heals first.

    After a crash the same command takes the exercise up where its journal
    stands: once any step had begun it heals and closes, unless --go-on
    approves that it goes on.
    People's steps are answered at the terminal, from elsewhere with `drill answer`,
    or beforehand with --yes-as.

    A host that a line of /etc/drill/deny or ~/.config/drill/deny names is
    never touched, whatever else allows it; a list that cannot be read denies all.

    This version runs live on lab hosts, and on stand-ins of AWS on this machine, only.

    As a rehearsal the same file is conducted within seconds, on virtual time and
    with nothing touched: each step takes what it claims (`expect`), or else its
    limit. It prints the timeline, how long each service would be away and the
    critical path, keeps the run, and ends with the status that it predicts.

    As a tabletop it tells the story step by step and asks the people at the table
    what they would do and how long it would take; story time passes as they say.
    Without a terminal each unanswered step goes as the plan claims.
    """
    from drill.cli.session import Request  # noqa: PLC0415  heavy

    request = Request(
        scenario=scenario,
        settings=pairs(settings, "--set"),
        answers=pairs(answers, "--yes-as"),
        secrets=pairs(secrets, "--secret"),
        **asked,
    )
    _assert_people(request, mode)
    return _conducted(request, mode, as_json=as_json)


def _conducted(request: "Request", mode: str, *, as_json: bool) -> int:
    from drill.cli.imagined import rehearse, seat, sit  # noqa: PLC0415  heavy
    from drill.cli.session import conduct, prepare  # noqa: PLC0415  heavy

    if mode == "rehearsal":
        return rehearse(request, as_json=as_json)
    if mode == "tabletop":
        return (seat if request.facilitated else sit)(request, as_json=as_json)
    return conduct(prepare(request), as_json=as_json, console=request.console)


def _assert_people(request: "Request", mode: str) -> None:
    """Refuse what lets people take part where there are none, or only those at the terminal.

    Raises:
        UsageError: there is nobody who could.
    """
    if request.history and mode != "rehearsal":
        raise UsageError("--history: only a rehearsal goes by it; add --as rehearsal")
    if request.facilitated and mode == "rehearsal":
        raise UsageError("--facilitated: in a rehearsal there is nobody; leave one of them out")
    if request.console is not None and mode != "live" and not request.facilitated:
        raise UsageError(
            "--console: nobody takes part from elsewhere; give --facilitated, or go live"
        )
