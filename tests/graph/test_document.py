"""YAML as drill takes it, and the place of everything it does not take."""

import math

import pytest
import yaml
import yamlcore
from hypothesis import given
from hypothesis import strategies as st

from drill.graph.builder import MAX_ITEMS, MAX_TEXT
from drill.graph.document import MAX_BYTES, MAX_LINE, MAX_LINES, document_of
from drill.graph.scalars import scalar_of
from drill.model.problem import ScenarioProblemsError


def _faults(text: bytes) -> list[str]:
    try:
        found = document_of(text, "x").problems
    except ScenarioProblemsError as error:
        found = error.problems
        assert found, "an exception tells at least one problem"
    return [f"{p.where.line}:{p.where.column} {p.what}" for p in found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"", None),
        (b"# nothing\n", None),
        (b"no", "no"),
        (b"010", 10),
        (b"0o10", 8),
        (b"-0x1F", "-0x1F"),
        (b"1:30", "1:30"),
        (b"2001-01-01", "2001-01-01"),
        (b"'1'", "1"),
        (b"|\n  a\n  b\n", "a\nb\n"),
        (b"{a: , b: ~, c: null}", {"a": None, "b": None, "c": None}),
        (b"{1: a, true: b}", {"1": "a", "true": "b"}),
        (b"- [1, .5, -1e3]\n- {}\n", [[1, 0.5, -1000.0], {}]),
        (b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        (b"%YAML 1.2\n---\na: 1\n...\n", {"a": 1}),
    ],
)
def test_values_are_those_of_the_core_schema(text, value):
    assert document_of(text, "x").value == value
    assert _faults(text) == []


@given(st.one_of(st.text(alphabet="0123456789+-.eExoXaAfFnNiIlLuUtTrRsS~:_", max_size=8)))
def test_scalars_resolve_as_yamlcore_resolves_them(text):
    try:
        ours = scalar_of(text)
    except ValueError:
        ours = None
    theirs = yamlcore.CoreLoader("")
    node = yaml.ScalarNode(theirs.resolve(yaml.ScalarNode, text, (True, False)), text)
    value = theirs.construct_object(node)
    if isinstance(value, float) and not math.isfinite(value):
        assert ours is None
    else:
        assert (type(ours), ours) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (b"\xff", ["1:1 byte 0xff is not UTF-8"]),
        (b"\xef\xbb\xbfa: \xc3\xa4\nb: \xc3", ["2:4 byte 0xc3 is not UTF-8"]),
        (b"a: \x1b[1m", ["1:4 character U+001B does not print"]),
        (
            b"a: 1\x0b\x0c\nb: \x00",
            [
                "1:5 character U+000B does not print",
                "1:6 character U+000C does not print",
                "2:4 character U+0000 does not print",
            ],
        ),
        (b"a: \xef\xbb\xbf", ["1:4 character U+FEFF does not print"]),
        (b'a: "\\0"', ["1:4 character U+0000 does not print"]),
        (b'"\\e": 1', ["1:1 character U+001B does not print"]),
        (b"a: 1e999", ["1:4 1e999 is not a finite number"]),
        (b"a: -.inf", ["1:4 -.inf is not a finite number"]),
        (b"a: .nan", ["1:4 .nan is not a finite number"]),
        (b"a: " + b"9" * 5000, ["1:4 " + "9" * 40 + " is not a finite number"]),
        (b"a: 0x" + b"f" * 5000, ["1:4 0x" + "f" * 38 + " is not a finite number"]),
        (
            "a: b\u200bc\u202ed".encode(),
            ["1:5 character U+200B is not seen", "1:7 character U+202E is not seen"],
        ),
        (b'a: "\\u2066"', ["1:4 character U+2066 is not seen"]),
        (b"- *a\n" * 500, [f"{n}:3 alias *a" for n in range(1, 101)]),
        (b"[" * 65 + b"]" * 65, []),
        (b"[" * 66 + b"]" * 66, ["1:66 deeper than 64 levels"]),
        (b"&a [*b, !c d]", ["1:1 anchor &a", "1:5 alias *b", "1:9 tag !c"]),
        (b"a: ! b", ["1:4 tag !"]),
        (b"&k a: 1", ["1:1 anchor &k"]),
        (b"*k : 1", ["1:1 a key that is not plain text", "1:1 alias *k"]),
        (b"{<<: {a: 1}, '<<': 2}", ["1:2 merge key <<"]),
        (b"a: 1\na: 2\n'a': 3", ["2:1 `a` stands here twice", "3:1 `a` stands here twice"]),
        (b"a\n---\nb\n---\nc", ["2:1 a second document"]),
        (b"'a", ["1:3 not YAML: found unexpected end of stream"]),
        (b"a: @b", ["1:4 not YAML: found character that cannot start any token"]),
        (b"a: &x b\nc: [", ["1:4 anchor &x", "2:5 not YAML: did not find expected node content"]),
    ],
)
def test_what_is_not_taken_is_told_at_its_place(text, faults):
    assert _faults(text) == faults


def test_a_file_too_large_is_not_even_parsed():
    assert _faults(b"[" * (MAX_BYTES + 1)) == ["1:1 the file is larger than 8 MiB"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"\n" * (MAX_LINES + 1), f"{MAX_LINES + 1}:1 the file has more than {MAX_LINES} lines"),
        (b"a: 1\n" + b"b" * (MAX_LINE + 1), f"2:{MAX_LINE + 1} the line is longer than"),
        (b"a: >\n" + b" b\n" * MAX_TEXT, "1:4 a text of more than"),
        (b"a:\n" + b"- b\n" * (MAX_ITEMS + 1), "2:1 more than"),
        (b"".join(b"k%d: b\n" % i for i in range(MAX_ITEMS + 1)), "1:1 more than"),
    ],
)
def test_what_is_too_much_ends_the_reading_at_its_place(text, fault):
    (found,) = _faults(text)
    assert found.startswith(fault)


def test_a_file_of_too_many_values_is_not_read_on(monkeypatch):
    monkeypatch.setattr("drill.graph.builder.MAX_VALUES", 3)
    assert _faults(b"[[a], [b]]") == ["1:7 more than 3 values"]


def test_places_are_nearest_to_what_was_asked_for():
    source = document_of(b"a:\n  - {b: cd}\n  - e\n", "x").source

    def at(*loc):
        place = source.at(*loc)
        return place.line, place.column, place.width

    def key(*loc):
        place = source.key(*loc)
        return place.line, place.column, place.width

    assert at() == (1, 1, 1)
    assert at("a") == (1, 1, 1)
    assert at("a", 0) == (2, 5, 1)
    assert at("a", 0, "b") == (2, 9, 2)
    assert at("a", 0, "Tag", "b", "deeper") == (2, 9, 2)
    assert at("a", 1) == (3, 5, 1)
    assert at("a", 7) == (1, 1, 1)
    assert key("a", 0, "b") == (2, 6, 1)
    assert key("a", 1) == (3, 5, 1)
    assert key("nowhere") == (1, 1, 1)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_document_or_problems(text):
    _faults(text)


_INDICATORS = "[]{},1'\"\\\té\u2028\x85"
_PIECES = st.sampled_from(
    (*_INDICATORS, "a", ": ", "- ", "\n", "  ", "&x ", "*x", "!t ", ">\n", "? ", "---\n", "...\n")
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_anything_like_yaml_is_a_document_or_problems_inside_the_file(text):
    lines = text.count("\n") + text.count("\x85") + text.count("\u2028") + 1
    assert all(1 <= int(fault.partition(":")[0]) <= lines for fault in _faults(text.encode()))
