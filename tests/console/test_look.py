"""The pages in a browser: for every eye and hand, wide and narrow, by day and by night."""

from time import sleep

import pytest
from console.stage import PLAIN, staged
from everybody import PHONE, WIDE, assert_for_everybody

PLAYS = [
    *((who, "middle") for who in ("facilitator", "evaluator", "commander", "owner", "observer")),
    ("facilitator", "held"),
    ("facilitator", "wash"),
    ("dba", "table"),
    ("deputy", "wash"),
    ("observer", "over"),
    *(("observer", plain) for plain in PLAIN),
]


@pytest.fixture(scope="module")
def stage():
    with staged() as stage:
        yield stage


@pytest.fixture(autouse=True)
def _anew(stage):
    stage.said.clear()
    stage.refused = ""


@pytest.mark.parametrize(("who", "play"), PLAYS)
def test_nobody_is_shut_out(visit, stage, who, play):
    stage.show(who, play)
    with visit(reduced_motion="reduce") as page:
        page.goto(stage.url)
        assert_for_everybody(page)


_STOPS = """() => {
  const one = (e) => e.form.querySelector(`[name="${e.name}"]:checked`)
    || e.form.querySelector(`[name="${e.name}"]`);
  window.stops = [...document.querySelectorAll(
    'a[href],button,input,select,textarea,summary,[tabindex="0"]')]
    .filter((e) => e.checkVisibility() && e.type !== 'hidden' && !e.disabled)
    .filter((e) => e.type !== 'radio' || e === one(e));
  return window.stops.length;
}"""
"""All that can be focused, in the order of the page; of radio buttons one of each group."""


@pytest.mark.parametrize(("who", "play"), PLAYS)
def test_the_keyboard_reaches_everything_in_the_order_it_is_read(visit, stage, who, play):
    stage.show(who, play)
    with visit(viewport=WIDE) as page:
        page.goto(stage.url)
        page.wait_for_timeout(100)
        count, reached = page.evaluate(_STOPS), []
        for _ in range(count):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("window.stops.indexOf(document.activeElement)"))
        assert reached == list(range(count))
        assert count > 0


def test_the_first_stop_leads_past_the_head(visit, stage):
    stage.show("facilitator", "middle")
    with visit() as page:
        page.goto(stage.url)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the exercise"
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_what_can_be_pressed_is_large_enough(visit, stage, size):
    stage.show("facilitator", "middle")
    with visit(viewport=size) as page:
        page.goto(stage.url)
        small = page.evaluate(
            """() => [...document.querySelectorAll('button,.button,summary,select,.choices label')]
              .filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect())
              .filter((r) => r.width < 24 || r.height < 24).length"""
        )
        assert small == 0


def test_a_half_typed_text_and_its_focus_outlive_what_changes(visit, stage):
    stage.show("owner", "middle")
    with visit() as page:
        page.goto(stage.url)
        note = page.get_by_label("Note if you like")
        note.fill("half of a sen")
        page.get_by_label("A note for the log").fill("the other half")
        note.press("End")
        stage.show("owner", "held")
        page.get_by_text("The exercise clock is held").wait_for()
        page.keyboard.type("tence")
        assert note.input_value() == "half of a sentence"
        assert page.get_by_label("A note for the log").input_value() == "the other half"


def test_a_fold_that_was_opened_stays_open(visit, stage):
    stage.show("facilitator", "middle")
    with visit() as page:
        page.goto(stage.url)
        page.get_by_text("Stop the exercise…").click()
        why = page.locator("#say-abort").get_by_label("Reason")
        why.fill("smoke in the room")
        stage.show("facilitator", "table")
        page.get_by_text("Tabletop exercise").wait_for()
        assert why.is_visible()
        assert why.input_value() == "smoke in the room"


def test_what_is_asked_comes_and_goes_by_itself(visit, stage):
    stage.show("dba", "middle")
    with visit() as page:
        page.goto(stage.url)
        page.get_by_text("error budget gone").first.wait_for()
        assert page.get_by_text("How long would it take?").count() == 0
        stage.show("dba", "table")
        page.get_by_text("How long would it take?").first.wait_for()
        stage.show("dba", "over")
        page.get_by_text("The exercise is over").wait_for()
        assert page.locator("#yours form").count() == 0


def test_focus_is_not_lost_with_the_question_that_had_it(visit, stage):
    stage.show("commander", "middle")
    with visit() as page:
        page.goto(stage.url)
        page.locator("#decided-declare-note").focus()
        stage.show("commander", "wash")
        page.locator("#decided-declare-note").wait_for(state="detached")
        page.wait_for_function("() => document.activeElement.id === 'yours'")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('#yours') !== null")


def test_what_is_said_is_sent_and_answered_and_the_form_is_empty_again(visit, stage):
    stage.show("owner", "middle")
    with visit() as page:
        page.goto(stage.url)
        note = page.get_by_label("A note for the log")
        note.fill("the vendor called")
        page.get_by_role("button", name="Save note").click()
        page.get_by_text("Taken down.").wait_for()
        page.wait_for_function("() => document.getElementById('note-text').value === ''")
    assert stage.said == [
        {"csrf": "t0ken", "says": "noted", "text": "the vendor called", "step": ""}
    ]


def test_the_button_that_was_pressed_tells_what_is_said(visit, stage):
    stage.show("owner", "middle")
    with visit() as page:
        page.goto(stage.url)
        page.get_by_role("button", name="I cannot do it").click()
        page.get_by_text("Taken down.").wait_for()
    assert [one["says"] for one in stage.said] == ["refused"]
    assert stage.said[0]["step"] == "status-page"


def test_a_refusal_says_why_and_takes_nothing_away(visit, stage):
    stage.show("owner", "middle")
    stage.refused = "said twice"
    with visit(forgiven="status of 409") as page:
        page.goto(stage.url)
        page.get_by_label("A note for the log").fill("again")
        page.get_by_role("button", name="Save note").click()
        page.get_by_text("said twice").wait_for()
        assert page.get_by_label("A note for the log").input_value() == "again"
        page.keyboard.press("Escape")
        assert page.get_by_text("said twice").count() == 0


def test_a_decision_is_made_by_the_keyboard_alone(visit, stage):
    stage.show("commander", "middle")
    with visit() as page:
        page.goto(stage.url)
        page.locator("#decided-declare-choice-failover").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("no estimate")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_text("Taken down.").wait_for()
    said = {"csrf": "t0ken", "says": "decided", "step": "declare", "choice": "failover"}
    assert stage.said == [{**said, "note": "no estimate"}]


def test_all_of_it_works_without_a_script(visit, stage):
    stage.show("commander", "middle")
    with visit(java_script_enabled=False) as page:
        page.goto(stage.url)
        page.get_by_role("radio", name="wait").check()
        page.get_by_role("button", name="Decide").click()
        page.wait_for_load_state()
        assert page.get_by_text("Invoke the database").first.is_visible()
        page.get_by_label("A note for the log").fill("by hand")
        page.get_by_role("button", name="Save note").click()
        page.wait_for_load_state()
    assert [(one["says"], one["csrf"]) for one in stage.said] == [
        ("decided", "t0ken"),
        ("noted", "t0ken"),
    ]


def test_clocks_go_on_between_two_messages(visit, stage):
    stage.show("observer", "middle")
    silence = {"content_type": "text/event-stream", "body": ": nothing\n\n"}
    with visit() as page:
        page.route("**/events", lambda route: route.fulfill(**silence))
        page.goto(stage.url)
        clock = page.locator("#service-orders drill-clock b")
        used = page.locator("#service-payments .used")
        before, wide = clock.text_content(), float(used.get_attribute("width"))
        page.wait_for_function(
            "was => document.querySelector('#service-orders drill-clock b').textContent < was",
            arg=before,
        )
        page.wait_for_function(
            "was => document.querySelector('#service-payments .used').width.baseVal.value > was",
            arg=wide,
        )


def test_the_exercise_clock_stands_while_it_is_held(visit, stage):
    stage.show("observer", "held")
    with visit() as page:
        page.goto(stage.url)
        page.wait_for_timeout(1200)
        assert page.locator(".clock:last-child b").text_content() == "00:15"


def test_a_clock_that_runs_out_warns_and_then_tells_how_long_it_is_over(visit, stage):
    stage.show("observer", "middle")
    with visit() as page:
        page.goto(stage.url)
        clock = page.locator("#service-payments drill-clock")
        for tone in ("tone-warn", "tone-bad"):
            page.wait_for_function(
                "tone => document.querySelector('#service-payments drill-clock')"
                ".classList.contains(tone)",
                arg=tone,
            )
        assert "tone-bad" in page.locator("#service-payments .burn").get_attribute("class")
        page.wait_for_function(
            "() => document.querySelector('#service-payments drill-clock b')"
            ".textContent.startsWith('\u2212')"
        )
        assert clock.text_content().startswith("\u2212")


def test_news_is_told_in_one_place(visit, stage):
    stage.show("commander", "middle")
    with visit() as page:
        page.goto(stage.url)
        assert page.locator("[aria-live]").count() == 1
        assert "Invoke the database" in page.locator("[aria-live]").text_content()


def test_nothing_moves_for_those_who_asked_for_that(visit, stage):
    stage.show("observer", "middle")
    moving = "getComputedStyle(document.querySelector('.box.running rect')).animationName"
    with visit(reduced_motion="reduce") as page:
        page.goto(stage.url)
        assert page.evaluate(moving) == "none"
    with visit(reduced_motion="no-preference") as page:
        page.goto(stage.url)
        assert page.evaluate(moving) == "pulse"


@pytest.mark.parametrize("script", ["htmx.min.js", "hx-sse.min.js", "console.js"])
def test_a_script_that_comes_late_is_waited_for(visit, stage, script):
    def late(route):
        sleep(0.5)
        route.continue_()

    stage.show("observer", "middle")
    with visit() as page:
        page.route(f"**/{script}", late)
        page.goto(stage.url)
        stage.show("observer", "held")
        page.get_by_text("The exercise clock is held").wait_for()


def test_a_lost_link_is_told_and_what_is_typed_stays(chromium):
    context = chromium.new_context()
    page = context.new_page()
    with staged() as own:
        own.show("dba", "middle")
        page.goto(own.url)
        page.get_by_label("A note for the log").fill("half")
        assert page.locator("#lost").is_hidden()
    page.locator("#lost").wait_for(state="visible")
    assert page.get_by_label("A note for the log").input_value() == "half"
    context.close()


def test_a_page_that_finds_nobody_at_first_tries_again(chromium, stage):
    stage.show("observer", "middle")
    tries = []

    def at_first_nobody(route):
        tries.append(route)
        if len(tries) > 1:
            route.continue_()
        else:
            route.abort()

    context = chromium.new_context()
    page = context.new_page()
    page.route("**/events", at_first_nobody)
    page.goto(stage.url)
    page.locator("#lost").wait_for(state="visible")
    stage.show("observer", "held")
    page.get_by_text("The exercise clock is held").wait_for()
    assert page.locator("#lost").is_hidden()
    assert len(tries) == 2
    context.close()
