"""Texts that some interpreter would act on, by name. ``CANARY`` is what acting would leave behind.

``{canary}`` in a payload is the path of a file that must never come to be.
"""

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "jinja-sum": "{{7*7}}",
    "jinja-spaces": "{{ 7 * 7 }}",
    "jinja-pipe-lookup": "{{ lookup('ansible.builtin.pipe', 'touch {canary}') }}",
    "jinja-classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "jinja-cycler": "{{ cycler.__init__.__globals__.os.popen('touch {canary}').read() }}",
    "jinja-statement": "{% for x in range(9) %}x{% endfor %}",
    "jinja-comment": "a{# gone #}b",
    "jinja-raw": "{% raw %}{{7*7}}{% endraw %}",
    "jinja-hash-line": "#jinja2: variable_start_string:'[['\n[[7*7]]",
    "ansible-unsafe-tag": "!unsafe '{{7*7}}'",
    "erb": "<%= 7*7 %>",
    "dollar-brace": "${7*7}",
    "python-format": "{0.__class__} %(x)s %s",
}
SHELL: Mapping[str, str] = {
    "command-substitution": "$(touch {canary})",
    "backticks": "`touch {canary}`",
    "semicolon": "; touch {canary};",
    "ampersands": "&& touch {canary} &",
    "pipe": "| touch {canary}",
    "newline": "\ntouch {canary}\n",
    "quote-out": "'; touch {canary}; '",
    "double-quote-out": '"; touch {canary}; "',
    "redirect": "> {canary}",
    "process-substitution": "<(touch {canary})",
    "brace-expansion": "{a,b}",
    "glob": "/etc/*",
    "tilde": "~root",
    "variable": "$HOME $IFS ${PATH}",
    "arithmetic": "$((7*7))",
    "history": "!!",
    "backslash": "\\$(touch {canary})\\",
    "comment": "# gone",
    "shellshock": "() { :;}; touch {canary}",
    "carriage-return": "a\rtouch {canary}\r",
}
OPTIONS: Mapping[str, str] = {
    "proxy-command": "-oProxyCommand=touch {canary}",
    "proxy-command-spaced": "-o ProxyCommand=touch {canary}",
    "local-command": "-oPermitLocalCommand=yes -oLocalCommand=touch {canary}",
    "long-option": "--extra-vars=x=1",
    "short-option": "-rf",
    "double-dash": "--",
    "at-file": "@/etc/passwd",
    "ssh-token": "%h %u %r %%",
    "user-at-host": "root@127.0.0.1",
}
PATHS: Mapping[str, str] = {
    "up": "../../../../etc/passwd",
    "absolute": "/etc/passwd",
    "proc-environ": "/proc/self/environ",
    "proc-root": "/proc/self/root/etc/passwd",
    "proc-descriptor": "/proc/self/fd/1",
    "device": "/dev/zero",
    "drive": "C:\\Windows\\win.ini",
    "file-url": "file:///etc/passwd",
    "four-kilobytes": "a/" * 2000 + "b",
    "dot": ".",
}
ADDRESSES: Mapping[str, str] = {
    "zone-id": "fe80::1%eth0",
    "zone-id-command": "fe80::1%$(touch {canary})",
    "zone-id-rules": "fe80::1%x }\nflush ruleset\n#",
    "bracketed": "[::1]:22",
    "octal-address": "0177.0.0.1",
    "link-local-metadata": "169.254.169.254",
}
MARKUP: Mapping[str, str] = {
    "script": "<script>alert(1)</script>",
    "image-handler": "<img src=x onerror=alert(1)>",
    "svg-handler": "<svg/onload=alert(1)>",
    "attribute-out": '" onmouseover="alert(1)" x=\'',
    "style-out": "</style><script>alert(1)</script>",
    "comment-out": "--><script>alert(1)</script><!--",
    "entity": "&lt;script&gt;&#x3c;",
    "javascript-link": "[click](javascript:alert(1))",
    "markdown-image": "![x](http://drill.invalid/x)",
    "markdown-row": "a | b |\n|---|---|\n| c",
    "markdown-fence": "```\n# out\n```",
    "formula": '=HYPERLINK("http://drill.invalid")',
    "formula-at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "formula-plus": "+1+cmd|' /C calc'!A0",
    "rich-markup": "[bold red]x[/bold red] [/] [link=http://drill.invalid]y[/link]",
    "css": "} body { display: none }",
}
PRINTABLE: Mapping[str, str] = {**TEMPLATES, **SHELL, **OPTIONS, **PATHS, **ADDRESSES, **MARKUP}
"""Whatever a scenario's author can write."""

TERMINAL: Mapping[str, str] = {
    "clear-screen": "\x1b[2J\x1b[H",
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;file:///etc/passwd\x1b\\x\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "device-report": "\x1b[6n\x1bZ\x1b[c",
    "c1-csi": "\x9b31m",
    "c1-osc": "\x9d0;owned\x9c",
    "dcs": '\x1bP$q"p\x1b\\',
    "overwrite": "good\rbad",
    "backspaces": "bad\b\b\bgood",
    "bell": "\x07\x07",
    "vertical": "a\x0bb\x0cc",
    "shift-out": "\x0e\x0f",
    "delete": "a\x7fb",
    "bidi-override": "a\u202eb\u202c",
    "bidi-isolate": "a\u2066b\u2069",
    "zero-width": "a\u200bb\u200dc\ufeff",
    "tag-characters": "a\U000e0041b",
    "nul": "a\0b",
    "line-separator": "a\u2028b\u2029c",
}
"""What only a host can say: no scenario may hold it."""


def primed(payload: str, canary: object) -> str:
    """Return a payload that would make the canary's file."""
    return payload.replace("{canary}", str(canary))
