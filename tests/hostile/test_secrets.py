"""A secret comes back in no guise, and stands on no command line."""

import json

import pytest
from exercise.stories import NOTIFY, opening_of, plan_with
from hostile.guises import FORMS, Watched, leaks

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


@pytest.mark.parametrize("secret", HIDDEN, ids=["text", "libpq", "bare", "query", "url"])
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_comes_back_in_no_guise(form, secret):
    told = FORMS[form](secret)
    secrets = Secrets(SECRETS)
    failed = Failed(error=f"it says {told}", evidence=f"{told}\n{told}")
    reports = [
        StepEnded(step="a", ticket=1, outcome=failed),
        StepEnded(step="a", ticket=1, outcome=Done(note=told)),
        StepEnded(step="a", ticket=1, outcome=Done(choice=told)),
        StepEnded(step="a", ticket=1, outcome=Indeterminate(error=told, evidence=told)),
        Progressed(step="a", ticket=1, what=told, outcome="ok", note=told),
        FaultPrepared(step="a", ticket=1, receipt={"a": [{"b": told}]}),
        FaultPrepared(step="a", ticket=1, receipt={told: 1}),
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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("out: ...correct", "out: ...[secret:s]"),
        ("battery ended", "[secret:s] ended"),
        ("a\n-horse-\nb", "a\n[secret:s]\nb"),
        ("t-hors", "[secret:s]"),
        ("the correct way", "the correct way"),
        ("corr", "corr"),
    ],
)
def test_what_is_left_of_a_secret_where_a_line_was_cut_is_masked(line, told):
    assert Secrets({"s": "correct-horse-battery"}).mask(line) == told


def test_what_is_masked_stays_as_it_is_and_overlaps_are_one():
    secrets = Secrets({"a": "abcdefgh", "secret": "secret", "b": "efghijkl"})

    once = secrets.mask("x abcdefghijkl y the secret z")

    assert once == "x [secret:a] y the [secret:secret] z"
    assert secrets.mask(once) == once


def test_an_opening_keeps_its_plan_and_no_command_line():
    secrets = Secrets({"s": "hear-this-word"})
    told = {"command": "drill run --set a=hear-this-word", "drill": "1"}
    opened = opening_of(plan_with(call=NOTIFY), mode="live", environment=told)

    kept = secrets.scrub(opened)

    assert kept.environment == {"command": "drill run --set a=[secret:s]", "drill": "1"}
    assert kept.model_copy(update={"environment": told}) == opened


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
