"""Drawings keep to their paper, and nothing in them lies on top of anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report import samples

from drill.report.axis import Axis
from drill.report.gantt import gantts
from drill.report.lanes import lanes_of
from drill.report.strip import strips

TIMES = st.floats(min_value=0, max_value=1e5, allow_nan=False)


@given(TIMES, st.floats(min_value=0.5, max_value=1e5), st.integers(2, 12))
def test_ticks_are_few_ordered_and_on_the_axis(begin, length, most):
    axis = Axis(begin, begin + length, 10, 700)
    ticks = axis.ticks(most)
    places = [tick.x for tick in ticks]
    assert len(ticks) <= most
    assert places == sorted(places)
    assert all(10 <= place <= 700 for place in places)
    assert len({tick.label for tick in ticks}) == len(ticks)


@given(TIMES, TIMES, TIMES)
def test_what_is_outside_lies_on_the_edge(one, other, at):
    begin, end = sorted((one, other))
    assert 10 <= Axis(begin, end, 10, 700).x(at) <= 700


@pytest.mark.parametrize("fate", ["met", "missed", "running", "long"])
def test_no_two_steps_lie_on_each_other(fate):
    drawing = lanes_of(getattr(samples, fate)().steps)
    places = {(box.x, box.y) for box in drawing.boxes}
    assert len(places) == len(drawing.boxes)
    assert all(box.x >= 0 and box.x + drawing.box <= drawing.width for box in drawing.boxes)
    assert all(box.y + drawing.tall <= drawing.height for box in drawing.boxes)


@pytest.mark.parametrize("fate", ["met", "missed", "running", "long"])
def test_a_step_stands_below_all_it_waits_for(fate):
    view = getattr(samples, fate)()
    rows = {
        step.id: box.y for step, box in zip(view.steps, lanes_of(view.steps).boxes, strict=True)
    }
    for step in view.steps:
        for edge in step.after:
            assert rows[edge.partition(".")[0]] < rows[step.id]


def test_time_flows_down():
    view = samples.met()
    boxes = lanes_of(view.steps).boxes
    rows = {step.id: box.y for step, box in zip(view.steps, boxes, strict=True)}
    assert rows["accept"] < rows["rejoin-db1"]
    assert rows["fence-db1"] == rows["inform-customers"]


@pytest.mark.parametrize("fate", ["met", "missed", "running", "long"])
def test_bars_keep_to_their_chart_and_rows_to_their_page(fate):
    for drawing in gantts(getattr(samples, fate)()):
        assert drawing.height < 960
        tops = [row.y for row in drawing.rows]
        assert len(set(tops)) == len(tops)
        for row in drawing.rows:
            for bar in filter(None, (row.planned, row.waited, row.worked)):
                assert drawing.left <= bar.x
                assert bar.x + bar.width <= drawing.right + 2


def test_what_never_started_has_no_bar_and_no_number():
    rows = {row.label: row for drawing in gantts(samples.missed()) for row in drawing.rows}
    assert rows["repoint"].worked is None
    assert rows["repoint"].took == "skipped"


def test_the_outage_is_drawn_whole_and_from_near():
    view = samples.met()
    whole, near = strips(view, view.availability[0])
    assert [flag.label for flag in whole.flags] == ["T0 +14.7 s", "T6 +31.2 s"]
    assert sum(run.state == "bad" for run in near.runs) == 165
    assert [run.state for run in whole.runs].count("bad") == 1
    assert whole.outages[0][1] < near.outages[0][1]


def test_an_outage_that_never_ended_is_shaded_to_the_end():
    view = samples.missed()
    (whole,) = strips(view, view.availability[0])
    ((x, width),) = whole.outages
    assert x + width == whole.right


def test_a_single_bad_sample_among_thousands_is_seen():
    view = samples.met()
    many = tuple((n * 0.1, "bad" if n == 20_000 else "good") for n in range(36_000))
    probe = view.availability[0].model_copy(update={"samples": many, "outages": ()})
    (whole,) = strips(view.model_copy(update={"clock": 3600.0}), probe)
    (bad,) = [run for run in whole.runs if run.state == "bad"]
    assert bad.width >= 1


def test_a_flapping_hour_is_drawn_in_no_more_pieces_than_can_be_seen():
    view = samples.met()
    many = tuple((n * 0.1, "bad" if n % 2 else "good") for n in range(36_000))
    probe = view.availability[0].model_copy(update={"samples": many, "outages": ()})
    (whole,) = strips(view.model_copy(update={"clock": 3600.0}), probe)
    assert len(whole.runs) < 4 * whole.width, "half pixels, on two levels"
