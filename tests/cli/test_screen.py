"""The terminal fits any window, needs no colour, and cannot be commanded by what it shows."""

import io
import json

import pytest
from report import samples
from rich.console import Console

from drill.cli.frame import frame
from drill.cli.screen import Lines, Pace, Screen, line_of
from drill.model.events import (
    AbortOrdered,
    ExerciseClosed,
    Record,
    Sample,
    SamplesTaken,
    StepEnded,
    StepStarted,
)
from drill.model.outcome import Done, Failed
from drill.model.people import HoldView, SayingView
from drill.model.time import Stamp
from drill.model.view import Verdict
from drill.report.burn import burn_of

NOW = Stamp(wall=samples.OPENED, boot_ns=1, boot="b")
HOSTILE = "\x1b[2J\x07\r\n\t\u202eevil"


def text_of(view, width=120, height=40, **more):
    return "\n".join(line.plain for line in frame(view, width, height, **more))


def record(event):
    return Record(seq=7, prev="p", at=NOW, event=event)


@pytest.mark.parametrize("width", [20, 40, 59, 80, 109, 110, 150, 250])
@pytest.mark.parametrize("height", [3, 10, 24, 60])
@pytest.mark.parametrize("fate", ["met", "missed", "running", "long"])
def test_a_frame_fits_its_window(fate, width, height):
    lines = frame(getattr(samples, fate)(), width, height, answering=True)
    assert len(lines) <= height
    assert max(line.cell_len for line in lines) <= width


def test_everything_that_matters_is_in_a_wide_frame():
    text = text_of(samples.running(19.0))
    for said in (
        "The primary database host dies",
        "live · running",
        "00:19",
        "✗ fault standing: host.power-off on db1",
        "✗ bad",
        "00:56 left of 60 s RTO",
        "RPO 5 s",
        "▶ declare",
        "✓ alert",
        "· promote-db2",
        "incident-commander",
        "took",
        "plan",
        "+30 s",
    ):
        assert said in text
    assert all(step.id in text for step in samples.running().steps)


def test_an_open_question_is_shown_with_its_answers_and_its_deadline():
    text = text_of(samples.running(19.0), answering=True, typed="fail")
    assert "incident-commander decides  declare  09:58 left, else wait" in text
    assert "Invoke the database fail-over plan?" in text
    assert "1  failover  go on with the fail-over to db2" in text
    assert "2  wait      keep investigating" in text
    assert "▌ fail_" in text


def test_a_hold_gives_its_length_to_who_is_asked():
    view = samples.running(19.0)
    moved = tuple(
        step.model_copy(update={"deadline": step.deadline and step.deadline + 45})
        for step in view.steps
    )
    text = text_of(view.model_copy(update={"steps": moved}))
    assert "incident-commander decides  declare  10:43 left, else wait" in text


def test_who_only_watches_is_told_where_to_answer():
    assert "answered where drill run runs" in text_of(samples.running(19.0))


@pytest.mark.parametrize(
    ("now", "asked", "answers"),
    [
        (16.0, "on-call is told", ["acknowledge"]),
        (40.0, "head-of-sales is to do", ["done", "refuse"]),
    ],
)
def test_messages_and_tasks_are_questions_too(now, asked, answers):
    text = text_of(samples.running(now), answering=True)
    assert asked in text
    assert all(answer in text for answer in answers)


@pytest.mark.parametrize(
    ("table", "more", "asked"),
    [
        ({"mode": "tabletop", "facilitated": True}, {}, True),
        ({"mode": "tabletop", "facilitated": True}, {"claimed": 60.0}, False),
        ({"mode": "tabletop", "facilitated": True}, {"uses": "service.state"}, False),
        ({"mode": "tabletop"}, {}, False),
        ({"mode": "live", "facilitated": True}, {}, False),
    ],
)
def test_at_a_facilitated_table_it_is_asked_once_how_long_machines_would_take(table, more, asked):
    view = samples.running(19.0)
    work = {"kind": "recover", "uses": "ssh.command", "phase": "running", "claimed": None, **more}
    steps = (view.steps[0].model_copy(update=work),)
    text = text_of(view.model_copy(update={**table, "steps": steps}), answering=True, typed="")
    assert ("how would that be done?" in text, "like 20m" in text) == (asked, asked)


def test_several_questions_are_answered_by_their_step():
    view = samples.running(19.0)
    steps = tuple(
        step.model_copy(update={"phase": "running", "ended": None}) if step.id == "alert" else step
        for step in view.steps
    )
    text = text_of(view.model_copy(update={"steps": steps}), answering=True)
    assert "type the step and an answer" in text
    assert "like alert 1" in text


def test_a_low_window_keeps_what_runs_and_its_neighbours():
    view = samples.running(27.0)
    text = text_of(view, width=80, height=14)
    assert "▶ promote-db2" in text
    assert "steps before" in text
    assert "steps to come" in text


def test_the_counts_of_hidden_steps_add_up():
    view = samples.long(60)
    lines = text_of(view, height=20).splitlines()
    hidden = sum(int(line.split()[1]) for line in lines if "⋮" in line)
    shown = sum(line[1:2] in "✓!▶·" and line[3:8] == "step-" for line in lines)
    assert hidden + shown == 60


def test_a_narrow_window_drops_lane_and_plan_before_the_chart():
    frames = (text_of(samples.running(19.0), width) for width in (110, 109, 50))
    wide, narrow, slim = (text[text.index("   step ") :] for text in frames)
    assert "plan" in wide
    assert "for" in wide
    assert "plan" not in narrow
    assert "+0 s" in narrow
    assert "+0 s" not in slim
    assert "promote-db2" in slim


@pytest.mark.parametrize(
    ("now", "said", "tone"),
    [
        (10.0, "01:00 RTO, from T0", "off"),
        (20.0, "00:55 left of 60 s RTO", "live"),
        (14.71 + 50, "00:10 left of 60 s RTO", "warn"),
        (14.71 + 72, "00:12 over 60 s RTO", "bad"),
    ],
)
def test_the_clock_burns_down_and_warns(now, said, tone):
    view = samples.running(now)
    unrestored = tuple(
        mark.model_copy(update={"at": None}) if mark.name == "T6" else mark for mark in view.marks
    )
    view = view.model_copy(update={"marks": unrestored})
    assert said in text_of(view)
    assert burn_of(view, view.objectives[0]).tone == tone


def test_the_clock_stops_when_the_service_is_restored():
    view = samples.running(50.0)
    assert burn_of(view, view.objectives[0]).used == samples.RESTORED - samples.ONSET


def test_a_closed_exercise_shows_its_verdicts_and_no_line_of_now():
    text = text_of(samples.missed())
    assert "✗ missed  live · closed" in text
    assert "✗ missed not recovered: at least 77.7 s of 60 s" in text
    assert "│" not in text
    assert "RPO ✓ met" in text_of(samples.met())


@pytest.mark.parametrize("fate", ["running", "missed"])
def test_no_state_is_told_by_colour_alone(fate):
    def drawn(**more):
        file = io.StringIO()
        console = Console(file=file, width=100, height=40, force_terminal=True, **more)
        for line in frame(getattr(samples, fate)(), 100, 40):
            console.print(line)
        return file.getvalue()

    plain = drawn(no_color=True)
    assert "\x1b[3" not in plain
    for glyph in "✓✗━┄▔▁":
        assert glyph in plain
    assert "\x1b[3" in drawn(color_system="standard")


def test_text_of_others_cannot_command_the_terminal():
    view = samples.running(19.0)
    steps = tuple(
        step.model_copy(update={"uses": HOSTILE, "lane": HOSTILE, "by": HOSTILE})
        for step in view.steps
    )
    poisoned = view.model_copy(
        update={
            "steps": steps,
            "title": HOSTILE,
            "aborted": HOSTILE,
            "log": tuple(line.model_copy(update={"text": HOSTILE}) for line in view.log),
        }
    )
    for line in frame(poisoned, 120, 40, answering=True, typed=HOSTILE):
        assert line.plain.isprintable()


def test_the_screen_draws_each_view_and_leaves_the_last():
    file = io.StringIO()
    console = Console(file=file, width=100, height=30, force_terminal=True, no_color=True)
    with Screen(console) as screen:
        screen.show(samples.running(19.0))
        screen.show(samples.met())
    assert "▶ " in file.getvalue()
    assert "✓ met" in file.getvalue().rpartition("live · closed")[0]


def test_an_objective_without_a_probe_still_has_a_card():
    view = samples.met().model_copy(update={"availability": (), "marks": ()})
    objective = view.objectives[0].model_copy(update={"verdict": Verdict.NOT_MEASURED})
    text = text_of(view.model_copy(update={"objectives": (objective,)}))
    assert "not seen yet" in text
    assert "no probe" in text


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            StepStarted(step="promote-db2", deadline=NOW),
            "step-started step=promote-db2",
        ),
        (
            StepEnded(step="declare", ticket=4, outcome=Done(choice="failover"), by="ana"),
            "step-ended step=declare ticket=4 outcome=done choice=failover by=ana",
        ),
        (
            StepEnded(step="fix", ticket=4, outcome=Failed(error='no "pg"\nfound')),
            r'step-ended step=fix ticket=4 outcome=failed error="no \"pg\"\nfound"',
        ),
        (
            SamplesTaken(
                ticket=2,
                service="orders",
                samples=[
                    Sample(planned=n, start=n, end=n, state=state)
                    for n, state in enumerate(("good", "bad", "bad"))
                ],
            ),
            "samples-taken ticket=2 service=orders good=1 bad=2",
        ),
        (ExerciseClosed(), "exercise-closed"),
    ],
)
def test_a_record_is_one_line_of_words(event, line):
    assert line_of(record(event)) == f"2026-11-18T09:00:00.000Z {line}"


def test_lines_of_json_are_the_records_themselves():
    stream = io.StringIO()
    lines = Lines(stream, as_json=True)
    told = record(AbortOrdered(by="SIGINT", why=HOSTILE))
    lines.tell(told)
    assert stream.getvalue().count("\n") == 1
    assert Record.model_validate(json.loads(stream.getvalue())) == told


def test_a_hostile_record_stays_one_printable_line():
    line = line_of(record(AbortOrdered(by=HOSTILE, why=HOSTILE)))
    assert line.isprintable()


def test_looking_at_the_journal_takes_a_tenth_of_the_time_at_most():
    now = [100.0]
    pace = Pace(clock=lambda: now[0])
    assert pace.due
    with pace.spent():
        now[0] += 0.5
    now[0] += 4.4
    assert not pace.due
    now[0] += 0.1
    assert pace.due


def test_words_leave_out_samples_that_are_no_news_and_json_leaves_out_nothing():
    def told(*, as_json):
        stream = io.StringIO()
        lines = Lines(stream, as_json=as_json)
        for state in ("good", "good", "bad", "bad", "good"):
            sample = Sample(planned=1, start=1, end=1, state=state)
            lines.tell(record(SamplesTaken(ticket=2, service="orders", samples=[sample])))
        return stream.getvalue().splitlines()

    assert [line.rpartition(" ")[2] for line in told(as_json=False)] == [
        "good=1",
        "bad=1",
        "good=1",
    ]
    assert len(told(as_json=True)) == 5


def test_a_plan_that_reaches_far_ahead_does_not_squeeze_the_chart():
    view = samples.running(19.0)
    late = tuple(
        step.model_copy(update={"planned_start": 900.0, "planned_end": 960.0})
        if step.phase == "pending"
        else step
        for step in view.steps
    )
    text = text_of(view.model_copy(update={"steps": late}))
    assert "+30 s" in text
    row = next(line for line in text.splitlines() if line.startswith(" ▶ declare"))
    assert "━━" in row


def test_a_held_clock_is_shown_with_who_held_it_and_why():
    view = samples.running()
    hold = HoldView(begins=61.0, ends=None, by="Fay", why="a fire alarm")
    assert "held since" not in text_of(view)
    held = view.model_copy(update={"held": True, "holds": (hold,)})
    assert "! held since +61.0 s by Fay: a fire alarm" in text_of(held)


def test_a_long_question_and_the_story_are_told_in_lines_that_fit():
    view = samples.running(19.0)
    words = " ".join(f"word{n:02}" for n in range(40))
    news = view.steps[0].model_copy(
        update={"kind": "inject", "uses": "story", "story": f"NEWS {words}", "phase": "done"}
    )
    asked = [
        step.model_copy(update={"uses": f"ASKS {words}"}) if step.id == "declare" else step
        for step in view.steps
    ]
    told = view.model_copy(update={"steps": (news, *asked[1:])})
    lines = text_of(told, width=60, height=50).splitlines()
    begins = [n for n, line in enumerate(lines) if "NEWS" in line or "ASKS" in line]
    assert len(begins) == 2
    for n in begins:
        assert [line for line in lines[n : n + 4] if not line.startswith("▌ ")] == []
        assert all(len(line) <= 60 for line in lines)
        assert lines[n + 3].endswith(" …")
        assert "word20" in " ".join(lines[n : n + 4])
    assert "NEWS" not in text_of(told, width=60, height=20)
    assert "NEWS" not in text_of(told.model_copy(update={"phase": "settling"}), height=50)


def test_a_hot_wash_says_what_it_waits_for_and_how_it_is_ended():
    view = samples.met().model_copy(update={"closed": None, "phase": "settling"})
    assert "hot wash" not in text_of(view)
    washing = view.model_copy(update={"facilitated": True})
    text = text_of(washing, width=80)
    assert "live · hot wash" in text
    assert "settling" not in text
    assert f"▌ drill end {view.run}" in text
    assert "closes it, and writes the report" in text
    assert f'▌ drill note {view.run} "TEXT" --strength' in text
    ended = SayingView(
        seq=9, at=1.0, wall=NOW.wall, person="Fay", role="facilitator", means="", says="ended"
    )
    assert "hot wash" not in text_of(washing.model_copy(update={"sayings": (ended,)}))
    refused = ended.model_copy(update={"refused": "too early"})
    assert "hot wash" in text_of(washing.model_copy(update={"sayings": (refused,)}))


def test_an_exercise_that_was_aborted_says_who_did_it_and_why():
    assert "aborted" not in text_of(samples.running())
    view = samples.running().model_copy(update={"aborted": "Fay: enough"})
    assert "! aborted: Fay: enough" in text_of(view)
