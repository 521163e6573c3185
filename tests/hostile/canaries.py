"""A whole live exercise that is told secrets by every way in, and whose tools tell them back.

``canaries.py PLACE PORT`` conducts it on this machine, with a loopback sshd as its one
target, and fails at the end as a bug would. The secrets: ``text`` comes from the
environment, ``dsn`` and ``url`` from files.
"""

import json
import logging
import sys
import threading
import time
from getpass import getuser
from pathlib import Path

from drill import wiring
from drill.cli.hush import hushed
from drill.cli.session import conduct
from drill.cli.sources import open_plan
from drill.desk import desk_of, say_at
from drill.errors import DeskError
from drill.hosts.access import observer_at
from drill.hosts.ssh import SshRemote
from drill.model.sayings import Aborted, Acknowledged, Decided, Noted
from drill.plugins import Registry
from drill.ports import Access, SshLogin

HERE = Path(__file__).parent
ECHO = ["sh", "-c", "read -r x; echo $x; echo $x >&2; exit 1"]
LONG = ["sh", "-c", "read -r x; printf '%189s' .; echo $x; exit 0"]
PROGRAM = f"""\
#!{sys.executable}
import json, sys
sys.path.insert(0, {str(HERE.parent)!r})
from hostile.guises import FORMS

word = json.load(sys.stdin)["with"]["word"]
print(json.dumps({{"protocol": 1}}))
for name, form in FORMS.items():
    print(json.dumps({{"progress": {{"what": form(word), "outcome": "ok", "note": form(word)}}}}))
for n in range(0, len(word), 9):
    print(json.dumps({{"progress": {{"what": "chunk", "outcome": "ok", "note": word[n:n + 9]}}}}))
print(word, "in vain", file=sys.stderr)
done = {{"kind": "done", "note": word, "choice": word}}
failed = {{"kind": "failed", "error": word, "evidence": word}}
print(json.dumps({{"outcome": done if sys.argv[1] == "done" else failed}}))
if sys.argv[1] == "rude":
    print("this is no protocol:", word)
"""
PLAY = """\
- hosts: all
  gather_facts: false
  tasks:
    - name: Say {{ word }}
      ansible.builtin.debug: {msg: "{{ word }} {{ word | b64encode }}"}
    - ansible.builtin.command: {argv: [sh, -c, "cat; cat >&2; exit 3"], stdin: "{{ word }}"}
"""
CALL = {"notify": "boss", "message": "hear", "acknowledge": "30s"}
TELL = {"program": "tell", "with": {"word": "$secret:text"}}


def step(kind, plugin, told, **more):
    return {kind: plugin, "with": told, "timeout": "20s", "on-failure": "continue", **more}


SCENARIO = {
    "drill": 1,
    "id": "canaries",
    "title": "Every way in",
    "targets": "targets.yaml",
    "roles": {"boss": {}},
    "steps": {
        "echo": step("recover", "ssh.command", {"argv": ECHO, "stdin": "$secret:text"}, on="here"),
        "long": step("recover", "ssh.command", {"argv": LONG, "stdin": "$secret:text"}, on="here"),
        **{
            how: step("recover", "exec", TELL | {"args": [how]}, on="here")
            for how in ("done", "failed", "rude")
        },
        "play": step(
            "recover",
            "ansible.playbook",
            {"playbook": "p.yml", "vars": {"word": "$secret:text"}},
            on="here",
        ),
        "query": step(
            "check", "postgres.query", {"dsn": "$secret:dsn", "sql": "select 1"}, timeout="1s"
        ),
        "odd": step(
            "check", "postgres.query", {"dsn": "$secret:text", "sql": "select 1"}, timeout="1s"
        ),
        "redis": step(
            "check", "redis.command", {"url": "$secret:url", "command": ["PING"]}, timeout="1s"
        ),
        "http": step(
            "check",
            "http.get",
            {"url": "http://127.0.0.1:9/", "headers": {"a": "$secret:text"}},
            timeout="1s",
        ),
        "call": CALL,
        "go": {
            "decide": "go?",
            "by": "boss",
            "options": {"yes": "go", "no": "stay"},
            "default": {"option": "no", "after": "1s"},
        },
        "last": {**CALL, "after": ["play.ended", "rude.ended"]},
        "end": {**CALL, "after": ["last"]},
    },
}


class World:
    """One host, reached over SSH; what goes wrong here goes past the journal."""

    identity = "here"

    def __init__(self, plan, login, base, words):
        self._target = plan.targets["here"]
        self._login, self._base, self._words = login, base, words

    def access(self, name):
        if name is None:
            return observer_at("127.0.0.1", self._base)
        logging.getLogger("a.library").warning("it was told %s", self._words)
        threading.Thread(target=self._fall).start()
        return Access(
            self._target, remote=SshRemote(self._login), login=self._login, base=self._base
        )

    def _fall(self):
        raise RuntimeError(f"a thread fell over {self._words!r}")

    def vantage(self, name):
        return observer_at("127.0.0.1", self._base)

    def addresses(self, name):
        return ()

    def secrets(self):
        return {}

    def close(self):
        pass


def people(desk, text):
    """Say secrets at the desk, wherever words may be said, until the exercise is aborted."""
    for said in (
        Acknowledged(step="call", note=f"it is {text}"),
        Noted(text=f"the password: {text}"),
        Decided(step="go", choice=text, note=text),
    ):
        heard(desk, "ann", "boss", said)
    heard(desk, text, "boss", Noted(text="I am who?"))
    heard(desk, "ann", "boss", Acknowledged(step="last", note=text))
    heard(desk, "eve", "facilitator", Aborted(why=text))


def heard(desk, person, role, said):
    for _ in range(200):
        try:
            refused = say_at(desk, person, role, "cli", said)
        except DeskError:
            refused = "not asked yet"
        if "not asked yet" not in refused:
            sys.stdout.write(f"told: {refused}\n")
            return
        time.sleep(0.2)


def main(place, port):
    login = SshLogin("127.0.0.1", port, getuser(), place / "sshd/user", place / "sshd/known_hosts")
    scenario = place / "scenario.yaml"
    scenario.write_text(json.dumps(SCENARIO))  # JSON is YAML
    (place / "targets.yaml").write_text("hosts: {here: {site: a, address: 127.0.0.1}}\n")
    (place / "p.yml").write_text(PLAY)
    (place / "tell").write_text(PROGRAM)
    (place / "tell").chmod(0o700)
    opened = open_plan(scenario, {}, Registry())
    given = {"text": "env:CANARY", "dsn": f"file:{place}/dsn", "url": f"file:{place}/url"}
    secrets = wiring.secrets_for(opened.plan, given, {})
    text = secrets.fill({"it": "$secret:text"})["it"]
    world = World(opened.plan, login, place, text)
    journal = place / "runs" / "one" / "journal.jsonl"
    opening = wiring.opening("one", opened.plan, {}, "live", lab="here")
    exercise = wiring.Exercise(opened.plan, journal, opening, world, secrets)
    speaker = threading.Thread(target=people, args=(desk_of(journal), text))
    speaker.start()
    conduct(exercise, as_json=False)
    speaker.join()
    with hushed(secrets.mask):
        raise ValueError(f"a bug that was told {text!r}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
