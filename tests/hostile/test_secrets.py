"""A secret comes back in no guise, and stands on no command line."""

import base64
import html
import json
import shlex
import threading
import urllib.parse
from contextlib import suppress
from pathlib import Path

import pytest

from drill.actions.executable import Executable, ExecutableParams
from drill.actions.playbook import Playbook, PlaybookParams
from drill.crews.secrets import Secrets
from drill.crews.threads import Means, Threads
from drill.engine.clock import SystemClock
from drill.graph.case import Case
from drill.graph.load import read_with_places
from drill.graph.uses import plugins
from drill.hosts.ssh import SshRemote
from drill.model.base import Model
from drill.model.events import FaultPrepared, Progressed, Sample, SamplesTaken, StepEnded
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.scenario import Scenario
from drill.model.steps import Recover
from drill.model.targets import Target
from drill.plugins import Registry, Shelf
from drill.ports import Access, Order, Progress
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd

SECRET = "c4n@ry'S \"sécret\\/%&<+=9"
PASSWORD = "pa55'wörd/&%+x"
SECRETS = {
    "text": SECRET,
    "libpq": "host=db port=5432 password='pa55\\'wörd/&%+x' user=orders",
    "libpq-bare": "host=db password=correct-horse-battery user=orders",
    "url": "postgresql://orders:pa55%27w%C3%B6rd%2F%26%25%2Bx@db:5432/orders?sslmode=require",
    "url-query": "postgresql://db/orders?user=orders&password=query-canary-99",
    "other-url": "amqps://queue:another-canary-77@mq/%2f",
}
HIDDEN = [SECRET, PASSWORD, "correct-horse-battery", "query-canary-99", "another-canary-77"]
FORMS = {
    "raw": lambda s: s,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64-url": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "base64-inside-one": lambda s: base64.b64encode(f"u:{s}".encode()).decode(),
    "base64-inside-two": lambda s: base64.b64encode(f"{{{s}}}".encode()).decode(),
    "url": lambda s: urllib.parse.quote(s, safe=""),
    "url-plus": urllib.parse.quote_plus,
    "url-lower": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "json": json.dumps,
    "json-in-json": lambda s: json.dumps(json.dumps({"a": s})),
    "shell": shlex.quote,
    "hex": lambda s: s.encode().hex(),
    "hex-upper": lambda s: s.encode().hex().upper(),
    "hex-colons": lambda s: s.encode().hex(":"),
    "hex-escapes": lambda s: "".join(f"\\x{byte:02x}" for byte in s.encode()),
    "python": repr,
    "python-bytes": lambda s: repr(s.encode()),
    "html": html.escape,
    "first-half": lambda s: s[: len(s) // 2 + 2],
    "last-half": lambda s: s[len(s) // 2 - 2 :],
    "cut-by-a-limit": lambda s: ("." * 30 + s)[: 30 + len(s) - 1],
    "in-a-word": lambda s: f"x{s}y",
}


def leaks(text, secret):
    """Return each run of eight characters that gives a form of the secret away."""
    whole = [form(secret) for name, form in FORMS.items() if "inside" not in name]
    pieces = {each[n : n + 8] for each in (secret, *whole[:3]) for n in range(len(each) - 7)}
    return [piece for piece in pieces if piece in text]


@pytest.mark.parametrize("secret", HIDDEN, ids=["text", "libpq", "bare", "query", "url"])
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_comes_back_in_no_guise(form, secret):
    told = FORMS[form](secret)
    secrets = Secrets(SECRETS)
    failed = Failed(error=f"it says {told}", evidence=f"{told}\n{told}")
    reports = [
        StepEnded(step="a", ticket=1, outcome=failed),
        StepEnded(step="a", ticket=1, outcome=Done(note=told)),
        StepEnded(step="a", ticket=1, outcome=Indeterminate(error=told, evidence=told)),
        Progressed(step="a", ticket=1, what=told, outcome="ok", note=told),
        FaultPrepared(step="a", ticket=1, receipt={"a": [{"b": told}]}),
        SamplesTaken(
            ticket=1,
            service="s",
            samples=(Sample(planned=0, start=0, end=0, state="bad", by=told, note=told),),
        ),
    ]

    for report in reports:
        said = secrets.redact(report).model_dump_json()
        assert leaks(json.loads(json.dumps(said)), secret) == []
        assert told not in said
        assert json.dumps(told)[1:-1] not in said
        assert "[secret:" in said


@pytest.mark.parametrize(
    "word", ["done", "a", "1", "ok", '"', "step-ended", "true", "***", "x" * 9]
)
def test_a_secret_that_is_a_word_of_the_report_itself_breaks_no_report(word):
    report = StepEnded(step="a", ticket=1, outcome=Done(note=f"it is {word}!"))

    said = Secrets({"s": word}).redact(report)

    assert (said.step, said.ticket, said.outcome.kind) == ("a", 1, "done")
    assert word not in said.outcome.note.replace("[secret:s]", "")


def test_the_rest_of_a_connection_string_may_be_read():
    note = 'connection to "db", port 5432 failed: user=orders sslmode=require'
    report = StepEnded(step="a", ticket=1, outcome=Failed(error=note))

    assert Secrets(SECRETS).redact(report) == report


# Through the crew


class ToldParams(Model):
    word: str


class Blabber:
    """Tells what it was told, in every way that an action can."""

    params = ToldParams

    def apply(self, on, params, cancel, say):
        for form in FORMS.values():
            say(Progress(form(params.word), "ok", form(params.word)))
        for n in range(0, len(params.word), 9):
            say(Progress("a chunk", "ok", params.word[n : n + 9]))
        raise RuntimeError(f"cannot use {params.word!r}, {params.word}")


class Flood:
    """Never stops telling, and tells long things."""

    params = ToldParams

    def apply(self, on, params, cancel, say):
        for n in range(6000):
            say(Progress(f"task {n}", "ok", "x" * 100_000 if n < 3 else ""))
        return Done(note="y" * 1_000_000)


def conducted(action, secret):
    """Return all that the crew reports of one step."""
    clock = SystemClock()
    registry = Registry(actions=Shelf("action", "", {"it": action}))
    access = Access(Target(name="db1", site="a", address="192.0.2.1"))
    means = Means(registry, Secrets({"s": secret}), lambda _: access, clock)
    crew = Threads(means)
    step = Recover(recover="it", on="db1", with_={"word": "$secret:s"}, timeout="1m")
    crew.start(Order(ticket=1, id="a", step=step, deadline=clock.now().plus(step.timeout)))
    heard = []
    while not any(isinstance(report, StepEnded) for report in heard):
        heard += crew.wait(None)
    return heard


def test_a_crew_lets_no_guise_of_a_secret_through_nor_a_traceback_with_one():
    heard = conducted(Blabber(), SECRET)

    said = "\n".join(report.model_dump_json() for report in heard)
    assert leaks(said, SECRET) == []
    assert "RuntimeError: cannot use" in said
    assert len(heard) > len(FORMS)


def test_a_crew_passes_on_so_much_and_no_more():
    heard = conducted(Flood(), "unused-secret")

    assert len(heard) == 5000 + 1 + 1
    assert heard[-2].what == "more than this was not kept"
    assert max(len(report.model_dump_json()) for report in heard) < 40_000
    assert heard[-1].outcome.note.endswith("characters more were not kept]")


# On command lines


class Watched:
    """Reads every command line of this machine as long as it is entered."""

    def __enter__(self):
        self.seen = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self):
        while not self._stop.is_set():
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    self.seen.add(place.read_bytes())
            self._stop.wait(0.02)

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def shows(self, text):
        return [line for line in self.seen if text.encode() in line]


@pytest.fixture(scope="module")
def access(tmp_path_factory):
    base = tmp_path_factory.mktemp("base")
    with LocalSshd(tmp_path_factory.mktemp("sshd")) as server:
        remote = SshRemote(server.login)
        target = Target(name="db1", site="a", address="192.0.2.1")
        yield Access(target, remote=remote, login=server.login, base=base)
        remote.close()


def by_ssh(access, word):
    return access.remote.run(["sh", "-c", "cat; sleep 0.4"], HandCancel(), stdin=word.encode())


def by_program(access, word):
    program = access.base / "program"
    program.write_text("#!/bin/sh\ncat >/dev/null; sleep 0.4\necho '{\"protocol\": 1}'\n")
    program.chmod(0o700)
    params = ExecutableParams(program="program", with_={"word": word})
    return Executable().apply(access, params, HandCancel(), lambda _: None)


PLAY = (
    "- hosts: all\n  gather_facts: false\n  tasks:\n"
    "    - ansible.builtin.command: {argv: [sh, -c, 'cat; sleep 0.4'], stdin: '{{ word }}'}\n"
)


def by_ansible(access, word):
    (access.base / "play.yml").write_text(PLAY)
    params = PlaybookParams(playbook="play.yml", vars={"word": word})
    return Playbook().apply(access, params, HandCancel(60), lambda _: None)


@pytest.mark.parametrize("way", [by_ssh, by_program, by_ansible], ids=lambda way: way.__name__)
def test_a_secret_that_is_handed_over_stands_on_no_command_line(access, way):
    with Watched() as watched:
        ended = way(access, "zq-canary-on-no-line")

    assert ended is not None
    assert watched.shows("sleep\x000.4") or watched.shows("sleep 0.4")
    assert watched.shows("zq-canary-on-no-line") == []


@pytest.mark.parametrize(
    ("recover", "told", "key"),
    [
        ("ssh.command", {"argv": ["login", "--password", "$secret:s"]}, "argv"),
        ("ssh.command", {"argv": ["x$secret:s"]}, "argv"),
        ("exec", {"program": "p", "args": ["$secret:s"]}, "args"),
        ("exec", {"program": "$secret:s"}, "program"),
        ("ansible.playbook", {"playbook": "$secret:s.yml"}, "playbook"),
        ("ssh.command", {"argv": ["login"], "stdin": "$secret:s"}, None),
        ("exec", {"program": "p", "with": {"a": "$secret:s"}}, None),
        ("ansible.playbook", {"playbook": "p.yml", "vars": {"a": "$secret:s"}}, None),
    ],
)
def test_a_secret_on_a_command_line_is_refused_before_the_exercise(recover, told, key):
    step = {"recover": recover, "on": "db1", "with": told, "timeout": "1m"}
    text = {"drill": 1, "id": "x", "title": "t", "targets": "t", "steps": {"a": step}}
    scenario, source = read_with_places(json.dumps(text).encode(), "x.yaml", Scenario)
    case = Case(scenario, scenario, None, Registry(), source, {})

    said = [problem.what for problem in plugins(case)]

    assert said == (
        [f"a secret in `{key}` would be on a command line, which everybody can read"] if key else []
    )
