"""The one pydantic configuration that every model shares."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen, strict about unknown keys, comparable by value."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        serialize_by_alias=True,
        allow_inf_nan=False,
    )


def _sayable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


Text = Annotated[str, AfterValidator(_sayable)]
"""Words from the world: a host's output, an exception, an argument. What is no Unicode in them
(a lone surrogate, which no journal could hold) is spelled out, as ``\\udc80``."""
