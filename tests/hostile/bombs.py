"""Files that want more than they are worth, by name: each is small trouble to write.

A bomb is a function, so that importing this costs nothing.
"""

from collections.abc import Callable, Mapping

MIB = 1 << 20
HEAD = b"drill: 1\nid: x\ntitle: x\ntargets: t.yaml\n"
STEP = b"steps: {a: {task: x, by: y, timeout: 1m}}\n"


def _laughs(levels: int, width: int) -> bytes:
    lines = ["a0: &a0 [x]"]
    lines += [
        f"a{level}: &a{level} [" + ",".join([f"*a{level - 1}"] * width) + "]"
        for level in range(1, levels)
    ]
    return "\n".join(lines).encode()


def _many(count: int, line: str) -> bytes:
    return "".join(line.format(i=i) for i in range(count)).encode()


def _steps(count: int, step: str) -> bytes:
    return HEAD + b"steps:\n" + _many(count, "  s{i}: " + step + "\n")


BOMBS: Mapping[str, Callable[[], bytes]] = {
    # aliases, anchors, merge keys, tags
    "billion-laughs": lambda: _laughs(9, 9),
    "wide-laughs": lambda: _laughs(3, 3000),
    "quadratic-blow-up": lambda: b"a: &a " + b"x" * 100_000 + b"\nb: [" + b"*a," * 30_000 + b"]",
    "self-alias": lambda: b"a: &a [*a, *a]",
    "hundred-thousand-anchors": lambda: _many(100_000, "k{i}: &a{i} x\n"),
    "anchor-of-100-kB": lambda: b"a: &" + b"a" * 100_000 + b" x",
    "hundred-thousand-aliases": lambda: b"a: &a x\nb:\n" + b"- *a\n" * 100_000,
    "merge-keys": lambda: _many(100_000, "m{i}: {{<<: {{a: 1}}}}\n"),
    "merge-of-an-alias": lambda: b"a: &a {b: 1}\nc: {<<: *a}\n",
    "merge-list": lambda: b"a: {<<: [{a: 1}, {b: 2}]}\n",
    "python-object-tags": lambda: b"- !!python/object/apply:os.system [id]\n" * 50_000,
    "python-name-tag": lambda: b"title: !!python/name:os.system ''\n",
    "local-tag": lambda: b"title: !include /etc/passwd\n",
    "binary-tag": lambda: b"title: !!binary aGk=\n",
    "verbatim-tag": lambda: b"title: !<tag:yaml.org,2002:python/none> x\n",
    "hundred-thousand-tag-directives": lambda: b"%TAG !a! x\n" * 100_000,
    # depth
    "flow-lists-5000-deep": lambda: b"[" * 5000 + b"]" * 5000,
    "flow-mappings-5000-deep": lambda: b"{a: " * 5000 + b"x" + b"}" * 5000,
    "block-mappings-2500-deep": lambda: b"".join(b" " * i + b"a:\n" for i in range(2500)),
    "block-lists-5000-deep": lambda: b"- " * 5000 + b"x",
    "questions-5000-deep": lambda: b"? " * 5000,
    "flow-lists-half-a-million-deep": lambda: b"[" * 100_000 + b"\n" + b"[" * 100_000,
    # duplicates
    "target-twice": lambda: HEAD + STEP + b"targets: production.yaml\n",
    "half-a-million-duplicates": lambda: b"a: 1\n" * 490_000,
    "duplicate-of-another-spelling": lambda: b"{a: 1, 'a': 2, \"\\x61\": 3}",
    # numbers
    "not-a-number": lambda: b"- .nan\n- .NaN\n",
    "infinity": lambda: b"{a: .inf, b: -.INF, c: 1e9999}",
    "hundred-thousand-nans": lambda: b"- .nan\n" * 100_000,
    "number-of-100-kB": lambda: b"drill: " + b"9" * 100_000,
    "many-numbers-of-5-kB": lambda: (b"- " + b"9" * 5000 + b"\n") * 1500,
    "hexadecimal-of-100-kB": lambda: b"drill: 0x" + b"f" * 100_000,
    "exponent-of-100-kB": lambda: b"drill: 1e" + b"9" * 100_000,
    "duration-of-a-million-parts": lambda: (
        HEAD + b'steps: {a: {task: x, by: y, timeout: "' + b"1m" * 60_000 + b'x"}}'
    ),
    "duration-of-100000-digits": lambda: (
        HEAD + b'steps: {a: {task: x, by: y, timeout: "' + b"9" * 100_000 + b's"}}'
    ),
    "name-of-100-kB": lambda: HEAD + b"roles: {" + b"a-" * 500 + b": {}}\n" + STEP,
    # encodings
    "utf-16": lambda: (HEAD + STEP).decode().encode("utf-16"),
    "utf-16-le-without-mark": lambda: (HEAD + STEP).decode().encode("utf-16-le"),
    "utf-16-be-of-8-MB": lambda: ("a: 1\n" * 800_000).encode("utf-16-be"),
    "utf-32": lambda: (HEAD + STEP).decode().encode("utf-32"),
    "utf-7-mark": lambda: b"+/v8-drill: 1\n",
    "latin-1": lambda: "title: caf\xe9\n".encode("latin-1"),
    "surrogate": lambda: b"title: \xed\xa0\x80\n",
    "overlong-slash": lambda: b"plan: \xc0\xaf\n",
    "bad-byte-after-7-MB": lambda: b"# x\n" * 450_000 + b"\xff",
    "seven-MB-of-bad-bytes": lambda: b"\xff" * (7 * MIB),
    "second-byte-order-mark": lambda: b"\xef\xbb\xbf\xef\xbb\xbfdrill: 1\n",
    "nul": lambda: HEAD + b"purpose: a\0b\n",
    "nul-escaped": lambda: HEAD + b'purpose: "a\\0b"\n' + STEP,
    "seven-MB-of-nul": lambda: b"\0" * (7 * MIB),
    "escape-sequence": lambda: HEAD + b"purpose: a\x1b]0;owned\x07\n",
    "c1-control": lambda: HEAD + "purpose: a\x9b31m\n".encode(),
    # what is not seen
    "bidi-override": lambda: HEAD + "purpose: a\u202eb\u202c\n".encode() + STEP,
    "bidi-override-escaped": lambda: HEAD + b'purpose: "a\\u202eb"\n' + STEP,
    "bidi-isolate": lambda: HEAD + "purpose: a\u2066b\u2069\n".encode() + STEP,
    "bidi-in-a-comment": lambda: HEAD + "# \u202e }} evil\n".encode() + STEP,
    "zero-width-space": lambda: HEAD + "purpose: a\u200bb\n".encode() + STEP,
    "zero-width-joiner-in-a-key": lambda: HEAD + "pur\u200dpose: a\n".encode() + STEP,
    "word-joiner": lambda: HEAD + "purpose: a\u2060b\n".encode() + STEP,
    "soft-hyphen": lambda: HEAD + "purpose: a\xadb\n".encode() + STEP,
    "tag-characters": lambda: HEAD + "purpose: a\U000e0041b\n".encode() + STEP,
    # sheer size
    "ten-MB-plain-scalar": lambda: b"title: " + b"x" * (10 * MIB),
    "seven-MB-plain-scalar": lambda: b"title: " + b"x" * (7 * MIB),
    "seven-MB-quoted-scalar": lambda: b'title: "' + b"x" * (7 * MIB) + b'"',
    "seven-MB-of-words": lambda: b"title: " + b"x " * (7 * MIB // 2),
    "folded-scalar-of-5-MB": lambda: b"title: >\n" + b"  xxxxxxxxxxxxxxxxxxxxxxxxxxx\n" * 170_000,
    "block-scalar-of-half-a-million-lines": lambda: b"title: |\n" + b"  x\n" * 490_000,
    "key-of-7-MB": lambda: b"x" * (7 * MIB) + b": 1",
    "explicit-key-of-100-kB": lambda: b"? " + b"x" * 140_000 + b"\n: 1",
    "line-of-7-MB-of-items": lambda: b"[" + b"1," * (7 * MIB // 2) + b"]",
    "list-of-half-a-million-items": lambda: b"a:\n" + b"- 1\n" * 490_000,
    "mapping-of-half-a-million-keys": lambda: _many(490_000, "k{i}: 1\n"),
    "eight-million-empty-lines": lambda: b"\n" * (8 * MIB - 1),
    "half-a-million-comments": lambda: b"# a\n" * 490_000,
    "half-a-million-documents": lambda: b"---\n" * 490_000,
    "half-a-million-quotes": lambda: b"'\n" * 490_000,
    "hundred-thousand-brackets-a-line": lambda: b"[]]" * 30_000,
    "unclosed": lambda: b"a: [" + b"x,\n" * 10_000,
    "indents-that-shrink": lambda: b"".join(b" " * i + b"- a\n" for i in range(900, 0, -1)),
    "not-yaml-at-all": lambda: bytes(range(1, 256)) * 4000,
    # a form that is wrong in very many places
    "twenty-thousand-unknown-keys": lambda: HEAD + STEP + _many(20_000, "k{i}: 1\n"),
    "steps-without-a-kind": lambda: _steps(5_000, "{{bogus: 1}}"),
    "steps-with-unknown-keys": lambda: _steps(2_000, "{{task: x, by: y, timeout: 1m, tiemout: 1}}"),
}
