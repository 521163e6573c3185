"""Text is never code: what people typed is shown as it is, and nothing of it becomes a page's."""

import json
import re
import types
import typing
from html.parser import HTMLParser
from pathlib import Path

import pytest
from console import plain
from console.conftest import HAPPY, Open
from console.test_console import events_in
from console.browser import read_until
from pydantic import BaseModel

from drill.console.seats import seats_of
from drill.console.sight import seen_by
from drill.journal.chain import GENESIS, digest, encode
from drill.journal.reader import read
from drill.measure.timeline import view
from drill.model.names import RoleName
from drill.model.view import View

BODIES = (
    "alert(1)",
    "fetch('/say')",
)
PAYLOADS = tuple(
    shape.replace("BODY", body)
    for body in BODIES
    for shape in (
        "<script>BODY</script>",
        "</script><script>BODY</script>",
        "<ScRiPt src=//evil.example/x.js></sCrIpT>BODY",
        "<img src=x onerror=BODY>",
        "<img src=x onerror='BODY'//",
        "<svg onload=BODY>",
        "<svg><script>BODY</script></svg>",
        "<svg><animate onbegin=BODY attributeName=x></svg>",
        "<math><mtext></mtext><mglyph><style><!--</style><img title='--><img src onerror=BODY>'>",
        "<iframe srcdoc='<script>BODY</script>'>",
        "<iframe src=javascript:BODY>",
        "<a href='javascript:BODY'>x</a>",
        "<body onpageshow=BODY>",
        "<details open ontoggle=BODY>",
        "<input autofocus onfocus=BODY>",
        "<style>@import'//evil.example'</style>BODY",
        "<link rel=stylesheet href=//evil.example>BODY",
        "<base href=//evil.example>BODY",
        "<meta http-equiv=refresh content='0;url=javascript:BODY'>",
        "<form action=//evil.example><button>BODY",
        '"><script>BODY</script>',
        "'><script>BODY</script>",
        '" onmouseover="BODY" x="',
        "' autofocus onfocus='BODY' x='",
        "--><script>BODY</script><!--",
        "]]><script>BODY</script>",
        "</textarea><script>BODY</script>",
        "</title><script>BODY</script>",
        "</template></svg><img src onerror=BODY>",
        "<hx-partial hx-target='body'><b>BODY</b></hx-partial>",
        "<div hx-get='//evil.example' hx-trigger='load'>BODY</div>",
        "{{7*7}}BODY",
        "{% import os %}${7*7}BODY",
        "\n\ndata: <script>BODY</script>\n\n",
        "\r\rid: 9\revent: x\rdata: BODY\r\r",
        "&lt;script&gt;BODY&lt;/script&gt;&#60;",
    )
)
ROLES = seats_of([RoleName("dba")])


class Page(HTMLParser):
    """What a browser makes of a page: its elements with their attributes' names, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self.comments, self.values = [], "", 0, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]

    def handle_comment(self, data):
        self.comments += 1

    def handle_data(self, data):
        self.text += data


def filled(kind, word):
    """Return a value of a type, with a word wherever a text may stand."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return filled(args[0], word)
    if kind is str:
        return word
    if origin in {typing.Union, types.UnionType}:
        return filled(args[0], word)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return full(kind, word)
    return None


def full(model, word, **known):
    """Return a model with a word in every text of it, and in the texts of what it holds."""
    values = {}
    for name, field in model.model_fields.items():
        value = known.get(name, _value(field.annotation, word))
        if value is not None:
            values[name] = value
    return model.model_construct(**values)


def _value(kind, word):
    return filled(kind, word)


def with_texts(value, word):
    """Return a value with a word in every text of it that a scenario, a person or a host wrote."""
    if isinstance(value, BaseModel):
        changed = {
            name: with_texts(getattr(value, name), word)
            for name in type(value).model_fields
            if name not in KEPT
        }
        return value.model_copy(update=changed)
    if type(value) is str:
        return word
    if isinstance(value, tuple):
        return tuple(with_texts(one, word) for one in value)
    if isinstance(value, dict):
        return {key: with_texts(one, word) for key, one in value.items()}
    return value
