"""Where a probe looks from, and how many of those places must agree."""

import pytest

from drill.model.services import ServiceProbe


@pytest.mark.parametrize(
    ("told", "places", "needed"),
    [
        ({}, ("observer",), 1),
        ({"from": "app1"}, ("app1",), 1),
        ({"from": ["observer", "app1", "app2"]}, ("observer", "app1", "app2"), 3),
        ({"from": ["observer", "app1", "app2"], "agree": "most"}, None, 2),
        ({"from": ["observer", "app1"], "agree": "most"}, None, 2),
        ({"from": ["observer", "app1"], "agree": "any"}, None, 1),
    ],
)
def test_how_many_must_see_it_well(told, places, needed):
    probe = ServiceProbe.model_validate({"uses": "http.get", "every": "1s", "within": "1s", **told})
    assert probe.needed == needed
    assert places is None or probe.from_ == places
    assert ServiceProbe.model_validate_json(probe.model_dump_json(by_alias=True)) == probe
