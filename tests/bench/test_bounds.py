"""What must hold on any machine: a step's cost does not grow with the plan, nor the memory much."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path(__file__).with_name("core.py")
FEW, MANY = 10, 10_000


def rehearsed(shape, count):
    argv = [sys.executable, str(CORE), "--rehearse", shape, str(count)]
    return json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout)


@pytest.mark.parametrize("shape", ["chain", "layered"])
def test_ten_thousand_steps_cost_no_more_each_than_ten(shape, record_property):
    few, many = rehearsed(shape, FEW), rehearsed(shape, MANY)
    assert few["steps"] == many["steps"] == MANY
    ratio = many["seconds"] / few["seconds"]
    assert ratio < 3, "about 1; a cost that grows with the plan would make it hundreds"
    assert many["peak"] < 300
    record_property(
        "P28",
        f"{shape} of {MANY:,} steps: each costs {ratio:.1f} times one of {FEW}, "
        f"{many['peak']:.0f} MB",
    )
