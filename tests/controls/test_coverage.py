"""Runs together: which controls are evidenced, by what, and until when."""

from datetime import timedelta

import pytest
from controls.shelves import DAY, WHOLE, changed, emptied, full, undecided, unpromised
from hypothesis import given, settings
from hypothesis import strategies as st

from drill.controls.artefacts import NOT_KEPT, TABLE, Evidence, Piece, Standing
from drill.controls.claims import claimed, coverage_of_claims, problems_of_claims
from drill.controls.coverage import coverage, judged
from drill.graph.document import document_of
from drill.model.view import Verdict

VERIFIED = WHOLE.of(WHOLE.frameworks)
NOW = full().closed + DAY


def pieces(*gone, run="r", on=NOW - DAY, standing=Standing.THERE):
    """Return a run that shows each of the 54 artefacts, but those that are gone."""
    return {
        id_: Piece(run, on, Standing.ABSENT if id_ in gone else standing, "as told")
        for id_ in TABLE
    }


def states(controls):
    return {f"{one.framework} {one.id}": one.state for one in controls}


def needing(*artefacts):
    return {one.name for one in VERIFIED.controls if set(one.evidence) & set(artefacts)}


def control(name, *evidence, now=NOW, services=(), within=WHOLE):
    (one,) = coverage(within.only((within.named[name],)), evidence, now, services)
    return one


def because(one, id_):
    return next(each.because for each in one.artefacts if each.id == id_)


def test_with_all_artefacts_each_verified_control_is_evidenced():
    found = judged(VERIFIED, [[pieces()]], NOW)
    assert {one.state for one in found} == {"evidenced"}
    assert len(found) == 374
    assert all(one.valid_until for one in found)


@pytest.mark.parametrize("gone", list(TABLE))
def test_without_one_artefact_exactly_the_controls_that_need_it_turn(gone):
    found = states(judged(VERIFIED, [[pieces(gone)]], NOW))
    assert {name for name, state in found.items() if state != "evidenced"} == needing(gone)
    assert needing(gone)


@given(st.sets(st.sampled_from(sorted(TABLE)), min_size=1))
@settings(max_examples=10, deadline=None)
def test_without_several_just_the_controls_that_need_one_of_them_turn(gone):
    for one in judged(VERIFIED, [[pieces(*gone)]], NOW):
        needed = {each.id for each in one.artefacts}
        expected = (
            "not evidenced" if needed <= gone
            else "partly evidenced" if needed & gone
            else "evidenced"
        )  # fmt: skip
        assert one.state == expected
        assert (one.valid_until is None) == (expected != "evidenced")


def test_evidence_is_in_date_for_the_interval_of_the_control_and_for_a_year_if_none_is_known():
    on = NOW - timedelta(days=92)
    (quarterly,) = judged(WHOLE.only((WHOLE.named["cis controls 11.5"],)), [[pieces(on=on)]], NOW)
    assert (quarterly.state, quarterly.valid_until) == ("evidenced", NOW)
    later = NOW + timedelta(seconds=1)
    (expired,) = judged(WHOLE.only((WHOLE.named["cis controls 11.5"],)), [[pieces(on=on)]], later)
    assert (expired.state, expired.valid_until) == ("not evidenced", None)
    assert "but not in date since" in expired.artefacts[0].because
    assert "(92 days)" in expired.artefacts[0].because
    yearly = judged(WHOLE.only((WHOLE.named["nist sp 800-53 cp-4"],)), [[pieces(on=on)]], later)
    assert yearly[0].valid_until == on + timedelta(days=365)


def test_every_control_expires_a_moment_after_its_interval():
    for one in WHOLE.controls:
        on, alone = NOW - timedelta(days=one.days), WHOLE.only((one,))
        late = on - timedelta(seconds=1)
        assert judged(alone, [[pieces(on=on)]], NOW)[0].state == "evidenced", one.name
        assert judged(alone, [[pieces(on=late)]], NOW)[0].state == "not evidenced", one.name


def test_what_lies_in_the_future_is_no_evidence():
    view = full()
    one = control("nist csf rc.rp-01", Evidence(view), now=view.opened - DAY)
    assert one.state == "not evidenced"
    assert "it lies in the future" in one.artefacts[0].because


def test_of_several_runs_the_newest_that_is_fit_counts():
    view = full()
    old = changed(view, run="old", closed=view.closed - 30 * DAY)
    new = changed(view, run="new")
    broken = undecided("RTO")(changed(view, run="broken", closed=view.closed + DAY / 2))
    named = "nist sp 800-53 cp-2(3)"
    one = control(named, Evidence(old), Evidence(broken), Evidence(new))
    assert because(one, "rto_result").startswith("new: ")
    assert because(one, "bia_snapshot").startswith("broken: ")
    assert one.valid_until == new.closed + 365 * DAY
    older = control(named, Evidence(old), Evidence(new, "not sealed (drill seal)"))
    assert older.valid_until == old.closed + 365 * DAY


def test_without_a_fit_one_the_run_that_comes_nearest_says_what_it_lacks():
    view = full()
    table = Evidence(changed(view, run="table", mode="tabletop"))
    unsealed = Evidence(changed(view, run="open", closed=view.closed - DAY), "not sealed")
    one = control("nist sp 800-53 cp-2(3)", table, unsealed)
    assert because(one, "rto_result").startswith("open: orders RTO 16.42 to 16.64 s of 60 s, met")
    assert one.state == "partly evidenced"


def test_without_any_run_nothing_is_evidenced_and_what_is_not_kept_says_so():
    found = coverage(VERIFIED, (), NOW)
    assert {one.state for one in found} == {"not evidenced"}
    reasons = {each.because for one in found for each in one.artefacts}
    assert reasons == {"no run shows it", NOT_KEPT}


def test_a_scope_asks_each_artefact_of_each_of_its_services():
    view = full()
    billing = [changed(one, service="billing") for one in view.objectives]
    both_ = changed(view, objectives=(*view.objectives, *billing))
    other = Evidence(changed(view, objectives=tuple(billing), run="billing"))
    name = "nist sp 800-53 cp-2(3)"
    assert control(name, Evidence(both_), services=["orders", "billing"]).state == "evidenced"
    assert control(name, Evidence(view), other, services=["orders", "billing"]).state == "evidenced"
    alone = control(name, Evidence(view), services=["orders", "billing"])
    assert alone.state == "not evidenced"
    assert because(alone, "rto_result") == "no run shows it"
    unmeasured = tuple(changed(one, verdict=Verdict.INCONCLUSIVE) for one in billing)
    half = changed(view, objectives=(*view.objectives, *unmeasured))
    assert control(name, Evidence(half)).state == "partly evidenced"
    assert control(name, Evidence(half), services=["orders"]).state == "evidenced"
    assert control(name, Evidence(half), services=["orders", "billing"]).state == "partly evidenced"


def test_a_miss_of_one_service_is_not_hidden_by_another_that_was_kept():
    view = full()
    billing = [changed(one, service="billing", verdict=Verdict.MISSED) for one in view.objectives]
    both_ = Evidence(changed(view, objectives=(*view.objectives, *billing)))
    one = control("nist sp 800-53 cp-2(3)", both_, services=["orders", "billing"])
    assert one.state == "evidenced"
    assert [each.id for each in one.artefacts if each.missed] == ["rto_result"]
    assert because(one, "rto_result") == "billing RTO 16.42 to 16.64 s of 60 s, missed"
    alone = control("nist sp 800-53 cp-2(3)", both_, services=["orders"])
    assert not any(each.missed for each in alone.artefacts)


def test_a_service_that_is_only_promised_something_is_in_scope_too():
    view = unpromised("MBCO")(full())
    assert control("nist csf rc.rp-05", Evidence(view), services=["orders"]).state == "evidenced"
    bare = Evidence(emptied("marks")(full()))
    assert control("nist csf rc.rp-05", bare, services=["orders"]).state != "evidenced"


def test_what_a_scenario_claims_is_judged_in_its_order_once_and_whatever_its_case():
    names = ("NIST CSF RC.RP-05", "nist sp 800-53  cp-2(3)", "NIST CSF RC.RP-05")
    found = claimed(names, Evidence(full()), NOW)
    assert [f"{one.framework} {one.id}" for one in found] == [
        "NIST CSF RC.RP-05",
        "NIST SP 800-53 CP-2(3)",
    ]
    assert {one.state for one in found} == {"evidenced"}


def test_what_no_run_claims_can_be_left_out_and_what_one_claims_no_other_evidences():
    view = full()
    claims = changed(view.about, controls=("nist sp 800-53 CP-2(3)", "NIST CSF RC.RP-05"))
    claiming = Evidence(changed(view, run="claims", about=claims), "not sealed")
    other = Evidence(changed(view, run="other"))
    found = coverage_of_claims(
        VERIFIED, [claiming, other, Evidence(emptied("about", None)(view))], NOW
    )
    assert states(found) == {
        "NIST SP 800-53 CP-2(3)": "not evidenced",
        "NIST CSF RC.RP-05": "not evidenced",
    }
    sealed = changed(claiming.view, run="later")
    found = coverage_of_claims(VERIFIED, [claiming, other, Evidence(sealed)], NOW)
    assert set(states(found).values()) == {"evidenced"}
    assert because(found[0], "rto_result").startswith("later: ")


def test_a_claim_that_is_not_known_or_not_verified_is_said_and_never_credited():
    names = ("NIST SP 800-53 CP-99", "NERC CIP R2.1")
    nothing, unread = claimed(names, Evidence(full()), NOW)
    assert (nothing.state, nothing.id) == ("unknown", "NIST SP 800-53 CP-99")
    assert (unread.state, unread.framework, unread.id) == ("unverified", "NERC CIP", "R2.1")
    assert unread.valid_until is None


def test_what_a_scenario_cannot_claim_is_told_at_its_place_with_the_nearest_that_it_can():
    text = b"about:\n  controls:\n  - NIST CSF RC.RP-05\n  - NIST CSF RC.RP-5\n  - NERC CIP R2.1\n"
    document = document_of(text, "s.yaml")
    names = document.value["about"]["controls"]
    error, warning = problems_of_claims(names, document.source)
    assert (error.severity, error.where.line, error.where.column) == ("error", 4, 5)
    assert "did you mean `NIST CSF RC.RP-0" in error.cure
    assert (warning.severity, warning.where.line) == ("warning", 5)
    mine = WHOLE.only(WHOLE.controls[:1])
    assert [one.what for one in problems_of_claims(names[:1], document.source, mine)] == [
        "drill's catalogue has no control NIST CSF RC.RP-05"
    ]
    assert claimed(names[:1], Evidence(full()), NOW, mine)[0].state == "unknown"
