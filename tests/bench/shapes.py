"""Plans of many steps: what each waits for is all that differs."""

from collections.abc import Mapping
from math import isqrt

from exercise.stories import CHECK, plan_with

from drill.graph.plan import Plan

WIDTH = 50


def chain(count: int, step: Mapping[str, object] = CHECK) -> Plan:
    """Return a plan in which each step waits for the one before."""
    after = lambda i: [f"s{i - 1}"] if i else []  # noqa: E731  named for what it returns
    return plan_with(**{f"s{i}": {**step, "after": after(i)} for i in range(count)})


def layers(count: int, step: Mapping[str, object] = CHECK) -> Plan:
    """Return a plan in layers; each step waits for two of the layer before."""

    width = min(WIDTH, isqrt(count))

    def after(i: int) -> list[str]:
        layer, place = divmod(i, width)
        above = (layer - 1) * width
        return [f"s{above + place}", f"s{above + (place + 1) % width}"] if layer else []

    return plan_with(**{f"s{i}": {**step, "after": after(i)} for i in range(count)})
