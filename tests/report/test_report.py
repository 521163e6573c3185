"""The report says everything, the same in every format, whatever the strings hold."""

import re
import subprocess
from datetime import UTC, datetime
from html.parser import HTMLParser as Reader

import pytest
from report import samples
from tinyhtml5.parser import HTMLParser

from drill.journal.memory import MemoryJournal
from drill.model.events import AbortOrdered, ExerciseClosed
from drill.model.time import Stamp
from drill.model.view import Interval, LeaseView, Verdict, View
from drill.report.chapters import chapters_of, facts_of
from drill.report.html import html, paper
from drill.report.inert import inert
from drill.report.markdown import escaped, markdown
from drill.report.plain import plain
from drill.report.proof import evidence

FATES = ("met", "missed", "running", "inconclusive")
HOSTILE = "<script>alert(1)</script>|`x`\n# y\r* z \x1b[2J ]]> --> </style> ${1} {{2}} \"'&amp;"


class Page(Reader):
    """What a browser would see: elements with attributes, and text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.words = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def squeezed(text):
    return " ".join(text.split())


def poisoned(value):
    """Replace every string of a dumped view by a hostile one, but for names with a meaning."""
    kept = {"phase", "outcome", "standing", "verdict", "grade", "mode", "kind", "opened", "closed"}
    kept |= {"wall", "measure", "due", "severity", "about"}
    if isinstance(value, dict):
        return {
            HOSTILE if key in {"drill", "db1"} else key: inner if key in kept else poisoned(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [poisoned(inner) for inner in value]
    return HOSTILE if isinstance(value, str) else value


@pytest.fixture
def hostile():
    dumped = samples.met().model_dump(mode="json")
    states = dumped["availability"][0]["samples"]
    poison = poisoned(dumped)
    poison["availability"][0]["samples"] = states
    for number, step in enumerate(poison["steps"]):
        step["id"] = f"{number}{HOSTILE}"
    return View.model_validate(poison)


@pytest.mark.parametrize("fate", FATES)
def test_every_text_of_every_chapter_is_in_both_formats(fate):
    view = getattr(samples, fate)()
    page, text = Page(html(view)).text, markdown(view)
    for chapter in chapters_of(view):
        assert chapter.title in page
        for table in chapter.tables:
            for cell in (cell for row in table.rows for cell in row):
                assert squeezed(cell.text) in page
                assert escaped(cell.text) in text
                assert squeezed(cell.note) in page
                assert escaped(cell.note) in text
        for point in (*chapter.prose, *chapter.points):
            assert squeezed(point) in page
            assert escaped(point) in text
    for _, fact in facts_of(view):
        assert squeezed(fact) in page
        assert escaped(fact) in text


@pytest.mark.parametrize("fate", FATES)
def test_both_formats_carry_the_same_figures(fate):
    view = getattr(samples, fate)()
    page, text = Page(html(view)).text, markdown(view)
    figures = [
        *(one.text for one in view.objectives),
        *(one.reason for one in view.objectives),
        *(f"{one.name} {one.title}" for one in view.marks),
        *(f"{one.count:,}" for ledger in view.ledgers for one in ledger.sets),
        view.head,
        view.digest,
        view.run,
        view.summary,
    ]
    table_text = squeezed(re.sub(r"[\\|]| ✓ | \(.*?\)", " ", text))
    for figure in figures:
        assert figure in page
        assert figure in table_text or escaped(figure) in text


def test_golden_figures_of_a_met_exercise():
    text = markdown(samples.met())
    for line in (
        "| 60 s | 16.42 to 16.64 s | 43.36 to 43.58 s left | ✓ met (the whole interval",
        "| T0 | disruption onset (first bad sample after the injection) | orders | +14.7 s |",
        "| orders | +14.7 s | 09:00:14 UTC | A | 19 |",
        "| T2 | assessed | orders | not measured | not measured |  |  |",
        "| RTA from onset | orders | T0 | T6 | 16.42 to 16.64 s | A |",
        "| ✗ lost | 7 | acknowledged, and gone | 9/312, 9/313, 9/314, 9/315,",
        "| orders | 0.1 s | 751 | 165 | 3 | 0.12 s | ✓ 142 of 142 good before the fault;",
        "| promote-db2 | db2 | 0.10 s | ! 5.90 s | 4 s |",
    ):
        assert line in text


def test_what_was_not_measured_is_never_a_number():
    view = samples.missed()
    text = markdown(view)
    for name in ("T6", "T7", "T9", "T10", "T11"):
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        assert row.count("not measured") == 2
        assert not re.search(r"\b0\b", row)
    assert "| orders RPO (by the ledger) | 5 s | not measured | not measured |" in text


@pytest.mark.parametrize(
    ("fate", "said"),
    [
        ("missed", "Aborted: the engine: promote-db2 failed"),
        ("missed", "The fault host.power-off on db1 is stuck: remove it now."),
        ("missed", "The wall clock was stepped by +1.8 s at +40.2 s."),
        ("missed", "The conductor was resumed once from the journal."),
        ("missed", "not recovered: at least 77.7 s"),
        ("missed", "fatal: [db2]: FAILED! => pg_ctl: could not promote"),
        ("missed", "No ledger of the writes was kept: orders."),
        ("running", "Not closed (running): every figure may still change."),
        ("inconclusive", "0.08 s left to 0.14 s over"),
        ("met", "Every fault was removed and read back (1)."),
        ("met", "How people act unprepared."),
        ("met", "promote-db2 took 1.9 s longer than the plan claims."),
        ("met", "pg_ctl promote -w"),
    ],
)
def test_each_fate_says_what_a_reader_must_know(fate, said):
    view = getattr(samples, fate)()
    assert said in Page(html(view)).text
    assert escaped(said) in markdown(view) or said in markdown(view)


def test_hostile_text_stays_text_in_html(hostile):
    page = Page(html(hostile))
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "iframe", "object"})
    assert squeezed(inert(HOSTILE)) in page.text
    assert len(page.all("style")) == 1
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in {"href", "src"} or value.startswith("#")


def test_a_hostile_title_cannot_leave_the_style_sheet(hostile):
    style = html(hostile).split("<style>")[1].split("</style>")[0]
    assert "</" not in style
    assert style.count("{") == style.count("}")
    assert "script>" not in style
    assert 'content:"After-action report \\b7  \\3c script\\3e ' in style


def test_hostile_text_stays_text_in_markdown(hostile):
    text = markdown(hostile)
    outside = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert "<script" not in outside.replace("\\<script", "")
    assert not re.search(r"(?<!\\)`x", outside)
    tables = [line for line in outside.splitlines() if line.startswith("|")]
    for line in tables:
        assert "---" in line or line.endswith(" |")
    assert not [line for line in outside.splitlines() if line.startswith(("# y", "* z"))]


def test_every_table_of_markdown_has_as_many_cells_in_each_row(hostile):
    for view in (hostile, samples.met(), samples.missed()):
        widths = []
        for line in markdown(view).splitlines():
            if not line.startswith("| "):
                assert len(set(widths)) <= 1
                widths = []
            else:
                widths.append(len(re.findall(r"(?<!\\)\|", line)))


def test_output_of_a_tool_cannot_end_its_own_block():
    view = samples.missed()
    steps = tuple(
        step.model_copy(update={"evidence": "```\n# owned\n````"}) if step.evidence else step
        for step in view.steps
    )
    text = markdown(view.model_copy(update={"steps": steps}))
    assert "`````\n```\n# owned\n````\n`````" in text


@pytest.mark.parametrize("fate", FATES)
def test_the_html_needs_no_other_host_and_no_script(fate):
    text = html(getattr(samples, fate)())
    page = Page(text)
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("img")
    assert not re.search(r"@import|url\((?!#)", text)
    for _, attributes in page.elements:
        for name in ("href", "src", "xlink:href", "srcset", "action"):
            assert attributes.get(name, "#").startswith("#")


def test_the_html_is_accessible():
    page = Page(html(samples.missed()))
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert all(attributes.get("scope") in {"col", "row"} for attributes in page.all("th"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    drawings = [one for one in page.all("svg") if one.get("role") == "img"]
    assert drawings
    for one in drawings:
        assert set(one["aria-labelledby"].split()) <= set(ids)
    for one in page.all("a"):
        assert one["href"][1:] in ids
    hidden = [one for one in page.all("svg") if "glyph" in one["class"].split()]
    assert all(one.get("aria-hidden") or one.get("x") for one in hidden)


@pytest.mark.parametrize("fate", FATES)
def test_a_parser_that_follows_the_standard_finds_no_error_in_the_html(fate):
    """The parse errors are those of the HTML Living Standard, 13.2.2."""
    parser = HTMLParser()
    parser.parse("<!doctype html><title>no</title><p><table><div></p>")
    assert parser.errors, "it would not tell"
    for document in (html, paper):
        parser.parse(document(getattr(samples, fate)()))
        assert parser.errors == []


def test_every_state_has_a_word_besides_its_sign():
    page = html(samples.missed())
    states = re.findall(r'<span class="state tone-(\w+)"><svg.*?</svg>(.*?)</span>', page)
    assert {tone for tone, _ in states} >= {"good", "warn", "bad", "off"}
    assert all(word.strip() for _, word in states)


def _luminance(colour):
    full = "".join(c * 2 for c in colour) if len(colour) == 3 else colour
    parts = [int(full[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(theme):
    style = html(samples.met()).split(":root {")[1 + theme]
    colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]{3,6});", style.split("}")[0]))
    for ink in ("ink", "dim", "accent", "good", "warn", "bad", "live", "off"):
        assert _contrast(colours[ink], colours["paper"]) >= 4.5, ink
        assert _contrast(colours[ink], colours.get(f"{ink}-soft", colours["soft"])) >= 4.5, ink


def test_two_hundred_steps_are_all_there():
    view = samples.long(200)
    page = html(view)
    assert page.count('class="box ') == 200
    assert page.count('class="worked"') == 200
    assert page.count('<svg class="drawing"') == 2 + 5 + 1
    assert all(step.id in page for step in view.steps)
    assert "too many sheets of paper" not in page


def test_a_picture_that_would_fill_many_sheets_is_left_to_the_screen():
    view = samples.long(200)
    before = ("", *(step.id for step in view.steps))
    row = [
        step.model_copy(update={"after": (last,) if last else ()})
        for step, last in zip(view.steps, before, strict=False)
    ]
    wide, tall = paper(view), paper(view.model_copy(update={"steps": tuple(row)}))
    assert wide.count('class="box ') == 200
    assert ('class="box ' in tall, "too many sheets of paper" in tall) == (False, True)


@pytest.mark.parametrize(
    ("lease", "said"),
    [
        (LeaseView(tier="A", seconds=60, lost=False), "at latest 60 s after the last word, also"),
        (LeaseView(tier="B", seconds=30, lost=False), "30 s after the last word, but not after"),
        (LeaseView(tier="A", seconds=60, lost=True), "yes: the lease was lost, and the host ended"),
        (None, "the host cannot end this fault, drill must"),
    ],
)
def test_the_report_says_of_each_host_who_ends_its_faults_when_drill_is_gone(lease, said):
    view = samples.met()
    leased = view.faults[0].model_copy(update={"lease": lease})
    view = view.model_copy(update={"faults": (leased,)})
    assert said in Page(html(view)).text
    assert said in squeezed(markdown(view))


def test_a_rehearsal_claims_nothing_about_hosts():
    view = samples.met().model_copy(update={"mode": "rehearsal"})
    assert "when drill is gone" not in markdown(view)


def test_an_exercise_that_has_only_begun_can_be_reported():
    view = samples.running(0.0).model_copy(
        update={"steps": (), "availability": (), "objectives": (), "faults": (), "log": ()}
    )
    assert "nobody was asked" in Page(html(view)).text
    assert "No service has a recovery objective in this exercise." in markdown(view)
    assert plain(view).startswith("\N{EN DASH} NOT MEASURED")


def test_the_printed_commands_verify_a_real_journal(tmp_path):
    journal = MemoryJournal()
    now = Stamp(wall=datetime(2026, 11, 18, tzinfo=UTC), boot_ns=1, boot="b")
    journal.append(AbortOrdered(by="a\\n'\"$(x)`", why="ü\n"), now)
    journal.append(ExerciseClosed(), now)
    (commands,) = (evidence(samples.met()).commands,)

    def run(lines):
        (tmp_path / "journal.jsonl").write_bytes(b"".join(lines))
        return subprocess.run(
            ["sh", "-c", commands], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    assert run(journal.lines) == f"2 records, head {journal.head}\n"
    changed = [journal.lines[0].replace(b"ordered", b"Ordered"), journal.lines[1]]
    assert "broken at record 1" in run(changed)
    assert "broken at record 0" in run(journal.lines[1:])


def test_plain_text_is_one_screen_and_moves_no_cursor(hostile):
    for view in (samples.met(), samples.missed(), samples.running()):
        assert len(plain(view).splitlines()) <= 24
    assert all(line.isprintable() for line in plain(hostile).split("\n"))


def test_plain_text_names_every_objective_and_every_fault():
    text = plain(samples.missed())
    assert "✗ MISSED  The primary database host dies" in text
    assert "✗ orders RTO: not recovered: at least 77.7 s of 60 s" in text
    assert "\N{EN DASH} orders RPO: not measured of 5 s, not measured" in text
    assert "✗ fault host.power-off on db1: stuck" in text


def test_every_verdict_can_be_reported():
    view = samples.met()
    for verdict in Verdict:
        one = view.objectives[0].model_copy(
            update={"verdict": verdict, "actual": Interval(lo=1, hi=None)}
        )
        changed = view.model_copy(update={"verdict": verdict, "objectives": (one,)})
        assert verdict.value in Page(html(changed)).text
        assert verdict.value in markdown(changed)
        assert verdict.value.upper() in plain(changed)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.12 s", "0.12 s"),
        ("12. twelve", "12\\. twelve"),
        ("- no list", "\\- no list"),
        ("+14.7 s", "+14.7 s"),
        ("# no heading", "\\# no heading"),
        ("---", "\\---"),
        ("a|b", "a\\|b"),
        ("db_1 _x_", "db_1 \\_x\\_"),
        ("two\r\nlines", "two lines"),
        ("<b>`c`</b>", "\\<b\\>\\`c\\`\\</b\\>"),
    ],
)
def test_markdown_is_escaped_where_it_means_something_and_nowhere_else(text, written):
    assert escaped(text) == written


def test_steps_that_take_no_time_can_be_drawn():
    view = samples.met()
    still = tuple(
        step.model_copy(update={"ready": 9.0, "started": 9.0, "ended": 9.0}) for step in view.steps
    )
    assert html(view.model_copy(update={"steps": still})).count('class="box ') == len(still)
