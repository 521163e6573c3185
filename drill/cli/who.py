"""Who sits at this terminal."""

import getpass
import platform


def operator() -> str:
    """Return the user and the machine, as they are named in journals."""
    return f"{getpass.getuser()}@{platform.node()}"
