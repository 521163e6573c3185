"""A program: reads bombs by name, each in a fork of its own, and says what each cost.

One name a line comes in; one line of JSON goes out: what was said of it, its
processor time in seconds, and how much memory it took beyond what there was.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from hostile.bombs import BOMBS

from drill.graph.load import read
from drill.model.problem import ScenarioProblemsError
from drill.model.scenario import Scenario


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def measured(name: str) -> dict[str, Any]:
    bomb = BOMBS[name]()
    before, began = resident(), time.process_time()
    try:
        read(bomb, "bomb.yaml", Scenario)
        places, words = [], "it was taken"
    except ScenarioProblemsError as error:
        words = str(error)
        places = [(p.where.path, p.where.line, p.where.column) for p in error.problems]
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "places": places[:200],
        "words": words[:500],
        "said": len(words),
        "seconds": seconds,
        "bytes": max(0, peak - before),
    }


def main() -> None:
    try:
        read(b"{}", "warm.yaml", Scenario)  # what is made once is made before anything is measured
    except ScenarioProblemsError as error:
        str(error)
    for line in sys.stdin:
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            with os.fdopen(into, "w") as answer:
                answer.write(json.dumps(measured(line.strip())))
            os._exit(0)
        os.close(into)
        with os.fdopen(out) as answer:
            print(answer.read(), flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
