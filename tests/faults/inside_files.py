"""The faults of files and backups, on a real host of a lab."""

from faults.scripted import OnHost

from drill.faults import files

LOOK = """
cd /srv/victim; find . -printf '%p %y %m %U %G %s %l %n ' \
  -a \\( -type d -printf '\\n' -o -printf '%T@\\n' \\) | sort
find . -type f | sort | xargs sha256sum; systemctl is-active reader
"""


class Files(OnHost):
    """A directory of files, and a service that reads one of them when it starts."""

    host = "app1"
    ready = """
    rm -rf /srv/victim; mkdir -p /srv/victim/old; cd /srv/victim
    for n in 1 2 3; do
      head -c 5000 /dev/urandom > old/day-$n; touch -d "$((4 - n)) days ago" old/day-$n
    done
    echo here > word; sha256sum word > /run/word.sum; touch .drill-sandbox
    sha256sum old/* > /run/old.sum
    printf '[Service]\\nExecStartPre=/bin/cat /srv/victim/word\\nExecStart=/bin/sleep 86401\\n' \
      > /etc/systemd/system/reader.service
    systemctl daemon-reload; systemctl reset-failed reader 2>/dev/null || true
    systemctl restart reader
    """
    works = "cd /srv/victim && sha256sum --status -c /run/word.sum"
    shown = LOOK
    earlier = """
    cd /srv/victim; head -c $((100 + $1 * 37)) /dev/urandom > word; sha256sum word > /run/word.sum
    chmod $((600 + $1 % 2 * 40 + $1 % 5)) word; chown $((1000 + $1)):$1 word || true
    touch -d "$1 hours ago" word; touch "$1"
    """
    meddle = "echo theirs > /srv/victim/word"


ONE = {"path": "/srv/victim/word"}
SET = {"directory": "/srv/victim/old", "pattern": "day-*"}


class TestRemove(Files):
    fault, params = files.Remove(), files.OnePath(**ONE)


class TestRemoveUnderAService(Files):
    fault, params = files.Remove(), files.OnePath(**ONE, unit="reader.service", then="restart")
    works = "systemctl is-active reader"


class TestReplace(Files):
    fault, params = files.Replace(), files.ReplaceParams(**ONE, content="no")


class TestCorrupt(Files):
    fault, params = files.Corrupt(), files.CorruptParams(**ONE)


class TestWrongKey(Files):
    fault, params = files.WrongKey(), files.OnePath(**ONE)


class TestWalLost(Files):
    fault, params = files.WalLost(), files.OnePath(**ONE)


class TestBinlogLost(Files):
    fault, params = files.BinlogLost(), files.OnePath(**ONE)


class TestEncrypt(Files):
    fault, params = files.Encrypt(), files.EncryptParams(path="/srv/victim")
    meddle = "echo theirs > /srv/victim/theirs"


class Backups(Files):
    works = "cd /srv/victim && sha256sum --status -c /run/old.sum"
    earlier = """
    cd /srv/victim/old; head -c $((100 + $1 * 37)) /dev/urandom > day-3
    chmod $((600 + $1 % 5)) day-3; touch -d "$1 minutes ago" day-3
    cd ..; sha256sum old/* > /run/old.sum
    """
    meddle = "echo theirs > /srv/victim/old/day-3"


class TestBackupMissing(Backups):
    fault, params = files.Missing(), files.SetParams(**SET)


class TestBackupStale(Backups):
    fault, params = files.Stale(), files.StaleParams(**SET, age="36h")


class TestBackupCorrupt(Backups):
    fault, params = files.BadSet(), files.BadSetParams(**SET)


class TestRepositoryGone(Backups):
    fault, params = files.RepositoryGone(), files.OnePath(path="/srv/victim/old")
    meddle = "mkdir /srv/victim/old; echo theirs > /srv/victim/old/day-9"
