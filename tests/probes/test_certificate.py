"""Real handshakes with certificates made for each case."""

import datetime as dt
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from drill.plugins import Registry
from drill.ports import Access
from drill.probes.certificate import TlsCertificate, TlsCertificateParams

DAY = 86_400
NAME = "shop.example"


class Authority:
    """Signs certificates with its own key."""

    def __init__(self, home):
        self.home = home
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])
        self.pem = home / "ca.pem"
        made = self._builder(self.name, self.key, -1, 3650).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        usage = {
            "digital_signature": False,
            "content_commitment": False,
            "key_encipherment": False,
            "data_encipherment": False,
            "key_agreement": False,
            "key_cert_sign": True,
            "crl_sign": True,
            "encipher_only": False,
            "decipher_only": False,
        }
        made = made.add_extension(x509.KeyUsage(**usage), critical=True)
        made = made.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False
        )
        self.pem.write_bytes(pem(made.sign(self.key, hashes.SHA256())))

    def _builder(self, name, key, begins, ends):
        now = dt.datetime.fromtimestamp(wall(), dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(0xABC)
            .not_valid_before(now + dt.timedelta(begins))
            .not_valid_after(now + dt.timedelta(ends))
        )

    def signed(self, begins=-2.0, ends=30.0, name=NAME):
        """Return a server's context with a certificate of that many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "web1")])
        made = self._builder(subject, key, begins, ends).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
            critical=False,
        )
        file = self.home / f"{threading.get_ident()}-{id(key)}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(private + pem(made.sign(self.key, hashes.SHA256())))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def wall():
    import time  # noqa: PLC0415 - the wall clock is wanted here alone

    return time.clock_gettime(time.CLOCK_REALTIME)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def tls(server):
    """Return ``tls(context)``: the port of a server that shakes hands and says no more."""

    def start(context):
        def serve(sock):
            with context.wrap_socket(sock, server_side=True) as spoken:
                spoken.recv(1)

        return server(serve).port

    return start


@pytest.fixture
def look(on, authority, deadline):
    """Return ``look(port, **params)``: one reading."""

    def look(port, seconds=3.0, **params):
        beside = Access(on.target, base=authority.home)
        params = TlsCertificateParams(**{"name": NAME, "ca": "ca.pem", "port": port, **params})
        return TlsCertificate().observe(beside, params, deadline(seconds))

    return look


def test_a_trusted_certificate_of_the_right_name_is_good_and_named(tls, authority, look):
    reading = look(tls(authority.signed()), days=29)
    assert (reading.state, reading.by) == ("good", "web1 0ABC")
    assert reading.note in {"valid for 30.0 days", "valid for 29.9 days"}


@pytest.mark.parametrize(
    ("made", "asked", "note"),
    [
        ({"ends": 29.5}, {"days": 30}, "valid for 29.5 days"),
        ({"ends": -1}, {}, "certificate: certificate has expired"),
        ({"begins": 1}, {}, "certificate: certificate is not yet valid"),
        ({"name": "other.example"}, {}, "certificate: Hostname mismatch"),
        ({}, {"ca": ""}, "certificate: unable to get local issuer"),
    ],
)
def test_what_a_client_would_not_take_is_bad(tls, authority, look, made, asked, note):
    reading = look(tls(authority.signed(**made)), **asked)
    assert reading.state == "bad"
    assert reading.note.startswith(note)


def test_the_days_that_are_left_are_counted_from_the_wall_clock(on, tls, authority, deadline):
    at = wall() + 20 * DAY
    params = TlsCertificateParams(name=NAME, ca="ca.pem", port=tls(authority.signed()), days=11)
    access = Access(on.target, base=authority.home)
    reading = TlsCertificate(now=lambda: at).observe(access, params, deadline(3))
    assert (reading.state, reading.note) == ("bad", "valid for 10.0 days")


def test_the_asked_name_chooses_the_certificate(tls, authority, look):
    """One address, two names: without the name in the hello the wrong one is shown."""
    context, other = authority.signed(name="default.example"), authority.signed()

    def choose(sock, name, _):
        sock.context = other if name == NAME else context

    context.sni_callback = choose
    assert look(tls(context)).state == "good"


def test_a_missing_file_of_authorities_is_the_observers_own_trouble(look):
    assert look(1, ca="none.pem").state == "unknown"


@pytest.mark.parametrize(
    "serve",
    [
        lambda sock: sock.sendall(b"HTTP/1.1 400 plain\r\n\r\n"),
        lambda sock: sock.recv(1),
        lambda sock: [sock.recv(4096) for _ in range(9)],
    ],
    ids=["speaks no TLS", "hangs up", "never answers"],
)
def test_a_handshake_that_comes_to_nothing_is_bad_in_time(server, look, serve, now_ns):
    begun = now_ns()
    assert look(server(serve).port, seconds=0.4).state == "bad"
    assert now_ns() - begun < 1.5e9


def test_a_server_that_trickles_is_held_to_one_deadline(server, look, deadline, now_ns):
    def trickle(sock):
        sock.recv(4096)
        sock.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB, a byte at a time
        while True:
            sock.sendall(b"\0")
            deadline(0.05).wait(0.05)

    begun = now_ns()
    reading = look(server(trickle).port, seconds=0.4)
    assert (reading.state, reading.note) == ("bad", "no answer in time")
    assert now_ns() - begun < 1.5e9


@pytest.mark.parametrize("params", [{"days": -1}, {"days": 4000}, {"port": 0}, {"port": 70000}])
def test_what_cannot_work_is_refused_at_check(params):
    with pytest.raises(ValidationError):
        TlsCertificateParams(**params)


def test_it_is_registered():
    assert isinstance(Registry().probes["tls.certificate"], TlsCertificate)
