from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from drill.model.steps import After, Edge, Moment
from drill.model.view import Interval

EDGE, MOMENT = TypeAdapter(Edge), TypeAdapter(Moment)


@pytest.mark.parametrize(
    ("text", "edge"),
    [
        ("look", After(step="look", outcome="done")),
        ("choose.go", After(step="choose", outcome="go")),
    ],
)
def test_an_edge_is_read_as_it_is_written(text, edge):
    assert EDGE.validate_python(text) == edge
    assert EDGE.validate_python(edge) == edge
    assert EDGE.dump_python(edge) == text


def test_a_moment_is_read_as_it_is_written():
    moment = timedelta(minutes=20)
    assert MOMENT.validate_python("T+20m") == moment
    assert MOMENT.validate_python(moment) == moment
    assert MOMENT.dump_python(moment) == "T+20m"


@pytest.mark.parametrize(("hi", "width"), [(3.5, 2.5), (None, None)])
def test_an_interval_without_an_end_has_no_width(hi, width):
    assert Interval(lo=1.0, hi=hi).width == width
