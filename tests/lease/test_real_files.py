"""The faults of files, certificates and accounts, through the real program in a real kernel."""

import json
import subprocess
from functools import partial

import pytest
from lease.house import within

from drill.faults import files, identity, names
from drill.hosts import warden
from drill.model.outcome import Done
from drill.testing.cancels import HandCancel
from drill.testing.conformance import FaultConformance, World

pytestmark = pytest.mark.lab

APP = "/var/lib/app"
_MANY = f"""
set -e
mkdir -p {APP}/deep/er; cd {APP}; touch .drill-sandbox
for n in $(seq 200); do head -c 20000 /dev/urandom > deep/er/$n; done
echo page > page; ln page deep/page; ln -s page link; chmod 2750 deep; touch -d 2020-02-02 page
"""
_TLS = """
set -e
mkdir -p /etc/tls /etc/ssl; cd /etc/tls
printf '[req]\\ndistinguished_name = dn\\n[dn]\\n' > /etc/ssl/openssl.cnf
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $ec -keyout ca.key -out ca.pem -subj /CN=CA -days 9
openssl req $ec -keyout app.key -out app.csr -subj /CN=app.lab -addext subjectAltName=DNS:app.lab
openssl x509 -req -in app.csr -CA ca.pem -CAkey ca.key -set_serial 5 -days 9 \
  -copy_extensions copyall -out app.pem
cat app.pem app.key > both.pem; chmod 640 app.pem app.key both.pem
"""
_GOOD = "openssl verify -CAfile /etc/tls/ca.pem -verify_hostname app.lab /etc/tls/app.pem"


class InTheHouse(FaultConformance):
    params = None
    top = APP
    made = _MANY

    @pytest.fixture(autouse=True)
    def _lend(self, house):
        self._house = house
        told = house.run(["sh", "-c", self.made], HandCancel())
        assert told.exit == 0, told.err

    def world(self):
        return World(self._house.access, self.params, self._state, self._broken)

    def _state(self):
        look = f"cd {self.top}; find . -printf '%p %y %m %U %G %s %l %n %i ' \
            -a \\( -type d -printf '\\n' -o -printf '%T@\\n' \\) | sort; \
            find . -type f | sort | xargs sha256sum"
        return self._house.sh(look)

    def _broken(self):
        raise NotImplementedError


class TestEncrypt(InTheHouse):
    fault, params = files.Encrypt(), files.EncryptParams(path=APP)

    def _broken(self):
        return self._house.sh(f"cat {APP}/page") == ""


class Tls(InTheHouse):
    fault = names.Certificate()
    top, made, why = "/etc/tls", _TLS, ""

    def _broken(self):
        told = self._house.run(["sh", "-c", _GOOD], HandCancel())
        return told.exit != 0 and self.why in told.err


OF_TLS = {"path": "/etc/tls/app.pem", "key": "/etc/tls/app.key"}
SIGNED = OF_TLS | {"authority": "/etc/tls/ca.pem", "authority_key": "/etc/tls/ca.key"}


class TestExpired(Tls):
    params, why = names.CertificateParams(**SIGNED, wrong="expired"), "has expired"


class TestOfAnother(Tls):
    params, why = names.CertificateParams(**SIGNED, wrong="name"), "ostname mismatch"


class TestSelfSigned(Tls):
    params, why = names.CertificateParams(**OF_TLS, wrong="expired"), "self-signed"


class TestInOneFileWithItsKey(Tls):
    params = names.CertificateParams(
        path="/etc/tls/both.pem", key="/etc/tls/both.pem", wrong="name"
    )

    def _broken(self):
        both = "/etc/tls/both.pem"
        told = self._house.sh(f"openssl x509 -noout -subject -in {both}; openssl pkey -in {both}")
        assert "PRIVATE KEY" in told
        return "wrong.invalid" in told


class TestAccount(InTheHouse):
    fault, params = identity.Lock(), identity.AccountParams(login="alice")
    made = """
    set -e
    echo alice:x:1000:1000::/:/bin/sh >> /etc/passwd
    echo 'root:*:19000:0:99999:7:::' > /etc/shadow
    echo 'alice:$y$j9T$hash:19000:0:99999:7::25000:' >> /etc/shadow
    """

    def _state(self):
        return self._house.sh("cat /etc/shadow")

    def _broken(self):
        return ":1:\n" in self._house.sh("grep alice /etc/shadow")


def begin_to_inject(house, receipt):
    injector = subprocess.Popen(
        house.argv("python3", "-I", warden.PROGRAM, "inject"), stdin=subprocess.PIPE, cwd="/"
    )
    injector.stdin.write(json.dumps(warden._owned(house.access, receipt)).encode())
    injector.stdin.close()
    return injector


def has_locked(house, least):
    return int(house.sh("find /var/lib -name '*.locked' | wc -l")) >= least


def test_a_host_whose_injector_is_killed_while_it_encrypts_is_as_it_was(house):
    assert house.run(["sh", "-c", _MANY], HandCancel()).exit == 0
    before = house.sh(f"find {APP} -type f | sort | xargs sha256sum")
    params = {"path": APP, "suffix": ".locked", "then": "reload", "changed": "dirty"}
    for locked in (1, 50, 150):
        receipt = warden.arm(house.access, "data.encrypt", params, 60, HandCancel())
        injector = begin_to_inject(house, receipt)
        assert within(partial(has_locked, house, locked), 20) < 20
        house.sh("pkill -KILL -f 'drill-host injec[t]'")
        injector.wait()
        assert isinstance(warden.undo(house.access, receipt, HandCancel()), Done)
        assert house.sh(f"find {APP} -type f | sort | xargs sha256sum") == before
        assert house.sh("ls -A /var/lib").split() == ["app", "drill"]


def test_a_power_cut_and_no_controller_the_files_are_back_after_the_boot(house):
    assert house.run(["sh", "-c", _MANY], HandCancel()).exit == 0
    before = house.sh(f"find {APP} -type f | sort | xargs sha256sum")
    params = {"path": APP, "suffix": ".locked", "then": "reload", "changed": "dirty"}
    receipt = warden.arm(house.access, "data.encrypt", params, 60, HandCancel())
    assert isinstance(warden.inject(house.access, receipt, HandCancel()), Done)
    house.cycle()
    boot = house.start("python3", "-I", warden.PROGRAM, "deadman")  # what systemd does at boot
    assert within(lambda: house.sh("ls -A /var/lib").split() == ["app", "drill"], 15) < 15
    assert house.sh(f"find {APP} -type f | sort | xargs sha256sum") == before
    assert boot.wait(20) == 0


_ASK = r"""
import socket, subprocess, sys, time
server = subprocess.Popen(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=",
    "--conf-dir=/etc/dnsmasq.d", "--no-resolv", "--no-hosts", "--group=", "--bind-interfaces",
    "--listen-address=127.0.0.1", "--log-facility=/dev/null", "--pid-file="])
question = b"\0\7\1\0\0\1\0\0\0\0\0\0\3app\3lab\0\0\1\0\1"
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.settimeout(0.2)
for _ in range(300):  # the machine may be busy
    try:
        link.sendto(question, ("127.0.0.1", 53))
        answer = link.recv(512)
        break
    except OSError:
        time.sleep(0.05)
server.kill()
server.wait()
print(answer[3] & 15, socket.inet_ntoa(answer[-4:]) if answer[7] else "none")
"""


class TestWrongAnswer(InTheHouse):
    fault = names.Answer()
    params = names.AnswerParams(
        name="app.lab", answer="10.66.0.66", path="/etc/dnsmasq.d/app.conf", unit=None
    )
    top = "/etc/dnsmasq.d"
    made = f"mkdir {top}; echo address=/app.lab/10.0.0.1 > {top}/app.conf"
    wrong = "0 10.66.0.66\n"

    def _broken(self):
        told = self._house.run(["python3", "-c", _ASK], HandCancel()).out
        assert told in {self.wrong, "0 10.0.0.1\n"}
        return told == self.wrong


class TestNoSuchName(TestWrongAnswer):
    params = names.AnswerParams(name="app.lab", path="/etc/dnsmasq.d/app.conf", unit=None)
    wrong = "3 none\n"
