"""The after-action report as PDF: tagged for everybody (PDF/UA-1), the same bytes each time."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drill.errors import PluginError
from drill.model.view import View
from drill.report.html import paper
from drill.report.oscal import ended

_LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def pdf(view: View) -> bytes:
    """Return the report as a PDF of A4 pages, with an outline, tags, language and title.

    Its dates are those of the journal, and its identifier is the hash of its own
    bytes. Nothing is fetched.

    Raises:
        PluginError: WeasyPrint, or a library that it needs, is not installed.
    """
    weasyprint = _weasyprint()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    with _dated(int(ended(view).timestamp())), _uncollected():
        made: bytes = weasyprint.HTML(string=paper(view), url_fetcher=fetcher).write_pdf(
            pdf_variant="pdf/ua-1", pdf_identifier=True
        )
    return made


def _weasyprint() -> Any:
    try:
        import weasyprint  # noqa: PLC0415  heavy, and not always there
    except ModuleNotFoundError as error:
        raise PluginError(
            f"a PDF needs {error.name}; install: pip install 'drill[pdf]', and on Debian: "
            f"apt-get install {_LIBRARIES}"
        ) from error
    except OSError as error:
        raise PluginError(
            f"a PDF needs Pango, and it cannot be loaded ({str(error).splitlines()[0]}); "
            f"on Debian: apt-get install {_LIBRARIES}"
        ) from error
    return weasyprint


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep all that is made until the end, when it all goes: looking for waste costs a quarter."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _dated(moment: int) -> Iterator[None]:
    """Date what is made by the journal: an embedded font may bear the hour it was cut down in."""
    name = "SOURCE_DATE_EPOCH"
    before = os.environ.get(name)
    os.environ[name] = str(moment)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
