"""The lab's wires, before any kernel sees them."""

import pytest
from lab.inside import TWO_SITES

from drill.lab import network
from drill.lab.spec import load

LONGEST_DEVICE_NAME = 15


@pytest.fixture
def spec():
    return load(TWO_SITES)


def test_every_device_name_fits_the_kernel(spec):
    lines = network.backbone(spec, router=1)
    for name in spec.hosts:
        lines += network.plug(network.ports_of(spec, name, boot=99_999), host=2)
    words = [line.split() for line in lines if line.startswith("link add")]
    names = [line[2] for line in words] + [
        line[line.index("name") + 1] for line in words if "name" in line
    ]
    assert names
    assert max(map(len, names)) <= LONGEST_DEVICE_NAME


def test_a_host_keeps_its_hardware_addresses_and_shares_them_with_nobody(spec):
    macs = [port.mac for name in spec.hosts for port in network.ports_of(spec, name, boot=1)]
    again = [port.mac for name in spec.hosts for port in network.ports_of(spec, name, boot=2)]
    assert macs == again
    assert len(set(macs)) == len(macs)


def test_a_boot_has_device_names_of_its_own(spec):
    first, second = (network.ports_of(spec, "db1", boot=boot) for boot in (1, 2))
    assert not {port.outer for port in first} & {port.outer for port in second}


def test_an_observer_is_cut_off_by_rules_that_can_be_taken_back():
    assert sum(line.endswith("r-obs drop") for line in network.expel()) == 2  # each way
    assert network.readmit() == ["delete table inet observer-cut"]


@pytest.mark.parametrize("pair", [("a", "b"), ("b", "a")])
def test_a_cut_is_found_again_whichever_way_it_is_named(pair):
    assert network.cut_name(*pair) == "cut-a-b"
    assert network.join(*pair) == ["delete table inet cut-a-b"]
    rules = "\n".join(network.cut(*pair))
    assert "iifname r-a oifname r-b drop" in rules
    assert "iifname r-b oifname r-a drop" in rules
