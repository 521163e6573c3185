"""Words from the world, fit to be shown: nothing in them moves a cursor or turns other words round.

A journal holds what a host said; a terminal or a page must not obey it
(ECMA-48 control sequences; "Trojan Source", CVE-2021-42574).
"""

import json
import re

from drill.graph.scalars import HIDDEN

_ALIVE = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]|{HIDDEN.pattern}")
"""Every control character but the tab and the newline, and all that is not seen."""
_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def inert(text: str) -> str:
    """Return a text with the mark of a lost character in the place of each that would act."""
    return _ALIVE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def inert_json(text: str) -> str:
    """Return the same JSON with each such character spelled out, as its strings may."""
    return _ALIVE.sub(lambda found: json.dumps(found[0])[1:-1], text)


def in_xml(text: str) -> str:
    """Return a text with nothing in it that XML 1.0 forbids (2.2, Characters)."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", inert(text))
