"""``ansible.playbook``, over a real sshd."""

from dataclasses import replace

import pytest

from drill.actions.playbook import Playbook, PlaybookParams
from drill.errors import PluginError, RefusedError
from drill.hosts.ssh import SshRemote
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.targets import Target
from drill.ports import Access
from drill.testing.cancels import HandCancel
from drill.testing.conformance import ActionConformance, Deed

HEAD = "- hosts: all\n  gather_facts: false\n  tasks:\n"
TASKS = {
    "ok": "    - name: say\n      ansible.builtin.command: echo hello\n",
    "fails": (
        "    - name: first\n      ansible.builtin.command: 'true'\n"
        "    - name: breaks\n      ansible.builtin.shell: echo boo >&2; exit 3\n"
    ),
    "slow": (
        "    - name: waits\n      become: true\n"
        "      ansible.builtin.shell: setsid sleep 63.25 & sleep 63.25\n"
    ),
    "tells": "    - name: tell\n      ansible.builtin.command: {argv: [echo, '{{ word }}']}\n"
    "      register: told\n"
    "    - name: compare\n      ansible.builtin.assert: {that: told.stdout == wanted}\n",
    "hides": "    - name: hide\n      ansible.builtin.command: sh -c 'echo {{ word }}; false'\n"
    "      no_log: true\n",
    "facts": "    - name: other hosts\n      ansible.builtin.assert:\n"
    "        that: groups.all == ['db1'] and address == '10.0.0.1'\n",
    "env": "    - name: look\n      delegate_to: localhost\n      connection: local\n"
    "      ansible.builtin.command: env\n      register: env\n"
    "    - name: compare\n      ansible.builtin.assert:\n"
    "        that: \"'DRILL_SECRET' not in env.stdout\"\n",
    "wrong": "    - name: wrong\n      no.such.module: {}\n",
}


@pytest.fixture
def access(sshd, tmp_path):
    for name, tasks in TASKS.items():
        (tmp_path / f"{name}.yml").write_text(HEAD + tasks)
    remote = SshRemote(sshd.login)
    target = Target(name="db1", site="a", address="10.0.0.1")
    yield Access(target, remote=remote, login=sshd.login, base=tmp_path)
    remote.close()


def run(access, name, seconds=60.0, **given):
    said = []
    params = PlaybookParams(playbook=f"{name}.yml", vars=given)
    outcome = Playbook().apply(access, params, HandCancel(seconds), said.append)
    return outcome, [(p.what, p.outcome) for p in said]


class TestPlaybook(ActionConformance):
    action = Playbook()

    @pytest.fixture(autouse=True)
    def _lend(self, access, count):
        self._access, self._count = access, count

    def deed(self):
        params = (PlaybookParams(playbook=f"{name}.yml") for name in ("ok", "fails", "slow"))
        return Deed(self._access, *params, traces=lambda: self._count("^sleep 63.25"))


def test_each_task_is_told_as_it_goes(access):
    outcome, said = run(access, "fails")

    assert outcome.error == "breaks: boo"
    assert said == [
        ("first", "started"),
        ("first", "changed"),
        ("breaks", "started"),
        ("breaks", "failed"),
    ]


def test_a_time_out_names_the_task_in_flight(access):
    outcome, _ = run(access, "slow", seconds=5.0)

    assert outcome == Indeterminate(
        error="told to stop in task 'waits'; all that it ran was ended, here and there"
    )


def test_texts_of_the_scenario_are_never_templates(access):
    word = "{{ lookup('ansible.builtin.pipe', 'id') }}"

    assert isinstance(run(access, "tells", word=word, wanted=word)[0], Done)


def test_what_no_log_hides_stays_hidden(access):
    outcome, _ = run(access, "hides", word="s3cret")

    assert isinstance(outcome, Failed)
    assert "s3cret" not in outcome.model_dump_json()


def test_the_inventory_has_the_one_target(access):
    assert isinstance(run(access, "facts")[0], Done)


def test_the_environment_is_not_handed_on(access, monkeypatch):
    monkeypatch.setenv("DRILL_SECRET", "hidden")

    assert isinstance(run(access, "env")[0], Done)


def test_nothing_is_left_on_this_machine(access, tmp_path, monkeypatch, count):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()

    run(access, "ok")

    assert list((tmp_path / "t").iterdir()) == []
    assert count(f"ControlPath={tmp_path}") == 0


def test_a_playbook_that_ansible_cannot_read_certainly_failed(access):
    outcome, said = run(access, "wrong")

    assert isinstance(outcome, Failed)
    assert "no.such.module" in outcome.error
    assert said == []


def test_a_missing_playbook_is_named(access):
    outcome, _ = run(access, "absent")

    assert isinstance(outcome, Failed)
    assert "absent.yml" in outcome.error


def test_a_host_that_is_off_before_the_first_task_certainly_failed(access):
    off = replace(access.login, port=1)

    outcome, _ = run(replace(access, login=off), "ok")

    assert isinstance(outcome, Failed)
    assert "unreachable" in outcome.error


def test_another_host_key_is_refused(access, tmp_path):
    pinned = tmp_path / "known_hosts"
    pinned.write_text("")

    outcome, _ = run(replace(access, login=replace(access.login, known_hosts=pinned)), "ok")

    assert isinstance(outcome, Failed)


def test_a_target_without_a_login_is_declined(access):
    with pytest.raises(RefusedError):
        run(replace(access, login=None), "ok")


def test_an_inventory_value_that_is_a_template_is_declined(access):
    with pytest.raises(RefusedError, match="template"):
        run(replace(access, login=replace(access.login, user="{{ x }}")), "ok")


def test_without_ansible_there_is_a_named_error(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))

    with pytest.raises(PluginError, match="install ansible-core"):
        Playbook()
