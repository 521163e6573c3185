"""The lever is engaged by anything with its name, and released by nothing but its release."""

import os
import stat
from pathlib import Path

import pytest

from drill.errors import SafetyError
from drill.files import state_place
from drill.hosts.lever import Lever


@pytest.fixture
def lever(tmp_path: Path) -> Lever:
    return Lever(tmp_path / "state" / "lever")


def test_it_is_engaged_tells_why_and_is_released_once(lever):
    assert lever.engaged() == ""
    lever.engage("smoke in the hall (by ops@desk)")
    assert lever.engaged() == "smoke in the hall (by ops@desk)"
    assert lever.release()
    assert lever.engaged() == ""
    assert not lever.release()


def test_the_first_reason_stays(lever):
    lever.engage("first")
    lever.engage("second")
    assert lever.engaged() == "first"


def test_only_its_owner_can_touch_it(lever):
    lever.engage("x")
    assert stat.S_IMODE(lever.place.stat().st_mode) == 0o700
    assert stat.S_IMODE(lever.file.stat().st_mode) == 0o600


def a_link(file: Path) -> None:
    file.symlink_to("/nowhere")


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def a_file_that_says_nothing(file: Path) -> None:
    file.touch()


def a_directory(file: Path) -> None:
    file.mkdir()


def a_file_full_of_noise(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 100)


@pytest.mark.parametrize(
    "put", [a_link, a_pipe, a_file_that_says_nothing, a_directory, a_file_full_of_noise]
)
def test_whatever_has_its_name_engages_it(lever, put):
    lever.mount()
    put(lever.file)
    assert lever.engaged()


def test_where_nobody_can_tell_it_is_engaged(lever):
    lever.place.parent.mkdir()
    lever.place.touch()  # its place is no directory: ENOTDIR, for root too
    assert "cannot be looked at" in lever.engaged()


def test_it_leads_to_no_file_of_somebody_else(lever, tmp_path):
    lever.mount()
    other = tmp_path / "other"
    other.write_text("precious")
    lever.file.symlink_to(other)
    with pytest.raises(SafetyError, match="symbolic link"):
        lever.engage("x")
    assert other.read_text() == "precious"
    assert lever.engaged(), "though it is engaged all the same"


def test_a_place_where_strangers_write_is_refused(lever):
    lever.place.mkdir(parents=True)
    lever.place.chmod(0o777)
    with pytest.raises(SafetyError, match="anybody may write"):
        lever.mount()


def test_its_state_is_where_it_is_told_to_be(monkeypatch, tmp_path):
    monkeypatch.setenv("DRILL_STATE", str(tmp_path))
    assert state_place() == tmp_path
