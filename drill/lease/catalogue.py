"""The catalogue: every fault that can be leased. Nothing else can be injected."""

from __future__ import annotations

from functools import partial

from drill.lease.accounts import account_apply, account_capture, account_state, account_undo
from drill.lease.ailing import (
    Sees,
    ailing_apply,
    ailing_capture,
    ailing_state,
    ailing_undo,
    failure_seen,
    slow_seen,
)
from drill.lease.crashing import crash_apply, crash_undo
from drill.lease.detour import detour_apply, detour_capture, detour_state, detour_undo
from drill.lease.dropins import drop_in_capture, drop_in_state
from drill.lease.faketime import fake_apply, fake_capture, fake_state, fake_undo
from drill.lease.fault import Capture, Fault
from drill.lease.files import FILE_FAULTS, LOGIN
from drill.lease.partition import (
    DROP,
    LOSE,
    PROHIBIT,
    RESET,
    Fate,
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
from drill.lease.pressure import (
    AMBUSH,
    CPU,
    MEMORY,
    PROCESSES,
    Load,
    ambush_capture,
    cpu_capture,
    memory_capture,
    pressure_apply,
    pressure_state,
    pressure_undo,
    processes_capture,
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
from drill.lease.shaping import (
    Discipline,
    bucket,
    latency,
    shaping_apply,
    shaping_capture,
    shaping_state,
    shaping_undo,
)
from drill.lease.skew import skew_apply, skew_capture, skew_state, skew_undo
from drill.lease.storage import (
    cover_apply,
    cover_capture,
    cover_state,
    cover_undo,
    fill_apply,
    fill_capture,
    fill_state,
    fill_undo,
)
from drill.lease.units import UNIT_NAME, stop_apply, stop_capture, stop_undo, unit_state

PROCESS_NAME = like(r"[A-Za-z0-9_.:+][A-Za-z0-9_.:+-]{0,14}")
DIRECTORY = like(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._@:+=,-]+)+|/")
INTERFACE: Values = {
    "interface": like(r"[A-Za-z0-9_.-]{1,15}"),
    "spare": like(r"[A-Za-z0-9_.:%-]{1,255}"),
}
PACKETS: Values = {
    **INTERFACE,
    "direction": like("in|out|both"),
    "peers": several(is_peer),
    "ports": several(whole(1, 65535)),
}


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


def packets(fate: Fate, more: Values) -> Fault:
    """Return the fault that does something to packets."""
    apply = partial(partition_apply, fate)
    return Fault({**PACKETS, **more}, (), partition_capture, partition_state, apply, partition_undo)


def shaped(by: Discipline, fields: Values) -> Fault:
    """Return the fault that has an interface send by a queueing discipline."""
    return Fault(
        {**INTERFACE, **fields},
        (),
        partial(shaping_capture, by),
        shaping_state,
        partial(shaping_apply, by),
        shaping_undo,
    )


def pressure(load: Load, capture: Capture, fields: Values, optional: tuple[str, ...] = ()) -> Fault:
    """Return the fault that has hogs take something."""
    apply = partial(pressure_apply, load)
    return Fault(fields, optional, capture, pressure_state, apply, pressure_undo)


def ailing(sees: Sees, fields: Values, optional: tuple[str, ...] = ()) -> Fault:
    """Return the fault that has a directory's disk ail."""
    told = {"directory": DIRECTORY, "operations": several(like("read|write|fsync")), **fields}
    apply = partial(ailing_apply, sees)
    return Fault(told, optional, ailing_capture, ailing_state, apply, ailing_undo)


def either(word: str, given: Fault, missing: Fault) -> Fault:
    """Return the fault that is one if a word says something, and another if it does not."""

    def of(params: Values) -> Fault:
        return given if params[word] else missing

    return Fault(
        {**missing.fields, **given.fields},
        (),
        lambda machine, params: of(params).capture(machine, params),
        lambda job: of(job.params).state(job),
        lambda job: of(job.params).apply(job),
        lambda job: of(job.params).undo(job),
    )


DELAY: Values = {"delay": whole(1, 10_000), "jitter": whole(0, 10_000)}
DETOUR = Fault(
    {**INTERFACE, **DELAY, "ports": several(whole(1, 65535))},
    (),
    detour_capture,
    detour_state,
    detour_apply,
    detour_undo,
)
PERCENT = whole(1, 100)
SKEW = whole(-604_800, 604_800)
ENDS_BY_ITSELF = frozenset({"host.reboot"})
"""What is no fault of the catalogue, and needs nobody to end it either."""
CATALOGUE = {
    "host.cpu": pressure(
        CPU, cpu_capture, {"percent": PERCENT, "workers": whole(1, 64)}, ("workers",)
    ),
    "host.clock-skew": Fault(
        {"seconds": SKEW}, (), skew_capture, skew_state, skew_apply, skew_undo
    ),
    "host.disk-errors": ailing(failure_seen, {"percent": PERCENT}),
    "host.disk-slow": ailing(
        slow_seen, {"delay": whole(1, 10_000), "kib": whole(1, 1 << 24)}, ("kib",)
    ),
    "host.disk-full": Fault(
        {"directory": DIRECTORY, "leave": whole(0, 1 << 24)},
        (),
        fill_capture,
        fill_state,
        fill_apply,
        fill_undo,
    ),
    "host.read-only": Fault(
        {"directory": DIRECTORY}, (), cover_capture, cover_state, cover_apply, cover_undo
    ),
    "host.memory": pressure(
        MEMORY, memory_capture, {"percent": whole(1, 95), "leave": whole(64, 1 << 20)}
    ),
    "host.processes": pressure(PROCESSES, processes_capture, {"count": whole(1, 30_000)}),
    "service.stop": Fault(
        {"unit": UNIT_NAME},
        (),
        stop_capture,
        unit_state,
        stop_apply,
        stop_undo,
    ),
    "service.crash-loop": Fault(
        {"unit": UNIT_NAME, "lives": whole(0, 60)},
        (),
        drop_in_capture,
        drop_in_state,
        crash_apply,
        crash_undo,
    ),
    "service.clock-skew": Fault(
        {"unit": UNIT_NAME, "seconds": SKEW},
        (),
        fake_capture,
        fake_state,
        fake_apply,
        fake_undo,
    ),
    "backup.restore-interrupted": pressure(
        AMBUSH, ambush_capture, {"name": PROCESS_NAME, "after": whole(0, 1 << 50)}
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
    "network.partition": packets(DROP, {}),
    "network.loss": packets(LOSE, {"percent": whole(1, 99)}),
    "network.reset": packets(RESET, {}),
    "network.firewall": packets(PROHIBIT, {}),
    "network.bandwidth": shaped(bucket, {"kbit": whole(8, 10_000_000)}),
    "network.delay": either("ports", DETOUR, shaped(latency, DELAY)),
}
