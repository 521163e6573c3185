"""No host is touched that did not consent: each way to lack consent, for each fault."""

from datetime import UTC, datetime

import pytest
from lease.house import CUT, House, marker

from drill.errors import RefusedError, SafetyError
from drill.hosts import warden
from drill.hosts.consent import Marker, make
from drill.lease.answers import RefusedError as HostRefusedError
from drill.lease.consent import consented
from drill.testing.cancels import HandCancel
from drill.testing.sshd import make_key

PARAMS = {
    "service.stop": {"unit": "nginx.service"},
    "process.kill": {"name": "nginx", "signal": "KILL"},
    "process.pause": {"name": "nginx"},
    "network.partition": CUT,
    "host.power-off": {},
}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


# What is written in it

ASK = {"fault": "service.stop", "environment": "lab", "group": "test"}


def said(tmp_path, **changes):
    make_key(tmp_path / "owner")
    return make(marker(**changes), tmp_path / "owner")["consent.json"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"expires": LONG_AGO}, "expired"),
        ({"environment": "staging"}, "another environment"),
        ({"group": "others"}, "another group"),
        ({"host": "f" * 32}, "another host's"),
        ({"classes": ["network"]}, "does not allow service"),
        ({"classes": []}, "does not allow service"),
    ],
)
def test_a_marker_must_name_what_is_asked(tmp_path, changes, why):
    with pytest.raises(HostRefusedError, match=why):
        consented(said(tmp_path, **changes), ASK, marker().host, 1e9 + 7e8, leased=True)


def test_production_needs_its_own_word(tmp_path):
    ask = ASK | {"environment": "production"}
    with pytest.raises(HostRefusedError, match="production"):
        consented(said(tmp_path, environment="production"), ask, marker().host, 0, leased=True)


def test_what_cannot_be_leased_needs_a_disposable_host(tmp_path):
    ask = ASK | {"fault": "host.power-off"}
    with pytest.raises(HostRefusedError, match="disposable"):
        consented(said(tmp_path), ask, marker().host, 0, leased=False)


GOOD = (
    '{"environment":"lab","group":"test","classes":["service"],"host":"h",'
    '"expires":"2100-01-01T00:00:00Z","live_ok":false,"disposable":false}'
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"live_ok":false,', ""),
        ('"live_ok":false', '"live_ok":"no"'),
        ('"live_ok":false', '"live_ok":false,"force":true'),
        ('"live_ok":false', '"live_ok":false,"group":"test"'),
        ('["service"]', '"service"'),
        ("2100-01-01T00:00:00Z", "never"),
        ("2100-01-01T00:00:00Z", "2100-01-01"),
        ('"2100-01-01T00:00:00Z"', "4102444800"),
        (GOOD, "[]"),
        (GOOD, ""),
        (GOOD, "[" * 100_000),
    ],
)
def test_a_marker_that_is_not_exactly_one_is_none(old, new):
    assert consented(GOOD.encode(), ASK, "h", 0, leased=True)
    with pytest.raises(HostRefusedError, match="no consent"):
        consented(GOOD.replace(old, new).encode(), ASK, "h", 0, leased=True)


def test_a_key_that_cannot_sign_says_so(tmp_path):
    make_key(tmp_path / "owner")
    (tmp_path / "owner").write_text("no key")
    with pytest.raises(SafetyError, match="cannot sign"):
        make(marker(), tmp_path / "owner")


# On a host


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with House(tmp_path_factory.mktemp("house")) as house:
        warden.install(house, HandCancel())
        yield house


@pytest.fixture(autouse=True)
def _mended(request):
    yield
    if "house" in request.fixturenames:
        house = request.getfixturevalue("house")
        house.sh("rm -rf /etc/drill /etc/real; mkdir -m 755 /etc/drill")
        house.write(marker(disposable=True))
        house.sh("chmod 644 /etc/drill/*; drill-host heal; drill-host release")


def signed_by_another(house):
    stranger = house.disk / "keys" / "stranger"
    if not stranger.exists():
        make_key(stranger)
    for name, content in make(marker(disposable=True), stranger).items():
        if name != "allowed_signers":
            house.run(["tee", f"/etc/drill/{name}"], HandCancel(), stdin=content)


LACKS = {
    "absent": "rm /etc/drill/consent.json",
    "no signature": "rm /etc/drill/consent.json.sig",
    "no signers": ": > /etc/drill/allowed_signers",
    "expired": lambda house: house.write(marker(expires=LONG_AGO, disposable=True)),
    "another environment": lambda house: house.write(
        marker(environment="staging", disposable=True)
    ),
    "another group": lambda house: house.write(marker(group="others", disposable=True)),
    "another host": lambda house: house.write(marker(host="f" * 32, disposable=True)),
    "bad signature": "sed -i s/false/true/ /etc/drill/consent.json",
    "another signer": signed_by_another,
    "symlink": "cd /etc/drill; mv consent.json real; ln -s real consent.json",
    "symlinked directory": "mv /etc/drill /etc/real; ln -s /etc/real /etc/drill",
    "fifo": "cd /etc/drill; rm consent.json; mkfifo consent.json",
    "directory": "cd /etc/drill; rm consent.json; mkdir consent.json",
    "world-writable": "chmod o+w /etc/drill/consent.json",
    "group-writable signature": "chmod g+w /etc/drill/consent.json.sig",
    "group-writable signers": "chmod g+w /etc/drill/allowed_signers",
    "writable directory": "chmod o+w /etc/drill",
}


def spoil(house, lack):
    way = LACKS[lack]
    house.sh(way) if isinstance(way, str) else way(house)


def prepare(house, fault):
    if fault == "host.power-off":
        warden.consent(house.access, fault, HandCancel())
    else:
        warden.arm(house.access, fault, PARAMS[fault], 60, HandCancel())


FIRST, *OTHERS = PARAMS


@pytest.mark.lab
@pytest.mark.parametrize(
    "fault", [FIRST, *(pytest.param(fault, marks=pytest.mark.nightly) for fault in OTHERS)]
)
@pytest.mark.parametrize("lack", LACKS)
def test_without_consent_nothing_is_armed(house, lack, fault):
    spoil(house, lack)
    with pytest.raises(RefusedError, match="no consent"):
        prepare(house, fault)


@pytest.mark.lab
@pytest.mark.parametrize("lack", LACKS)
def test_consent_that_was_taken_back_after_the_arming_forbids_the_inject(house, lack):
    house.write(marker(disposable=True))
    receipt = warden.arm(house.access, "network.partition", CUT, 60, HandCancel())
    spoil(house, lack)
    outcome = warden.inject(house.access, receipt, HandCancel())
    assert "no consent" in outcome.error
    assert "drop" not in house.sh("nft list ruleset")


@pytest.mark.lab
def test_healing_needs_nobodys_consent(house):
    house.write(marker(disposable=True))
    receipt = warden.arm(house.access, "network.partition", CUT, 60, HandCancel())
    warden.inject(house.access, receipt, HandCancel())
    spoil(house, "absent")
    assert warden.undo(house.access, receipt, HandCancel()).kind == "done"
    assert "drop" not in house.sh("nft list ruleset")


def test_a_marker_without_a_zone_is_no_marker():
    with pytest.raises(ValueError, match="timezone"):
        Marker.model_validate(marker().model_dump() | {"expires": "2030-01-01T00:00:00"})
