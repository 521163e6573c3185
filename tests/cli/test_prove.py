"""What counts as proof that a drill can fail."""

from types import SimpleNamespace

import pytest

from drill.cli.prove import shortfalls


def seen(verdict="met", applied="done", check="done"):
    """As much of a view as is looked at."""
    return SimpleNamespace(
        objectives=[SimpleNamespace(service="orders", measure="RTO", verdict=verdict)],
        steps=[
            SimpleNamespace(id="break", kind="inject", phase=applied),
            SimpleNamespace(id="well", kind="check", phase=check),
        ],
    )


@pytest.mark.parametrize(
    ("view", "found"),
    [
        (seen(), []),
        (seen("missed"), ["the RTO of orders is missed"]),
        (seen("inconclusive", check="failed"), ["the check well fails"]),
        (seen("missed", check="failed"), ["the RTO of orders is missed", "the check well fails"]),
        (seen("inconclusive"), []),
    ],
)
def test_a_missed_promise_or_a_failed_check_is_proof(view, found):
    assert list(shortfalls(view)) == found


@pytest.mark.parametrize(
    "view",
    [seen("invalid", check="failed"), seen("missed", applied="failed", check="failed")],
    ids=["nobody saw the fault", "nothing was broken"],
)
def test_where_nothing_was_broken_a_failed_check_proves_nothing(view):
    assert list(shortfalls(view)) == []
