"""A drill of the library, conducted as its users do: what is given, and what must come of it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.inside import ssh
from live.conftest import DRILL, ROOT, Lab, traces, view_of

PEOPLE = ("on-call=ack", "head-of-sales=accept")


@dataclass(frozen=True)
class Case:
    """A scenario: who decides what, and what a look at a host must show when it is over."""

    scenario: str
    decided: tuple[str, ...] = ()
    host: str = ""
    look: str = ""
    shows: str = ""
    unchosen: frozenset[str] = frozenset()
    """Steps of a decision that nobody took."""
    breaks: str = ""
    """The step from which a customer's own books count what is lost."""
    other: Path | None = None
    more: tuple[str, ...] = ()

    @property
    def file(self):
        return self.other or ROOT / "scenarios" / f"{self.scenario}.yaml"

    def __str__(self):
        return "-".join((self.scenario, *self.more[1::2]))


@dataclass(frozen=True)
class Held:
    """A drill that was conducted."""

    status: int
    said: str
    view: dict
    lab: Lab
    conduct: object


def hold(lab, runs, case, *more):
    answers = (*PEOPLE, *case.decided)
    with lab.drill(runs, *case.more, *more, scenario=case.file, answers=answers) as conduct:
        status, said = conduct.end(300)
    (run,) = runs.iterdir()
    return Held(status, said, view_of(run), lab, conduct)


def objective(view, measure):
    return next(one for one in view["objectives"] if one["measure"] == measure)


def assert_green(held, case):
    """Each promise is met, each step done unless nobody chose it, each fault gone."""
    assert held.status == 0, held.said
    assert {one["verdict"] for one in held.view["objectives"]} == {"met"}
    rto = objective(held.view, "RTO")
    assert 0 < rto["actual"]["lo"] <= rto["actual"]["hi"] <= rto["target"]
    chosen = {step["id"]: step["phase"] for step in held.view["steps"]}
    assert {phase for id_, phase in chosen.items() if id_ not in case.unchosen} == {"done"}
    assert {fault["standing"] for fault in held.view["faults"]} == {"undone"}
    assert "stays on" not in held.said
    assert traces(held.lab) == {}
    assert case.shows in ssh(held.lab.facts, case.host, case.look)


def prove(lab, runs, case):
    """Conduct a drill without its recovery; return the exit status and what was said."""
    said = [word for answer in (*PEOPLE, *case.decided) for word in ("--yes-as", answer)]
    argv = [*DRILL, "prove", str(case.file), "--lab", lab.name, "--runs", str(runs), *said]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=600, check=False)
    return ran.returncode, ran.stdout + ran.stderr
