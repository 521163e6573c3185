"""A time stamp of an authority on this machine: asked for, verified, and of nothing else."""

import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from evidence.cases import archived, key_in, lines_of, signing

from drill import wiring
from drill.errors import EvidenceError, UsageError
from drill.evidence import bundle
from drill.evidence.audit import audited
from drill.evidence.findings import Outside, State
from drill.evidence.timestamp import STAMP, stamp_of, stamped
from drill.hosts.authority import ask

pytest.importorskip("rfc3161_client", reason="pip install 'drill[timestamp]'")

TEXT = b"15 5906 and a head\n"
CONFIG = """\
[req]
distinguished_name = dn
prompt = no
[dn]
CN = a test authority
[ca]
basicConstraints = critical,CA:TRUE
[tsa]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[tsa_config]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
ess_cert_id_alg = sha256
"""
STRICT = CONFIG[CONFIG.index("[tsa_config]") :].replace("tsa_config", "strict_config")
CONFIG += STRICT.replace("digests = sha256, sha512", "digests = sha256")


def openssl(place: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=place, check=True, capture_output=True)


def authority_in(place: Path) -> Path:
    """Make an authority with its root: what `openssl ts` needs to answer."""
    place.mkdir()
    (place / "conf").write_text(CONFIG)
    (place / "serial").write_text("01\n")
    new = ("req", "-config", "conf", "-newkey", "rsa:2048", "-nodes")
    openssl(place, *new, "-x509", "-days", "2", "-extensions", "ca", "-keyout", "ca.key",
            "-out", "ca.pem")  # fmt: skip
    openssl(place, *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=stamps")
    openssl(place, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", "conf", "-extensions", "tsa",
            "-out", "tsa.pem")  # fmt: skip
    return place


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority_in(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def url(authority: Path) -> Iterator[str]:
    """Let the authority answer at a port of this machine."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            (authority / "question").write_bytes(question)
            status, text = 200, b"no time stamp"
            if self.path in {"/stamp", "/strict"}:
                section = {"/stamp": "tsa_config", "/strict": "strict_config"}[self.path]
                words = ("-section", section, "-config", "conf", "-queryfile", "question")
                openssl(authority, "ts", "-reply", *words, "-out", "answer")
                text = (authority / "answer").read_bytes()
                if self.path == "/stamp":
                    (authority / "old").write_bytes(text)
            elif self.path == "/old":
                text = (authority / "old").read_bytes()
            elif self.path == "/broken":
                status = 500
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def answer(url: str) -> bytes:
    return stamp_of(TEXT, lambda question: ask(f"{url}/stamp", question))


def test_a_stamp_says_when_and_counts_for_its_text_alone(authority, answer):
    roots = (authority / "ca.pem").read_bytes()
    assert abs(stamped(answer, TEXT, roots) - wiring.now().wall) < timedelta(hours=1)
    with pytest.raises(EvidenceError, match="does not count"):
        stamped(answer, TEXT + b" ", roots)


def test_openssl_verifies_it_without_drill(authority, answer, tmp_path):
    (tmp_path / "text").write_bytes(TEXT)
    (tmp_path / "tsr").write_bytes(answer)
    root = str(authority / "ca.pem")
    openssl(tmp_path, "ts", "-verify", "-data", "text", "-in", "tsr", "-CAfile", root)


def test_a_stamp_of_nobody_trusted_does_not_count(answer, tmp_path):
    other = authority_in(tmp_path / "other")
    with pytest.raises(EvidenceError, match="does not count"):
        stamped(answer, TEXT, (other / "ca.pem").read_bytes())
    with pytest.raises(EvidenceError, match="does not count"):
        stamped(answer, TEXT, b"no certificate")
    with pytest.raises(EvidenceError, match="no time stamp"):
        stamped(b"x", TEXT, (other / "ca.pem").read_bytes())


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/strict", "declines"),
        ("/old", "another question"),
        ("/none", "no time stamp"),
        ("/broken", "answers 500"),
    ],
)
def test_an_authority_that_does_not_answer_the_question_is_refused(url, answer, path, word):
    assert answer
    with pytest.raises(EvidenceError, match=word):
        stamp_of(TEXT, lambda question: ask(f"{url}{path}", question))


def test_nobody_is_asked_at_what_is_no_url():
    for bad in ("ftp://a", "authority", "http://"):
        with pytest.raises(UsageError, match="--timestamp"):
            ask(bad, b"")
    with pytest.raises(EvidenceError, match="does not answer"):
        ask("http://127.0.0.1:9/", b"")


def test_an_audit_checks_the_stamp_if_it_is_told_whom_to_trust(authority, url, tmp_path):
    plain = archived(lines_of())
    text = plain.members["checkpoints.txt"]
    made = stamp_of(text, lambda question: ask(f"{url}/stamp", question))
    key = key_in(tmp_path)
    page = archived(lines_of(), more={STAMP: made}).members["README.txt"].decode()
    assert "openssl ts -verify" in page
    assert "openssl ts -verify" not in plain.members["README.txt"].decode()
    found = bundle.opened(bundle.sealed(archived(lines_of(), **{STAMP: made}), signing(key)))

    def asked(roots: bytes | None):
        return next(one for one in audited(found, Outside(roots=roots)) if one.id == "CT-04")

    assert "NOT CHECKED" in asked(None).finding.text
    assert "saw its end at" in asked((authority / "ca.pem").read_bytes()).finding.text
    other = authority_in(tmp_path / "other")
    assert asked((other / "ca.pem").read_bytes()).finding.state is State.FAIL
