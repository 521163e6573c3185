"""A lab file says what it means, or which spot is wrong."""

import pytest
from lab.inside import TWO_SITES

from drill.errors import LabError
from drill.lab.image import recipe
from drill.lab.spec import load


def test_the_shipped_lab_is_two_sites_with_six_hosts():
    spec = load(TWO_SITES)
    assert {name: (host.site, str(host.address)) for name, host in spec.hosts.items()} == {
        "lb1": ("b", "10.20.0.10"),
        "app1": ("a", "10.10.0.13"),
        "app2": ("b", "10.20.0.14"),
        "db1": ("a", "10.10.0.15"),
        "db2": ("b", "10.20.0.16"),
        "bak1": ("b", "10.20.0.17"),
    }
    assert str(spec.sites["b"].gateway) == "10.20.0.1/16"
    assert str(spec.exit) == "10.200.0.1/24"
    assert str(spec.management.of(4)) == "10.99.0.6/16"
    assert spec.playbook(TWO_SITES).is_file()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("10.20.0.16", "10.30.0.16", "host db2: 10.30.0.16 is not in site b"),
        ("db2: {site: b", "db2: {site: c", "host db2: there is no site c"),
        ("10.20.0.16", "10.20.0.14", "two hosts have the same address"),
        ("role: standby", "roll: standby", "unknown key `roll`"),
        ("role: standby", "role: Standby!", "`Standby!` does not fit"),
        ("10.10.0.0/16", "10.10.0.0/99", "8:16: error: `network`"),
        ("name: two-sites", "name: ../two-sites", "name"),
        ("name: two-sites", "name: [", "not YAML"),
        ("provision:", "packages: [redis, --yes]\nprovision:", "`--yes` does not fit"),
    ],
)
def test_what_is_wrong_with_a_lab_file_is_said(tmp_path, old, new, said):
    file = tmp_path / "lab.yaml"
    file.write_text(TWO_SITES.read_text().replace(old, new, 1))
    with pytest.raises(LabError) as raised:
        load(file)
    assert said in str(raised.value)
    assert str(file) in str(raised.value)


def test_more_packages_are_another_image_and_the_same_ones_are_the_same():
    usual = recipe()
    more = recipe(("slapd", "redis-server", "haproxy"))
    assert set(more.packages) - set(usual.packages) == {"slapd", "redis-server"}
    assert len(set(more.packages)) == len(more.packages)
    assert usual.key == recipe(("haproxy",)).key != more.key
    assert more.key == recipe(("redis-server", "haproxy", "slapd")).key


def test_a_lab_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(LabError, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml")
