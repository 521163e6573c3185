"""Which of this machine's processes are the hosts' first ones."""

from pathlib import Path

from drill.lab import cgroups
from drill.lab.home import home
from drill.lab.launch import read_run


def host_pids(name: str) -> dict[str, int]:
    """Return the pid 1 of each host that has power, as this machine counts processes."""
    run = read_run(home().lab(name))
    if run is None:
        return {}
    found = {}
    for host in run.blueprint.spec.hosts:
        for pid in cgroups.members(run.blueprint.cgroup / host):
            if _is_first(pid):
                found[host] = pid
    return found


def _is_first(pid: int) -> bool:
    """Tell whether a process is pid 1 of its own pid namespace (proc(5), ``NSpid``)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it ended while we looked
        return False
    return any(line.startswith("NSpid:") and line.split()[-1] == "1" for line in lines)
