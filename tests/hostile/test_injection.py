"""A scenario's words stay words: refused by name, or the same at the far end, and never run."""

import json
import os
import socket
import subprocess
from dataclasses import replace

import pytest
from hostile.fields import SCENARIO, TARGETS, found, offered, places, planted, said
from hostile.payloads import OPTIONS, PRINTABLE, SHELL, TEMPLATES, primed
from pydantic import ValidationError

from drill.actions.executable import Executable, ExecutableParams
from drill.actions.place import Place
from drill.actions.playbook import Playbook, PlaybookParams
from drill.cli.sources import open_plan
from drill.errors import DrillError, RefusedError
from drill.faults.network import PartitionParams
from drill.faults.process import KillParams
from drill.faults.service import StopParams
from drill.graph.load import read
from drill.hosts.group import announced, elevated
from drill.hosts.local import LocalRemote
from drill.hosts.ssh import SshRemote
from drill.journal.memory import MemoryJournal
from drill.model.events import ExerciseOpened
from drill.model.outcome import Done
from drill.model.problem import ScenarioProblemsError
from drill.model.scenario import Scenario
from drill.model.targets import Target, TargetsFile
from drill.model.time import Stamp
from drill.plugins import Registry
from drill.ports import Access, SshLogin
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd
from drill.worlds import lab_named


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    with LocalSshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def remote(sshd):
    remote = SshRemote(sshd.login)
    yield remote
    remote.close()


@pytest.fixture
def canary(tmp_path):
    """A file that acting upon a payload would make."""
    canary = tmp_path / "canary"
    yield canary
    assert not canary.exists()


def refusal(call, kind):
    """Return what was said against it, if it was refused."""
    try:
        call()
    except kind as error:
        return str(error) or "refused without a word"
    return None


def test_the_documents_say_something_in_every_field_of_the_models():
    assert offered(Scenario) - said(SCENARIO) == set()
    assert offered(TargetsFile) - said(TARGETS) == set()


# Through a file, the models, the journal


def taken(document, model, place, payload):
    """Return what stands in the place after reading, planning and journalling; or why not."""
    text = json.dumps(planted(document, place, payload)).encode()
    if refused := refusal(lambda: read(text, "x.yaml", model), ScenarioProblemsError):
        assert refused.startswith("x.yaml:1:")
        return None
    value = read(text, "x.yaml", model)
    if isinstance(value, Scenario):
        opened = ExerciseOpened(run="r", mode="live", scenario=value, targets=(), digest="")
        at = Stamp(wall="2026-01-01T00:00:00Z", boot_ns=0, boot="b")
        line = MemoryJournal().append(opened, at).model_dump_json()
        value = json.loads(line)["event"]["scenario"]
        value.setdefault("params", {})
    else:
        value = value.model_dump(mode="json")
    return found(value, place)


@pytest.mark.parametrize(
    "place", list(places(SCENARIO)), ids=lambda place: ".".join(map(str, place))
)
def test_a_field_of_a_scenario_holds_words_or_refuses_them(place):
    for name, payload in PRINTABLE.items():
        assert taken(SCENARIO, Scenario, place, payload) in {payload, None}, name


@pytest.mark.parametrize(
    "place", list(places(TARGETS)), ids=lambda place: ".".join(map(str, place))
)
def test_a_field_of_a_targets_file_holds_words_or_refuses_them(place):
    for name, payload in PRINTABLE.items():
        assert taken(TARGETS, TargetsFile, place, payload) in {payload, None}, name


@pytest.mark.parametrize("name", PRINTABLE)
def test_a_key_that_an_author_chooses_is_a_name_or_refused(name):
    for at in ("steps", "services", "roles", "params"):
        document = dict(SCENARIO)
        document[at] = {PRINTABLE[name]: next(iter(SCENARIO[at].values()))}
        with pytest.raises(ScenarioProblemsError):
            read(json.dumps(document).encode(), "x.yaml", Scenario)
    hosts = {"hosts": {PRINTABLE[name]: TARGETS["hosts"]["db1"]}}
    with pytest.raises(ScenarioProblemsError):
        read(json.dumps(hosts).encode(), "x.yaml", TargetsFile)


PARAMETERS = [
    (StopParams, lambda text: {"unit": text}),
    (KillParams, lambda text: {"name": text}),
    (KillParams, lambda text: {"unit": text}),
    (PartitionParams, lambda text: {"interface": text}),
    (PartitionParams, lambda text: {"peers": [text]}),
]


@pytest.mark.parametrize(
    ("model", "told"), PARAMETERS, ids=lambda each: getattr(each, "__name__", "")
)
def test_what_a_fault_is_told_is_a_name_of_its_kind_only(model, told):
    passed = {
        name
        for name, payload in PRINTABLE.items()
        if not refusal(lambda text=payload: model.model_validate(told(text)), ValidationError)
    }
    assert passed <= {"dot", "octal-address", "link-local-metadata", "user-at-host", "drive"}


# To the far end


@pytest.mark.parametrize("name", PRINTABLE)
def test_a_word_of_a_command_reaches_the_remote_program_as_it_is(remote, canary, name):
    word = primed(PRINTABLE[name], canary)

    completed = remote.run(["printf", "%s|", word, "-", word], HandCancel())

    assert completed.out == f"{word}|-|{word}|"


@pytest.mark.parametrize("name", PRINTABLE)
def test_no_word_as_a_program_does_more_than_to_be_looked_for(canary, name, tmp_path):
    word = primed(PRINTABLE[name], canary)
    if refused := refusal(lambda: announced(elevated([word, "x"], root=False)), RefusedError):
        assert "program" in refused
        return
    line = announced(elevated([word, "x"], root=False))
    for shell in ("sh", "bash"):
        ended = subprocess.run([shell, "-c", line], capture_output=True, cwd=tmp_path, check=False)
        assert ended.returncode in {126, 127}, ended.stderr


@pytest.mark.parametrize("name", PRINTABLE)
def test_a_word_reaches_a_program_on_this_machine_as_it_is(canary, name):
    word = primed(PRINTABLE[name], canary)

    completed = LocalRemote().run(["printf", "%s|", word], HandCancel(), stdin=word.encode())

    assert completed.out == f"{word}|"


@pytest.mark.parametrize("remote", [LocalRemote(), SshRemote(SshLogin("", 0, "", None, None))])
def test_a_nul_is_refused_before_anything_is_sent(remote):
    with pytest.raises(RefusedError, match="NUL"):
        remote.run(["printf", "a\0b"], HandCancel())


ECHO = """#!/usr/bin/env python3
import json, sys
told = json.load(sys.stdin)
print(json.dumps({"protocol": 1}))
note = json.dumps([told["with"]["word"], told["target"]["address"], sys.argv[1:]])
print(json.dumps({"outcome": {"kind": "done", "note": note}}))
"""


@pytest.mark.parametrize("names", [list(PRINTABLE)[n::4] for n in range(4)], ids=lambda x: x[0])
def test_a_program_of_the_protocol_is_told_words_as_they_are(tmp_path, canary, names):
    (tmp_path / "echo").write_text(ECHO)
    (tmp_path / "echo").chmod(0o700)
    words = [primed(PRINTABLE[name], canary) for name in names]
    access = Access(Target(name="db1", site=words[0], address=words[0]), base=tmp_path)
    params = ExecutableParams(program="echo", args=words, with_={"word": words})

    outcome = Executable().apply(access, params, HandCancel(), lambda _: None)

    assert isinstance(outcome, Done), outcome
    assert json.loads(outcome.note) == [words, words[0], words]


WORDS = """
- hosts: all
  gather_facts: false
  tasks:
    - name: tell
      ansible.builtin.command: {argv: "{{ ['printf', '%s|', deep.inner[0]] + words }}"}
      register: told
    - name: compare
      ansible.builtin.assert: {that: told.stdout == wanted}
"""


def test_ansible_is_told_words_as_they_are(sshd, tmp_path, canary):
    (tmp_path / "words.yml").write_text(WORDS)
    chosen = [*TEMPLATES.values(), *list(SHELL.values())[:4], *list(OPTIONS.values())[:2]]
    words = [primed(word, canary) for word in chosen]
    remote = SshRemote(sshd.login)
    target = Target(name="db1", site="a", address="192.0.2.1")
    access = Access(target, remote=remote, login=sshd.login, base=tmp_path)
    wanted = "".join(f"{word}|" for word in [words[0], *words])
    given = {"words": words, "wanted": wanted, "deep": {"inner": words}}

    params = PlaybookParams(playbook="words.yml", vars=given)
    outcome = Playbook().apply(access, params, HandCancel(90), lambda _: None)
    remote.close()

    assert isinstance(outcome, Done), outcome


@pytest.mark.parametrize("name", TEMPLATES)
def test_ansible_is_given_no_key_that_it_would_run(tmp_path, canary, name):
    word = primed(TEMPLATES[name], canary)
    host = {"name": "db1", "site": "a", "address": "192.0.2.1"}
    login = SshLogin("192.0.2.1", 22, "drill", tmp_path / "key", tmp_path / "known_hosts")

    refused = refusal(
        lambda: Place(tmp_path, "m").furnish(host, login, {"a": [{word: 1}]}), RefusedError
    )

    assert bool(refused) == any(mark in word for mark in ("{{", "{%", "{#"))


@pytest.mark.parametrize("field", ["address", "site"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_ansible_is_given_no_inventory_that_it_would_run(tmp_path, canary, field, name):
    word = primed(TEMPLATES[name], canary)
    host = {"name": "db1", "site": "a", "address": "192.0.2.1", field: word}
    login = SshLogin("192.0.2.1", 22, "drill", tmp_path / "key", tmp_path / "known_hosts")
    refused = refusal(lambda: Place(tmp_path, "m").furnish(host, login, {}), RefusedError)

    assert refused is None or field in refused
    assert refused or not any(mark in word for mark in ("{{", "{%", "{#"))


@pytest.mark.parametrize("field", ["host", "user"])
@pytest.mark.parametrize("name", [*TEMPLATES, *OPTIONS])
def test_ansible_is_given_no_login_that_ssh_would_run(tmp_path, canary, field, name):
    word = primed({**TEMPLATES, **OPTIONS}[name], canary)
    login = SshLogin("192.0.2.1", 22, "drill", tmp_path / "key", tmp_path / "known_hosts")
    host = {"name": "db1", "site": "a", "address": "192.0.2.1"}
    login = replace(login, **{field: word})

    refused = refusal(lambda: Place(tmp_path, "m").furnish(host, login, {}), RefusedError)

    assert refused is None or field in refused
    assert refused or not word.startswith("-")
    assert refused or not any(mark in word for mark in ("{{", "{%", "{#"))


# Names of files


FILES = ("targets", "plan", "playbook", "runbook")


def opened(tmp_path, field, path):
    (tmp_path / "targets.yaml").write_text(json.dumps(TARGETS))
    (tmp_path / "book.yml").write_text("[]")
    scenario = {
        "drill": 1,
        "id": "x",
        "title": "t",
        "targets": "targets.yaml",
        "roles": {"boss": {}},
        "steps": {
            "mend": {
                "recover": "ansible.playbook",
                "on": "db1",
                "with": {"playbook": "book.yml"},
                "timeout": "1m",
            }
        },
    }
    if field == "playbook":
        scenario["steps"]["mend"]["with"]["playbook"] = path
    elif field == "runbook":
        scenario["steps"]["mend"]["runbook"] = path
    else:
        scenario[field] = path
    (tmp_path / "x.yaml").write_text(json.dumps(scenario))
    return open_plan(tmp_path / "x.yaml", {}, Registry())


UNREADABLE = ["/dev/zero", "/dev/null", "/dev/tty", "/proc/self/environ", "/proc/self/mem"]
UNREADABLE += ["/proc/kmsg", "/sys/kernel/notes", "pipe", "socket", "here", "loop", "huge", "."]
UNREADABLE += ["../" * 40 + "nowhere", "a/" * 2000 + "b", "x" * 300, "{{7*7}}", "$(id)", "-rf"]


@pytest.mark.parametrize("field", FILES)
@pytest.mark.parametrize("path", UNREADABLE, ids=lambda path: path[:20])
def test_a_file_that_cannot_be_one_is_refused_at_once_and_at_its_place(tmp_path, field, path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "here").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    here = os.open(tmp_path, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{here}/socket")
    os.close(here)

    with pytest.raises(ScenarioProblemsError) as caught:
        opened(tmp_path, field, path)

    assert any("cannot be read" in problem.what for problem in caught.value.problems)
    assert all(problem.where.line == 1 for problem in caught.value.problems)


@pytest.mark.parametrize("field", ["plan", "playbook", "runbook"])
def test_a_file_may_lie_beside_the_scenarios_directory(tmp_path, field):
    (tmp_path / "beside.md").write_text("# Here\n")
    (tmp_path / "scenarios").mkdir()

    plan = opened(tmp_path / "scenarios", field, "../beside.md").plan

    assert "../beside.md" in plan.files


def test_a_name_from_a_targets_file_leads_to_no_lab_outside_the_labs():
    for name, payload in PRINTABLE.items():
        with pytest.raises(DrillError):
            lab_named(payload)
        assert name
