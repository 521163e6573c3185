"""Secrets told by every way in: no byte that the exercise leaves or shows gives one away."""

import io
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from hostile.guises import FORMS, Watched, leaks
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from drill.cli.hush import hushed
from drill.cli.shelf import view_of
from drill.console.pages import page
from drill.console.seats import Seat
from drill.crews.secrets import Secrets
from drill.errors import ScenarioError
from drill.report.files import FORMATS
from drill.report.plain import plain
from drill.testing.sshd import LocalSshd

PROGRAM = Path(__file__).with_name("canaries.py")
TEXT = "c4n@ry'S \"sécret\\/%&<+=9"
PASSWORDS = {"text": TEXT, "dsn": "dsn-c4nary/é", "url": "url-c4nary-77"}
GIVEN = {
    "dsn": "host=127.0.0.1 port=9 user=orders password='dsn-c4nary/é'\n",
    "url": "redis://:url-c4nary-77@127.0.0.1:9/0\n",
}
TWELVE = (
    *("raw", "base64", "base64-url", "base64-inside-one", "url", "url-lower"),
    *("json", "json-in-json", "shell", "hex", "python", "html"),
)
SAID = (
    *("ssh.command", "exec", "ansible.playbook", "acknowledged", "noted", "decided"),
    *("person", "abort", "log", "thread", "bug"),
)


def unpacked(form, made):
    """Return what a reader of it sees: two formats are packed."""
    if form == "pdf":
        pages = PdfReader(io.BytesIO(made)).pages
        return "\n".join(page.extract_text() for page in pages).encode()
    if form == "docx":
        with zipfile.ZipFile(io.BytesIO(made)) as packed:
            return b"\n".join(packed.read(name) for name in packed.namelist())
    return made


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """Return all that a conduct left and showed, by where it is."""
    place = tmp_path_factory.mktemp("canaries")
    for name, value in GIVEN.items():
        (place / name).write_text(value)
    (place / "sshd").mkdir()
    env = {
        **os.environ,
        "CANARY": TEXT,
        "DRILL_STATE": str(place / "state"),
        "PYTHONPATH": os.pathsep.join(map(str, (PROGRAM.parents[2], PROGRAM.parents[1]))),
    }
    with LocalSshd(place / "sshd") as server, Watched() as watched:
        argv = [sys.executable, str(PROGRAM), str(place), str(server.port)]
        ended = subprocess.run(argv, env=env, capture_output=True, timeout=300, check=False)
        log = (place / "sshd" / "log").read_bytes()
    assert ended.returncode == 1, ended.stderr
    run = place / "runs" / "one"
    view = view_of(run / "journal.jsonl")
    seats = [Seat("facilitator", "facilitator"), Seat("participant", "boss", "ann")]
    found = {
        **{path.name: path.read_bytes() for path in run.rglob("*") if path.is_file()},
        **{f"as {name}": unpacked(name, form(view)) for name, form in FORMATS.items()},
        **{f"console of {seat.kind}": page(seat, view, "csrf").encode() for seat in seats},
        "summary": plain(view).encode(),
        "standard output": ended.stdout,
        "standard error": ended.stderr,
        "the log of sshd": log,
        "command lines": b"\n".join(watched.seen),
        "environments": b"\n".join(
            lent for line, lent in watched.lent if str(PROGRAM).encode() not in line
        ),
    }
    return view, {name: text.decode(errors="replace") for name, text in found.items()}


@pytest.mark.parametrize("name", PASSWORDS)
def test_no_byte_of_a_whole_exercise_gives_a_secret_away(left, name, record_property):
    _, found = left

    gives = [
        (where, form, secret)
        for where, text in found.items()
        for form in TWELVE
        if FORMS[form](secret := PASSWORDS[name]) in text
    ]
    pieces = [(where, leaks(text, PASSWORDS[name])) for where, text in found.items()]

    assert gives == []
    assert [each for each in pieces if each[1]] == []
    if name == "text":
        count = len(PASSWORDS) * len(TWELVE) * len(found)
        record_property(
            "P26",
            f"{len(PASSWORDS)} canaries in {len(TWELVE)} encodings by {len(SAID)} ways in: "
            f"none in {len(found)} kinds of what is produced, {count} looks",
        )


def test_what_was_told_was_told_and_named(left):
    view, found = left
    steps = {step.id: step for step in view.steps}

    assert {steps[name].phase for name in ("long", "done")} == {"done"}
    assert {steps[name].phase for name in ("echo", "failed", "play")} == {"failed"}
    assert "[secret:text]" in found["journal.jsonl"]
    assert found["journal.jsonl"].count("[secret:") > 2 * len(FORMS)
    assert view.aborted == "eve: [secret:text]"
    assert "it is [secret:text]" in found["as html"]
    assert "[secret:text]" in found["console of facilitator"]
    assert "'[secret:text]' is none of yes, no" in found["standard output"]
    for told in ("it was told [secret:text]", "a thread fell over", "a bug that was told"):
        assert told in found["standard error"]
    for program in ("ansible", "/tell", "sshd"):
        assert program in found["command lines"]
    assert "DRILL_MARK" in found["environments"] or "ANSIBLE_CONFIG" in found["environments"]


SECRET = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=6, max_size=40
)
AROUND = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


def holds(secret, form, before, after):
    """Assert that a secret in some guise is nowhere in what is left of a text."""
    assume(secret not in "[secret:s]")
    guise = FORMS[form](secret)

    left = Secrets({"s": secret}).mask(before + guise + after)

    assert guise not in left
    assert secret not in left
    assert "[secret:s]" in left


@settings(max_examples=400, deadline=None)
@given(SECRET, st.sampled_from(TWELVE), AROUND, AROUND)
def test_no_secret_stays_in_any_text_in_any_guise(secret, form, before, after):
    holds(secret, form, before, after)


@pytest.mark.nightly
@settings(max_examples=50_000, deadline=None)
@given(SECRET, st.sampled_from(TWELVE), AROUND, AROUND)
def test_no_secret_stays_in_any_of_many_texts(secret, form, before, after):
    holds(secret, form, before, after)


def test_an_error_that_ends_a_command_is_masked_too(capsys):
    secrets = Secrets({"text": TEXT})
    with pytest.raises(ScenarioError) as ended, hushed(secrets.mask):
        raise ScenarioError(f"nobody knows {TEXT}")
    assert str(ended.value) == "nobody knows [secret:text]"

    with pytest.raises(SystemExit) as ended, hushed(secrets.mask):
        raise ValueError(TEXT)
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told.endswith("ValueError: [secret:text]\n")


def test_the_stream_is_as_it_was_in_all_else(capsys):
    before = sys.stderr, threading.excepthook
    with hushed(Secrets({"text": TEXT}).mask):
        assert sys.stderr.write("abc") == 3
        sys.stderr.flush()
        assert sys.stderr.encoding
    assert (sys.stderr, threading.excepthook) == before
    assert capsys.readouterr().err == "abc"
