"""As much of a browser as the tests need: a cookie, where it stands, and what it reads."""

import socket
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from drill.console.admission import csrf_of

FORM = "application/x-www-form-urlencoded"


@dataclass
class Browser:
    """A visitor of the console at a port."""

    port: int
    cookie: str = ""
    headers: dict = field(default_factory=dict)

    @property
    def csrf(self):
        """What this session's forms hold."""
        return csrf_of(self.cookie.partition("=")[2])

    def ask(self, method, path, body=None, **headers):
        """Send a request as a page of the console would; return status, headers and text."""
        own = {
            "Host": f"127.0.0.1:{self.port}",
            "Origin": f"http://127.0.0.1:{self.port}",
            "Sec-Fetch-Site": "same-origin",
            **({"Cookie": self.cookie} if self.cookie else {}),
            **({"Content-Type": FORM} if body is not None else {}),
            **self.headers,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        link = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {name: value for name, value in own.items() if value is not None}
            link.request(method, path, body, sent)
            answer = link.getresponse()
            stream = answer.headers.get("content-type", "").startswith("text/event-stream")
            text = "" if stream else answer.read().decode()
            return answer.status, answer.headers, text
        finally:
            link.close()

    def get(self, path, **headers):
        """Load a page."""
        return self.ask("GET", path, **headers)

    def post(self, path, form, **headers):
        """Send a form of this session's."""
        return self.ask("POST", path, urlencode({"csrf": self.csrf, **form}), **headers)

    def join(self, link, person):
        """Take a seat by its link."""
        path = urlsplit(link).path
        status, headers, text = self.ask("POST", path, urlencode({"person": person}))
        assert status == 303, text
        self.cookie = headers["set-cookie"].partition(";")[0]
        return self

    def stream(self, **headers):
        """Open the stream; yield a file to read it from, and the socket under it."""
        link = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        sent = {
            "Host": f"127.0.0.1:{self.port}",
            "Sec-Fetch-Site": "same-origin",
            "Cookie": self.cookie,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        link.sendall(f"GET /events HTTP/1.1\r\n{lines}\r\n".encode())
        return link


def read_until(link, mark, most=5_000_000):
    """Read a stream until it says something."""
    got = b""
    while mark not in got:
        more = link.recv(65536)
        if not more or len(got) > most:
            raise AssertionError(f"{mark!r} did not come: {got[-500:]!r}")
        got += more
    return got


def read_to_end(link):
    """Read a stream until it is over."""
    got = b""
    while more := link.recv(65536):
        got += more
    return got
