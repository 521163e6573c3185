"""What people send: a form to a saying, or one sentence that tells what is wrong with it."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError

from drill.errors import UsageError
from drill.model.sayings import Saying

_MOST_FIELDS = 32
_SAYING: TypeAdapter[Saying] = TypeAdapter(Saying)
_SAYS = "says"
_CSRF = "csrf"
_TYPED = ("text", "note", "why", "choice", "takes")
"""The fields that a person types, in the order in which they are read back to them."""


def fields_of(body: bytes) -> dict[str, str]:
    """Read a form (``application/x-www-form-urlencoded``).

    Raises:
        UsageError: it is none.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise UsageError("what was sent is no form of this console") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise UsageError("what was sent says something twice")
    return fields


def saying_of(form: Mapping[str, str]) -> Saying:
    """Return what a form says; a field left empty says nothing.

    Raises:
        UsageError: it says nothing that can be said, and why.
    """
    given = {name: value for name, value in form.items() if value.strip() and name != _CSRF}
    try:
        return _SAYING.validate_python(given)
    except ValidationError as error:
        raise UsageError(_told(error)) from error


def typed(form: Mapping[str, str]) -> str:
    """Return what a person typed, to hand it back to them; empty if nothing."""
    return "\n".join(form[name] for name in _TYPED if form.get(name, "").strip())


_SENTENCES: Mapping[str, str] = {
    "missing": "nothing is written here",
    "too_short": "nothing is written here",
    "too_long": "it is too long; say it in {max_length} letters at most",
    "extra_forbidden": "this form has no such field",
    "string_pattern_mismatch": "nothing is called so",
    "union_tag_invalid": "nothing that anybody can say in an exercise",
    "union_tag_not_found": "nothing that anybody can say in an exercise",
    "less_than_equal": "it is too long a time",
}
"""What pydantic found wrong, in words for people; where there are none, its own."""


def _told(error: ValidationError) -> str:
    """Say the first thing that is wrong: where, and what."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = str(first["loc"][-1]) if first["loc"] else _SAYS
    words = _SENTENCES.get(first["type"], "").format(**first.get("ctx", {}))
    return f"{field}: {words or first['msg'].removeprefix('Value error, ')}"
