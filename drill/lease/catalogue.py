"""The catalogue: every fault that can be leased. Nothing else can be injected."""

from __future__ import annotations

from functools import partial

from drill.lease.accounts import account_apply, account_capture, account_state, account_undo
from drill.lease.fault import Fault
from drill.lease.files import FILE_FAULTS, LOGIN
from drill.lease.partition import (
    partition_apply,
    partition_capture,
    partition_state,
    partition_undo,
)
from drill.lease.postgres import (
    LIMIT_WAY,
    LOGIN_WAY,
    ROLE_NAME,
    SERVER,
    RoleWay,
    replay_apply,
    replay_capture,
    replay_state,
    replay_undo,
    role_apply,
    role_capture,
    role_state,
    role_undo,
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
from drill.lease.requests import Values, is_peer, like, several, whole
from drill.lease.units import UNIT_NAME, stop_apply, stop_capture, stop_undo, unit_state

PROCESS_NAME = like(r"[A-Za-z0-9_.:+][A-Za-z0-9_.:+-]{0,14}")


def role_fault(way: RoleWay, fields: Values) -> Fault:
    """Return a fault that changes an attribute of a role."""
    return Fault(
        {**SERVER, "role": ROLE_NAME, "sessions": like("end|leave"), **fields},
        (),
        partial(role_capture, way),
        role_state,
        partial(role_apply, way),
        partial(role_undo, way),
    )


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
    "account.lock": Fault(
        {"login": LOGIN, "spare": LOGIN},
        (),
        account_capture,
        account_state,
        account_apply,
        account_undo,
    ),
    "postgres.role-locked": role_fault(LOGIN_WAY, {}),
    "postgres.connections": role_fault(LIMIT_WAY, {"limit": whole(0, 10000)}),
    "postgres.replication-paused": Fault(
        SERVER, (), replay_capture, replay_state, replay_apply, replay_undo
    ),
    **FILE_FAULTS,
}
