"""Each format keeps the rules of its own kind, and says what it lacks."""

import csv
import json
import os
import re
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import docx
import pypdf
import pytest
from report import samples
from report.told import PEOPLE, made, rows, squeezed, view_of

from drill.errors import PluginError, UsageError
from drill.model.form import Action, Form
from drill.model.lessons import ControlView, FindingView
from drill.model.view import Verdict
from drill.report.chapters import chapters_of
from drill.report.files import FORMATS, format_of, write_all
from drill.report.flat import harmless
from drill.report.junit import junit
from drill.report.oscal import oscal, token
from drill.report.pdf import pdf
from drill.report.poam import poam
from drill.report.word import word

TESTS = Path(__file__).parents[1]
JUDGE = TESTS.parent / ".venv" / "oscal" / "bin" / "python"
ELSEWHERE = """
import sys
from report import samples
from drill.report.files import FORMATS
for name in ("pdf", "docx"):
    with open(f"{sys.argv[1]}/{name}", "wb") as file:
        file.write(FORMATS[name](samples.met()))
"""
CURES = {"weasyprint": (pdf, "pdf"), "docxtpl": (word, "docx"), "resvg_py": (word, "docx")}


def document(fate="met"):
    return docx.Document(BytesIO(made("docx", fate)))


def catalogue(fate="met"):
    reader = pypdf.PdfReader(BytesIO(made("pdf", fate)))
    return reader, reader.trailer["/Root"]


def tags(node):
    """Yield every structure element below one."""
    node = node.get_object()
    if isinstance(node, list):
        for one in node:
            yield from tags(one)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from tags(node["/K"])


def test_another_process_makes_the_same_bytes_elsewhere_and_later(tmp_path):
    env = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    argv = [sys.executable, "-c", ELSEWHERE, str(tmp_path)]
    subprocess.run(argv, check=True, env={**env, "PYTHONPATH": paths}, cwd=tmp_path)
    for name in ("pdf", "docx"):
        assert (tmp_path / name).read_bytes() == made(name, "met")


@pytest.mark.parametrize("form", [one for one in FORMATS if one not in {"pdf", "docx"}])
def test_the_same_view_makes_the_same_bytes(form):
    assert FORMATS[form](view_of(PEOPLE)) == made(form, PEOPLE)


def test_a_pdf_dates_itself_by_the_journal_and_leaves_the_environment_alone():
    reader, _ = catalogue()
    assert reader.metadata["/CreationDate"].startswith("D:20261118090132")
    assert "SOURCE_DATE_EPOCH" not in os.environ


def test_a_pdf_is_tagged_for_everybody():
    reader, root = catalogue()
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "After-action report: The primary database host dies"
    metadata = root["/Metadata"].get_object().get_data()
    assert re.search(rb'pdfuaid:part(="1"|>1<)', metadata)
    found = list(tags(root["/StructTreeRoot"]["/K"]))
    kinds = [one["/S"] for one in found]
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/Figure"} <= set(kinds)
    pictures = [one for one in found if one["/S"] == "/Figure"]
    assert len(pictures) == 4, "two strips, one of time, one of lanes; a sign is no picture"
    assert all(one.get("/Alt") for one in pictures)


def test_a_pdf_has_an_outline_and_numbers_its_pages():
    reader, _ = catalogue()
    titles = [one.title for one in reader.outline if not isinstance(one, list)]
    assert titles == ["The primary database host dies"]
    (chapters,) = (one for one in reader.outline if isinstance(one, list))
    written = [one.title for one in chapters_of(view_of("met"))]
    assert [one.title for one in chapters] == written
    last = len(reader.pages)
    assert f"Page {last} of {last}" in reader.pages[-1].extract_text()


def test_no_page_of_a_pdf_is_empty():
    for fate in ("met", PEOPLE):
        reader, _ = catalogue(fate)
        for page in reader.pages:
            assert len(squeezed(page.extract_text())) > 200


def test_a_word_file_leads_its_tables_and_describes_its_pictures():
    read = document()
    assert read.core_properties.title == "After-action report: The primary database host dies"
    assert read.core_properties.modified.isoformat().startswith("2026-11-18T09:01:32")
    styles = {one.style.name for one in read.paragraphs}
    assert {"Title", "Heading 1", "Heading 2", "List Bullet"} <= styles
    for table in read.tables[1:]:
        assert "tblHeader" in table.rows[0]._tr.xml
    said = [shape._inline.docPr.get("descr") for shape in read.inline_shapes]
    assert len(said) == 4
    assert {"Availability of orders: whole exercise", "Steps by whom they wait for"} <= set(said)
    assert "{{" not in read.element.body.xml
    assert "{%" not in read.element.body.xml


def test_hostile_words_stay_words_in_word():
    word_ = "</w:t><w:p/> {{ 7 * 7 }} {% endfor %} & \x0b\ufffe"
    view = samples.met().model_copy(update={"title": word_, "summary": word_})
    read = docx.Document(BytesIO(word(view)))
    assert read.paragraphs[1].text.startswith("</w:t><w:p/> {{ 7 * 7 }} {% endfor %} & ")


def agencys(tmp_path, *lines):
    """Return a Word file as an agency would make it."""
    form = docx.Document()
    for line in lines:
        form.add_paragraph(line)
    form.save(tmp_path / "agency.docx")
    return tmp_path / "agency.docx"


def test_an_agencys_own_template_is_filled_in(tmp_path):
    form = agencys(
        tmp_path,
        "AGENCY FORM 7: {{ title }} is {{ verdict }}",
        "{%p for row in chapter.objectives.tables[0].rows %}",
        "{{ row[0].text }}: {{ row[2].text }} ({{ row[4].sign }})",
        "{%p endfor %}",
        "{{ view.objectives[1].text }}, {% for one in facts %}{{ one.label }}; {% endfor %}",
        "{{ chapter.time.pictures[0] }}",
    )
    read = docx.Document(BytesIO(word(samples.met(), form)))
    texts = [one.text for one in read.paragraphs]
    assert texts[:3] == [
        "AGENCY FORM 7: The primary database host dies is Met",
        "orders RTO: 16.42 to 16.64 s (✓)",
        "orders RPO: 0.31 to 0.42 s (✓)",
    ]
    assert texts[3].startswith("0.31 to 0.42 s, Exercise type; Date;")
    assert len(read.inline_shapes) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{{ nothing.there }}", "'nothing' is undefined"),
        ("{% if %}", "agency.docx: .*; drill report --help"),
        ("{{ ''.__class__.__mro__ }}", "is unsafe"),
    ],
)
def test_a_template_that_asks_for_what_there_is_not_is_told(tmp_path, line, said):
    with pytest.raises(UsageError, match=said):
        word(samples.met(), agencys(tmp_path, line))


def test_a_template_that_is_no_word_file_is_told(tmp_path):
    (tmp_path / "a.docx").write_text("no zip")
    with pytest.raises(UsageError, match=r"a\.docx: is no Word file .*save it as \.docx"):
        word(samples.met(), tmp_path / "a.docx")
    with ZipFile(tmp_path / "b.docx", "w") as parts:
        parts.writestr("a", "b")
    with pytest.raises(UsageError, match=r"b\.docx: is no Word file"):
        word(samples.met(), tmp_path / "b.docx")
    with pytest.raises(UsageError, match=r"c\.docx: cannot be read"):
        word(samples.met(), tmp_path / "c.docx")


@pytest.mark.parametrize("lacking", CURES)
def test_what_a_format_needs_and_how_to_get_it_is_told(monkeypatch, lacking):
    write, extra = CURES[lacking]
    monkeypatch.setitem(sys.modules, lacking, None)
    said = f"needs {lacking}; install: pip install 'drill[{extra}]'"
    with pytest.raises(PluginError, match=re.escape(said)):
        write(samples.met())


def test_a_library_of_the_system_that_is_missing_is_told(monkeypatch, tmp_path):
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')\n")
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match=r"libpango.*apt-get install libpango-1\.0-0"):
        pdf(samples.met())
    sys.modules.pop("weasyprint", None)


@pytest.mark.parametrize(
    ("fate", "failed", "errors"), [("met", 0, 0), ("missed", 1, 1), ("inconclusive", 0, 1)]
)
def test_one_case_an_objective_that_fails_unless_it_is_met(fate, failed, errors):
    suite = ET.fromstring(junit(getattr(samples, fate)())).find("testsuite[@name='objectives']")
    counts = [int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == [2, failed, errors, 0]
    assert len(suite.findall("testcase")) == 2
    assert len(suite.findall("testcase/failure")) == failed
    assert len(suite.findall("testcase/error")) == errors


@pytest.mark.parametrize("verdict", Verdict)
def test_no_verdict_but_met_passes_a_pipeline(verdict):
    view = samples.met()
    one = view.objectives[0].model_copy(update={"verdict": verdict})
    (case,) = ET.fromstring(junit(view.model_copy(update={"objectives": (one,)}))).findall(
        "testsuite[@name='objectives']/testcase"
    )
    told = {part.tag for part in case} & {"failure", "error", "skipped"}
    expected = {
        Verdict.MET: set(),
        Verdict.MISSED: {"failure"},
        Verdict.NOT_APPLICABLE: {"skipped"},
    }
    assert told == expected.get(verdict, {"error"})


@pytest.mark.parametrize("word_", ["=1+1", "+14.7 s", "@SUM(A1)", "-2", "\t=1"])
def test_no_cell_is_a_formula(word_):
    assert not harmless(word_).startswith(("=", "+", "-", "@", "\t"))
    view = samples.met().model_copy(update={"summary": word_})
    table = list(csv.reader(StringIO(FORMATS["csv"](view).decode(), newline="")))
    assert {len(row) for row in table} == {13}
    words = [cell for row in table[1:] for n, cell in enumerate(row) if n not in {5, 6, 7}]
    assert not [cell for cell in words if cell.startswith(("=", "+", "-", "@"))]


CONTROLS = (
    ControlView(framework="NIST SP 800-53", id="CP-4", title="Contingency plan testing",
                verified=True, state="evidenced", artefacts=()),
    ControlView(framework="ISO/IEC 27001", id="A.5.30", title="ICT readiness", verified=False,
                state="not evidenced", artefacts=()),
)  # fmt: skip


def faultless():
    """Return an exercise in which nothing was found."""
    return samples.met().model_copy(update={"findings": ()})


def planned():
    """Return an exercise with controls, and findings about which people decided."""
    view = view_of(PEOPLE)
    found = FindingView(about="improvement", text="The list\nis old.", id="F-1", severity="high",
                        owner="lead", due="2027-05-01T00:00:00Z", records=(7,))  # fmt: skip
    decided = Action(action="Print it anew.", cause="Nobody owns it.", due="2027-04-01")
    accepted = Action(accepted="by the head, until 2028")
    others = tuple(one.model_copy(update={"id": "F-2"}) for one in view.findings[:1])
    form = Form(findings={"F-1": decided, "F-2": accepted})
    return view.model_copy(
        update={"findings": (found, *others), "form": form, "controls": CONTROLS}
    )


def test_oscal_is_what_the_reference_validator_accepts(tmp_path):
    if not JUDGE.exists():
        pytest.skip("compliance-trestle is not there: .ci/setup test")
    files = [tmp_path / f"{n}.json" for n in range(5)]
    views = samples.missed(), view_of(PEOPLE), planned()
    texts = [*map(oscal, views), *map(poam, views[1:])]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    argv = [JUDGE, TESTS / "report" / "oscal_check.py", *files]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("VALID: ") == len(files)
    broken = json.loads(texts[0])
    broken["assessment-results"]["results"][0]["observations"][0]["uuid"] = "no uuid"
    files[0].write_text(json.dumps(broken))
    assert subprocess.run(argv[:3], capture_output=True, check=False).returncode != 0


def test_what_is_told_twice_has_two_identifiers():
    view = samples.met()
    twice = view.model_copy(update={"faults": view.faults * 2})
    once, seen = (
        json.loads(oscal(one))["assessment-results"]["results"][0]["observations"]
        for one in (view, twice)
    )
    assert len({one["uuid"] for one in seen}) == len(seen) == len(once) + 1


def test_a_plan_of_action_holds_what_people_decided():
    plan = json.loads(poam(planned()))["plan-of-action-and-milestones"]
    item, risk = plan["poam-items"][0], plan["risks"][0]
    said = {prop["name"]: prop["value"] for prop in item["props"]}
    assert (item["title"], item["description"]) == ("The list is old.", "Print it anew.")
    assert (said["severity"], said["owner"], said["records"]) == ("high", "lead", "7")
    assert risk["statement"] == "Nobody owns it."
    assert risk["deadline"] == "2027-04-01T00:00:00+00:00"
    assert risk["remediations"][0]["tasks"][0]["type"] == "milestone"
    assert plan["risks"][1]["status"] == "deviation-approved"


def test_a_plan_without_an_action_is_told():
    with pytest.raises(UsageError, match="nothing was found that asks for an action"):
        poam(faultless())


def test_assessment_results_claim_nothing_about_controls():
    result = json.loads(oscal(planned()))["assessment-results"]["results"][0]
    chosen = result["reviewed-controls"]["control-selections"]
    assert [one["include-controls"][0]["control-id"] for one in chosen] == ["cp-4", "a.5.30"]
    targets = {one["target"]["target-id"] for one in result["findings"]}
    assert targets == {"orders-RTO", "tell", "tell-staff"}  # what never began is no finding


@pytest.mark.parametrize(("text", "made_"), [("", "none"), ("4.1", "_4.1"), ("a b/c", "a-b-c")])
def test_tokens_are_tokens(text, made_):
    assert token(text) == made_


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.PDF", "pdf"),
        ("a.json", "json"),
        ("x.oscal.json", "oscal"),
        ("x.poam.json", "oscal-poam"),
        ("a.htm", "html"),
    ],
)
def test_the_longest_suffix_tells_the_format(name, form):
    assert format_of(Path(name)) == form


def test_all_formats_are_written_and_what_cannot_be_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    told = dict(write_all(faultless(), tmp_path / "new" / "reports"))
    lacks = {path.name: lack for path, lack in told.items() if lack}
    assert set(lacks) == {"report.pdf", "report.poam.json"}
    there = {path.name for path in (tmp_path / "new" / "reports").iterdir()}
    assert there == {one.file for one in FORMATS.values()} - set(lacks)


def test_rows_are_told_once():
    table = list(csv.reader(StringIO(made("csv", "met").decode(), newline="")))
    assert len(rows("csv", "met")) == len(table) - 1
