"""The pages as text: who sees what, what is asked of whom, and that nothing in them acts."""

from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest
from console import samples

from drill.console import pages
from drill.console.asked import asked_of, claimable, queued
from drill.console.say import saying_of
from drill.console.sight import seen_by
from drill.console.static import shipped
from drill.console.swimlanes import swimlanes
from drill.journal.reader import read
from drill.measure.timeline import view as view_of
from drill.model.sayings import Saying
from drill.model.view import LeaseView, Verdict, View
from drill.report.asking import is_washing, told
from drill.report.inert import inert

EVERY = [(who, stage) for who in samples.SEATS for stage in samples.STAGES]
HOSTILE = "<script>alert(1)</script><img src=x onerror=y> \x1b[2J ]]> --> {{2}} \"'&amp; \u202e"
MODELS = {one.model_fields["says"].default: one for one in get_args(get_args(Saying)[0])}
_VOID = frozenset({"meta", "link", "input", "br", "img"})


class Page(HTMLParser):
    """What a browser would see: elements with attributes, text, and the forms with their fields."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.words, self.forms = [], [], []
        self._open = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "form":
            self.forms.append((given, []))
        elif tag in ("input", "textarea", "select", "button") and given.get("name"):
            self.forms[-1][1].append((tag, given))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return squeezed(" ".join(self.words))

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def says(self):
        """Return each form in which something is said: its buttons' words, and its fields."""
        found = []
        for form, fields in self.forms:
            if form.get("action") == "/say":
                words = [given["value"] for tag, given in fields if tag == "button"]
                found.append((words, [one for one in fields if one[0] != "button"]))
        return found


def squeezed(text):
    return " ".join(text.split())


def shown(who, stage):
    return Page(pages.page(*samples.seen(who, stage), "t0ken"))


@pytest.mark.parametrize(("who", "stage"), EVERY)
def test_a_page_says_what_exercise_it_is_and_who_one_is(who, stage):
    page = shown(who, stage)
    view, seat = samples.STAGES[stage](), samples.SEATS[who]
    assert view.title in page.text
    assert {"live": "Live exercise", "tabletop": "Tabletop exercise"}[view.mode] in page.text
    assert seat.person in page.text
    assert seat.role in page.text


@pytest.mark.parametrize(("who", "stage"), EVERY)
def test_every_part_has_its_place_on_the_page(who, stage):
    seat, view = samples.seen(who, stage)
    ids = [given["id"] for _, given in shown(who, stage).elements if "id" in given]
    assert len(ids) == len(set(ids))
    targets = [given["hx-target"] for given in Page(pages.parts(seat, view, "t")).all("hx-partial")]
    assert {target.removeprefix("#") for target in targets} <= set(ids)
    assert "#log" in targets
    assert ("#yours" in targets) == (who != "observer")


@pytest.mark.parametrize(("who", "stage"), EVERY)
def test_the_parts_are_what_the_page_shows(who, stage):
    seat, view = samples.seen(who, stage)
    whole = pages.page(seat, view, "t0ken")
    parts = pages.parts(seat, view, "t0ken").split("</hx-partial>")[:-1]
    assert parts
    for part in parts:
        assert part.partition('innerMorph">')[2] in whole


@pytest.mark.parametrize(("who", "stage"), EVERY)
def test_each_form_has_exactly_the_fields_of_what_it_says(who, stage):
    for words, fields in shown(who, stage).says:
        names = [given["name"] for _, given in fields]
        assert words
        assert names[0] == "csrf"
        for word in words:
            assert set(names[1:]) | {"says"} == set(MODELS[word].model_fields)


@pytest.mark.parametrize(("who", "stage"), EVERY)
def test_each_form_filled_in_is_something_that_can_be_said(who, stage):
    for words, fields in shown(who, stage).says:
        filled = {given["name"]: _filled(tag, given) for tag, given in reversed(fields)}
        for word in words:
            assert saying_of({**filled, "says": word}).says == word


def _filled(tag, given):
    if tag == "textarea":
        return "in words"
    return "" if tag == "select" else given.get("value") or "15m"


def test_what_may_be_left_out_may_be_left_out():
    for words, fields in shown("owner", "wash").says + shown("evaluator", "middle").says:
        asked = {
            given["name"]: _filled(tag, given)
            for tag, given in fields
            if "required" in given or given.get("type") == "hidden" or "checked" in given
        }
        for word in words:
            assert saying_of({**asked, "says": word}).says == word


def test_all_that_people_may_say_can_be_said_from_some_seat():
    said = {word for who, stage in EVERY for words, _ in shown(who, stage).says for word in words}
    assert said == set(MODELS) - {"joined", "left"}  # coming and going have pages of their own


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("facilitator", {"held", "jumped", "released", "kept-back", "skipped", "aborted", "noted"}),
        ("evaluator", {"observed", "noted"}),
        ("commander", {"decided", "noted"}),
        ("owner", {"finished", "refused", "noted"}),
        ("deputy", {"acknowledged", "noted"}),
        ("dba", {"acknowledged", "noted"}),
        ("observer", set()),
    ],
)
def test_a_seat_is_asked_what_is_its_own(who, words):
    said = {word for found, _ in shown(who, "middle").says for word in found}
    if who == "facilitator":  # who may answer for any role, too
        said -= {"decided", "acknowledged", "finished", "refused"}
    assert said == words


def test_the_deputy_is_asked_only_in_the_absence_of_the_other():
    view = samples.middle()
    assert [step.id for step in asked_of("on-call-deputy", view)] == ["page-again"]
    here = tuple(role.model_copy(update={"absent": False}) for role in view.roles)
    assert asked_of("on-call-deputy", view.model_copy(update={"roles": here})) == ()


def test_the_clock_is_held_or_goes_on_and_never_both():
    assert {word for found, _ in shown("facilitator", "held").says for word in found} >= {"resumed"}
    assert "held" not in {w for found, _ in shown("facilitator", "held").says for w in found}
    assert "The exercise clock is held" in shown("observer", "held").text
    assert "The exercise clock is held" not in shown("observer", "middle").text


def test_what_is_over_is_neither_held_nor_stopped():
    words = {word for found, _ in shown("facilitator", "wash").says for word in found}
    assert "ended" in words
    assert words.isdisjoint({"held", "jumped", "aborted", "resumed"})
    assert shown("facilitator", "over").says == []


def test_an_aborted_exercise_says_so_and_is_not_aborted_again():
    view = samples.middle().model_copy(update={"aborted": "M. Okafor: smoke", "phase": "healing"})
    page = Page(pages.page(samples.SEATS["facilitator"], view, "t"))
    assert "M. Okafor: smoke" in page.text
    assert "aborted" not in {word for found, _ in page.says for word in found}


def test_what_is_for_others_to_answer_is_folded_away_from_the_facilitator():
    text = pages.page(*samples.seen("facilitator", "table"), "t")
    for folded in ("Answer for incident-commander…", "Answer for on-call…"):
        assert text.count(f"<summary>{folded}</summary>") == 1
    assert text.count("<summary>Answer for the table…</summary>") == 2
    assert "<summary>Answer for" not in pages.page(*samples.seen("commander", "table"), "t")


def test_stopping_takes_a_second_step():
    text = pages.page(*samples.seen("facilitator", "middle"), "t")
    fold = text.partition('<details id="fold-abort"')[2].partition("</details>")[0]
    assert 'value="aborted"' in fold
    assert text.count('value="aborted"') == 1


def test_a_claim_is_asked_at_a_table_and_nowhere_else():
    assert [step.id for step in claimable(samples.table())] == ["fence-db1", "rejoin-db1"]
    assert claimable(samples.middle()) == ()
    assert claimable(samples.table().model_copy(update={"facilitated": False})) == ()


def test_the_hot_wash_is_when_all_steps_are_over_and_not_after_it():
    assert [stage for stage in samples.STAGES if is_washing(samples.STAGES[stage]())] == ["wash"]
    assert "Hot wash" in shown("dba", "wash").text


def test_the_next_inject_is_the_first_of_the_queue():
    assert [step.id for step in queued(samples.middle())] == ["rumour", "regulator-asks", "cut-ams"]


def test_a_story_is_told_to_those_it_is_for():
    assert [step.id for step in told(samples.seen("owner", "middle")[1])] == ["press-call"]
    assert told(samples.seen("dba", "middle")[1]) == ()
    assert "A journalist calls" in shown("owner", "middle").text
    assert "A journalist calls" not in shown("dba", "middle").text


STAFF_ONLY = (
    "They ask how much data is lost",
    "Who had the word?",
    "backup site burns",
    "decoy",
    "only if missed",
    "kept back",
    "regulator's desk",
    "cut-ams",
    "rang one phone",
    "Proposed",
)


@pytest.mark.parametrize("stage", ["middle", "held", "table"])
@pytest.mark.parametrize("who", ["commander", "deputy", "dba", "owner", "observer"])
def test_nothing_of_the_staff_is_on_the_page_of_a_participant(who, stage):
    text = pages.page(*samples.seen(who, stage), "t") + pages.parts(*samples.seen(who, stage), "t")
    assert [words for words in STAFF_ONLY if words in text] == []


def test_the_staff_sees_it():
    everything = shown("facilitator", "middle").text + shown("evaluator", "middle").text
    assert [words for words in STAFF_ONLY if words not in everything] == []


def test_who_is_there_and_who_is_missing_is_told():
    text = shown("facilitator", "middle").text
    assert "L. Ferrari" in text
    assert "1 of 2 here, 2 needed" in text
    assert "absent: the deputy acts" in text


@pytest.mark.parametrize(("who", "stage"), EVERY)
def test_a_page_needs_nothing_that_the_policy_forbids(who, stage):
    page = shown(who, stage)
    assert page.all("style") == []
    for tag, given in page.elements:
        assert not [name for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        assert tag != "script" or given["src"].startswith("/static/")
        for name in ("src", "href", "action"):
            assert given.get(name, "/")[0] in "/#"
    files = shipped()
    linked = [given["src"] for given in page.all("script")]
    linked += [given["href"] for given in page.all("link")]
    assert linked
    assert all(link.removeprefix("/static/") in files for link in linked)


def test_no_shipped_script_evaluates_text():
    own = shipped()["console.js"].text.decode()
    assert "eval" not in own
    assert "innerHTML" not in own
    assert "Function(" not in own


@pytest.mark.parametrize(("who", "stage"), EVERY)
def test_every_field_has_a_label(who, stage):
    page = shown(who, stage)
    labelled = {given.get("for") for given in page.all("label")}
    for tag, given in page.elements:
        typed = tag in ("textarea", "select") or given.get("type") == "text"
        assert not typed or given["id"] in labelled


def test_a_state_is_a_word_and_not_only_a_colour():
    text = shown("observer", "middle").text
    for word in ("bad", "good", "running", "pending", "done", "standing"):
        assert word in text


def _poisoned(value, key=""):
    kept = {"phase", "outcome", "standing", "verdict", "grade", "mode", "kind", "opened", "closed"}
    kept |= {"wall", "measure", "says", "about", "id", "by", "to", "role", "samples", "uses"}
    kept |= {"told_to", "after", "step", "set", "proposed", "rating", "story_began", "due"}
    if key in kept:
        return value
    if isinstance(value, dict):
        return {name: _poisoned(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_poisoned(inner) for inner in value]
    return HOSTILE if isinstance(value, str) else value


@pytest.mark.parametrize("stage", samples.STAGES)
def test_what_people_and_hosts_say_is_shown_and_never_acts(stage):
    dumped = samples.STAGES[stage]().model_dump(mode="json")
    view = View.model_validate(_poisoned(dumped))
    for who, seat in samples.SEATS.items():
        page = Page(pages.page(seat, view, "t"))
        assert squeezed(inert(HOSTILE)) in page.text
        assert len(page.all("script")) == 3
        assert page.all("img") == []
        assert "\x1b" not in page.text + "".join(page.words), who
        tags = {tag for tag, _ in page.elements}
        assert tags <= {tag for tag, _ in _plain(seat, stage).elements}


def _plain(seat, stage):
    return Page(pages.page(seat, samples.STAGES[stage](), "t"))


def test_every_moment_of_a_real_exercise_has_a_page_for_everybody():
    records, head = read(Path(__file__).parents[1] / "journals" / "happy.jsonl")
    moments = [*range(1, len(records), max(1, len(records) // 20)), len(records)]
    for count in moments:
        seen = view_of(records[:count], None, head)
        for seat in samples.SEATS.values():
            page = Page(pages.page(seat, seen_by(seat, seen), "t"))
            assert seen.title in page.text


def test_the_board_says_how_it_ended():
    text = shown("observer", "over").text
    assert "The exercise is over: met" in text
    assert "16.42 to 16.64 s" in text
    assert "RPO ✓ met, 0.31 to 0.42 s" in text
    nothing = samples.over().model_copy(update={"verdict": Verdict.NOT_APPLICABLE})
    text = Page(pages.page(samples.SEATS["observer"], nothing, "t")).text
    assert "The exercise is over" in text
    assert "not applicable" not in text


def test_a_service_that_nobody_watches_or_promised_has_a_card_all_the_same():
    view = samples.middle()
    alone = view.model_copy(update={"objectives": (), "availability": view.availability[:1]})
    text = Page(pages.page(samples.SEATS["observer"], alone, "t")).text
    assert "no time promised" in text
    assert "no probe" in shown("observer", "table").text


def test_samples_that_flicker_are_drawn_in_so_many_places_and_no_bad_one_is_lost():
    view = samples.middle()
    flicker = tuple((n / 10, "bad" if n == 77 else "good") for n in range(36_000))
    seen = view.availability[0].model_copy(update={"samples": flicker})
    busy = view.model_copy(update={"availability": (seen,), "clock": 3600.0})
    page = Page(pages.page(samples.SEATS["observer"], busy, "t"))
    runs = [given["class"] for given in page.all("rect") if "run-" in given.get("class", "")]
    assert runs == ["run-bad", "run-good"]


def test_a_duty_says_how_much_of_it_is_left_and_how_it_came_out():
    view = samples.middle()
    assert "23:59:57 left" in shown("observer", "middle").text
    (duty,) = view.duties
    for changes, words in (
        ({"begins": None, "took": None, "verdict": Verdict.NOT_APPLICABLE}, "not begun"),
        ({"verdict": Verdict.NOT_APPLICABLE}, "does not apply, as was decided"),
        ({"ends": 15.6, "took": 3600.0, "verdict": Verdict.MET}, "met after 1:00:00 h"),
    ):
        other = view.model_copy(update={"duties": (duty.model_copy(update=changes),)})
        assert words in Page(pages.page(samples.SEATS["observer"], other, "t")).text


def test_a_host_that_ends_its_fault_itself_is_told():
    view = samples.middle()
    (fault,) = view.faults
    lease = LeaseView(tier="A", seconds=60.0, lost=False)
    leased = view.model_copy(update={"faults": (fault.model_copy(update={"lease": lease}),)})
    text = Page(pages.page(samples.SEATS["observer"], leased, "t")).text
    assert "the host ends it itself after 60.0 s without word" in text


def test_a_step_stands_right_of_all_it_waits_for_and_in_no_place_twice():
    drawn = swimlanes(samples.middle())
    places = {box.key: (box.x, box.y) for box in drawn.boxes}
    assert len(set(places.values())) == len(places) == len(samples.middle().steps)
    for step in samples.middle().steps:
        for edge in step.after:
            assert places[edge.partition(".")[0]][0] + drawn.box < places[step.id][0]
    for box in drawn.boxes:
        assert 0 <= box.y <= drawn.height - drawn.tall
        assert box.x + drawn.box <= drawn.width


def test_an_answer_says_whether_it_counts():
    assert "Taken down" in Page(pages.said("")).text
    refused = Page(pages.said(HOSTILE))
    assert squeezed(inert(HOSTILE)) in refused.text
    assert refused.all("script") == []
    assert "Taken down" not in refused.text


def test_a_seat_is_taken_with_a_name_and_what_was_typed_comes_back():
    seat = samples.SEATS["dba"]
    page = Page(pages.join_page(seat, "a name has 80 letters at most"))
    (form, fields), *others = page.forms
    assert not others
    assert form["method"] == "post"
    assert [given["name"] for _, given in fields] == ["person"]
    assert fields[0][1]["value"] == seat.person
    assert "80 letters" in page.text
    assert "80 letters" not in Page(pages.join_page(seat)).text


def test_a_message_is_shown_as_it_is():
    page = Page(pages.message_page("Not so", f"because\n{HOSTILE}"))
    assert squeezed(inert(HOSTILE)) in page.text
    assert "Not so" in page.text


def test_a_link_can_be_shown_and_withdrawn():
    code = '<svg viewBox="0 0 9 9"><path d="M0 0h9"/></svg>'
    page = Page(pages.links_page({"dba": ("http://localhost/join/abc", code)}, "t0ken"))
    assert page.all("path")[-1] == {"d": "M0 0h9"}
    assert "http://localhost/join/abc" in [given.get("value") for given in page.all("input")]
    assert page.forms[0][0]["action"] == "/seats/dba/revoke"
    assert page.forms[0][1][0][1] == {"type": "hidden", "name": "csrf", "value": "t0ken"}
