"""Text is never code, from whoever types it to every page: sixty payloads, all at once everywhere.

The pages' own tests look at each text of a view alone (``test_pages.py``); here what people send
takes the whole way: through the door and the forms, the journal, the pages and the stream.
"""

from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import pytest
from console import plain
from console.browser import read_until
from console.conftest import HAPPY, ROLES, FakeDesk, Open
from console.events import events_in
from hostile.payloads import MARKUP, SHELL, TEMPLATES

from drill.console import pages
from drill.console.admission import name_of
from drill.console.app import Address, serving
from drill.errors import UsageError
from drill.journal.file import FileJournal
from drill.journal.reader import read
from drill.model.events import ExerciseOpened
from drill.report.inert import inert

BREAKOUTS = {
    "script-mixed": "<ScRiPt src=//drill.invalid/x.js></sCrIpT>",
    "script-closed": "</script><script>alert(1)</script>",
    "image-open": "<img src=x onerror='alert(1)'//",
    "svg-script": "<svg><script>alert(1)</script></svg>",
    "svg-animate": "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "math": "<math><mtext></mtext><mglyph><style><!--</style><img title='--><img src onerror=x>'>",
    "frame-document": "<iframe srcdoc='<script>alert(1)</script>'>",
    "frame-link": "<iframe src=javascript:alert(1)>",
    "link": "<a href='javascript:alert(1)'>x</a>",
    "body": "<body onpageshow=alert(1)>",
    "details": "<details open ontoggle=alert(1)>",
    "focus": "<input autofocus onfocus=alert(1)>",
    "import": "<style>@import'//drill.invalid'</style>",
    "base": "<base href=//drill.invalid>",
    "refresh": "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "form": "<form action=//drill.invalid><button>x",
    "single-quote-out": "' autofocus onfocus='alert(1)' x='",
    "textarea-out": "</textarea><script>alert(1)</script>",
    "title-out": "</title><script>alert(1)</script>",
    "template-out": "</template></svg><img src onerror=alert(1)>",
    "partial": "<hx-partial hx-target='body'><b>x</b></hx-partial>",
    "htmx": "<div hx-get='//drill.invalid' hx-trigger='load'>x</div>",
    "event": "a\n\ndata: <script>alert(1)</script>\n\n",
    "event-carriage": "a\r\rid: 9\revent: x\rdata: x\r\r",
}
PAYLOADS = {**BREAKOUTS, **MARKUP, **TEMPLATES, **dict(list(SHELL.items())[:8])}
SETS = {"plain": plain, "pages": pages}


class Page(HTMLParser):
    """What a browser makes of a page: elements, their attributes' names, and all that is text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.values, self.text = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, *sorted(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]

    def handle_comment(self, data):
        self.elements.append(("!--", data))

    def handle_data(self, data):
        self.text += data


def flat(text):
    """Return a text as it is compared: white space is a page's own business."""
    return " ".join(inert(text).split())


def test_there_are_sixty(record_property):
    assert len(set(PAYLOADS.values())) >= 60
    record_property("P24", f"{len(PAYLOADS)} payloads through every text of the console")


@pytest.fixture(scope="module", params=SETS)
def shared(request, tmp_path_factory):
    place, desk = tmp_path_factory.mktemp("console"), FakeDesk()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRILL_STATE", str(place / "state"))
        journal = place / "journal.jsonl"
        journal.write_bytes(HAPPY.read_bytes())
        with serving(journal, desk, ROLES, SETS[request.param], Address(port=0)) as served:
            yield Open(served.links, served.port, desk)


def same(one, other):
    return Page(one).elements == Page(other).elements


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_name_is_shown_as_it_was_typed_and_acts_nowhere(shared, name):
    payload = PAYLOADS[name]
    link = urlsplit(shared.links["database-team"]).path
    status, _, text = shared.nobody().ask("POST", link, urlencode({"person": payload * 9}))
    long = shared.nobody().ask("POST", link, urlencode({"person": "x" * 99}))[2]
    assert status in {303, 422}
    assert status == 303 or same(text, long)
    try:
        person = name_of(payload)
    except UsageError:
        return
    ann = shared.seat("database-team", payload)
    bob = shared.seat("database-team", "x")
    assert flat(person) in flat(Page(ann.get("/")[2]).text)
    assert same(ann.get("/")[2], bob.get("/")[2])


FIELDS = {
    "text": {"says": "noted"},
    "why": {"says": "held"},
    "choice": {"says": "decided", "step": "declare"},
    "takes": {"says": "claimed", "step": "promote-db2"},
    "says": {},
}
NAMED = frozenset({"says"})
"""What no person types, and so is not handed back."""


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("partly", ["true", "false"])
def test_what_was_said_is_heard_as_it_was_typed_and_handed_back_inert(shared, field, partly):
    ann, form = shared.seat("database-team"), FIELDS[field]
    shared.desk.refuses = "refused"
    benign = ann.post("/say", {**form, field: "benign"}, HX_Request=partly)[2]
    for payload in PAYLOADS.values():
        shared.desk.heard.clear()
        shared.desk.refuses = payload
        text = ann.post("/say", {**form, field: payload}, HX_Request=partly)[2]
        assert all(getattr(saying, field) == payload for *_, saying in shared.desk.heard)
        assert bool(shared.desk.heard) == (field not in {"says", "takes"})
        assert same(text, benign)
        handed = partly == "false" and field not in NAMED
        assert not (handed or shared.desk.heard) or flat(payload) in flat(Page(text).text)


def test_another_field_is_named_as_it_was_sent(shared):
    ann = shared.seat("database-team")
    for payload in PAYLOADS.values():
        text = ann.post("/say", {"says": "noted", "text": "x", payload: "y"})[2]
        assert flat(payload) in flat(Page(text).text)
        assert same(text, ann.post("/say", {"says": "noted", "text": "x", "z": "y"})[2])


def planted(where, payload):
    """Write the journal of an exercise whose author put a payload wherever a text may stand."""
    records = read(HAPPY)[0]
    with FileJournal(where) as journal:
        for record in records:
            event = record.event
            if isinstance(event, ExerciseOpened):
                event = event.model_copy(update={"scenario": _written(event.scenario, payload)})
            journal.append(event, record.at)
        journal.sync()


def _written(scenario, payload):
    steps = {
        id_: step.model_copy(
            update={
                name: payload
                for name in ("story", "message", "task", "decide", "expected")
                if isinstance(getattr(step, name, None), str)
            }
        )
        for id_, step in scenario.steps.items()
    }
    return scenario.model_copy(update={"title": payload, "purpose": payload, "steps": steps})


def test_what_the_journal_holds_is_shown_as_it_is_by_page_and_stream(tmp_path, monkeypatch):
    monkeypatch.setenv("DRILL_STATE", str(tmp_path / "state"))
    shown = []
    for word in (" | ".join(PAYLOADS.values()), "benign"):
        where, desk = tmp_path / str(len(shown)) / "journal.jsonl", FakeDesk()
        planted(where, word)
        with serving(where, desk, ROLES, pages, Address(port=0)) as served:
            eve = Open(served.links, served.port, desk).seat("facilitator")
            with eve.stream() as link:
                [(_, data), *_] = events_in(read_until(link, b"\r\n\r\n\r\n"))
            shown.append((eve.get("/")[2], data))
    (page, event), (benign, calm) = shown
    assert same(page, benign)
    assert same(event, calm)
    text, streamed = flat(Page(page).text), flat(Page(event).text)
    for name, payload in PAYLOADS.items():
        assert flat(payload) in text, name
        assert flat(payload) in streamed, name
