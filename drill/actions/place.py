"""The private place of one run of ansible: its inventory, variables, settings, connections.

It is a directory that only this user can read, and it is gone after the run.
Nothing of the user's own configuration of ansible or ssh is heard, no agent is
asked, and nobody's environment is inherited.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import yaml
from pydantic import JsonValue

from drill.errors import PluginError, RefusedError
from drill.hosts.marked import MARK
from drill.ports import SshLogin

_LENT = ("HOME", "TZ", "SSL_CERT_FILE")
_TEMPLATE = ("{{", "{%", "{#")


def ansible_playbook() -> str:
    """Return the program: the one beside this Python first.

    Raises:
        PluginError: there is none.
    """
    found = shutil.which("ansible-playbook", path=_path())
    if found is None:
        raise PluginError("ansible-playbook is not there; install ansible-core>=2.18")
    return found


def _path() -> str:
    return f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"


_SSH = """\
#!/bin/sh
case " $* " in *" -O "*) exec ssh "$@" ;; esac
count=$#
for word do
  count=$((count - 1)); shift
  if [ $count -eq 0 ]; then word="export {mark}={value}; $word"; fi
  set -- "$@" "$word"
done
exec ssh "$@"
"""
"""Its last argument is the command for the login shell there, unless it talks to a master."""


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one run below ``root``; ``mark`` is in the environment of all it starts."""

    root: Path
    mark: str

    @property
    def inventory(self) -> Path:
        """Return the file with the one host."""
        return self.root / "inventory.yml"

    @property
    def variables(self) -> Path:
        """Return the file with what the scenario says under ``vars``."""
        return self.root / "vars.yml"

    def furnish(
        self,
        host: Mapping[str, str],
        login: SshLogin,
        given: Mapping[str, object],
        control: str = "",
    ) -> None:
        """Write what ansible reads; ``control`` is ssh's ``ControlPath`` of a warm connection."""
        (self.root / "ansible.cfg").touch()
        name, address, site = host["name"], host["address"], host["site"]
        known: dict[str, JsonValue] = {
            "ansible_host": login.host,
            "ansible_port": login.port,
            "ansible_user": login.user,
            "ansible_ssh_private_key_file": str(login.key),
            "ansible_ssh_common_args": _common(login, control),
            "ansible_ssh_executable": str(self._ssh()),
            "ansible_python_interpreter": "/usr/bin/python3",
            "address": address,
            "site": site,
        }
        self.inventory.write_text(_literal({"all": {"hosts": {name: _plain(known)}}}))
        self.variables.write_text(_unsafe(dict(given)))

    def environment(self) -> dict[str, str]:
        """Return the whole environment of ansible-playbook."""
        return {name: os.environ[name] for name in _LENT if name in os.environ} | {
            "PATH": _path(),
            "LANG": "C.UTF-8",
            MARK: self.mark,
            "ANSIBLE_CONFIG": str(self.root / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.root / "home"),
            "ANSIBLE_LOCAL_TEMP": str(self.root / "tmp"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.root / "cp"),
            "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s",
            "ANSIBLE_HOST_KEY_CHECKING": "True",
            "ANSIBLE_PIPELINING": "True",
            "ANSIBLE_INVENTORY_ENABLED": "yaml",
            "ANSIBLE_CACHE_PLUGIN": "memory",
            "ANSIBLE_CALLBACK_PLUGINS": "",
            "ANSIBLE_DEPRECATION_WARNINGS": "False",
            "ANSIBLE_NOCOLOR": "True",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
        }

    def _ssh(self) -> Path:
        """Write the ssh that ansible is given: it marks what runs at the far end."""
        program = self.root / "ssh"
        program.write_text(_SSH.format(mark=MARK, value=self.mark))
        program.chmod(0o700)
        return program


def ssh_options(login: SshLogin) -> list[str]:
    """Return ssh's options: this key and this host key, and nothing of the user's."""
    options = (
        f"UserKnownHostsFile={login.known_hosts}",
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=yes",
        "UpdateHostKeys=no",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "ForwardAgent=no",
        "BatchMode=yes",
        "ConnectTimeout=10",
        "ServerAliveInterval=2",
        "ServerAliveCountMax=3",
    )
    return ["-F", "/dev/null", *(word for option in options for word in ("-o", option))]


def _common(login: SshLogin, control: str) -> str:
    """Return them as ansible splits them."""
    warm = ["-o", f"ControlPath={control}"] if control else []
    return " ".join(quote(word) for word in [*ssh_options(login), *warm])


def _plain(values: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Return the inventory's values, none of which is a template: an inventory is code to ansible.

    Raises:
        RefusedError: one is, or ssh would take it for an option.
    """
    for name in ("ansible_host", "ansible_user"):
        if str(values[name]).startswith("-"):
            raise RefusedError(f"{name} would be read as an option of ssh: {values[name]!r}")
    for name, value in values.items():
        if isinstance(value, str) and any(mark in value for mark in _TEMPLATE):
            raise RefusedError(f"{name} would be run as a template: {value!r}")
    return values


def _literal(data: object) -> str:
    return yaml.safe_dump(data)


class _UnsafeDumper(yaml.SafeDumper):
    """Marks every text as data: ansible never takes it for a template."""


class _Text(str):
    __slots__ = ()


def _represent(dumper: yaml.SafeDumper, text: _Text) -> yaml.Node:
    return dumper.represent_scalar("!unsafe", str(text), style='"')


_UnsafeDumper.add_representer(_Text, _represent)


def _unsafe(value: object) -> str:
    return yaml.dump(_marked(value), Dumper=_UnsafeDumper)


def _key(text: str) -> str:
    """Return a key, which no mark makes data.

    Raises:
        RefusedError: it is a template.
    """
    if any(mark in text for mark in _TEMPLATE):
        raise RefusedError(f"a key in vars would be run as a template: {text!r}")
    return text


def _marked(value: object) -> object:
    match value:
        case str():
            return _Text(value)
        case Mapping():
            return {_key(str(key)): _marked(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_marked(inner) for inner in value]
        case _:
            return value
