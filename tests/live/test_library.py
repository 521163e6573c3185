"""The library's scenarios on real hosts: each holds its promises, and leaves nothing behind."""

import json

import pytest
from lab.inside import ssh
from live.cases import Case, assert_green, hold, objective, prove
from live.conftest import ROOT, traces, view_of

from drill.errors import LEFT_STANDING

pytestmark = pytest.mark.lab

NS = 1_000_000_000
CERTIFICATE = Case(
    "expired-certificate",
    host="lb1",
    look="openssl x509 -noout -checkend 604800 -in /etc/haproxy/tls/orders.pem",
    shows="Certificate will not expire",
)
TABLE = Case(
    "dropped-table",
    ("incident-commander=restore",),
    host="db2",
    look="runuser -u postgres -- psql -XAtc 'select status from pg_stat_wal_receiver' -d postgres",
    shows="streaming",
    breaks="drop-orders",
)
RANSOMWARE = Case(
    "ransomware",
    ("incident-commander=clean",),
    host="app1",
    look="ls -A /srv/orders /srv/orders/catalogue | grep -cE 'locked|[.]drill-[0-9a-f]'; true",
    shows="0",
    unchosen=frozenset({"restore-newest"}),
)
SITE = Case(
    "site-loss",
    ("incident-commander=failover",),
    host="db2",
    look=TABLE.look,
    shows="streaming",
)
KEY = Case(
    "lost-backup-key",
    ("incident-commander=fetch",),
    host="app1",
    look="ls /run/catalogue-key; catalogue-restic --quiet cat config >/dev/null && echo opens",
    shows="opens",
)
DAMAGE = Case(
    "corrupt-newest-backup",
    ("incident-commander=before",),
    host="app1",
    look="catalogue-restic --quiet check && echo whole",
    shows="whole",
)
NAMES = Case(
    "dns-failure",
    host="app1",
    look="grep -c '^host-record=orders.lab,10.20.0.10$' /etc/dnsmasq.d/shop.conf",
    shows="1",
)
DISK = Case(
    "disk-full",
    ("incident-commander=reserve",),
    host="db1",
    look="ls -A /var/lib/postgresql; du -m /var/lib/postgresql/reserve | cut -f1",
    shows="15\nreserve\n64",
    breaks="fill",
)
SPLIT = Case(
    "split-brain",
    ("incident-commander=fence", "dba=db2"),
    host="db1",
    look=TABLE.look,
    shows="streaming",
    unchosen=frozenset({"promote-unfenced", "settle-on-db1", "rejoin-db2"}),
    breaks="cut-db1",
)
REBUILD = Case(
    "host-rebuild",
    ("incident-commander=rebuild",),
    host="app1",
    look="stat -c %U:%a /srv/orders /etc/orders; ls -A /srv/orders; "
    "systemctl is-enabled orders nginx",
    shows="root:755\nroot:700\ncatalogue\nenabled\nenabled",
)
CASES = (
    CERTIFICATE,
    TABLE,
    NAMES,
    DISK,
    pytest.param(SPLIT, marks=pytest.mark.nightly),
    pytest.param(REBUILD, marks=pytest.mark.nightly),
    pytest.param(RANSOMWARE, marks=pytest.mark.nightly),
    pytest.param(KEY, marks=pytest.mark.nightly),
    pytest.param(DAMAGE, marks=pytest.mark.nightly),
    pytest.param(SITE, marks=pytest.mark.nightly),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_recovered_within_what_was_promised_and_nothing_is_left(lab, tmp_path, case):
    if not case.breaks:
        assert_green(hold(lab, tmp_path / "runs", case), case)
        return
    held, books = hold_with_a_customer(lab, tmp_path, case)
    assert_green(held, case)
    assert_truly_lost(held, case, books)


def hold_with_a_customer(lab, tmp_path, case):
    """Conduct a drill while somebody buys; return it with what that customer's books say."""
    books = tmp_path / "books.json"
    with lab.customer(books):
        held = hold(lab, tmp_path / "runs", case)
    return held, json.loads(books.read_text())


def assert_truly_lost(held, case, books):
    """What a customer's own books say was lost lies in the interval that the report prints."""
    commanded, done = moments_of(held.conduct, case.breaks)
    kept = [began for began, _, kept in books if kept and began < commanded]
    lost = [(began, ended) for began, ended, kept in books if not kept and ended < done]
    assert len(lost) > 10 if case is TABLE else len(lost) == len(books) - sum(k for *_, k in books)
    low = (commanded - lost[0][1]) / NS if lost else 0.0
    high = (done - max(k for k in kept if not lost or k < lost[0][0])) / NS
    rpo = objective(held.view, "RPO")["actual"]
    assert rpo["lo"] <= high, (rpo, low, high)
    assert low <= rpo["hi"], (rpo, low, high)
    sets = sets_of(held.view)
    seconds = sets["lost"] * held.view["ledgers"][0]["every"]
    assert low - 0.3 <= seconds <= high + 0.3
    assert sets["phantom"] == sets["alien"] == sets["split-brain"] == sets["lost-later"] == 0


def sets_of(view):
    return {one["name"]: one["count"] for one in view["ledgers"][0]["sets"]}


@pytest.mark.nightly
@pytest.mark.parametrize(("survivor", "loses"), [("db2", True), ("db1", False)])
def test_who_does_not_fence_first_loses_what_the_old_primary_then_took(
    lab, tmp_path, survivor, loses
):
    """Unless he lets that one survive; the promise is not kept either way."""
    case = Case("split-brain", ("incident-commander=promote", f"dba={survivor}"), breaks="cut-db1")
    held, books = hold_with_a_customer(lab, tmp_path, case)
    assert held.status in {1, 3}, held.said
    assert "met" not in {one["verdict"] for one in held.view["objectives"]}
    _, done = moments_of(held.conduct, case.breaks)
    gone = [(began, ended) for began, ended, kept in books if not kept and ended > done]
    split = sets_of(held.view)["split-brain"] * held.view["ledgers"][0]["every"]
    assert bool(gone) == bool(split) == loses
    if loses:
        assert abs(split - (gone[-1][1] - gone[0][0]) / NS) < 0.5, (split, gone[0], gone[-1])
    assert traces(held.lab) == {}
    follower = {"db2": "db1", "db1": "db2"}[survivor]
    assert "streaming" in ssh(lab.facts, follower, TABLE.look)


def moments_of(conduct, step):
    """Return when a fault was commanded and when it had been applied, on the observer's clock."""
    at = {
        record.event.type: record.at
        for record in conduct.records()
        if record.event.type in {"fault-prepared", "step-ended"} and record.event.step == step
    }
    return at["fault-prepared"].boot_ns, at["step-ended"].boot_ns


PROVEN = (
    (CERTIFICATE, "renew"),
    pytest.param(NAMES, "correct-record", marks=pytest.mark.nightly),
    pytest.param(DISK, "free-reserve", marks=pytest.mark.nightly),
    pytest.param(SPLIT, "fence-db1", marks=pytest.mark.nightly),
    pytest.param(REBUILD, "rebuild", marks=pytest.mark.nightly),
)


@pytest.mark.parametrize(("case", "mends"), PROVEN, ids=str)
def test_without_its_recovery_a_drill_fails_and_that_proves_it(lab, tmp_path, case, mends):
    status, said = prove(lab, tmp_path, case)
    assert status == (LEFT_STANDING if case is REBUILD else 0), said  # a disk has no undo
    assert "the drill can fail: " in said
    assert mends not in {one["id"] for one in view_of(next(tmp_path.iterdir()))["steps"]}
    assert traces(lab) == {}


@pytest.mark.nightly
def test_a_drill_that_breaks_nothing_proves_nothing(lab, tmp_path):
    """The certificate of a door that no probe uses."""
    text = CERTIFICATE.file.read_text().replace("https://10.20.0.10", "http://10.20.0.10")
    text = text.replace("../", f"{ROOT}/").replace("lab/two", f"{ROOT}/scenarios/lab/two")
    (file := tmp_path / "blind.yaml").write_text(text)
    status, said = prove(lab, tmp_path / "runs", Case(file.stem, other=file))
    assert (status, "nothing shows that it can fail" in said) == (1, True), said


@pytest.mark.nightly
def test_a_snapshot_of_ciphertext_is_refused_whoever_chose_it_and_the_files_come_back(
    lab, tmp_path
):
    case = Case("ransomware", ("incident-commander=newest",))
    held = hold(lab, tmp_path / "runs", case)
    assert held.status in {1, 3}, held.said
    phases = {step["id"]: step["phase"] for step in held.view["steps"]}
    assert phases["restore-newest"] == "failed"
    assert {fault["standing"] for fault in held.view["faults"]} == {"undone"}
    look = "ls /srv/orders/catalogue | grep -c '^page-..[.]json$'"
    assert ssh(lab.facts, "app1", look).strip() == "40"
