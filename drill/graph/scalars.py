"""What a word of YAML means: the core schema of YAML 1.2, less what JSON has no word for."""

import math
import re
from functools import lru_cache

import yaml
import yamlcore
from pydantic import JsonValue

_RESOLVERS = yamlcore.CoreLoader.yaml_implicit_resolvers
_CORE = yamlcore.CoreLoader("")
_LONGEST = 1000
"""Characters of a number: Python does not write one of some thousands of digits."""

UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML does not allow in a file (section 5.1). An escape may not smuggle it in
either: a story is shown on terminals, and an argument cannot hold a NUL."""

HIDDEN = re.compile(
    "[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What prints as nothing or turns the text around it: a reviewer would read another file than
drill does (Unicode Technical Standard #55; "Trojan Source", CVE-2021-42574)."""

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line for libyaml, and so for the lines it counts (YAML 1.1, section 4.1.4)."""


@lru_cache(maxsize=4096)
def scalar_of(text: str) -> JsonValue:
    """Return the value of a plain scalar (YAML 1.2.2, section 10.3).

    Raises:
        ValueError: it is a number, but not a finite one, or one of thousands of digits.

    >>> [scalar_of(t) for t in ("no", "010", "0x1f", "1:30", "~", "true", "1e3")]
    ['no', 10, 31, '1:30', None, True, 1000.0]
    """
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            if len(text) > _LONGEST:
                raise ValueError(text[:_LONGEST])
            value: JsonValue = _CORE.yaml_constructors[tag](_CORE, yaml.ScalarNode(tag, text))
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(text)
            return value
    return text
