"""How much of something is right."""

import math
from typing import Annotated

from pydantic import Field, model_validator

from drill.model.base import Model


class Bounds(Model):
    """A range that a number must lie in, both ends included."""

    at_least: Annotated[
        float | None, Field(alias="at-least", description="The lowest that is good.")
    ] = None
    at_most: Annotated[
        float | None, Field(alias="at-most", description="The highest that is good.")
    ] = None

    @model_validator(mode="after")
    def _holds_something(self) -> "Bounds":
        if (
            self.at_least is not None
            and self.at_most is not None
            and (self.at_least > self.at_most)
        ):
            raise ValueError("at-least is above at-most, so nothing lies between them")
        return self

    def miss(self, value: float) -> str:
        """Return how ``value`` lies outside, or nothing; what is no number lies outside."""
        if math.isnan(value):
            return "it is not a number"
        if self.at_least is not None and value < self.at_least:
            return f"{value:g} is below {self.at_least:g}"
        if self.at_most is not None and value > self.at_most:
            return f"{value:g} is above {self.at_most:g}"
        return ""
