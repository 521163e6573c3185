"""The thirteen tests: each is passed by what is right, and failed by what each is there for."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from evidence.cases import PAPERS, archived, events, key_in, lines_of, plan, said, sealed, signing
from exercise.stories import NOTIFY, RECOVER, at, scenario_of, service

from drill.evidence import bundle, people
from drill.evidence.audit import TESTS, Asked, audited, status_of
from drill.evidence.checkpoints import Checkpoint, contradictions
from drill.evidence.findings import Outside, State
from drill.evidence.members import checkpoint_of, run_of
from drill.graph.plan import digest_of
from drill.journal.chain import digest
from drill.measure.timeline import view
from drill.model.events import (
    AbortOrdered,
    Approval,
    ConductorResumed,
    ExerciseClosed,
    StepEnded,
    StepStarted,
)
from drill.model.outcome import Done
from drill.model.sayings import Decided, Held, Jumped, Observed, Skipped

PASS, FAIL, IDLE, UNCHECKED = State.PASS, State.FAIL, State.NOT_APPLICABLE, State.NOT_CHECKED


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("keys")
    lines = [
        f"{one} {key_in(place, one).with_suffix('.pub').read_text()}" for one in ("ann", "bob")
    ]
    (place / "signers").write_text("".join(lines))
    key_in(place, "eve")
    return place


def figures(lines: list[bytes]) -> Mapping[str, object]:
    """What a second implementation would say: here the first, which this test does not test."""
    run = run_of(lines)
    found = json.loads(view(run.records, None, run.head).model_dump_json())
    return {"objectives": found["objectives"], "verdict": found["verdict"]}


class Auditor:
    def __init__(self, keys: Path) -> None:
        self.keys = keys

    def tests(self, text: bytes, **outside: object) -> dict[str, Asked]:
        signers = (self.keys / "signers").read_bytes()
        told = {"signers": signers, "figures": figures(lines_of()), **outside}
        return {one.id: one for one in audited(bundle.opened(text), Outside(**told))}

    def ask(self, id_: str, lines: list[bytes] | None = None, **outside: object) -> Asked:
        lines = lines_of() if lines is None else lines
        text = bundle.sealed(archived(lines), signing(self.keys / "ann"))
        return self.tests(text, **{"figures": figures(lines), **outside})[id_]


@pytest.fixture
def auditor(keys: Path) -> Auditor:
    return Auditor(keys)


def assert_found(tested: Asked, state: State, word: str = "") -> None:
    assert (tested.finding.state, word in tested.finding.text) == (state, True), tested


def happened(change, **opening):
    """Return a journal in which something else happened."""
    return lines_of(tuple(change(list(events()))), **opening)


def test_what_is_right_passes_or_is_about_nothing(auditor, keys):
    tested = auditor.tests(sealed(keys / "ann"))
    assert list(tested) == list(TESTS) == [f"CT-{n:02}" for n in range(1, 14)]
    states = {id_: one.finding.state for id_, one in tested.items()}
    idle = {"CT-08", "CT-09", "CT-10", "CT-12"}
    assert states == {id_: IDLE if id_ in idle else PASS for id_ in TESTS}
    assert status_of(tested.values()) == 0
    assert all(one.finding.text for one in tested.values())


def test_every_test_says_what_it_asks():
    assert all(test.__doc__.startswith(id_) for id_, (_, test) in TESTS.items())


# CT-01


def test_without_signers_it_is_not_passed_and_says_so(auditor, keys):
    tested = auditor.tests(sealed(keys / "ann"), signers=None)
    assert_found(tested["CT-01"], UNCHECKED, "NOT CHECKED is whose the signature is")
    assert status_of(tested.values()) == 3


def test_what_somebody_else_changed_and_signed_is_signed_by_nobody_we_know(auditor, keys):
    other = happened(lambda all_: [*all_[:4], *all_[6:]])
    text = bundle.sealed(archived(other), signing(keys / "eve"))
    tested = auditor.tests(text)
    assert_found(tested["CT-01"], FAIL, "the sealer: it was made with the key of nobody")
    assert status_of(tested.values()) == 74


def test_a_witness_is_named_and_must_be_who_it_says(auditor, keys):
    found = bundle.opened(sealed(keys / "ann"))
    right = bundle.cosigned(found, "bob", signing(keys / "bob"))
    assert_found(auditor.tests(right)["CT-01"], PASS, "signed by ann, bob as witness")
    wrong = bundle.cosigned(found, "bob", signing(keys / "ann"))
    assert_found(auditor.tests(wrong)["CT-01"], FAIL, "called the signature of bob is that of ann")
    unknown = bundle.cosigned(found, "bob", signing(keys / "eve"))
    assert_found(auditor.tests(unknown)["CT-01"], FAIL, "the signature of bob: it was made with")


def test_what_is_broken_is_named_and_nothing_else_is_looked_into(auditor, keys):
    text = bundle.sealed(archived(lines_of()), signing(keys / "ann"))
    broken = text.replace(b"# Do this", b"# Do that")
    tested = auditor.tests(broken)
    assert_found(tested["CT-01"], FAIL, "files/up/runbooks/a.md was changed")
    assert {one.finding.state for id_, one in tested.items() if id_ != "CT-01"} == {UNCHECKED}
    assert status_of(tested.values()) == 74


def test_a_run_put_back_whole_contradicts_its_checkpoint(auditor, keys):
    lines = lines_of()
    kept = Checkpoint("T", "a-run", len(lines), sum(map(len, lines)), digest(lines[-1]), "0" * 64)
    for n in range(1, len(lines)):
        back = bundle.sealed(archived(lines[:n]), signing(keys / "ann"))
        assert bundle.opened(back).breaks == (), "a sound bundle of a shorter run"
        told = tuple(contradictions([kept], "a-run", lines[:n]))
        assert told == (f"rolled back: 15 records were sealed at T, and {n} are there",)
        assert_found(auditor.tests(back, contradictions=told)["CT-01"], FAIL, "rolled back")
    assert_found(auditor.ask("CT-01", contradictions=()), PASS, "no checkpoint contradicts it")


def test_another_head_in_the_report_is_not_the_journals(auditor, keys):
    report = json.dumps({"head": "0" * 64}).encode()
    text = sealed(keys / "ann", **{"report/report.json": report})
    assert_found(auditor.tests(text)["CT-01"], FAIL, "another head")


def test_records_that_tell_an_impossible_story_are_said_to(auditor, keys):
    nowhere = said("ann", "boss", Decided(step="none", choice="yes"))
    archive = archived(lines_of())
    lines = happened(lambda all_: [(0.5, nowhere), *all_])
    run = run_of(lines)
    frame = {"journal.jsonl": b"".join(lines), "checkpoints.txt": checkpoint_of(run)}
    made = replace(archive, members={**archive.members, **frame})
    tested = auditor.tests(bundle.sealed(made, signing(keys / "ann")))
    assert_found(tested["CT-01"], FAIL, "tell an impossible story: 'none'")


# CT-02


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from leaves(one, (*path, n))
    else:
        yield path, value


def test_one_figure_edited_in_the_report_is_found_though_the_sealer_signed_it(auditor, keys):
    archive = archived(lines_of())
    report = json.loads(archive.members["report/report.json"])
    numbers = [(path, value) for path, value in leaves(report) if type(value) in (int, float)]
    assert len(numbers) > 50
    for path, value in numbers[::9]:
        changed = json.loads(archive.members["report/report.json"])
        spot = changed
        for key in path[:-1]:
            spot = spot[key]
        spot[path[-1]] = value + 1
        members = {**archive.members, "report/report.json": json.dumps(changed).encode()}
        text = bundle.sealed(replace(archive, members=members), signing(keys / "ann"))
        assert_found(auditor.tests(text)["CT-02"], FAIL, str(path[-1]))


def test_a_figure_that_the_second_implementation_computes_otherwise_is_told(auditor):
    other = {"objectives": [{"target": 61.0}], "verdict": "met"}
    assert_found(auditor.ask("CT-02", figures=other), FAIL, "verify.py computes 61.0")


@pytest.mark.parametrize("told", [{}, "verify.py gave no figures: why"])
def test_without_a_second_implementation_it_is_not_passed(auditor, told):
    assert_found(auditor.ask("CT-02", figures=told), UNCHECKED, "no second implementation")


@pytest.mark.parametrize("report", [b"", b"[]", b"{}", b'{"objectives": 7, "duties": [[]]}'])
def test_a_report_that_is_none_fails(auditor, keys, report):
    tested = auditor.tests(sealed(keys / "ann", **{"report/report.json": report}))
    assert_found(tested["CT-02"], FAIL, "the report has no ")
    assert_found(tested["CT-05"], FAIL, "the RTO of shop is judged by None")


def test_what_people_filled_in_and_what_it_limits_is_not_asked_of_the_records(auditor, keys):
    report = json.loads(archived(lines_of()).members["report/report.json"])
    report["form"]["fields"] = {"AAR-002": "ann"}
    report["limits"] = [{"key": "x", "text": "filled in", "because": "", "records": []}]
    told = {"report/report.json": json.dumps(report).encode()}
    form = {"after-action.yaml": b"fields: {AAR-002: ann}\n"}
    assert_found(auditor.tests(sealed(keys / "ann", **told, **form))["CT-02"], PASS)
    for other in ({}, {"after-action.yaml": b"fields: {AAR-002: bob}\n"}):
        tested = auditor.tests(sealed(keys / "ann", **told, **other))
        assert_found(tested["CT-02"], FAIL, "the report tells another form")
    bad = auditor.tests(sealed(keys / "ann", **told, **{"after-action.yaml": b"[1"}))
    assert_found(bad["CT-02"], FAIL, "after-action.yaml cannot be read")


# CT-03


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda all_: all_[:-1], "was not closed"),
        (lambda all_: [*all_[:8], *all_[11:]], "step mend is pending, and never ended"),
        (lambda all_: [*all_[:10], *all_[11:]], "step mend is running, and never ended"),
        (lambda all_: [*all_[:1], *all_[2:]], "the fault of break was applied, and has no receipt"),
    ],
)
def test_what_is_not_told_to_its_end_is_incomplete(auditor, change, word):
    assert_found(auditor.ask("CT-03", happened(change)), FAIL, word)


# CT-04

HELD = Approval(by="ann", key="SHA256:a", expires=at(3600).wall)


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (happened(lambda all_: [*all_, (9, ExerciseClosed())]), "record 14 closes it, and others"),
        (happened(lambda all_: [(-9, all_[0][1]), *all_[1:]]), "record 1 is dated before"),
        (lines_of(approvals=(HELD.model_copy(update={"expires": at(0).wall}),)), "ann"),
        (lines_of(approvals=(HELD.model_copy(update={"expires": at(90_000).wall}),)), "ann"),
    ],
)
def test_what_lies_outside_of_opening_and_seal_is_cut_off(auditor, lines, word):
    assert_found(auditor.ask("CT-04", lines), FAIL, word)


def test_an_approval_that_held_is_within(auditor):
    assert_found(auditor.ask("CT-04", lines_of(approvals=(HELD,))), PASS)


# CT-05


def test_a_target_changed_after_the_start_is_found_wherever_it_was_changed(auditor, keys):
    archive = archived(lines_of())
    report = archive.members["report/report.json"].replace(b'"target": 60.0', b'"target": 90.0')
    plan_ = archive.members["plan.json"].replace(b'"target": "1m"', b'"target": "90s"')
    assert report != archive.members["report/report.json"]
    assert plan_ != archive.members["plan.json"]
    for name, text, word in (
        ("report/report.json", report, "the RTO of shop is judged by 90.0, and 60.0 was promised"),
        ("plan.json", plan_, "plan.json: its scenario is not that of the opening"),
    ):
        members = {**archive.members, name: text}
        made = bundle.sealed(replace(archive, members=members), signing(keys / "ann"))
        assert_found(auditor.tests(made)["CT-05"], FAIL, word)


def test_a_target_changed_in_the_opening_itself_is_not_what_its_digest_covers(auditor):
    services = {"shop": service(rto={"target": "90s"}, stable="1s")}
    easier = plan().scenario.model_copy(
        update={"services": scenario_of({"x": RECOVER}, services).services}
    )
    assert_found(auditor.ask("CT-05", lines_of(scenario=easier)), FAIL, "the plan's digest is not")


def test_a_file_that_is_not_there_is_said_to_be_missing(auditor, keys):
    papers = {name: text for name, text in PAPERS.items() if name != "lab.yaml"}
    for there in (papers, {**papers, "lab.yaml": b"name: another\n"}):
        archive = archived(lines_of(), there)
        assert archive.members["missing.txt"].endswith(b"  lab.yaml\n")
        assert b"NOT here" in archive.members["README.txt"]
        text = bundle.sealed(archive, signing(keys / "ann"))
        assert_found(auditor.tests(text)["CT-05"], UNCHECKED, "1 of 3 files of the plan are not")


def test_another_file_than_the_opening_names_is_found_though_the_sealer_signed_it(auditor, keys):
    text = sealed(keys / "ann", **{"files/lab.yaml": b"name: another\n"})
    assert_found(auditor.tests(text)["CT-05"], FAIL, "lab.yaml is another file")


# CT-06


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (said("ann", "clerk", Decided(step="go", choice="yes")), "there is no such role"),
        (said("ann", "boss", Held(why="because")), "record 1: ann (boss) facilitates"),
        (said("ann", "boss", Observed(objective="o")), "record 1: ann (boss) evaluates"),
        (said("ann", "boss", Decided(step="mend", choice="yes")), "which asks another role"),
        (said("Ann", "evaluator", Observed(objective="o")), "Ann evaluates, and takes part"),
    ],
)
def test_whoever_had_no_say_is_named(auditor, event, word):
    assert_found(auditor.ask("CT-06", happened(lambda all_: [(0.5, event), *all_])), FAIL, word)


def test_what_was_refused_does_not_count(auditor):
    event = said("ann", "clerk", Decided(step="go", choice="yes"))
    event = event.model_copy(update={"refused": "no such role"})
    assert_found(auditor.ask("CT-06", happened(lambda all_: [(0.5, event), *all_])), PASS)


def test_where_nobody_speaks_it_is_about_nothing(auditor):
    lines = happened(lambda all_: [one for one in all_ if one[1].type != "person-said"])
    assert_found(auditor.ask("CT-06", lines), IDLE)
    assert_found(auditor.ask("CT-13", lines), IDLE, "nobody overrode anything")


def approved(*approvals, needed=2):
    scenario = plan().scenario.model_copy(update={"approvals": approvals_of(needed)})
    files = plan().files
    told = {"scenario": scenario, "digest": digest_of(scenario, (), files), "mode": "live"}
    return lines_of(approvals=approvals, **told)


def approvals_of(needed):
    steps = {"x": RECOVER}
    return scenario_of(steps, approvals={"needed": needed}).approvals


def test_a_live_run_has_as_many_approvals_as_its_plan_needs(auditor):
    bob = HELD.model_copy(update={"by": "bob", "key": "SHA256:b"})
    alias = HELD.model_copy(update={"by": "ann.alias"})
    assert_found(auditor.ask("CT-06", approved(HELD, bob)), PASS, "2 given")
    for too_few in ((), (HELD,), (HELD, alias)):
        assert_found(auditor.ask("CT-06", approved(*too_few)), FAIL, "2 approvals are needed")


def test_a_message_may_be_answered_by_whoever_it_was_escalated_to():
    told = NOTIFY | {"escalate": [{"after": "1s", "to": "chief"}, {"after": "2s"}]}
    step = scenario_of({"tell": told, "x": RECOVER}).steps["tell"]
    asked = {"boss", "boss-deputy", "chief", "chief-deputy", "facilitator"}
    assert people._asked(step) == asked


# CT-07


def test_a_clock_that_goes_back_or_is_set_is_told(auditor):
    back = happened(lambda all_: [*all_[:6], (0.1, all_[6][1]), *all_[7:]])
    assert_found(auditor.ask("CT-07", back), FAIL, "record 7 is earlier than the one before it")


# CT-08 and CT-09


def live(*steps: tuple[str, float, float], by: str = "", **more):
    """Return a live run of steps, each with its begin and end, that the plan expects to take 1m."""
    named = {name: RECOVER | {"expect": "1m", "timeout": "2m"} for name, _, _ in steps}
    scenario = scenario_of(named, **more)
    happened_: list = []
    for name, begin, end in steps:
        ticket = len(happened_) + 1
        happened_.append((begin, StepStarted(step=name, deadline=at(99))))
        happened_.append((end, StepEnded(step=name, ticket=ticket, outcome=Done(), by=by)))
    fixed = {"scenario": scenario, "digest": digest_of(scenario, (), plan().files)}
    return lines_of((*happened_, (999, ExerciseClosed())), mode="live", **fixed)


def test_steps_far_quicker_than_planned_or_of_one_length_are_outliers(auditor):
    assert_found(auditor.ask("CT-09", live(("a", 1, 31), ("b", 40, 80))), PASS, "2 steps")
    quick = auditor.ask("CT-09", live(("a", 1, 3), ("b", 40, 80)))
    assert_found(quick, FAIL, "a took 2.0 s where the plan expects 60 s")
    beforehand = auditor.ask("CT-09", live(("a", 1, 3), ("b", 40, 42), by="--yes-as"))
    assert_found(beforehand, PASS, "answered beforehand, and so at once: a, b")
    same = auditor.ask("CT-09", live(("a", 1, 31), ("b", 40, 70)))
    assert_found(same, FAIL, "a, b took the same 30.0 s")


def test_a_live_run_without_verdicts_has_no_share_of_grade_a(auditor):
    assert_found(auditor.ask("CT-08", live(("a", 1, 31))), IDLE, "no objective")


# CT-11


def test_the_same_seed_draws_the_same_outputs_and_another_others(auditor):
    def drawn(seed, n=1):
        return auditor.ask("CT-11", seed=seed, sample=n).finding.records

    assert drawn("a") == drawn("a")
    assert len({drawn(str(seed)) for seed in range(20)}) > 1
    assert len(drawn("a", 3)) == 3
    assert_found(auditor.ask("CT-11", sample=0), IDLE)


def test_an_output_that_is_not_the_journals_is_found(auditor, keys):
    archive = archived(lines_of())
    name = next(one for one in archive.members if one.endswith("mend.txt"))
    text = sealed(keys / "ann", **{name: b"all went well\n"})
    assert_found(auditor.tests(text)["CT-11"], FAIL, f"{name} is not what the journal holds")
    more = sealed(keys / "ann", **{"outputs/000099-made-up.txt": b"x"})
    assert_found(auditor.tests(more)["CT-11"], FAIL, "000099-made-up.txt is of no record")


# CT-13


@pytest.mark.parametrize(
    ("event", "state", "word"),
    [
        (
            said("eve", "facilitator", Skipped(step="go", why="no time")),
            PASS,
            "go skipped (no time",
        ),
        (said("eve", "facilitator", Jumped()), PASS, "the clock jumped"),
        (said(" ", "facilitator", Jumped()), FAIL, "without a name or a reason: record 1"),
        (said("eve", "facilitator", Held(why=" ")), FAIL, "without a name or a reason: record 1"),
        (AbortOrdered(by="eve", why="a real incident"), PASS, "eve ends it early"),
        (AbortOrdered(by="", why=""), FAIL, "without a name or a reason: record 1"),
        (ConductorResumed(approved_by="bob"), PASS, "bob lets it go on after a crash"),
    ],
)
def test_an_override_has_a_name_and_a_reason(auditor, event, state, word):
    lines = happened(lambda all_: [(0.5, event), *all_])
    assert_found(auditor.ask("CT-13", lines), state, word)


@pytest.mark.parametrize(("text", "state"), [("they improvised well", PASS), ("", FAIL)])
def test_a_rating_set_otherwise_than_proposed_has_a_reason(auditor, text, state):
    objective = {"text": "Decide.", "steps": ["go"]}
    scenario = plan().scenario.model_copy(
        update={"objectives": scenario_of({"go": RECOVER}, objectives={"o": objective}).objectives}
    )
    rated = said("bob", "evaluator", Observed(objective="o", text=text, rating="U"))
    fixed = {"scenario": scenario, "digest": digest_of(scenario, (), plan().files)}
    lines = happened(lambda all_: [*all_[:-1], (7.5, rated), all_[-1]], **fixed)
    assert_found(auditor.ask("CT-13", lines), state, "bob rates o U")


def test_status_says_the_worst(auditor, keys):
    tested = auditor.tests(sealed(keys / "ann", **{"files/lab.yaml": b"other"}))
    assert status_of(tested.values()) == 1
