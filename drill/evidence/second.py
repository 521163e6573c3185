"""The second implementation, asked: drill's own copy of ``verify.py``, never the bundle's."""

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import as_file
from importlib.resources import files as shipped
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drill.evidence.members import JOURNAL, VERIFY

_SECONDS = 600


def figures_of(journal: bytes) -> Mapping[str, Any] | str:
    """Return what ``verify.py --figures`` makes of a journal, or why it makes nothing of it."""
    with TemporaryDirectory(prefix="drill-") as place, _program() as program:
        path = Path(place, JOURNAL)
        path.write_bytes(journal)
        argv = [sys.executable, "-I", str(program), "--figures", str(path)]
        try:
            ran = subprocess.run(argv, capture_output=True, check=False, timeout=_SECONDS)
            found = json.loads(ran.stdout)
        except (subprocess.TimeoutExpired, ValueError) as error:
            return f"verify.py gave no figures: {error}"
    if ran.returncode or not isinstance(found, dict):
        return f"verify.py gave no figures: {ran.stderr.decode(errors='replace').strip()}"
    return found


def _program() -> Any:
    return as_file(shipped("drill.evidence").joinpath(VERIFY))
