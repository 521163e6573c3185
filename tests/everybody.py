"""Pages for every eye and hand: wide and narrow, by day and by night (WCAG 2.2 A and AA)."""

from axe_playwright_python.sync_playwright import Axe

WIDE, PHONE = {"width": 1680, "height": 1050}, {"width": 360, "height": 740}
LOOKS = tuple((scheme, size) for size in (WIDE, PHONE) for scheme in ("light", "dark"))
_STANDARD = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}


def assert_for_everybody(page):
    """Look at a page in every way, with axe and by its width."""
    for scheme, size in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        found = Axe().run(page, options=_STANDARD).response["violations"]
        told = [
            (one["id"], node["html"][:120], node["failureSummary"])
            for one in found
            for node in one["nodes"]
        ]
        assert told == [], (scheme, size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
