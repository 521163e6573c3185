"""The report in a browser: nobody is shut out, by day, by night and on a phone."""

import pytest
from everybody import assert_for_everybody
from report.told import made


@pytest.mark.parametrize("fate", ["missed", "people"])
def test_nobody_is_shut_out_of_the_report(visit, tmp_path, fate):
    (tmp_path / "report.html").write_bytes(made("html", fate))
    with visit(java_script_enabled=True, bypass_csp=True) as page:
        page.goto((tmp_path / "report.html").as_uri())
        assert_for_everybody(page)
