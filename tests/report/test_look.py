"""The report in a browser: nobody is shut out, by day, by night and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from console.test_look import _STANDARD as STANDARD
from console.test_look import LOOKS
from report.told import made


@pytest.mark.parametrize("fate", ["missed", "people"])
def test_nobody_is_shut_out_of_the_report(visit, tmp_path, fate):
    (tmp_path / "report.html").write_bytes(made("html", fate))
    with visit(java_script_enabled=True, bypass_csp=True) as page:
        page.goto((tmp_path / "report.html").as_uri())
        for scheme, size in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            found = Axe().run(page, options=STANDARD).response["violations"]
            told = [
                (one["id"], node["html"][:120], node["failureSummary"])
                for one in found
                for node in one["nodes"]
            ]
            assert told == [], (scheme, size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
