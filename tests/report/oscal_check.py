"""Judge OSCAL documents as IBM's compliance-trestle does, in the environment that holds it."""

import sys
import tempfile
from pathlib import Path

from trestle.cli import Trestle

KINDS = ("assessment-results", "plan-of-action-and-milestones")


def told(*argv):
    sys.argv = ["trestle", *map(str, argv)]
    return Trestle().run()


def main(files):
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        wrong = told("init", "-tr", root, "-loc")
        for number, file in enumerate(files):
            name = f"n{number}"
            wrong = wrong or told("import", "-tr", root, "-f", Path(file).resolve(), "-o", name)
        wrong = wrong or told("validate", "-tr", root, "-a")
    sys.exit(wrong)


if __name__ == "__main__":
    main(sys.argv[1:])
