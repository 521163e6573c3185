"""``python -m drill.lab.provisioner``: runs a playbook from the observer's place in a lab."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ansible_runner

from drill.lab.entry import enter
from drill.lab.facts import LabFacts
from drill.lab.provision import Errand

_FAILURES = ("runner_on_failed", "runner_item_on_failed", "runner_on_unreachable")


def inventory_of(lab: LabFacts, private: Path) -> Mapping[str, Any]:
    """Return ansible's view of the lab: a group per role and per site, and this machine.

    ``private`` is where this machine's own tasks may write: an ordinary user is
    root in a lab, but root's home is not his.
    """
    groups: dict[str, dict[str, Any]] = {}
    for host in lab.hosts:
        for group in (host.role, f"site_{host.site}"):
            groups.setdefault(group, {"hosts": {}})["hosts"][host.name] = {}
    hosts = {
        host.name: {
            "ansible_host": str(host.management),
            "ansible_port": host.port,
            "ansible_user": host.user,
            "ansible_ssh_private_key_file": str(host.key),
            "ansible_python_interpreter": "/usr/bin/python3",
            "address": str(host.address),
            "site": host.site,
        }
        for host in lab.hosts
    }
    here = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "ansible_remote_tmp": str(private / "tmp"),
    }
    return {"all": {"hosts": {"localhost": here, **hosts}, "children": groups}}


def _settings(lab: LabFacts, private: Path) -> dict[str, str]:
    """Return ansible's environment: nothing of this user's own configuration is heard."""
    options = f"-F /dev/null -o UserKnownHostsFile={lab.hosts[0].known_hosts}"
    shared = "-o ControlMaster=auto -o ControlPersist=10s"
    return {
        "ANSIBLE_CONFIG": str(private / "ansible.cfg"),
        "ANSIBLE_HOME": str(private / "home"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(private / "cp"),
        "ANSIBLE_SSH_ARGS": f"{options} -o StrictHostKeyChecking=yes {shared}",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_FORKS": str(len(lab.hosts)),
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
    }


def _tell(event: Mapping[str, Any]) -> bool:
    """Say each task as it starts, and why one failed."""
    about = event.get("event_data", {})
    if event.get("event") == "playbook_on_task_start":
        _say(f"task {about['task']}")
    elif event.get("event") in ("error", "verbose"):  # ansible itself complains
        _say(str(event.get("stdout", "")))
    elif event.get("event") in _FAILURES:
        told = about.get("res", {})
        why = told.get("stderr") or told.get("msg") or str(told)
        _say(f"{about.get('host')}: {about.get('task')}: {why}")
    return True


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _close_connections(private: Path) -> None:
    """End ssh's shared connections, which would hold the lab's network after its end."""
    for control in (private / "cp").glob("*"):
        subprocess.run(
            ["ssh", "-o", f"ControlPath={control}", "-O", "exit", "any"],
            capture_output=True,
            check=False,
        )


def main() -> int:
    """Enter the lab and run the playbook there."""
    errand = Errand.model_validate_json(sys.stdin.read())
    enter(errand.lab)
    with tempfile.TemporaryDirectory(prefix="drill-") as place:
        private = Path(place)
        (private / "ansible.cfg").touch()
        run = ansible_runner.run(
            private_data_dir=place,
            playbook=str(errand.playbook),
            inventory=inventory_of(errand.lab, private),
            extravars={"lab_secrets": str(errand.lab.secrets)},
            envvars=_settings(errand.lab, private),
            event_handler=_tell,
            quiet=True,
        )
        _close_connections(private)
    return 0 if run.status == "successful" else 1


if __name__ == "__main__":
    sys.exit(main())
