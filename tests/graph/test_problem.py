"""How a problem is written."""

from drill.model.problem import Place, Problem, in_order, render


def _problem(**place):
    return Problem(where=Place(path="s.yaml", **place), what="it is wrong", cure="mend it")


def test_a_problem_is_written_with_its_line_a_caret_and_the_cure():
    problem = _problem(line=12, column=5, width=3, source="on: db1")
    assert render(problem) == (
        "s.yaml:12:5: error: it is wrong\n  12 | on: db1\n     |     ^^^\n  = mend it"
    )


def test_a_problem_without_a_line_or_a_cure_is_one_line():
    problem = Problem(where=Place(path="s.yaml"), what="gone", severity="warning")
    assert render(problem) == "s.yaml:1:1: warning: gone"


def test_tabs_stay_under_tabs_and_nothing_controls_the_terminal():
    shown = render(_problem(column=3, source="\t\x1bx\x1b[1m")).splitlines()
    assert shown[1:3] == ["  1 | \t?x?[1m", "    | \t ^"]


def test_a_long_line_is_cut_around_the_spot():
    shown = render(_problem(column=501, width=900, source="a" * 500 + "b" * 900)).splitlines()
    assert shown[1] == "  1 | " + "a" * 50 + "b" * 50
    assert shown[2] == "    | " + " " * 50 + "^" * 50


def test_a_caret_is_drawn_behind_the_end_of_a_line_too():
    assert render(_problem(column=4, source="abc")).splitlines()[2] == "    |    ^"


def test_problems_are_sorted_from_the_top_of_each_file():
    places = [Place(path="b"), Place(path="a", line=2), Place(path="a", line=1, column=9)]
    problems = [Problem(where=place, what="x") for place in places]
    assert [p.where for p in in_order(problems)] == places[::-1]
