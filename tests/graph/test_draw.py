"""The drawn plan: well-formed, complete, and the same without colour."""

import xml.etree.ElementTree as ET

from drill.graph.draw import lane_of, svg_of
from drill.graph.load import load
from drill.graph.paths import course_of
from drill.graph.plan import plan_of

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(scenario, targets):
    return ET.fromstring(svg_of(plan_of(scenario, targets, {}), course_of(scenario)))


def _words(root):
    return [text.text for text in root.iter(f"{SVG}text")]


def test_every_step_is_drawn_with_its_name_and_the_word_of_its_kind(scenario, targets):
    words = _words(_drawn(scenario, targets))
    for id_, step in scenario.steps.items():
        assert id_ in words
        assert any(word.startswith(f"{step.kind} · ") for word in words)


def test_every_edge_is_drawn_and_its_outcome_is_written(scenario, targets):
    root = _drawn(scenario, targets)
    lines = [p for p in root.iter(f"{SVG}path") if "C" in p.get("d")]
    assert len(lines) == 8
    assert {"go", "undone", "until"} <= set(_words(root))


def test_each_kind_has_an_outline_of_its_own(scenario, targets):
    root = _drawn(scenario, targets)
    shapes = {}
    for group in root.iter(f"{SVG}g"):
        d = group.find(f"{SVG}path").get("d")
        numbers = d.replace("M", " ").replace("H", " ").replace("L", " ").replace("V", " ").split()
        x, y = float(group.find(f"{SVG}text").get("x")), float(group.find(f"{SVG}text").get("y"))
        shape = d.count("L"), float(numbers[0]) - x, float(numbers[2]) - x, float(numbers[4]) - y
        shapes.setdefault(group.get("class"), set()).add(shape)
    assert len(shapes) == 6
    assert all(len(same) == 1 for same in shapes.values())
    assert len({next(iter(same)) for same in shapes.values()}) == 6


def test_it_says_in_words_what_it_shows(scenario, targets):
    root = _drawn(scenario, targets)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "A host dies"
    assert root.find(f"{SVG}desc").text == (
        "8 steps in 5m40s by their expected times. Critical path: lose, seen, alert, choose, "
        "move, back, accept, rejoin."
    )
    assert "prefers-color-scheme:dark" in root.find(f"{SVG}style").text


def test_text_is_never_markup(good, targets):
    text = good.replace("title: A host dies", "title: <script>&").replace(
        "    task: Place an order.", "    story: </g><x>\n    task: Place an order."
    )
    root = _drawn(load(text.encode(), "x"), targets)
    assert root.find(f"{SVG}title").text == "<script>&"
    assert list(root.iter("x")) == []


def test_steps_of_one_lane_and_generation_stand_below_each_other(good, targets):
    twin = "  twin: {task: Also., by: boss, after: [back], timeout: 1m}\n"
    long_name = f"  {'a' * 40}: {{task: Also., by: boss, timeout: 1m}}\n"
    more = good.replace("stop:\n", f"{twin}{long_name}stop:\n")
    scenario = load(more.encode(), "x")
    words = _drawn(scenario, targets)
    spots = {t.text: (t.get("x"), t.get("y")) for t in words.iter(f"{SVG}text")}
    assert spots["accept"][0] == spots["twin"][0]
    assert spots["accept"][1] != spots["twin"][1]
    assert "a" * 21 + "…" in spots


def test_lanes_belong_to_targets_roles_and_the_observer(scenario):
    lanes = {id_: lane_of(step) for id_, step in scenario.steps.items()}
    assert lanes == {
        "lose": "db1",
        "seen": "observer",
        "alert": "ops",
        "choose": "ops",
        "move": "db2",
        "back": "observer",
        "accept": "boss",
        "rejoin": "db1",
    }
