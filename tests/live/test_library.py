"""The library's scenarios on real hosts: each holds its promises, and leaves nothing behind."""

import json

import pytest
from lab.inside import ssh
from live.cases import Case, assert_green, hold, objective, prove
from live.conftest import ROOT, traces, view_of

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
)
RANSOMWARE = Case(
    "ransomware",
    ("incident-commander=clean",),
    host="app1",
    look="ls -A /srv/orders /srv/orders/catalogue | grep -cE 'locked|[.]drill-[0-9a-f]'; true",
    shows="0",
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
CASES = (
    CERTIFICATE,
    TABLE,
    pytest.param(RANSOMWARE, marks=pytest.mark.nightly),
    pytest.param(KEY, marks=pytest.mark.nightly),
    pytest.param(DAMAGE, marks=pytest.mark.nightly),
    pytest.param(SITE, marks=pytest.mark.nightly),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_recovered_within_what_was_promised_and_nothing_is_left(lab, tmp_path, case):
    books = tmp_path / "books.json"
    if case is not TABLE:
        assert_green(hold(lab, tmp_path / "runs", case), case)
        return
    with lab.customer(books):
        held = hold(lab, tmp_path / "runs", case)
    assert_green(held, case)
    assert_truly_lost(held, json.loads(books.read_text()))


def assert_truly_lost(held, books):
    """What a customer's own books say was lost lies in the interval that the report prints."""
    commanded, done = moments_of(held.conduct, "drop-orders")
    lost = [(began, ended) for began, ended, kept in books if not kept and ended < done]
    kept = [began for began, _, kept in books if kept and began < commanded]
    assert len(lost) > 10
    low, high = (commanded - lost[0][1]) / NS, (done - max(k for k in kept if k < lost[0][0])) / NS
    rpo = objective(held.view, "RPO")["actual"]
    assert rpo["lo"] <= high, (rpo, low, high)
    assert low <= rpo["hi"], (rpo, low, high)
    sets = {one["name"]: one["count"] for one in held.view["ledgers"][0]["sets"]}
    seconds = sets["lost"] * held.view["ledgers"][0]["every"]
    assert low - 0.3 <= seconds <= high + 0.3
    assert sets["phantom"] == sets["alien"] == sets["split-brain"] == sets["lost-later"] == 0


def moments_of(conduct, step):
    """Return when a fault was commanded and when it had been applied, on the observer's clock."""
    at = {
        record.event.type: record.at
        for record in conduct.records()
        if record.event.type in {"fault-prepared", "step-ended"} and record.event.step == step
    }
    return at["fault-prepared"].boot_ns, at["step-ended"].boot_ns


def test_without_its_recovery_a_drill_fails_and_that_proves_it(lab, tmp_path):
    status, said = prove(lab, tmp_path, CERTIFICATE)
    assert status == 0, said
    assert "the drill can fail: " in said
    assert "renew" not in {one["id"] for one in view_of(next(tmp_path.iterdir()))["steps"]}
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
