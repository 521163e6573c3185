"""Views as real exercises make them: the two-site database loss, in several fates."""

from datetime import UTC, datetime, timedelta
from functools import wraps

from drill.measure.findings import findings_of
from drill.measure.limits import limits_of
from drill.model.view import (
    AvailabilityView,
    DurationView,
    FaultView,
    Grade,
    Interval,
    LedgerSet,
    LedgerView,
    LogLine,
    MarkView,
    ObjectiveView,
    ProgressView,
    StepView,
    Verdict,
    View,
)


def taught(told):
    """Make a sample say what rules find in it, as a fold of a journal would."""

    @wraps(told)
    def whole(*given):
        view = told(*given)
        view = view.model_copy(update={"owners": {"orders": "head-of-sales"}})
        return view.model_copy(update={"findings": findings_of(view), "limits": limits_of(view)})

    return whole


OPENED = datetime(2026, 11, 18, 9, 0, 0, tzinfo=UTC)
ONSET, RESTORED = 14.71, 31.24
CLOCK = 92.4

_STEPS = """
set-replication  recover ansible.playbook db1                  -                       0.8   4.9  5
replica-streams  check   postgres.query   db1                  set-replication         5.0   5.3  -
lose-db1         inject  host.power-off   db1                  replica-streams        14.1  14.9  1
detect           check   service.state    observer             lose-db1               14.9  15.6  2
alert            notify  -                on-call              detect                 15.7  17.2  -
declare          decide  -                incident-commander   alert                  17.3  20.4  -
fence-db1        recover ansible.playbook lb1                  declare.failover       20.5  22.9  3
promote-db2      recover ansible.playbook db2                  fence-db1              23.2  29.1  4
repoint          recover ansible.playbook lb1                  promote-db2            29.2  31.0  3
restored         check   service.state    observer             repoint                31.1  34.4  4
data-verified    check   postgres.query   db2                  restored               34.5  34.6  1
accept           task    -                head-of-sales        data-verified          34.7  52.8  60
rejoin-db1       recover ansible.playbook db1                  lose-db1.undone        58.2  71.3  15
inform-customers notify  -                head-of-sales        declare.failover       20.5  24.0  -
"""
_WORDS = {
    "alert": ("orders: every request fails; db1 does not answer", "acknowledged"),
    "declare": ("Invoke the database fail-over plan?", "failover: go on with the fail-over to db2"),
    "accept": ("The business owner places an order and accepts the service.", "order 48211 placed"),
    "inform-customers": ("Customers are told that orders are delayed.", "acknowledged"),
}
_CRITICAL = {
    "detect", "alert", "declare", "fence-db1", "promote-db2", "repoint",
}  # fmt: skip
_TASKS = (
    ProgressView(what="Gathering Facts", outcome="ok", seconds=0.91),
    ProgressView(what="db2 is a standby that has caught up", outcome="ok", seconds=0.44),
    ProgressView(what="Promote", outcome="changed", note="pg_ctl promote -w", seconds=3.87),
    ProgressView(what="Read the time line back", outcome="ok", note="TLI 2", seconds=0.21),
)


def _number(text):
    return None if text == "-" else float(text)


def _step(line, number):
    name, kind, uses, lane, after, started, ended, expect = line.split()
    word, answer = _WORDS.get(name, ("", ""))
    person = kind in ("notify", "decide", "task")
    begin = float(started)
    return StepView(
        id=name,
        kind=kind,
        uses=word or uses,
        on="" if person or lane == "observer" else lane,
        by=lane if person else "",
        answered_by="--yes-as" if person else "",
        options={"failover": "go on with the fail-over to db2", "wait": "keep investigating"}
        if kind == "decide"
        else {},
        default="wait" if kind == "decide" else "",
        after=() if after == "-" else (after,),
        phase="done",
        late=expect != "-" and float(ended) - begin > float(expect),
        ready=begin - 0.1,
        started=begin,
        ended=float(ended),
        planned_start=begin * 0.9,
        planned_end=begin * 0.9 + (_number(expect) or 2.0),
        expect=_number(expect),
        slack=0.0 if name in _CRITICAL else 4.0,
        timeout=600.0 if person else 60.0,
        deadline=begin + 600.0 if person else None,
        note=answer,
        progress=_TASKS if name == "promote-db2" else _TASKS[:2] if "playbook" in uses else (),
        lane=lane,
        critical=name in _CRITICAL,
        records=(10 + 3 * number, 12 + 3 * number),
    )


def steps():
    return tuple(_step(line, n) for n, line in enumerate(_STEPS.strip().splitlines()))


def samples(clock=CLOCK, onset=ONSET, restored=RESTORED, every=0.1):
    def state(at):
        if onset <= at < restored:
            return "bad"
        return "unknown" if 60.0 <= at < 60.3 else "good"

    moments = (0.5 + every * n for n in range(int((clock - 0.5) / every)))
    return tuple((round(at, 3), state(at)) for at in moments)


def _wall(at):
    return OPENED + timedelta(seconds=at)


_MARKS = (
    ("T0c", "injection commanded", 14.1, "B", (16,)),
    ("T0", "disruption onset", ONSET, "A", (19,)),
    ("T1m", "machine detection", 15.6, "B", (24,)),
    ("T1", "human detection", 17.2, "C", (27,)),
    ("T2", "assessed", None, None, ()),
    ("T3", "declared", 20.4, "C", (30,)),
    ("T4", "mobilised", None, None, ()),
    ("T5", "recovery starts", 20.5, "B", (31,)),
    ("T6", "technically restored", RESTORED, "A", (44,)),
    ("T7", "data verified", 34.6, "B", (49,)),
    ("T8", "minimum service level reached", None, None, ()),
    ("T9", "accepted", 52.8, "C", (52,)),
    ("T10", "reconstituted", 71.3, "B", (58,)),
    ("T11", "cleaned up", 71.9, "B", (60,)),
)


def marks():
    return tuple(
        MarkView(
            name=name,
            title=title,
            service="orders",
            at=at,
            wall=None if at is None else _wall(at),
            grade=None if grade is None else Grade(grade),
            records=records,
            note="first bad sample after the injection" if name == "T0" else "",
        )
        for name, title, at, grade, records in _MARKS
    )


def durations():
    def of(name, begins, ends, *, lo, hi, grade="A"):
        actual = None if lo is None else Interval(lo=lo, hi=hi)
        return DurationView(
            name=name,
            service="orders",
            begins=begins,
            ends=ends,
            actual=actual,
            grade=None if lo is None else Grade(grade),
        )

    return (
        of("detection by a machine", "T0", "T1m", lo=0.87, hi=0.99, grade="B"),
        of("detection by a person", "T0", "T1", lo=2.39, hi=2.59, grade="C"),
        of("decision", "T1", "T3", lo=3.2, hi=3.2, grade="C"),
        of("mobilisation", "T3", "T4", lo=None, hi=None),
        of("RTA from onset", "T0", "T6", lo=16.42, hi=16.64),
        of("RTA from detection", "T1", "T6", lo=13.94, hi=14.15, grade="C"),
        of("RTA from declaration", "T3", "T6", lo=10.74, hi=10.95, grade="C"),
        of("work recovery", "T6", "T9", lo=21.5, hi=21.6, grade="C"),
        of("clean-up", "close", "T11", lo=None, hi=None),
    )


def _sets(lost):
    names = tuple(f"9/{312 + n}" for n in range(min(lost, 10)))
    return (
        ("lost", lost, "acknowledged, and gone", names),
        ("split-brain", 0, "acknowledged by the old primary after the fault, and gone", ()),
        ("lost-later", 0, "acknowledged by another node after the fault, and gone", ()),
        ("kept", 1503 - lost, "acknowledged, and found", ("9/0", "9/1", "9/2")),
        ("kept-unknown", 2, "nobody could know at the time; found", ("9/319", "9/320")),
        ("phantom", 0, "refused, and found all the same: must be none", ()),
        ("alien", 0, "found, and never sent: must be none", ()),
        ("duplicate", 0, "found more than once on one node", ()),
        ("stale", 0, "found through the write path, but missing on another node", ()),
    )


def ledger(lost=7):
    return LedgerView(
        service="orders",
        every=0.05,
        written=1846,
        acknowledged=1503,
        refused=329,
        unknown=14,
        sets=tuple(
            LedgerSet(name=name, meaning=meaning, count=number, examples=examples)
            for name, number, meaning, examples in _sets(lost)
        ),
        nodes={"db1": "1,498 of 1,846; as db2", "db2": "1,498 of 1,846"},
        reads=2,
    )


def faults(standing="undone"):
    return (
        FaultView(
            step="lose-db1",
            fault="host.power-off",
            target="db1",
            standing=standing,
            prepared=14.0,
            applied=14.6,
            undone=57.9 if standing == "undone" else None,
            proof="power on, link up, sshd answers" if standing == "undone" else "",
            records=(15, 16, 54),
        ),
    )


def log():
    lines = []
    for step in steps():
        for at, what in ((step.started, "step-started"), (step.ended, "step-ended")):
            lines.append((at, what, step.id, step.note if what == "step-ended" else ""))
    ordered = sorted([(0.0, "exercise-opened", "", "primary-database-loss"), *lines])
    return tuple(
        LogLine(seq=n * 3, at=at, wall=_wall(at), what=what, step=step, text=text)
        for n, (at, what, step, text) in enumerate(ordered)
    )


def _rto(verdict=Verdict.MET, **changes):
    fields = {
        "service": "orders",
        "measure": "RTO",
        "target": 60.0,
        "counted_from": "T0",
        "actual": Interval(lo=16.42, hi=16.64),
        "text": "16.42 to 16.64 s",
        "verdict": verdict,
        "reason": "the whole interval lies within the target",
        "grade": Grade.A,
        "records": (19, 44),
    }
    return ObjectiveView(**{**fields, **changes})


def _rpo(verdict=Verdict.MET, **changes):
    fields = {
        "service": "orders",
        "measure": "RPO",
        "target": 5.0,
        "counted_from": "",
        "actual": Interval(lo=0.31, hi=0.42),
        "text": "0.31 to 0.42 s",
        "verdict": verdict,
        "reason": "7 acknowledged writes are gone; the oldest was 0.42 s old at most",
        "grade": Grade.A,
        "records": (16, 62),
    }
    return ObjectiveView(**{**fields, **changes})


def availability():
    return (
        AvailabilityView(
            service="orders",
            every=0.1,
            samples=samples(),
            outages=((ONSET, RESTORED),),
            answered_by={"app1": 392, "app2": 361, "": 166},
            detection_floor=0.118,
            baseline=(142, 142),
            saw_fault=True,
            restored=Interval(lo=31.14, hi=31.24),
        ),
    )


@taught
def met():
    """The primary is lost, and everything that was promised is kept."""
    return View(
        run="20261118-090000-primary-database-loss",
        mode="live",
        scenario="primary-database-loss",
        title="The primary database host dies",
        purpose="Prove that acknowledged orders survive the loss of db1, and that the service is "
        "back in time.",
        threat="infrastructure-failure, severe (ATT&CK T1529)",
        announced=True,
        digest="9f2c1b7a6e0d4c3b2a19f8e7d6c5b4a3f2e1d0c9b8a79685746352413f2e1d0c",
        opened=OPENED,
        closed=_wall(CLOCK),
        clock=CLOCK,
        gross=CLOCK,
        net=CLOCK,
        phase="closed",
        aborted="",
        resumed=0,
        verdict=Verdict.MET,
        summary="Both recovery objectives were met. orders was back after 16.42 to 16.64 s of the "
        "60 s promised, and lost 0.31 to 0.42 s of acknowledged writes of the 5 s allowed.",
        exit_status=0,
        objectives=(_rto(), _rpo()),
        durations=durations(),
        marks=marks(),
        steps=steps(),
        faults=faults(),
        availability=availability(),
        ledgers=(ledger(),),
        clock_notes=(),
        log=log(),
        targets=(
            ("app1", "fra", "10.10.0.11"),
            ("app2", "ams", "10.20.0.11"),
            ("db1", "fra", "10.10.0.16"),
            ("db2", "ams", "10.20.0.16"),
            ("lb1", "ams", "10.20.0.10"),
        ),
        environment={
            "drill": "0.1.0",
            "python": "3.11.2",
            "ansible-core": "2.19.14",
            "kernel": "Linux 6.1.0-28-amd64",
        },
        files={
            "primary-database-loss.yaml": "ab" * 32,
            "playbooks/postgres/promote.yml": "cd" * 32,
        },
        records=211,
        head="4be1d7f0" * 8,
    )


@taught
def missed():
    """The promotion fails: the service never comes back, and a fault sticks."""
    view = met()
    ended = {"promote-db2": "failed", "inform-customers": "done"}
    after = {"repoint", "restored", "data-verified", "accept", "rejoin-db1"}
    failed = {
        "phase": "failed",
        "note": "the playbook ended with status 2",
        "evidence": "TASK [Promote]\nfatal: [db2]: FAILED! => pg_ctl: could not promote",
        "late": True,
    }
    unborn = dict.fromkeys(("ready", "started", "ended")) | {
        "phase": "skipped",
        "note": "promote-db2 failed",
        "progress": (),
    }
    changed = tuple(
        step.model_copy(
            update=unborn if step.id in after else failed if ended.get(step.id) == "failed" else {}
        )
        for step in view.steps
    )
    probe = view.availability[0].model_copy(
        update={
            "samples": samples(restored=1e9),
            "outages": ((ONSET, None),),
            "restored": None,
        }
    )
    return view.model_copy(
        update={
            "verdict": Verdict.MISSED,
            "exit_status": 4,
            "summary": "The recovery time objective was missed: orders did not come back within "
            "the 77.7 s that were watched. One fault is left standing.",
            "objectives": (
                _rto(
                    Verdict.MISSED,
                    actual=Interval(lo=77.69, hi=None),
                    text="not recovered: at least 77.7 s",
                    reason="none of the interval lies within the target",
                ),
                _rpo(
                    Verdict.NOT_MEASURED,
                    actual=None,
                    text="not measured",
                    reason="the ledger could not be read back",
                    grade=Grade.D,
                    records=(),
                ),
            ),
            "marks": tuple(
                mark.model_copy(update={"at": None, "wall": None, "grade": None, "records": ()})
                if mark.name in ("T6", "T7", "T9", "T10", "T11")
                else mark
                for mark in view.marks
            ),
            "durations": tuple(
                one.model_copy(update={"actual": None, "grade": None})
                if one.ends in ("T6", "T9")
                else one
                for one in view.durations
            ),
            "steps": changed,
            "faults": faults("stuck"),
            "availability": (probe,),
            "ledgers": (),
            "aborted": "the engine: promote-db2 failed, and its on-failure is stop",
            "clock_notes": ("The wall clock was stepped by +1.8 s at +40.2 s.",),
            "resumed": 1,
        }
    )


@taught
def running(now=19.0):
    """In the middle of it: the incident commander is asked."""
    view = met()
    steps_now = tuple(_at(step, now) for step in view.steps)
    probe = view.availability[0]
    return view.model_copy(
        update={
            "closed": None,
            "clock": now,
            "phase": "running",
            "verdict": Verdict.NOT_MEASURED,
            "summary": "The exercise is running: nothing is decided yet.",
            "exit_status": 3,
            "objectives": tuple(
                one.model_copy(
                    update={
                        "actual": None,
                        "text": "not measured",
                        "verdict": Verdict.NOT_MEASURED,
                        "reason": "not closed",
                    }
                )
                for one in view.objectives
            ),
            "marks": tuple(
                mark
                if mark.at is not None and mark.at <= now
                else mark.model_copy(update={"at": None, "wall": None, "grade": None})
                for mark in view.marks
            ),
            "steps": steps_now,
            "faults": faults("standing"),
            "availability": (
                probe.model_copy(
                    update={
                        "samples": samples(clock=now),
                        "outages": ((ONSET, None),) if now > ONSET else (),
                        "restored": None,
                    }
                ),
            ),
            "ledgers": (),
            "log": tuple(line for line in view.log if line.at <= now),
        }
    )


def _at(step, now):
    if step.started > now:
        gone = dict.fromkeys(("ready", "started", "ended"))
        return step.model_copy(
            update=gone | {"phase": "pending", "note": "", "progress": (), "answered_by": ""}
        )
    if step.ended > now:
        return step.model_copy(
            update={"phase": "running", "ended": None, "note": "", "answered_by": ""}
        )
    return step


@taught
def inconclusive():
    """The target lies inside the interval: nobody can know."""
    view = met()
    return view.model_copy(
        update={
            "verdict": Verdict.INCONCLUSIVE,
            "exit_status": 3,
            "summary": "Whether the recovery time objective was met cannot be told.",
            "objectives": (
                _rto(
                    Verdict.INCONCLUSIVE,
                    target=16.5,
                    reason="the target lies within the interval",
                ),
                _rpo(),
            ),
        }
    )


@taught
def long(number=200):
    """A plan of many steps with names as long as names can be."""
    view = met()
    pattern = view.steps[7]
    many = tuple(
        pattern.model_copy(
            update={
                "id": f"step-{n}-" + "of-a-very-long-name-" * (n % 4) + "x",
                "lane": f"lane-{n % 6}",
                "after": () if not n else (many_name(n - 1 - n % 3),) if n > 3 else (many_name(0),),
                "ready": n * 0.4,
                "started": n * 0.4 + 0.1,
                "ended": n * 0.4 + 1.0 + n % 5,
            }
        )
        for n in range(number)
    )
    return view.model_copy(update={"steps": many})


def many_name(n):
    return f"step-{n}-" + "of-a-very-long-name-" * (n % 4) + "x"
