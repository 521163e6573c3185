"""``http.get``: whether the service answers, and answers correctly, and who answered.

A 200 is not health. ``token: fresh`` has the service do its work: a number
never used before is sent as ``?token=``, the service writes it, reads it back
and returns it in the JSON field ``token``. No cache and no shallow health page
can return it.
"""

from collections.abc import Mapping
from secrets import token_hex
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from drill.model.base import Model
from drill.ports import Access, Cancel, Reading
from drill.probes.fetch import UNANSWERED, Client, HttpUrl, Page, fetch
from drill.probes.net import ServerAddress, reading_of


class Expect(Model):
    """What a good answer looks like; all that is given must hold."""

    status: Annotated[int, Field(ge=100, le=599, description="The HTTP status.")] = 200
    token: Annotated[
        Literal["fresh"] | None,
        Field(description="Send ?token=<new> and expect it back in the JSON field `token`."),
    ] = None
    json_: Annotated[
        Mapping[str, JsonValue] | None,
        Field(alias="json", description="Fields that the JSON answer must have, with their value."),
    ] = None
    text: Annotated[str, Field(description="Text that the answer must contain.")] = ""


class HttpGetParams(Model):
    """What ``http.get`` is told."""

    url: HttpUrl
    expect: Expect = Expect()
    headers: Mapping[str, str] = {}
    authority: Annotated[
        str,
        Field(
            description="The certificates to trust, in PEM, such as $secret:orders-ca; none: those "
            "of the observer's system."
        ),
    ] = ""
    resolvers: Annotated[
        tuple[ServerAddress, ...],
        Field(
            max_length=16,
            description="Addresses of the name servers that are asked for the URL's host, afresh "
            "and in this order; none, or from elsewhere: as the system there does.",
        ),
    ] = ()
    identity: Annotated[
        tuple[str, ...],
        Field(description="JSON fields that say who answered; none of them: X-Served-By."),
    ] = ("app", "database")


class HttpGet:
    """Gets one page over one new connection: no redirect, no retry, no keep-alive, no proxy."""

    params: ClassVar[type[Model]] = HttpGetParams
    from_afar: ClassVar[bool] = True

    def observe(self, on: Access, params: HttpGetParams, cancel: Cancel) -> Reading:
        """Look once."""
        token = token_hex(8) if params.expect.token else ""
        query = token and f"token={token}"
        try:
            client = Client(params.authority, params.resolvers, on.dial)
            page = fetch(params.url, params.headers, cancel, query, client)
        except UNANSWERED as error:
            return reading_of(error)
        content = page.fields()
        by = " ".join(str(content[k]) for k in params.identity if k in content)
        fault = _fault(params.expect, page, token)
        return Reading(state="bad" if fault else "good", by=by or page.served_by, note=fault)


def _fault(expect: Expect, page: Page, token: str) -> str:
    """Return what is wrong with the answer, or nothing."""
    content = page.fields()
    if page.status != expect.status:
        return f"status {page.status}"
    if token and content.get("token") != token:
        return "the token did not come back"
    if expect.text and expect.text not in page.body.decode(errors="replace"):
        return "the expected text is missing"
    return _lacking(expect.json_ or {}, content)[:200]


def _lacking(expected: Mapping[str, JsonValue], content: Mapping[str, JsonValue]) -> str:
    """Return the first field that is not as expected; fields that nobody asked for are free."""
    for key, value in expected.items():
        found = content.get(key)
        if isinstance(value, Mapping) and isinstance(found, Mapping):
            if inner := _lacking(value, found):
                return f"{key}.{inner}"
        elif key not in content or found != value:
            return f"{key} is {found!r}"
    return ""
