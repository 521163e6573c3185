"""What hosts and programs say: bounded, marked where it was cut, and obeyed by nobody."""

import json
import re
import resource
import threading
from html.parser import HTMLParser
from pathlib import Path
from time import monotonic

import pytest
from hostile.payloads import MARKUP, TEMPLATES, TERMINAL
from report.samples import met
from rich.console import Console

from drill.actions.executable import Executable, ExecutableParams
from drill.cli.frame import frame
from drill.cli.screen import Lines, line_of
from drill.errors import StoppedError
from drill.hosts.local import LocalRemote
from drill.hosts.output import LIMIT, Kept
from drill.hosts.ssh import SshRemote
from drill.model.events import Progressed, Record
from drill.model.outcome import Indeterminate
from drill.model.targets import Target
from drill.model.time import Stamp
from drill.ports import Access
from drill.report.files import FORMATS
from drill.report.html import html
from drill.report.inert import inert
from drill.report.markdown import markdown
from drill.report.plain import plain
from drill.testing.cancels import HandCancel
from drill.testing.sshd import LocalSshd

ROOM = 48 << 20
"""Bytes that taking in a stream of any length may need, libraries included."""


@pytest.fixture(scope="module", params=["here", "ssh"])
def remote(request, tmp_path_factory):
    if request.param == "here":
        yield LocalRemote()
        return
    with LocalSshd(tmp_path_factory.mktemp("sshd")) as server:
        remote = SshRemote(server.login)
        yield remote
        remote.close()


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Peak:
    """The most memory this process had while it was watched."""

    def __enter__(self):
        self.bytes = self._before = resident()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self):
        while not self._stop.wait(0.02):
            self.bytes = max(self.bytes, resident())

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self.bytes -= self._before


STREAMS = {
    "zeroes": "head -c {size} /dev/zero",
    "lines": "yes | head -c {size}",
    "one-line": "yes | tr -d '\\n' | head -c {size}",
    "not-utf-8": "yes \\377\\376 | head -c {size}",
    "escapes": "yes \x1b[2J | head -c {size}",
    "both": "yes | head -c {size} | tee /dev/stderr",
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_hundred_megabytes_are_taken_in_and_a_mebibyte_is_kept(remote, name):
    size = 100_000_000 if isinstance(remote, LocalRemote) else 12_000_000
    with Peak() as peak:
        completed = remote.run(["sh", "-c", STREAMS[name].format(size=size)], HandCancel(60))

    mark = f"\n[{size - LIMIT} bytes more were not kept]"
    assert completed.out.endswith(mark)
    assert len(completed.out) <= LIMIT + len(mark)
    assert peak.bytes < ROOM


def test_a_gigabyte_leaves_no_more_than_a_mebibyte():
    kept, piece = Kept(), b"x" * (1 << 16)
    with Peak() as peak:
        for _ in range(1 << 14):
            kept.add(piece)

    assert len(kept.raw()) == LIMIT
    assert kept.dropped == (1 << 30) - LIMIT
    assert peak.bytes < 4 * LIMIT


@pytest.mark.parametrize("stream", ["yes", "yes >&2", "cat /dev/zero", "cat /dev/urandom >&2"])
def test_what_never_ends_is_ended_at_its_time(remote, stream):
    began = monotonic()
    with Peak() as peak, pytest.raises(StoppedError):
        remote.run(["sh", "-c", stream], HandCancel(0.7))

    assert monotonic() - began < 8
    assert peak.bytes < ROOM


# Programs that speak the protocol

HELLO = '{"protocol": 1}\\n'
DONE = '{"outcome": {"kind": "done"}}\\n'
BROKEN = {
    "key-twice": '{"outcome": {"kind": "failed", "error": "x"}, "outcome": {"kind": "done"}}\\n',
    "key-twice-inside": '{"outcome": {"kind": "failed", "kind": "done"}}\\n',
    "key-twice-by-escape": '{"outcome": {"kind": "failed", "\\\\u006bind": "done"}}\\n',
    "not-a-number": '{"progress": {"what": "x", "outcome": "ok", "seconds": NaN}}\\n',
    "infinity": '{"progress": {"what": "x", "outcome": "ok", "seconds": 1e999}}\\n',
    "minus-infinity": '{"progress": {"what": "x", "outcome": "ok", "seconds": -Infinity}}\\n',
    "deep": "[" * 50_000 + "\\n",
    "deep-objects": '{"a":' * 10_000 + "\\n",
    "long-number": '{"protocol": ' + "1" * 10_000 + "}\\n",
    "unknown-key": '{"protocol": 1, "run": "id"}\\n',
    "other-version": '{"protocol": 2}\\n',
    "array": "[1]\\n",
    "empty-line": "\\n",
    "not-utf-8": "\\377\\n",
    "nul": "\\0\\n",
    "utf-16": "{\\0}\\0\\n",
    "html": "<script>\\n",
    "two-on-a-line": '{"protocol": 1}{"protocol": 1}\\n',
}


def conducted(tmp_path, script, seconds=30.0):
    (tmp_path / "program").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "program").chmod(0o700)
    access = Access(Target(name="db1", site="a", address="192.0.2.1"), base=tmp_path)
    heard = []
    params = ExecutableParams(program="program")
    return Executable().apply(access, params, HandCancel(seconds), heard.append), heard


@pytest.mark.parametrize("name", BROKEN)
def test_a_program_that_breaks_the_protocol_is_not_believed(tmp_path, name):
    (tmp_path / "said").write_bytes(
        (HELLO + BROKEN[name] + DONE).encode().decode("unicode_escape").encode("latin-1")
    )

    outcome, _ = conducted(tmp_path, "cat said")

    assert isinstance(outcome, Indeterminate)
    assert "not of the protocol" in outcome.error
    assert len(outcome.error) < 1000


@pytest.mark.parametrize(
    "stream", ["yes", "cat /dev/zero", "yes '{}' ", "yes >&2", "yes | tr -d '\\n'"]
)
def test_a_program_that_never_ends_fills_no_memory(tmp_path, stream):
    with Peak() as peak:
        outcome, heard = conducted(tmp_path, f'exec sh -c "{stream}"', seconds=1.0)

    assert isinstance(outcome, Indeterminate)
    assert "stopped" in outcome.error
    assert heard == []
    assert peak.bytes < ROOM


# Where people see it


class Nodes(HTMLParser):
    """The elements and attributes that a browser would make."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.words = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


def squeezed(text):
    return " ".join(text.split())


ALIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)
SAID = {**TEMPLATES, **MARKUP, **TERMINAL}


def poisoned(word):
    """A finished exercise in which everything that hosts and people said is one payload."""
    view = met()
    step = view.steps[0]
    beat = step.progress[0] if step.progress else None
    changes = {"uses": word, "note": word, "error": word, "evidence": word, "by": word}
    changes = {key: value for key, value in changes.items() if hasattr(step, key)}
    if beat is not None:
        changes["progress"] = (beat.model_copy(update={"what": word, "note": word}),)
    steps = (step.model_copy(update=changes), *view.steps[1:])
    log = tuple(line.model_copy(update={"text": word}) for line in view.log)
    more = {"title": word, "summary": word, "aborted": word, "environment": {word: word}}
    return view.model_copy(update={**more, "steps": steps, "log": log})


@pytest.mark.parametrize("name", SAID)
def test_a_report_shows_words_and_obeys_none(name):
    word = SAID[name]
    view = poisoned(word)
    page = html(view)
    nodes, clean = Nodes(page), Nodes(html(met()))

    assert nodes.tags <= clean.tags | {"details", "summary", "pre"}
    assert not [key for key, _ in nodes.attributes if key.startswith("on")]
    assert not [v for k, v in nodes.attributes if k in {"href", "src"} and not v.startswith("#")]
    assert squeezed(inert(word)) in squeezed(" ".join(nodes.words))
    for form in FORMATS.values():
        if not form.binary and form.module != "poam":
            assert ALIVE.search(re.sub(r"\r?\n", "", form(view).decode())) is None
    assert json.loads(FORMATS["json"](view))["title"] == word


@pytest.mark.parametrize("name", SAID)
def test_a_terminal_shows_words_and_obeys_none(name, tmp_path):
    word = SAID[name]
    at = Stamp(wall="2026-01-01T00:00:00Z", boot_ns=0, boot="b")
    event = Progressed(step="a", ticket=1, what=word, outcome="ok", note=word)
    record = Record(seq=0, prev="", at=at, event=event)
    view = poisoned(word)
    console = Console(width=120, color_system=None, file=(tmp_path / "out").open("w"))
    for line in frame(view, 120, 60):
        console.print(line)
    console.file.close()
    with (tmp_path / "lines").open("w") as file:
        Lines(file, as_json=True).tell(record)

    shown = [(tmp_path / "out").read_text(), (tmp_path / "lines").read_text(), plain(view)]
    for text in (*shown, line_of(record)):
        assert ALIVE.search(text.replace("\n", "")) is None
    assert line_of(record).count("\n") == 0
    assert json.loads(shown[1])["event"]["note"] == word


@pytest.mark.parametrize(
    "name", [name for name in MARKUP if name.startswith(("formula", "markdown"))]
)
def test_markdown_shows_words_and_makes_nothing_of_them(name):
    fenced = re.compile(r"^(`{3,}).*?^\1$", re.DOTALL | re.MULTILINE)
    plain_page, page = (fenced.sub("", markdown(v)) for v in (met(), poisoned(MARKUP[name])))

    assert "](http" not in page.replace("\\]", "")
    assert page.count("\n## ") == plain_page.count("\n## ")
    assert not [line for line in page.splitlines() if line.startswith(("=", "@SUM"))]
