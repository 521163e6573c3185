"""Shutting hosts down in order, as their power buttons do."""

import time
from collections.abc import Sequence

from drill.errors import LabError
from drill.hosts.fabric import Fabric

_LIMIT = 30.0
"""Seconds for one host to stop its services."""


def shut_down(fabric: Fabric, hosts: Sequence[str]) -> None:
    """Shut hosts down, one after the other in the order of the lab file.

    So a primary that is listed before its standby hands it the last record.

    Raises:
        LabError: a host is still on after the time limit.
    """
    for host in hosts:
        fabric.shutdown(host)
        deadline = time.monotonic() + _LIMIT
        while fabric.state().hosts[host].power == "on":
            if time.monotonic() > deadline:
                raise LabError(f"lab: {host} did not shut down within {_LIMIT:.0f} s")
            time.sleep(0.05)
