"""The drills of which every crash is tried: data, and the drill of ``scenarios/``."""

from pathlib import Path

import yaml
import yamlcore
from exercise.stories import CHECK, DECIDE, RECOVER, TASK, service
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

REFERENCES = {
    "primary-database-loss": _primary_database_loss(),
    "two-faults-with-until": _TWO_FAULTS,
    "an-undo-that-fails": _FAILING_UNDO,
}
