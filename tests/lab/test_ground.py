"""What a lab stands on: ids, cgroups, homes, images."""

import fcntl
import os
import pwd
import tempfile
from pathlib import Path

import pytest

from drill.errors import LabError
from drill.lab import cgroups, identity, image, obstacles
from drill.lab.home import home


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        ("{me}:100000:65536", 100000),
        ("other:100000:65536\n{id}:231072:65536", 231072),
        ("{me}:100000:1000", None),
        ("", None),
    ],
)
def test_the_ids_lent_to_a_user_are_found(tmp_path, lines, first):
    me = pwd.getpwuid(os.geteuid()).pw_name
    table = tmp_path / "subuid"
    table.write_text(lines.format(me=me, id=os.geteuid()))
    assert identity.subordinate(table) == first


def test_nobody_is_lent_ids_by_a_table_that_is_not_there(tmp_path):
    assert identity.subordinate(tmp_path / "none") is None


def test_a_cgroup_tree_is_removed_with_all_below(tmp_path):
    tree = tmp_path / "lab"
    cgroups_below = ("db1", "db2")
    for name in cgroups_below:
        (tree / name / "system.slice").mkdir(parents=True)
    assert cgroups.remove(tree)
    assert not tree.exists()


def test_what_another_pid_namespace_hides_is_nobodys_pid(tmp_path):
    (tmp_path / "cgroup.procs").write_text("0\n17\n0\n")
    assert cgroups.members(tmp_path) == (17,)


def test_another_package_list_is_another_image():
    recipe = image.Recipe(codename="trixie", architecture="x86_64", prepare="")
    more = recipe.model_copy(update={"packages": (*recipe.packages, "nginx-light")})
    assert recipe.key != more.key
    assert recipe.key == image.Recipe.model_validate(recipe.model_dump()).key


@pytest.fixture
def own_home(monkeypatch):
    """Make a home that the lab's root can reach: pytest's own places are closed to others."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        Path(place).chmod(0o711)
        monkeypatch.setenv("DRILL_LAB_HOME", f"{place}/home")
        yield home()


def test_a_lab_lives_as_long_as_its_lock_is_held(own_home):
    lab = own_home.lab("x")
    assert not lab.is_alive()
    with lab.alive.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert lab.is_alive()
    assert not lab.is_alive()


def test_two_homes_may_use_one_name(own_home, monkeypatch):
    monkeypatch.setenv("DRILL_LAB_HOME", str(own_home.path / "other"))
    assert home().lab("x").cgroup != own_home.lab("x").cgroup


def test_secrets_and_locks_are_closed_to_others(own_home):
    for name in ("secrets", "locks", "run"):
        assert (own_home.path / name).stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user is his labs' root himself")
def test_a_home_that_the_labs_root_cannot_reach_is_refused(tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("DRILL_LAB_HOME", str(closed / "home"))
    with pytest.raises(LabError, match="chmod o\\+x"):
        home()


def test_what_is_missing_is_said_with_its_cure_and_sbin_is_looked_at(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    (missing,) = (said for said in obstacles() if "apt-get install" in said)
    assert "mmdebstrap" in missing
    assert "iproute2" not in missing
