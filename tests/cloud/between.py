"""A server between drill and moto, for what moto never does: it takes every order at once.

What ``spoken`` returns for a request is answered as it is; the rest goes on to moto.
"""

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

TAKEN = b"<FailoverDBClusterResponse><FailoverDBClusterResult/></FailoverDBClusterResponse>"
"""The answer of RDS to a fail-over that it will see to (query protocol)."""
PENDING = b"""<GetChangeResponse xmlns="urn:as-the-test-says"><ChangeInfo><Id>/change/C1</Id>
<Status>PENDING</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo>
</GetChangeResponse>"""
"""The answer of Route 53 while not all of its name servers have a change (REST, XML)."""


class _Between(BaseHTTPRequestHandler):
    def _pass(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = self.server.spoken(self.command, self.path, body)
        self._answer(*(self._moto(body) if said is None else (200, "text/xml", said)))

    def _moto(self, body):
        moto = http.client.HTTPConnection(self.server.moto, timeout=30)
        try:
            moto.request(self.command, self.path, body, dict(self.headers))
            answer = moto.getresponse()
            return answer.status, answer.getheader("Content-Type", "text/xml"), answer.read()
        finally:
            moto.close()

    def _answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = do_PATCH = _pass  # noqa: N815  http.server's spelling

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def between(moto_url, spoken):
    """Yield the address of a server that says what ``spoken`` says, and else what moto does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Between)
    server.moto, server.spoken = urlsplit(moto_url).netloc, spoken
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
