"""What each format says, read back by means that are not drill's."""

import csv
import json
import re
from functools import cache
from html.parser import HTMLParser
from io import BytesIO, StringIO
from xml.etree import ElementTree as ET

import docx
import pypdf
from report import rooms, samples

from drill.report.files import FORMATS

PEOPLE = "people"
FATES = ("met", "missed", PEOPLE)
PROSE = ("html", "markdown", "pdf", "docx")
ROWS = ("csv", "junit", "oscal", "oscal-poam")


@cache
def view_of(fate):
    """Return an exercise; the one with people has findings."""
    return rooms.told() if fate == PEOPLE else getattr(samples, fate)()


@cache
def made(form, fate):
    """Return the bytes of a format, made once."""
    return FORMATS[form](view_of(fate))


def squeezed(text):
    return " ".join(text.split())


class _Words(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.words = []
        self.feed(text)

    def handle_data(self, data):
        self.words.append(data)


def _docx_words(document):
    body = document.element.body
    breaks = {"br", "p", "tc"}
    return "".join(
        (one.text or "") if one.tag.endswith("}t") else " "
        for one in body.iter()
        if one.tag.endswith("}t") or one.tag.rsplit("}")[-1] in breaks
    )


def prose(form, fate):
    """Return the words of a format that people read."""
    content = made(form, fate)
    match form:
        case "pdf":
            words = " ".join(
                page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages
            )
        case "docx":
            words = _docx_words(docx.Document(BytesIO(content)))
        case "html":
            words = " ".join(_Words(content.decode()).words)
        case _:
            words = re.sub(r"\\(?=\W)", "", content.decode())
    return squeezed(words)


def rows(form, fate):
    """Return kind and name of each figure, with its words, verdict and grade."""
    return set({"csv": _csv, "junit": _junit}.get(form, _oscal)(made(form, fate).decode()))


def _csv(text):
    for row in csv.DictReader(StringIO(text, newline="")):
        name = f"{row['service']} {row['measure']}".strip()
        yield row["kind"], name, row["text"].removeprefix("'"), row["verdict"], row["grade"]


def _junit(text):
    kinds = {"objectives": "objective", "time limits": "time limit"}
    for suite in ET.fromstring(text).iter("testsuite"):
        for case in suite.iter("testcase"):
            said = {one.get("name"): one.get("value") for one in case.iter("property")}
            head = kinds[suite.get("name")], case.get("name")
            yield *head, said["measured"], said["verdict"], said.get("grade", "")
        for one in suite.findall("properties/property"):
            kind, _, name = one.get("name").partition(": ")
            yield kind, name, one.get("value"), "", ""


def _oscal(text):
    (document,) = json.loads(text).values()
    for one in document.get("results", [document])[0]["observations"]:
        said = {prop["name"]: prop["value"] for prop in one["props"]}
        name = squeezed(f"{said.get('service', '')} {said['measure']}")
        yield said["kind"], name, one["description"], said.get("verdict", ""), said.get("grade", "")
