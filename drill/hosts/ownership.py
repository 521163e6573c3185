"""The secret by which a run owns what it armed on its targets."""

import os
from pathlib import Path
from secrets import token_bytes


def run_secret(run: Path) -> bytes:
    """Return the secret of the run with this directory, made when it is first asked for.

    It is kept, readable by its owner only, so that the run can go on renewing
    its leases after a crash. The caller holds the run's journal, and is alone.
    """
    path = run / "lease.secret"
    if not path.exists():
        beside = run / f".lease.{os.getpid()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
            file.write(token_bytes(32))
        beside.rename(path)
    return path.read_bytes()
