"""What the project promises in its locks and documents is there."""

import importlib
import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from drill import errors
from drill.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
LOCKS = ("requirements.lock", "requirements-dev.lock")


# What pins the dependencies


def pins(lock: str) -> dict[tuple[str, Version], str]:
    """Read a lock: (name, version) to everything that it says of it."""
    found = {}
    for entry in re.split(r"\n(?=\S)", (ROOT / lock).read_text()):
        if head := re.match(r"([A-Za-z0-9._-]+)==(\S+)", entry):
            found[canonicalize_name(head[1]), Version(head[2])] = entry
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_lock_says_where_from(lock):
    assert [name for name, entry in pins(lock).items() if "--hash=sha256:" not in entry] == []
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(
        r"^\s*(-i|-f|-e|--(index|extra-index|find-links|trusted))", text, re.MULTILINE
    )


@pytest.mark.parametrize(
    ("lock", "groups"),
    [(LOCKS[0], ("build",)), (LOCKS[1], ("build", "dev"))],
)
def test_the_lock_holds_what_the_project_asks_for(lock, groups):
    asked = [*PROJECT["project"]["dependencies"]]
    asked += [each for group in groups for each in PROJECT["dependency-groups"][group]]
    locked = pins(lock)
    unmet = [
        str(wish)
        for wish in map(Requirement, asked)
        if not any(
            name == canonicalize_name(wish.name) and version in wish.specifier
            for name, version in locked
        )
    ]
    assert unmet == [], "run: make lock"


def test_tests_run_on_what_users_get():
    assert pins(LOCKS[0]).keys() <= pins(LOCKS[1]).keys(), "run: make lock"


def test_every_dependency_has_a_lower_bound():
    asked = [*PROJECT["project"]["dependencies"]]
    asked += [each for group in PROJECT["dependency-groups"].values() for each in group]
    assert [each for each in asked if ">=" not in each] == []
    assert len(asked) == len({canonicalize_name(Requirement(each).name) for each in asked})


# What the documents say


def entry_points() -> list[EntryPoint]:
    return [
        EntryPoint(name=name, value=value, group=group)
        for group, points in PROJECT["project"]["entry-points"].items()
        for name, value in points.items()
    ]


@pytest.mark.parametrize("point", entry_points(), ids=lambda point: point.name)
def test_every_plugin_named_in_the_project_file_can_be_loaded(point):
    assert isinstance(point.load(), type)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_explains_itself(name):
    module, summary = COMMANDS[name]
    command = getattr(importlib.import_module(module), name)
    assert summary.endswith(".")
    assert command.name == name
    assert command.help
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


def test_the_changelog_knows_this_version():
    assert f"## [{PROJECT['project']['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def spoken(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_only_commands_that_exist(document):
    text = spoken(document)
    shown = "\n".join(re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^(?:drill|make) .+", shown, re.MULTILINE)
    words = [each.split() for each in code]
    drills = {each[1] for each in words if each[:1] == ["drill"] and len(each) > 1}
    makes = {each[1] for each in words if each[:1] == ["make"] and len(each) > 1}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {each for each in drills if each[0].isalpha()} - set(COMMANDS) == set()
    assert makes - targets == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_only_files_that_exist(document):
    text = spoken(document)
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)
    top = r"drill|tests|playbooks|scenarios|runbooks|\.ci|\.github"
    named = re.findall(rf"`((?:{top})/[\w./-]*)`", text)
    assert sorted({each for each in [*links, *named] if not (ROOT / each).exists()}) == []


def test_the_map_shows_every_room():
    rooms = {path.name for path in (ROOT / "drill").iterdir() if (path / "__init__.py").exists()}
    shown = set(re.findall(r"^(\w+)/", spoken("CONTRIBUTING.md"), re.MULTILINE))
    assert rooms - shown == set()
    assert {room for room in rooms if f"`{room}`" not in spoken("README.md")} == set()


def test_the_floors_that_are_shown_are_those_that_are_checked():
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    assert "```\n" + "\n".join(layers) + "\n```" in spoken("CONTRIBUTING.md")


def test_every_exit_status_is_explained():
    raised = {
        each.exit_status
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.DrillError)
    }
    explained = set(map(int, re.findall(r"^\| (\d+) \|", spoken("README.md"), re.MULTILINE)))
    assert raised | {0, 1, 3, 4} <= explained
