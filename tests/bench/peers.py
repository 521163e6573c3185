"""drill beside its peers, each row measured in one run: what, drill, peer, ratio, target, holds.

Run: ``make bench``, or ``python tests/bench/peers.py [DIRECTORY]``; the directory must
be on the disk that counts. It prints, and judges nothing: on a machine that does
something else meanwhile, measure again.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import chaos, fleet, outages, playbooks, steps
from bench.table import HEAD


def main(directory: str) -> None:
    """Print the rows, slowest last."""
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory(dir=directory) as place:
        for rows in (steps.rows, chaos.rows):
            for row in rows(Path(place).resolve()):
                print(row, flush=True)
    for row in playbooks.rows():
        print(row, flush=True)
    for row in fleet.rows():
        print(row, flush=True)
    outages.apart()
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else ".")
