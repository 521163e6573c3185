"""How a secret may look when it comes back, and a watch on every command line."""

import base64
import html
import json
import shlex
import threading
import urllib.parse
from contextlib import suppress
from pathlib import Path

FORMS = {
    "raw": lambda s: s,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64-url": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "base64-inside-one": lambda s: base64.b64encode(f"u:{s}".encode()).decode(),
    "base64-inside-two": lambda s: base64.b64encode(f"{{{s}}}".encode()).decode(),
    "url": lambda s: urllib.parse.quote(s, safe=""),
    "url-plus": urllib.parse.quote_plus,
    "url-lower": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "json": json.dumps,
    "json-in-json": lambda s: json.dumps(json.dumps({"a": s})),
    "shell": shlex.quote,
    "hex": lambda s: s.encode().hex(),
    "hex-upper": lambda s: s.encode().hex().upper(),
    "hex-colons": lambda s: s.encode().hex(":"),
    "hex-escapes": lambda s: "".join(f"\\x{byte:02x}" for byte in s.encode()),
    "python": repr,
    "python-bytes": lambda s: repr(s.encode()),
    "html": html.escape,
    "first-half": lambda s: s[: len(s) // 2 + 2],
    "last-half": lambda s: s[len(s) // 2 - 2 :],
    "cut-by-a-limit": lambda s: ("." * 30 + s)[: 30 + len(s) - 1],
    "in-a-word": lambda s: f"x{s}y",
}


def leaks(text, secret):
    """Return each run of eight characters that gives a form of the secret away."""
    whole = [form(secret) for name, form in FORMS.items() if "inside" not in name]
    pieces = {each[n : n + 8] for each in (secret, *whole[:3]) for n in range(len(each) - 7)}
    return [piece for piece in pieces if piece in text]


class Watched:
    """Reads every command line and environment of this machine as long as it is entered."""

    def __enter__(self):
        self.seen, self.lent = set(), set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self):
        while not self._stop.is_set():
            for place in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    line = (place / "cmdline").read_bytes()
                    self.seen.add(line)
                    self.lent.add((line, (place / "environ").read_bytes()))
            self._stop.wait(0.05)

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def shows(self, text):
        return [line for line in self.seen if text.encode() in line]

    def lends(self, text):
        """Return the command line of each process that was born with this in its environment."""
        return [line for line, environ in self.lent if text.encode() in environ]
