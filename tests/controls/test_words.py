"""Nothing that this room can print says that anybody complies with anything."""

from pathlib import Path

from controls.shelves import FEW, WHOLE, changed, full
from controls.test_artefacts import TAKEN
from hypothesis import given, settings
from hypothesis import strategies as st

from drill.controls.artefacts import Evidence
from drill.controls.claims import claimed
from drill.controls.coverage import coverage
from drill.model.overview import About
from drill.report.controls import controls
from drill.report.html import html
from drill.report.markdown import markdown

ROOM = Path(__file__).parents[2] / "drill"
BANNED = "complian"


def texts_of(controls_):
    for one in controls_:
        yield one.model_dump_json()
        yield from (each.because for each in one.artefacts)


def test_no_text_of_the_catalogue_says_it():
    assert BANNED not in WHOLE.model_dump_json().casefold()


def test_no_line_of_the_room_its_chapter_and_its_command_says_it():
    places = [
        *ROOM.glob("controls/*.py"),
        *ROOM.glob("controls/shipped/*.yaml"),
        ROOM / "report" / "controls.py",
        *(ROOM / "cli" / f"{name}.py" for name in
          ("claimed", "coverage", "coverage_scope", "coverage_look", "form", "seals")),
    ]  # fmt: skip
    assert len(places) >= 20
    assert [str(one) for one in places if BANNED in one.read_text().casefold()] == []


@given(
    st.sampled_from(sorted(TAKEN)),
    st.sampled_from(["live", "tabletop", "rehearsal"]),
    st.sampled_from(["", "not sealed (drill seal)"]),
    st.integers(-1, 1200),
)
@settings(max_examples=25, deadline=None)
def test_no_reason_says_it_whatever_an_exercise_shows(what, mode, unsealed, days):
    take, _ = TAKEN[what]
    view = changed(take(full()), mode=mode)
    now = view.closed.replace(year=view.closed.year + days // 365)
    several = [Evidence(view, unsealed), Evidence(changed(view, run="other"))]
    for evidence in (several, several[:1]):
        for text in texts_of(coverage(FEW, evidence, now)):
            assert BANNED not in text.casefold()


def test_no_format_of_the_chapter_says_it():
    view = full()
    names = [*(one.name for one in WHOLE.controls), "nothing"]
    shown = changed(view, controls=claimed(names, Evidence(view), view.closed))
    for text in (html(shown), markdown(shown), shown.model_dump_json()):
        assert BANNED not in text.casefold()
    claims = changed(view, about=About(controls=("NIST SP 800-53 CP-4",)))
    assert controls(claims).prose == (
        "Nobody looked up what this exercise is evidence of; drill report does.",
    )
    chapter = controls(shown)
    assert len(chapter.tables[0].rows) == 403
    states = {row[1].text for row in chapter.tables[0].rows}
    assert states == {
        *("evidenced", "partly evidenced", "not evidenced"),
        *("unknown", "unverified"),
    }
