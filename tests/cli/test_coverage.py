"""``drill coverage`` and the report's chapter, on runs as they lie on disk, sealed or not."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from click.testing import CliRunner
from report.keeping import keep
from report.rooms import played

from drill import wiring
from drill.cli.claimed import with_controls
from drill.cli.coverage import completed_framework
from drill.cli.form import FORM
from drill.cli.main import cli
from drill.cli.seals import Seal, places_of, seal_of
from drill.cli.session import conclude
from drill.cli.shelf import JOURNAL, view_of
from drill.errors import UsageError
from drill.evidence.archive import Archive, pack, unpack
from drill.journal.file import FileJournal
from drill.journal.reader import read
from drill.model.events import PersonSaid
from drill.model.overview import About
from drill.model.sayings import Joined

SCENARIO = """
drill: 1
id: choice
title: A choice
roles: {boss: {}}
about: {controls: [NIST SP 800-53 CP-2(3), NIST CSF GV.RR-02]}
steps:
  choose: {decide: Open?, by: boss, options: {shut: stay, open: go},
           default: {option: shut, after: 1h}}
"""
CLAIMS = ("NIST CSF RC.RP-03", "NIST SP 800-53 CP-2(3)", "ECB CROE 2.6.2(16)", "NIST CP-99")
LATE = "DORA RTS incident reporting 5(1)(a)"
RTO = "ECB CROE 2.5.2.1(11)"


def drill(*words):
    argv = [str(word) for word in words]
    return CliRunner().invoke(cli, argv, standalone_mode=False, env={"COLUMNS": "160"})


def covered(runs, *words):
    done = drill("coverage", "--runs", runs, "--json", *words)
    assert done.exception is None, done.exception
    return {f"{one['framework']} {one['id']}": one for one in json.loads(done.stdout)}


def artefact(one, id_):
    return next(each for each in one["artefacts"] if each["id"] == id_)


def kept(runs, name, mode="live", *, days=1, about=None):
    """Keep a closed run that began so many days ago; return its journal."""
    told = played(mode)
    told.close()
    shift = wiring.now().wall - timedelta(days=days) - told.records[0].at.wall
    return keep(told.records, runs, name, shift, about=about)


def seal(journal, *, points=None, sums=None, place=0):
    """Lay the parts of a bundle beside a journal that tell whether it is sealed."""
    form = journal.parent / FORM
    records, head = read(journal)
    told = f"{len(records)} {journal.stat().st_size} {head}\n" if points is None else points
    digest = sha256(told.encode()).hexdigest()
    run = journal.parent.name
    parts = {
        "journal.jsonl": journal.read_text(),
        "checkpoints.txt": told,
        "SHA256SUMS": f"{'0' * 64}  journal.jsonl\n{digest}  checkpoints.txt\n"
        if sums is None
        else sums,
        "SHA256SUMS.sig": "by whoever verify.py says",
    }
    if form.exists():
        parts["SHA256SUMS"] += f"{sha256(form.read_bytes()).hexdigest()}  {FORM}\n"
    members = {name: text.encode() for name, text in parts.items()}
    places_of(journal)[place].write_bytes(pack(Archive(run, members, 0)))
    return journal


def fill(journal, **fields):
    lines = (f"  AAR-{key[1:]}: {text}" for key, text in fields.items())
    (journal.parent / FORM).write_text("fields:\n" + "\n".join(lines) + "\n")


@pytest.fixture
def live(tmp_path):
    """Return the sealed journal of a live run."""
    return seal(kept(tmp_path, "1-live"))


def test_a_sealed_live_run_evidences_what_it_measured(live, tmp_path):
    one = covered(tmp_path)[RTO]
    assert artefact(one, "rto_result")["there"]
    assert artefact(one, "rto_result")["because"].startswith("orders RTO ")


@pytest.mark.parametrize("mode", ["live", "tabletop"])
def test_a_run_that_is_not_sealed_evidences_nothing(tmp_path, mode):
    kept(tmp_path, "1-run", mode)
    found = covered(tmp_path)
    assert {one["state"] for one in found.values()} == {"not evidenced"}
    assert artefact(found["NIST CSF RS.AN-06"], "event_log")["because"].endswith(
        "; but not sealed (drill seal)"
    )


def test_a_sealed_tabletop_evidences_what_people_do_and_nothing_measured(tmp_path):
    seal(kept(tmp_path, "1-table", "tabletop"))
    found = covered(tmp_path)
    measured = [
        each
        for one in found.values()
        for each in one["artefacts"]
        if each["id"] in ("rto_result", "rpo_result", "restore_verification")
    ]
    assert measured
    assert {(each["there"], each["because"]) for each in measured} == {
        (False, "nothing is measured in a tabletop; it takes a live exercise")
    }
    people = found["ECB CROE 2.6.2(16)"]
    assert (people["state"], people["valid_until"] is None) == ("evidenced", False)


def test_a_rehearsal_evidences_neither_deeds_nor_people(tmp_path):
    scenario = tmp_path / "choice.yaml"
    scenario.write_text(SCENARIO)
    runs = tmp_path / "runs"
    done = drill("run", scenario, "--as", "rehearsal", "--runs", runs)
    assert done.exception is None, done.exception
    (journal,) = runs.glob(f"*/{JOURNAL}")
    seal(journal)
    found = covered(runs)
    log = artefact(found["NIST CSF RS.AN-06"], "event_log")
    assert log["because"] == (
        "nobody takes part in a rehearsal; it takes people, at a table or live"
    )
    page = (journal.parent / "report.md").read_text().replace("\\", "")
    assert "| NIST SP 800-53 CP-2(3)" in page
    assert "nobody takes part in a rehearsal" in page


def test_evidence_ages_and_the_newest_counts(tmp_path):
    seal(kept(tmp_path, "1-live", days=366))
    old = covered(tmp_path, "--framework", "ECB CROE")[RTO]
    assert old["state"] == "not evidenced"
    assert "(365 days)" in artefact(old, "rto_result")["because"]
    seal(kept(tmp_path, "2-live", days=2))
    new = covered(tmp_path, "--framework", "ECB CROE")[RTO]
    assert new["state"] == "evidenced"
    assert artefact(new, "rto_result")["because"].startswith("2-live: orders RTO")


def test_what_people_fill_in_counts(live, tmp_path):
    before = covered(tmp_path)["NIST SP 800-53 CP-1"]
    fill(live, f106="two pages changed")
    late = artefact(covered(tmp_path)["NIST SP 800-53 CP-1"], "plan_change_record")
    assert late["because"].endswith("; but after-action.yaml is not as it was sealed (drill seal)")
    seal(live)
    after = covered(tmp_path)["NIST SP 800-53 CP-1"]
    assert [before["state"], after["state"]] == ["not evidenced", "partly evidenced"]
    assert artefact(after, "plan_change_record")["there"]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"points": "1 2 3\n"}, "was sealed over another journal"),
        ({"points": "nothing\n"}, "was sealed over another journal"),
        ({"sums": f"{'0' * 64}  checkpoints.txt\n"}, "is not what its sums say"),
        ({"sums": ""}, "is not what its sums say"),
    ],
)
def test_a_bundle_that_does_not_fit_seals_nothing(tmp_path, broken, why):
    seal(kept(tmp_path, "1-live"), **broken)
    log = artefact(covered(tmp_path)["NIST CSF RS.AN-06"], "event_log")
    assert why in log["because"]
    assert not log["there"]


def test_a_journal_that_went_on_is_no_longer_sealed(live):
    records, head = read(live)
    assert seal_of(live, len(records), head) == Seal()
    with FileJournal(live) as file:
        saying = PersonSaid(person="Kim", role="lead", saying=Joined(), refused="it is over")
        file.append(saying, records[-1].at)
        file.sync()
    records, head = read(live)
    assert "another journal" in seal_of(live, len(records), head).journal
    seal(live, place=1)
    assert seal_of(live, len(records), head) == Seal()


def test_a_bundle_that_nobody_signed_seals_nothing(live):
    bundle, _ = places_of(live)
    archive = unpack(bundle.read_bytes())
    members = {name: text for name, text in archive.members.items() if not name.endswith(".sig")}
    bundle.write_bytes(pack(replace(archive, members=members)))
    records, head = read(live)
    assert "it holds no SHA256SUMS.sig" in seal_of(live, len(records), head).journal


@pytest.mark.parametrize("what", ["text", "empty", "directory"])
def test_what_is_no_bundle_seals_nothing(tmp_path, what):
    journal = kept(tmp_path, "1-live")
    bundle, _ = places_of(journal)
    if what == "directory":
        bundle.mkdir()
    elif what == "text":
        bundle.write_text("nothing")
    else:
        bundle.write_bytes(bytes(1024))
    records, head = read(journal)
    told = seal_of(journal, len(records), head).journal
    assert told.startswith("its bundle 1-live.drill.tar cannot be read")


def test_a_form_that_cannot_be_read_is_not_sealed(live):
    (live.parent / FORM).mkdir()
    records, head = read(live)
    assert seal_of(live, len(records), head).form == f"{FORM} cannot be read (it is a directory)"


def test_the_report_within_a_bundle_counts_as_sealed_and_is_the_same_ever_after(tmp_path):
    journal = kept(tmp_path, "1-live", days=800, about=About(controls=(RTO,)))
    view = view_of(journal)
    (inside,) = with_controls(view, journal, sealing=True).controls
    (beside,) = with_controls(view, journal).controls
    assert (inside.state, beside.state) == ("evidenced", "not evidenced")
    assert inside.valid_until == view.closed + timedelta(days=365)


def test_a_run_that_cannot_be_read_is_told_and_hides_no_other(live, tmp_path):
    broken = kept(tmp_path, "2-broken")
    broken.write_bytes(broken.read_bytes().replace(b"Kim", b"Tim"))
    odd = kept(tmp_path, "3-odd")
    (odd.parent / FORM).write_text("fields: {AAR-1: short}\n")
    twice = kept(tmp_path, "4-twice")
    (twice.parent / "after-action.yaml").write_text("notes: {}\nnotes: {}\n")
    done = drill("coverage", "--runs", tmp_path, "--json", "--framework", "NIST CSF")
    for name in ("2-broken", "3-odd", "4-twice"):
        assert f"the run {name} is left out: " in done.stderr
    assert any(one["state"] != "not evidenced" for one in json.loads(done.stdout))


def test_the_table_says_what_is_missing_and_what_it_does_not_say(live, tmp_path):
    text = drill("coverage", "--runs", tmp_path, "--framework", "nist csf").stdout
    assert "NIST CSF" in text
    assert "Restore verification" in text
    assert "Drill certifies nothing" in text
    assert "Runs that were looked at: 1." in text
    assert "DORA" not in text


def test_one_control_is_shown_with_every_artefact_and_its_reason(live, tmp_path):
    text = drill("coverage", "--runs", tmp_path, "--control", "cp-4").stdout
    assert "NIST SP 800-53 CP-4" in text
    assert "drill keeps no such record yet" in text
    assert "not filled in: who reviewed the results" in text
    assert "in date for 365 days" in text


def test_an_id_of_several_frameworks_shows_each_and_a_framework_chooses(tmp_path):
    assert set(covered(tmp_path, "--control", "9.2")) == {"ISO 22301 9.2", "ISO/IEC 27001 9.2"}
    assert len(covered(tmp_path, "--control", "9.2", "--framework", "iso 22301")) == 1
    assert len(covered(tmp_path, "--control", "ISO 22301 9.2")) == 1


def test_what_lacks_nothing_can_be_left_out(tmp_path):
    seal(kept(tmp_path, "1-table", "tabletop"))
    everything = covered(tmp_path, "--framework", "ECB CROE")
    lacking = covered(tmp_path, "--framework", "ECB CROE", "--missing")
    assert set(everything) - set(lacking) == {"ECB CROE 2.6.2(16)"}


def test_what_nobody_has_read_stays_out_unless_asked_for(tmp_path):
    assert len(covered(tmp_path)) == 374
    assert len(covered(tmp_path, "--unverified")) == 402
    assert "(unverified)" in drill("coverage", "--runs", tmp_path, "--unverified").stdout
    shown = drill("coverage", "--runs", tmp_path, "--unverified", "--control", "NERC CIP R2.1")
    assert "R2.1" in shown.stdout


def test_a_miss_is_said_wherever_its_control_is_evidenced(tmp_path):
    seal(kept(tmp_path, "2-live", about=About(controls=(LATE,))))
    text = drill("coverage", "--runs", tmp_path, "--framework", "DORA RTS incident reporting")
    assert "! records a miss: Regulatory notification clocks" in text.stdout
    one = covered(tmp_path, "--control", LATE)[LATE]
    assert one["state"] == "evidenced"
    assert one["artefacts"][0]["missed"]
    report = drill("report", "2-live", "--runs", tmp_path, "--format", "markdown").stdout
    assert "records a miss: Regulatory notification clocks" in report


def test_it_is_printed_as_csv(live, tmp_path):
    text = drill("coverage", "--runs", tmp_path, "--csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 374
    (one,) = [row for row in rows if (row["framework"], row["id"]) == ("NIST CSF", "RC.RP-03")]
    assert (one["state"], one["missing"]) == ("not evidenced", "Restore verification")


def test_frameworks_are_listed_and_completed():
    assert len(json.loads(drill("coverage", "--list-frameworks", "--json").stdout)) == 42
    assert "NIST SP 800-84" in drill("coverage", "--list-frameworks").stdout
    assert [one.value for one in completed_framework(None, None, "nist c")] == ["NIST CSF"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--framework", "NIST CFS"], "no such framework; did you mean `NIST CSF`"),
        (["--control", "CP-44"], "no such control; did you mean `CP-4`"),
        (["--control", "NERC CIP R2.1"], "nobody has read this id.*add --unverified"),
        (["--service", "oders"], "no run is about it; did you mean `orders`"),
        (["--json", "--csv"], "choose one"),
        (["--list-frameworks", "--csv"], "add --json"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_cure(live, tmp_path, words, said):
    done = drill("coverage", "--runs", tmp_path, *words)
    assert isinstance(done.exception, UsageError)
    with pytest.raises(UsageError, match=said):
        raise done.exception


def test_only_what_scenarios_claim_can_be_shown(live, tmp_path):
    assert covered(tmp_path, "--claimed") == {}
    seal(kept(tmp_path, "2-live", about=About(controls=CLAIMS)))
    assert set(covered(tmp_path, "--claimed")) == set(CLAIMS[:3])
    assert "Controls: 1 evidenced" in drill("coverage", "--runs", tmp_path, "--claimed").stdout


def test_a_scope_can_be_named(live, tmp_path):
    assert artefact(covered(tmp_path, "--service", "orders")[RTO], "rto_result")["there"]


def test_the_report_has_the_controls_that_the_scenario_claims_and_no_other(tmp_path):
    journal = seal(kept(tmp_path, "1-live", about=About(controls=CLAIMS)))
    text = drill("report", journal.parent, "--format", "markdown").stdout.replace("\\", "")
    chapter = text.split("## Controls\n")[1].split("\n## ")[0]
    rows = [line for line in chapter.splitlines() if line.startswith("| ")]
    for claim in CLAIMS:
        assert any(claim in row for row in rows)
    assert "(AAR-111)" in chapter
    assert "drill's catalogue has no such control" in chapter
    assert "not filled in" not in chapter.split("What the controls ask for")[0]
    assert "PCI DSS" not in chapter
    told = drill("report", journal.parent, "--format", "json").stdout
    states = [one["state"] for one in json.loads(told)["controls"]]
    assert states == ["not evidenced", "partly evidenced", "evidenced", "unknown"]


def test_the_report_at_the_end_of_a_run_has_them_too(tmp_path):
    journal = kept(tmp_path, "1-live", about=About(controls=CLAIMS))
    conclude(journal, quiet=True)
    assert "(AAR-111)" in (journal.parent / "report.md").read_text().replace("\\", "")


def test_a_scenario_that_claims_no_control_says_so(live):
    text = drill("report", live.parent, "--format", "markdown").stdout.replace("\\", "")
    assert "The scenario claims no control (about.controls)." in text


def test_drill_check_refuses_a_claim_that_the_catalogue_does_not_know(tmp_path):
    scenario = tmp_path / "choice.yaml"
    scenario.write_text(SCENARIO.replace("GV.RR-02", "GV.RR-99"))
    done = drill("check", scenario)
    assert done.return_value == 65
    assert (
        "choice.yaml:6:44: error: drill's catalogue has no control NIST CSF GV.RR-99" in done.stdout
    )
    assert "did you mean `NIST CSF GV.RR-02`" in done.stdout
    scenario.write_text(SCENARIO)
    assert drill("check", scenario).return_value == 0


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--unverified"],
        ["--unverified", "--json"],
        ["--unverified", "--csv"],
        ["--list-frameworks"],
        ["--control", "A.5.36"],
        ["--control", "5(2)", "--framework", "GDPR"],
        ["--framework", "APRA CPS 230", "--missing"],
    ],
)
def test_no_way_of_showing_it_says_that_anybody_complies(live, tmp_path, words):
    done = drill("coverage", "--runs", tmp_path, *words)
    assert done.exception is None, done.exception
    assert done.output
    assert "complian" not in done.output.casefold()
