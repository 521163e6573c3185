"""The drills of which every crash is tried: data, and the drill of ``scenarios/``."""

from pathlib import Path

import yaml
import yamlcore
from exercise.stories import CHECK, DECIDE, NOTIFY, RECOVER, TASK, service
from simulation.schedule import Schedule

_FILE = Path(__file__).parents[2] / "scenarios" / "primary-database-loss.yaml"


def _primary_database_loss() -> Schedule:
    """The first drill of all, watched a bit less often; its fault is one that a host leases."""
    told = yaml.load(_FILE.read_text(), Loader=yamlcore.CoreLoader)
    orders = told["services"]["orders"]
    orders["probe"]["every"] = orders["ledger"]["every"] = "1s"
    told["steps"]["detect"]["with"]["for"] = "1s"
    fates = {
        name: [[1, "done", "failover", name == "repoint", None]]
        for name, step in told["steps"].items()
        if "service.state" not in step.values()
    }
    return Schedule(
        steps=told["steps"],
        services=told["services"],
        stop=[{"probe": "orders", "for": "55s"}],
        fates=fates,
        leases={"lose-db1": 15},
    )


def _inject(on: str, **more: object) -> dict[str, object]:
    return {"inject": "a.fault", "on": on, "timeout": "30s", **more}


_TWO_FAULTS = Schedule(
    steps={
        "cut": _inject("db1", until="look.ended"),
        "look": {**CHECK, "after": ["cut"]},
        "wait": {**CHECK, "after": ["cut"]},
        "stop": _inject("db2", until="mend.ended", after=["cut"]),
        "mend": {**RECOVER, "after": ["look", "stop"]},
        "go": {**DECIDE, "after": ["mend"]},
        "back": {**RECOVER, "after": ["cut.undone"]},
        "level": {**TASK, "after": ["stop.undone", "go.yes"]},
    },
    services={"shop": service(ledger=True)},
    fates={
        "look": [[2, "done", None, False, None]],
        "wait": [[5, "done", None, False, None]],
        "mend": [[8, "done", None, True, None]],
        "go": [[1, "done", "yes", False, None]],
    },
    leases={"cut": 15, "stop": 5},
)

_FAILING_UNDO = Schedule(
    steps={
        "hit": _inject("db1"),
        "mend": {**RECOVER, "after": ["hit"]},
        "tidy": {**RECOVER, "after": ["hit.undone"]},
    },
    fates={"mend": [[3, "failed", None, False, None]]},
    leases={"hit": 15},
    stiff={"hit": 5},
)

PEOPLE = Schedule(
    steps={
        "cut": _inject("db1", until="ok.ended"),
        "call": {**NOTIFY, "after": ["cut"]},
        "ask": {**DECIDE, "after": ["call.ended"]},
        "ok": {**TASK, "after": ["ask"], "on-failure": "continue"},
        "mend": {**RECOVER, "after": ["ask.yes"], "at": "T+40s"},
        "spare": {**CHECK, "after": ["ok.ended"]},
    },
    fates={
        "call": [[2, "done", None, False, 1]],
        "ask": [[3, "failed", None, False, 1], [3, "done", "yes", False, None]],
        "ok": [[3, "done", None, False, None]],
    },
    leases={"cut": 60},
    opening={"mode": "live", "facilitated": True},
    talk=[
        [0, "boss", {"says": "finished", "step": "ok"}],
        [1, "facilitator", {"says": "kept-back", "step": "spare"}],
        [6, "boss", {"says": "decided", "step": "ask", "choice": "yes"}],
        [7, "facilitator", {"says": "held", "why": "a question"}],
        [12, "facilitator", {"says": "resumed"}],
        [14, "facilitator", {"says": "jumped"}],
        [16, "facilitator", {"says": "released", "step": "spare"}],
        [20, "facilitator", {"says": "noted", "text": "all is over"}],
        [25, "facilitator", {"says": "ended"}],
    ],
)
"""A live exercise among people: held when a fault is due to be undone, kept back, put forward."""

REFERENCES = {
    "primary-database-loss": _primary_database_loss(),
    "two-faults-with-until": _TWO_FAULTS,
    "an-undo-that-fails": _FAILING_UNDO,
}
