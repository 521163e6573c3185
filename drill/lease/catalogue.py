"""The catalogue: every fault that can be leased. Nothing else can be injected."""

from __future__ import annotations

from drill.lease.fault import Fault
from drill.lease.partition import (
    partition_apply,
    partition_capture,
    partition_state,
    partition_undo,
)
from drill.lease.processes import (
    kill_apply,
    kill_capture,
    kill_undo,
    pause_apply,
    pause_capture,
    pause_state,
    pause_undo,
)
from drill.lease.requests import is_peer, like, several, whole
from drill.lease.units import stop_apply, stop_capture, stop_undo, unit_state

UNIT_NAME = like(r"[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\@-]{0,254}")
PROCESS_NAME = like(r"[A-Za-z0-9_.:+][A-Za-z0-9_.:+-]{0,14}")

CATALOGUE = {
    "service.stop": Fault(
        {"unit": UNIT_NAME},
        (),
        stop_capture,
        unit_state,
        stop_apply,
        stop_undo,
    ),
    "process.kill": Fault(
        {"unit": UNIT_NAME, "name": PROCESS_NAME, "signal": like("KILL|ABRT|TERM")},
        ("unit", "name"),
        kill_capture,
        unit_state,
        kill_apply,
        kill_undo,
    ),
    "process.pause": Fault(
        {"unit": UNIT_NAME, "name": PROCESS_NAME},
        ("unit", "name"),
        pause_capture,
        pause_state,
        pause_apply,
        pause_undo,
    ),
    "network.partition": Fault(
        {
            "interface": like(r"[A-Za-z0-9_.-]{1,15}"),
            "direction": like("in|out|both"),
            "peers": several(is_peer),
            "ports": several(whole(1, 65535)),
            "spare": like(r"[A-Za-z0-9_.:%-]{1,255}"),
        },
        (),
        partition_capture,
        partition_state,
        partition_apply,
        partition_undo,
    ),
}
