"""The faults of certificates, names and accounts, on a real host of a lab."""

from faults.scripted import OnHost

from drill.faults import identity, names


class Tls(OnHost):
    """A service's certificate, checked as its client would."""

    host, fault = "bak1", names.Certificate()
    ready = """
    rm -rf /etc/victim; mkdir -p /etc/victim; cd /etc/victim
    ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    openssl req -x509 $ec -keyout ca.key -out ca.pem -subj /CN=CA -days 9 2>/dev/null
    openssl req $ec -keyout app.key -out app.csr -subj /CN=app.lab \
      -addext subjectAltName=DNS:app.lab 2>/dev/null
    openssl x509 -req -in app.csr -CA ca.pem -CAkey ca.key -set_serial 5 -days 9 \
      -copy_extensions copyall -out app.pem 2>/dev/null
    """
    works = "cd /etc/victim; openssl verify -CAfile ca.pem -verify_hostname app.lab app.pem"
    shown = "cd /etc/victim; stat -c '%n %s %a %U %G %Y' *; sha256sum *"
    earlier = """
    cd /etc/victim; openssl x509 -req -in app.csr -CA ca.pem -CAkey ca.key -set_serial $(($1 + 9)) \
      -days $(($1 + 1)) -copy_extensions copyall -out app.pem 2>/dev/null
    chmod $((600 + $1 % 2 * 44)) app.pem
    """
    meddle = "echo theirs >> /etc/victim/app.pem"


SIGNED = {"path": "/etc/victim/app.pem", "key": "/etc/victim/app.key"}
SIGNED |= {"authority": "/etc/victim/ca.pem", "authority_key": "/etc/victim/ca.key"}


class TestExpired(Tls):
    params = names.CertificateParams(**SIGNED, wrong="expired")


class TestOfAnother(Tls):
    states = 1
    params = names.CertificateParams(**SIGNED, wrong="name")


ASK = """
import socket, struct, sys
name = b"".join(bytes([len(each)]) + each.encode() for each in "app.victim.lab".split("."))
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.settimeout(0.7)
asked = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + name + bytes([0, 0, 1, 0, 1])
link.sendto(asked, ("127.0.0.1", 5399))
try:
    sys.exit(link.recv(512)[-4:] != bytes([10, 20, 0, 14]))
except OSError:
    sys.exit(2)
"""


class Dns(OnHost):
    """A name server of one name, asked for it as a client would."""

    host = "bak1"
    ready = f"""
    mkdir -p /etc/victim
    printf 'port=5399\\nno-resolv\\nno-hosts\\naddress=/app.victim.lab/10.20.0.14\\n' \
      > /etc/victim/dns.conf
    cat > /run/ask.py <<'ASK'
{ASK}
ASK
    printf '[Service]\\nExecStart=/usr/sbin/dnsmasq -k -C /etc/victim/dns.conf\\n' \
      > /run/systemd/system/victim-dns.service
    systemctl daemon-reload; systemctl reset-failed victim-dns 2>/dev/null || true
    systemctl restart victim-dns
    """
    works = "python3 /run/ask.py"
    settles = 2
    shown = (
        "cd /etc/victim; stat -c '%s %a %Y' dns.conf; cat dns.conf; systemctl is-active victim-dns"
    )
    earlier = """
    printf 'port=5399\\nno-resolv\\nno-hosts\\naddress=/app.victim.lab/10.20.0.%d\\n' $(($1 + 1)) \
      > /etc/victim/dns.conf
    """
    meddle = "echo '# theirs' >> /etc/victim/dns.conf"


ZONE = {"name": "app.victim.lab", "unit": "victim-dns.service", "path": "/etc/victim/dns.conf"}


class TestDnsAnswer(Dns):
    fault, params = names.Answer(), names.AnswerParams(**ZONE, answer="10.10.0.66")


class TestDnsUnknown(Dns):
    fault, params = names.Unknown(), names.UnknownParams(**ZONE)


class TestDnsDelegation(Dns):
    fault, params = names.Delegation(), names.DelegationParams(**ZONE, server="127.0.0.77")


class Accounts(OnHost):
    host = "bak1"
    ready = """
    id alice > /dev/null 2>&1 || useradd -m -d /srv/alice alice
    mkdir -p /srv/alice/.ssh; chown alice: /srv/alice/.ssh
    echo 'ssh-ed25519 AAAA alice' > /srv/alice/.ssh/authorized_keys
    echo 'alice ALL=(ALL) NOPASSWD: /bin/true' > /etc/sudoers.d/operators
    chmod 440 /etc/sudoers.d/operators; chage -E -1 alice
    """


class TestAccountLock(Accounts):
    fault, params = identity.Lock(), identity.AccountParams(login="alice")
    works, shown = "su alice -c true", "grep '^alice:' /etc/shadow"
    earlier = "chage -E $((40000 + $1)) -M $((99 + $1)) alice"
    meddle = "chage -E 50000 alice"


class TestSudoLost(Accounts):
    fault, params = identity.SudoLost(), identity.SudoParams(file="operators")
    works = "runuser -u alice -- sudo -n /bin/true"
    shown = "cd /etc/sudoers.d; ls -lA --time-style=full-iso operators; cat operators"
    earlier = """
    echo "alice ALL=(ALL) NOPASSWD: /bin/true, /bin/false $1" > /etc/sudoers.d/operators
    """
    meddle = "echo 'alice ALL=(ALL) ALL' > /etc/sudoers.d/operators"


class TestKeysRevoked(Accounts):
    fault, params = identity.KeysRevoked(), identity.KeysParams(login="alice")
    works = "grep -q AAAA /srv/alice/.ssh/authorized_keys"
    shown = "cd /srv/alice/.ssh; ls -lA --time-style=full-iso; cat authorized_keys"
    earlier = 'echo "ssh-ed25519 AAAA alice $1" > /srv/alice/.ssh/authorized_keys'
    meddle = "echo 'ssh-ed25519 AAAA theirs' > /srv/alice/.ssh/authorized_keys"
