import json
import subprocess
from importlib.metadata import PackageNotFoundError

import pytest
from click.testing import CliRunner

from drill.cli.doctor import CHECKS, Finding, browsers, doctor, reports
from drill.cli.main import cli


def ask(*arguments, **environment):
    # standalone_mode=False: the status is returned, as drill.cli.main takes it
    return CliRunner(env=environment).invoke(doctor, [*arguments], standalone_mode=False)


def findings(**environment):
    asked = ask("--json", **environment)
    told = json.loads(asked.output)
    assert told["well"] == (asked.return_value == 0)
    assert asked.return_value in {0, 69}
    return {each["what"]: Finding(**each) for each in told["findings"]}


def test_each_check_finds_something_and_whatever_is_missing_has_a_cure():
    for check in CHECKS:
        found = list(check())
        assert found
        assert all(each.what and each.found for each in found)
        assert all(bool(each.cure) == (each.state != "ok") for each in found)


def test_what_runs_these_tests_is_well():
    found = findings()
    assert found["Python"].state == found["ansible-core"].state == "ok"
    assert found["ssh client"].state == "ok"


def test_without_what_the_console_needs_a_note_says_how_to_get_it(monkeypatch):
    def nothing(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr("drill.cli.doctor.version", nothing)
    (found,) = browsers()
    assert (found.state, found.cure) == ("note", "pip install 'drill[console]'")


def test_without_what_a_format_needs_a_note_says_how_to_get_it(monkeypatch):
    def nothing(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr("drill.cli.doctor.version", nothing)
    assert [(one.state, one.cure) for one in reports()] == [
        ("note", "pip install 'drill[pdf]'"),
        ("note", "pip install 'drill[docx]'"),
    ]


def test_without_an_ssh_client_it_says_which_package_has_one(tmp_path):
    found = findings(PATH=str(tmp_path))
    assert found["ssh client"].state == "missing"
    assert "openssh-client" in found["ssh client"].cure


def test_a_broken_ssh_configuration_is_told_in_ssh_s_own_words(tmp_path):
    broken = tmp_path / "ssh"
    broken.write_text(
        '#!/bin/sh\n[ "$1" = -V ] && exit\necho "config line 3: Bad option" >&2; exit 255\n'
    )
    broken.chmod(0o700)
    found = findings(PATH=f"{tmp_path}:/usr/bin:/bin")["ssh for Ansible"]
    assert (found.state, found.found) == ("missing", "config line 3: Bad option")


@pytest.mark.parametrize("variable", ["DRILL_RUNS", "DRILL_LAB_HOME"])
def test_a_place_where_nothing_can_be_written_is_missing_and_names_the_setting(tmp_path, variable):
    (tmp_path / "file").touch()
    told = findings(**{variable: str(tmp_path / "file" / "below")}).values()
    assert [each.cure for each in told if "not writable" in each.found] == [f"set {variable}"]


def test_looking_makes_nothing(tmp_path):
    findings(DRILL_RUNS=str(tmp_path / "runs"), DRILL_LAB_HOME=str(tmp_path / "lab"))
    assert list(tmp_path.iterdir()) == []


def test_people_get_one_aligned_line_for_each_finding_and_arrows_to_the_cures(tmp_path):
    asked = ask(NO_COLOR="1", PATH=str(tmp_path), COLUMNS="100")
    assert asked.return_value == 69
    assert "\x1b" not in asked.output
    assert "→ apt-get install openssh-client" in asked.output
    assert "each arrow says how to get it" in asked.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_calls_back_and_says_where_it_belongs(shell):
    asked = CliRunner().invoke(cli, ["completion", shell])
    assert asked.exit_code == 0
    assert f"_DRILL_COMPLETE={shell}_complete" in asked.stdout
    assert "Keep it as" in asked.stderr


def test_bash_can_read_its_completion_script():
    script = CliRunner().invoke(cli, ["completion", "bash"]).stdout
    read = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


def test_an_unknown_shell_is_a_usage_error_that_names_the_known_ones():
    asked = CliRunner().invoke(cli, ["completion", "csh"])
    assert asked.exit_code == 2
    assert "fish" in asked.output
