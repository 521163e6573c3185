"""Pydantic's findings in the author's words: where, what, the cure."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

from drill.graph.schema import Schema, describes, keys_of, within
from drill.graph.source import Source, Step
from drill.model.problem import Place, Problem

_MANY = 12
"""More names than this are not listed."""
_LIKELY = 1000
"""More names than this are not compared; nor are longer words: likeness costs their product."""
_LONGEST = 100
"""Characters of what somebody wrote that are said again."""

_EXPECTED = {
    "bool_parsing": "be true or false",
    "bool_type": "be true or false",
    "dict_type": "be a mapping",
    "float_parsing": "be a number",
    "float_type": "be a number",
    "greater_than": "be more than {gt}",
    "greater_than_equal": "be at least {ge}",
    "int_parsing": "be a whole number",
    "int_type": "be a whole number",
    "less_than": "be less than {lt}",
    "less_than_equal": "be at most {le}",
    "list_type": "be a list",
    "mapping_type": "be a mapping",
    "model_type": "be a mapping",
    "string_type": "be text",
    "too_short": "have at least {min_length} entries",
    "tuple_type": "be a list",
}
"""Pydantic's error types, as far as its own words would not do, to what a value must."""

_NAME_PATTERN = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
_NAME = "a name is lower-case letters, digits and single hyphens, from a letter on, at most 64"
_KINDS = ("inject", "recover", "check", "notify", "decide", "task")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the cure for a name that is not known: the nearest, or all of a few.

    >>> did_you_mean("tiemout", ["timeout", "on"])
    'did you mean `timeout`?'
    """
    names = list(islice(known, _LIKELY))
    near = _nearest(name, names)
    if near:
        return f"did you mean `{near[0]}`?"
    if not names:
        return "there is none here"
    listed = ", ".join(names[:_MANY])
    return f"known here: {listed}" + (", …" if len(names) > _MANY else "")


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the one known name that a written one is like, if there is one."""
    short = [each for each in known if len(each) <= _LONGEST]
    return get_close_matches(name, short, n=1) if len(name) <= _LONGEST else []


def _cited(written: object) -> str:
    """Return what somebody wrote, as far as a message has room for it."""
    text = str(written)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def problem_of(error: Any, schema: Schema, source: Source, base: Sequence[Step] = ()) -> Problem:
    """Put one of pydantic's error details into words.

    ``base`` is where in the document the validated value stands.
    """
    loc: tuple[Step, ...] = error["loc"]
    phrase = _PHRASES.get(error["type"], _plainly)
    what, cure = phrase(error, schema)
    at_key = error["type"] == "extra_forbidden" or loc[-1:] == ("[key]",)
    where: Callable[..., Place] = source.key if at_key else source.at
    return Problem(where=where(*base, *loc), what=what, cure=cure)


def _subject(loc: Sequence[Step], schema: Schema) -> str:
    """Name the thing an error is about by its key; an item of a list by its number too."""
    tags = schema.get("$defs", {})  # what pydantic calls the members of a choice
    keys = [step for step in loc if isinstance(step, str) and step not in tags]
    name = f"`{keys[-1]}`" if keys else "the file"
    return f"item {loc[-1] + 1} of {name}" if loc and isinstance(loc[-1], int) else name


def _missing(error: Any, schema: Schema) -> tuple[str, str]:
    *parent, key = error["loc"]
    meaning = describes(within(schema, error["loc"]))
    owner = f" in {_subject(parent, schema)}" if parent else ""
    return f"`{key}` is missing{owner}", f"add `{key}:`" + (f" {meaning}" if meaning else "")


def _unknown_key(error: Any, schema: Schema) -> tuple[str, str]:
    *parent, key = error["loc"]
    return f"unknown key `{_cited(key)}`", did_you_mean(str(key), keys_of(within(schema, parent)))


def _choice(error: Any, schema: Schema) -> tuple[str, str]:
    written = _cited(repr(error["input"]))
    what = f"{_subject(error['loc'], schema)} is {error['ctx']['expected']}, not {written}"
    choices = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    near = _nearest(str(error["input"]), choices)
    return what, f"did you mean `{near[0]}`?" if near else ""


def _pattern(error: Any, schema: Schema) -> tuple[str, str]:
    pattern = error["ctx"]["pattern"]
    expected = _NAME if pattern == _NAME_PATTERN else f"it looks like {pattern}"
    at_key = error["loc"][-1] == "[key]"
    meaning = "" if at_key else describes(within(schema, error["loc"]))
    return f"`{_cited(error['input'])}` does not fit: {expected}", meaning


def _own_words(error: Any, schema: Schema) -> tuple[str, str]:
    return f"{_subject(error['loc'], schema)}: {error['ctx']['error']}", ""


def _no_kind(error: Any, schema: Schema) -> tuple[str, str]:
    written = error["input"] if isinstance(error["input"], dict) else {}
    near = (_nearest(key, _KINDS) for key in written if key not in _KINDS)
    found = next((names[0] for names in near if names), None)
    what = f"{_subject(error['loc'], schema)}: {error['msg']}"
    return what, f"did you mean `{found}`?" if found else ""


def _plainly(error: Any, schema: Schema) -> tuple[str, str]:
    subject = _subject(error["loc"], schema)
    meaning = describes(within(schema, error["loc"]))
    expected = _EXPECTED.get(error["type"])
    if expected is None:
        return f"{subject}: {error['msg'][:1].lower()}{error['msg'][1:]}", meaning
    quote = error["type"] == "string_type" and isinstance(error["input"], int | float)
    must = expected.format(**error.get("ctx", {}))
    return f"{subject} must {must}", "put it in quotes" if quote else meaning


_PHRASES: dict[str, Callable[[Any, Schema], tuple[str, str]]] = {
    "extra_forbidden": _unknown_key,
    "literal_error": _choice,
    "missing": _missing,
    "step_kind": _no_kind,
    "string_pattern_mismatch": _pattern,
    "value_error": _own_words,
}
