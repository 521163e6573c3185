"""A campaign of kills, as a program: only a process with one thread may fork with a quiet mind.

    python -m kills.campaign HOME [--kills N] [--workers N] [--mutant NAME]

It prints one JSON object that sums the cases up. What is kept in HOME broke a promise.
"""

import argparse
import json
import os
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from kills.server import Case, Server, Story, adopt_orphans
from kills.world import TAKES

_SHOWN = 5


def campaign(home: Path, kills: int, workers: int, mutant: str) -> list[Case]:
    """Kill at every moment once, then a second time in the recovery, until there are enough."""
    (quiet,) = spread([Story()], home, 1, mutant)
    singles = [
        Story((moment,), approved)
        for approved in (False, True)
        for moment in range(1, quiet.moments + 1)
    ]
    once = spread(_thinned(singles, kills), home, workers, mutant)
    once += spread(late(once), home, workers, mutant)
    wanted = max(0, kills - sum(len(case.died) for case in once))
    some = -(-wanted * 21 // 40)  # two kills each, and a few more: some come to no second moment
    twice = spread(_thinned(seconds(once), some), home, workers, mutant)
    return [quiet, *once, *twice]


def late(once: Sequence[Case]) -> list[Story]:
    """Return the stories anew in which a controller died while it injected, but slower."""
    return [replace(case.story, late=True) for case in once if case.died == ["inject: during"]]


def seconds(once: Sequence[Case]) -> list[Story]:
    """Return second deaths at every second moment of each recovery."""
    return [
        replace(case.story, deaths=(*case.story.deaths, moment))
        for case in once
        if case.died
        for moment in range(1 + case.story.deaths[0] % 2, case.moments + 1, 2)
    ]


def _thinned(stories: Sequence[Story], wanted: int) -> list[Story]:
    """Return so many of them, evenly spread."""
    count = min(wanted, len(stories))
    return [stories[n * len(stories) // count] for n in range(count)]


def spread(stories: Sequence[Story], home: Path, workers: int, mutant: str) -> list[Case]:
    """Have several workers, each a fork server of its own, conduct the stories."""
    pipes = []
    for worker in range(workers):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os._exit(_work(stories[worker::workers], home / f"{worker}", mutant, writing))
        os.close(writing)
        pipes.append(os.fdopen(reading))
    lines = [line for pipe in pipes for line in pipe]
    if any(os.wait()[1] for _ in pipes):
        raise SystemExit("a worker fell")
    return [_case_of(json.loads(line)) for line in lines]


def _case_of(told: dict) -> Case:
    story = told.pop("story")
    return Case(Story(**{**story, "deaths": tuple(story["deaths"])}), **told)


def _work(stories: Sequence[Story], home: Path, mutant: str, told: int) -> int:
    try:
        adopt_orphans()
        home.mkdir(exist_ok=True)
        server = Server(home, mutant)
        for story in stories:
            os.write(told, json.dumps(asdict(server.case(story))).encode() + b"\n")
    except BaseException:  # noqa: BLE001  a fork must never return
        traceback.print_exc()
        return 70
    return 0


def summary(cases: Sequence[Case]) -> dict[str, object]:
    """Sum the cases up."""
    broken = [case for case in cases if case.problems]
    kinds = (problem.partition(":")[0] for case in broken for problem in case.problems)
    return {
        "cases": len(cases),
        "kills": sum(len(case.died) for case in cases),
        "moments": cases[0].moments,
        "places": dict(Counter(name for case in cases for name in case.died)),
        "problems": dict(Counter(kinds)),
        "examples": [[case.story.name, case.died, case.problems] for case in broken[:_SHOWN]],
        "busy": sum(case.busy for case in cases),
        "resumed_injects": sum(case.resumed_injects for case in cases),
        "refusals": sum(case.refusals for case in cases),
        "longest": round(max(case.seconds for case in cases), 2),
    }


def main() -> None:
    """Run a campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--kills", type=int, default=600)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--mutant", choices=("", "hasty", "forgetful"), default="")
    asked = parser.parse_args()
    os.environ["TAKES"] = str(TAKES)
    if asked.mutant == "forgetful":
        os.environ["FORGETFUL"] = "1"
    cases = campaign(asked.home, asked.kills, asked.workers, asked.mutant)
    sys.stdout.write(json.dumps(summary(cases)) + "\n")


if __name__ == "__main__":
    main()
