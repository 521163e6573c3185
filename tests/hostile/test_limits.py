"""Everything has an end: what is written to be large, many or endless stops at a limit."""

import json
import threading
from time import monotonic_ns, process_time

import pytest
from hostile.payloads import MARKUP, PRINTABLE
from rich.console import Console

from drill.cli.plans import as_json, shown
from drill.crews.pace import pace
from drill.graph.check import problems_of
from drill.graph.draw import svg_of
from drill.graph.load import read_with_places
from drill.graph.papers import anchors_of
from drill.graph.paths import course_of
from drill.graph.plan import plan_of
from drill.graph.words import did_you_mean
from drill.model.scenario import Scenario
from drill.model.targets import Target
from drill.plugins import Registry
from drill.testing.cancels import HandCancel

SECONDS = 2.0
"""Processor time that each of these may take; without its limit it takes minutes, or for ever."""


def spent(call):
    began = process_time()
    call()
    return process_time() - began


def test_a_watch_of_long_patience_and_short_steps_makes_no_thousands_of_threads():
    hang, most = threading.Event(), []

    def work(_, cancel):
        most.append(threading.active_count())
        hang.wait(20)

    try:
        pace(
            0.001,
            3600.0,
            work,
            lambda _: None,
            HandCancel(1.5),
            now_ns=monotonic_ns,
            new_cancel=lambda seconds: HandCancel(2.0),
        )
    finally:
        hang.set()

    assert 20 < max(most) < 300


def test_ten_thousand_wrong_names_are_told_a_hundred_at_a_time():
    step = {"recover": "ssh.command", "on": "dbx", "with": {"argv": ["true"]}, "timeout": "1m"}
    steps = {f"step-{n}": {**step, "on": f"host-{n}-x"} for n in range(3000)}
    text = {"drill": 1, "id": "x", "title": "t", "targets": "t", "steps": steps}
    scenario, source = read_with_places(
        "\n".join(json.dumps(text, indent=1).splitlines()).encode(), "x.yaml", Scenario
    )
    targets = [Target(name=f"host-{n}", site="a", address="192.0.2.1") for n in range(3000)]
    found = []

    seconds = spent(
        lambda: found.extend(problems_of(scenario, targets, Registry(), source, files={}))
    )

    assert len(found) == 100
    assert seconds < 5 * SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "# " + " " * 200_000 + "x",
        "# a" + " #" * 100_000 + " x",
        "# " + "#" * 200_000 + "x",
        "#" * 200_000,
        "```\n" * 50_000,
        "~~~\n```\n" * 50_000,
        '<a id="' * 50_000,
        "<a " + " " * 200_000,
        "{#" * 100_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_a_plan_of_odd_paragraphs_is_read_in_time(text):
    assert spent(lambda: anchors_of(text)) < SECONDS


@pytest.mark.parametrize("word", ["a" * 100_000, "ab" * 50_000], ids=len)
def test_the_nearest_name_is_not_looked_for_at_any_price(word):
    assert spent(lambda: did_you_mean(word, [word[1:], word + "x", "short"] * 100)) < SECONDS


@pytest.mark.parametrize("name", [*MARKUP, "jinja-sum", "shellshock", "glob"])
def test_a_plan_is_shown_and_drawn_with_any_words_in_it(name, tmp_path):
    word = PRINTABLE[name]
    text = {
        "drill": 1,
        "id": "x",
        "title": word,
        "purpose": word,
        "targets": "t",
        "roles": {"boss": {}},
        "steps": {"a": {"task": word, "by": "boss", "timeout": "1m", "story": word}},
    }
    scenario, _ = read_with_places(json.dumps(text).encode(), "x.yaml", Scenario)
    target = Target(name="db1", site=word, address=word)
    plan = plan_of(scenario, [target], {})
    with (tmp_path / "out").open("w") as file:
        Console(file=file, width=200, color_system=None, highlight=False).print(
            shown(plan, Registry())
        )
    svg = svg_of(plan, course_of(scenario))

    assert word.splitlines()[0] in (tmp_path / "out").read_text()
    assert as_json(plan, Registry())["title"] == word
    assert "<script" not in svg
    assert "onerror=" not in svg.replace("&lt;img src=x onerror=", "")
