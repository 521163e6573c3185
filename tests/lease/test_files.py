"""Faults of files, on a real file system below a host in memory: what was there is there again,
also if the power fails before any one call to the kernel, and nothing of anybody else's is lost."""

import os
import stat
import sys
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lease.test_token import Case

from drill.errors import RefusedError
from drill.faults import files, identity, names
from drill.lease.registry import ROOM
from drill.lease.standins import ciphertext
from drill.model.outcome import Done, Failed
from drill.testing.hosts import FakeHost

APP, VICTIM = "srv/app", "srv/app/victim"
FENCE = f"{APP}/.drill-sandbox"
ONE, ALL = {"path": f"/{VICTIM}"}, {"path": f"/{APP}"}
SET = {"directory": f"/{APP}"}
FAULTS = {
    "remove": (files.Remove(), files.OnePath(**ONE)),
    "remove all": (files.Remove(), files.OnePath(**ALL)),
    "replace": (files.Replace(), files.ReplaceParams(**ONE, content="no\n")),
    "corrupt": (files.Corrupt(), files.CorruptParams(**ONE)),
    "corrupt the first": (files.Corrupt(), files.CorruptParams(**ONE, offset=0, length=1)),
    "encrypt": (files.Encrypt(), files.EncryptParams(**ALL)),
    "missing": (files.Missing(), files.SetParams(**SET)),
    "stale": (files.Stale(), files.StaleParams(**SET, age="50s")),
    "bad set": (files.BadSet(), files.BadSetParams(**SET, pattern="vict*")),
    "gone": (files.RepositoryGone(), files.OnePath(**ALL)),
    "wrong key": (files.WrongKey(), files.OnePath(**ONE)),
    "answer": (
        names.Answer(),
        names.AnswerParams(name="a.lab", path="/srv/app/drill-a.lab.conf", unit=None),
    ),
}
each_fault = pytest.mark.parametrize("name", FAULTS)


def case_of(name, host, **changes):
    case = Case("file.remove", host)
    case.fault, params = FAULTS[name]
    case.params = type(params).model_validate(params.model_dump() | changes)
    return case


def look(path):
    found = path.lstat()
    kept = (found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns, found.st_ino)
    if stat.S_ISDIR(found.st_mode):
        # Its own time and its links change with what is put aside in it.
        return found.st_mode, found.st_uid, found.st_gid, found.st_ino, sorted(attributes(path))
    if stat.S_ISLNK(found.st_mode):
        return *kept, path.readlink()
    if stat.S_ISFIFO(found.st_mode):
        return kept
    return *kept, found.st_nlink, path.read_bytes(), sorted(attributes(path))


def attributes(path):
    return [(each, os.getxattr(path, each)) for each in os.listxattr(path)]


def seen(host):
    top = host.disk.place
    return {str(each.relative_to(top)): look(each) for each in sorted(top.rglob("*"))}


def small(victim="one\n" * 50):
    host = FakeHost()
    for path, content in {FENCE: "", VICTIM: victim, f"{APP}/in/other": "two"}.items():
        host.disk.write(path, content, 100)
    host.disk.write(VICTIM, victim, 200)
    os.utime(host.disk.place / APP / "in", (0, 0))
    return host


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12)


@st.composite
def hosts(draw):
    """A host whose application has files of any name, content, mode, time and attribute."""
    host = FakeHost()
    host.disk.write(FENCE, "")
    host.disk.write(f"{APP}/.older", "")
    places = st.lists(WORDS.filter(lambda name: name not in {".", ".."}), min_size=1, max_size=3)
    for parts in [["older"], *draw(st.lists(places, max_size=5)), ["victim"]]:
        file = host.disk.place.joinpath(APP, *parts)
        if any(each.is_file() or each.is_symlink() for each in [file, *file.parents]):
            continue
        if file.is_dir():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        filled(draw, file, plain=parts in (["older"], ["victim"]))
    if draw(st.booleans()):
        (host.disk.place / APP / ".again").hardlink_to(host.disk.place / VICTIM)
    os.utime(host.disk.place / VICTIM, (1000, 1000))
    return host


def filled(draw, file, *, plain):
    kind = "file" if plain else draw(st.sampled_from(["file", "file", "directory", "link"]))
    if kind == "directory":
        file.mkdir()
    elif kind == "link":
        file.symlink_to(draw(WORDS))
        return
    else:
        file.write_bytes(draw(st.binary(min_size=1, max_size=300)))
        for name in draw(st.lists(st.sampled_from(["user.a", "user.b"]), unique=True)):
            os.setxattr(file, name, draw(st.binary(max_size=9)))
    owner = draw(st.sampled_from([0, 33, 1000])) if os.geteuid() == 0 else os.geteuid()
    os.chown(file, owner, -1)
    file.chmod(draw(st.sampled_from([0o644, 0o600, 0o755, 0o4750])))
    at = draw(st.integers(0, 900))
    os.utime(file, (at, at))


@each_fault
@settings(max_examples=30, deadline=None)  # the machine may be busy
@given(host=hosts())
def test_whatever_was_there_is_there_again(name, host):
    before, case = seen(host), case_of(name, host)
    case.arm()
    assert seen(host) == before
    assert isinstance(case.inject(), Done)
    assert seen(host) != before
    assert isinstance(case.undo(), Done)
    assert seen(host) == before


# The power fails


class PowerCutError(BaseException):
    """Nobody catches it, as nobody catches a power cut."""


class Power:
    """Fails before the call to the kernel that is the n-th to write (sys.audit)."""

    calls = frozenset(
        {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chown", "os.utime", "os.symlink"}
    )

    def __init__(self):
        self.left = None
        sys.addaudithook(self.heard)

    def heard(self, event, words):
        writes = event == "open" and isinstance(words[2], int) and words[2] & os.O_CREAT
        if self.left is None or not (event in self.calls or writes):
            return
        if not self.left:
            self.left = None
            raise PowerCutError
        self.left -= 1

    @contextmanager
    def failing(self, after):
        """Tell, at the end, whether it failed."""
        self.left, told = after, []
        try:
            yield told
        except PowerCutError:
            told.append("it failed")
        finally:
            self.left = None


POWER = Power()


@each_fault
def test_a_power_cut_before_any_call_of_the_inject_loses_nothing(name):
    for after in range(100):
        host = small()
        before, case = seen(host), case_of(name, host).arm()
        with POWER.failing(after) as failed:
            case.inject()
        assert isinstance(case.undo(), Done)
        assert seen(host) == before
        if not failed:
            break
    assert 0 < after < 99


@each_fault
def test_a_power_cut_before_any_call_of_the_undo_loses_nothing(name):
    for after in range(100):
        host = small()
        before, case = seen(host), case_of(name, host).arm()
        case.inject()
        with POWER.failing(after) as failed:
            case.undo()
        assert isinstance(case.undo(), Done)
        assert seen(host) == before
        if not failed:
            break
    assert 0 < after < 99


@pytest.mark.parametrize("changed", ["dirty", "keep"])
@pytest.mark.parametrize("name", ["remove", "replace", "corrupt", "encrypt", "gone", "answer"])
def test_a_power_cut_while_it_is_undone_loses_nothing_of_somebody_else(name, changed):
    for after in range(100):
        host, path = small(), "drill-a.lab.conf" if name == "answer" else "victim"
        case = case_of(name, host, changed=changed).arm()
        case.inject()
        host.disk.write(f"{APP}/{path}", "somebody else's")
        with POWER.failing(after) as failed:
            case.undo()
        outcome = case.undo()
        assert isinstance(outcome, Failed if changed == "dirty" else Done)
        assert (host.disk.place / APP / path).read_text() == "somebody else's"
        assert originals(host) >= ({"one\n" * 50} if name != "answer" else set())
        if not failed:
            break
    assert after < 99


def originals(host):
    found = (each for each in host.disk.place.rglob("*") if ".drill-" in str(each))
    return {each.read_bytes().decode("utf-8", "replace") for each in found if each.is_file()}


# What was done meanwhile


def test_the_very_same_put_back_by_a_restore_is_as_it_was():
    host = small()
    case, file = case_of("encrypt", host).arm(), host.disk.place / APP
    saved = file.with_name("saved")
    os.system(f"cp -a {file} {saved}")
    case.inject()
    os.system(f"rm -r {file}; mv {saved} {file}")
    assert isinstance(case.undo(), Done)
    assert sorted(each.name for each in file.parent.iterdir()) == ["app"]
    assert (host.disk.place / VICTIM).read_text() == "one\n" * 50


def test_what_the_recovery_made_is_kept_where_that_was_said():
    host = small()
    case = case_of("remove", host, changed="keep").arm()
    case.inject()
    host.disk.write(VICTIM, "restored, but for the last hour")
    outcome = case.undo()
    assert isinstance(outcome, Done)
    assert "stays as the recovery left it" in outcome.note
    assert (host.disk.place / VICTIM).read_text() == "restored, but for the last hour"
    assert originals(host) >= {"one\n" * 50}
    assert isinstance(case_of("replace", host).arm().inject(), Done)


def test_what_is_kept_aside_changed_is_put_back_and_called_dirty():
    host = small()
    case = case_of("remove", host).arm()
    case.inject()
    (aside,) = host.disk.place.glob("srv/app/.drill-*-0")
    aside.write_text("by one who had it open")
    assert isinstance(case.undo(), Failed)
    assert (host.disk.place / VICTIM).read_text() == "by one who had it open"


def test_what_changes_between_arming_and_inject_is_not_broken():
    host = small()
    case = case_of("corrupt", host).arm()
    host.disk.write(VICTIM, "another one")
    before = seen(host)
    assert isinstance(case.inject(), Failed)
    assert isinstance(case.undo(), Failed)
    assert seen(host) == before


def test_a_directory_that_becomes_a_link_leads_nowhere():
    host = small()
    case, app = case_of("remove", host).arm(), host.disk.place / APP
    app.rename(app.with_name("elsewhere"))
    app.symlink_to("elsewhere")
    before = seen(host)
    assert isinstance(case.inject(), Failed)
    assert seen(host) == before


def test_a_directory_that_is_gone_is_dirty():
    host = small()
    case = case_of("remove", host).arm()
    case.inject()
    (host.disk.place / APP).rename(host.disk.place / "srv" / "moved")
    assert isinstance(case.undo(), Failed)
    assert originals(host) >= {"one\n" * 50}


# What is done


def test_what_is_encrypted_can_be_read_with_the_key_that_the_host_keeps():
    host = small()
    case = case_of("encrypt", host).arm()
    case.inject()
    app = host.disk.place / APP
    left = sorted(str(each.relative_to(app)) for each in app.rglob("*") if each.is_file())
    assert left == [".drill-sandbox", "in/other.locked", "victim.locked"]
    key = bytes.fromhex(host.known.read(f"{case.receipt['token']}.json")["intent"]["key"])
    locked = (app / "victim.locked").read_bytes()
    assert b"one" not in locked
    assert ciphertext(locked, key + b"victim") == b"one\n" * 50


def test_flipped_bytes_are_in_the_middle_and_nothing_else_tells():
    host = small()
    before = (host.disk.place / VICTIM).stat()
    case_of("corrupt", host, length=2).arm().inject()
    after = (host.disk.place / VICTIM).stat()
    content = (host.disk.place / VICTIM).read_bytes()
    wrong = [at for at, byte in enumerate(content) if byte != (b"one\n" * 50)[at]]
    assert wrong == [99, 100]
    assert (after.st_size, after.st_mtime_ns, after.st_mode) == (
        *(before.st_size, before.st_mtime_ns, before.st_mode),
    )


def test_only_what_is_old_is_left():
    host = FakeHost()
    for day in range(5):
        host.disk.write(f"{APP}/day-{day}", "x", day * 86400)
    case_of("stale", host, age="2d").arm().inject()
    left = (each.name for each in (host.disk.place / APP).iterdir())
    assert sorted(each for each in left if not each.startswith(".")) == ["day-0", "day-1", "day-2"]


def test_of_a_name_servers_settings_only_what_it_says_of_the_name_is_changed():
    host = small("port=53\naddress=/a.lab/10.0.0.1\ncname=b.lab,a.lab\naddress=/a.lab.net/10.0.0.2")
    case_of("answer", host, path=f"/{VICTIM}", answer="10.0.0.9").arm().inject()
    said = (host.disk.place / VICTIM).read_text()
    assert said == "port=53\naddress=/a.lab.net/10.0.0.2\naddress=/a.lab/10.0.0.9\n"


def test_no_secret_of_it_comes_to_the_controller():
    case = case_of("wrong key", small()).arm()
    note = case.inject().note
    key = case.host.known.read(f"{case.receipt['token']}.json")["intent"]["key"]
    assert key not in note + str(case.receipt)


# What is not done


def linked(host):
    (host.disk.place / VICTIM).unlink()
    (host.disk.place / VICTIM).symlink_to("in/other")


def emptied(host):
    (host.disk.place / VICTIM).unlink()


def unfenced(host):
    (host.disk.place / FENCE).unlink()


def fence_linked(host):
    unfenced(host)
    (host.disk.place / FENCE).symlink_to("victim")


def piped(host):
    os.mkfifo(host.disk.place / APP / "pipe")


def alike(host):
    host.disk.write(VICTIM, "no\n")


def answered(host):
    host.disk.write(f"{APP}/drill-a.lab.conf", "port=0\naddress=/a.lab/\n")


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("remove", emptied, "nothing to break"),
        ("remove", linked, "name what it leads to"),
        ("corrupt", emptied, "nothing to break"),
        ("replace", alike, "nothing to break"),
        ("encrypt", unfenced, "not to be encrypted"),
        ("encrypt", fence_linked, "not to be encrypted"),
        ("encrypt", piped, "sockets or devices"),
        ("answer", answered, "already"),
    ],
)
def test_it_declines(name, change, why):
    host = small()
    change(host)
    before = seen(host)
    with pytest.raises(RefusedError, match=why):
        case_of(name, host).arm()
    assert seen(host) == before


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "/etc/ssh/sshd_config", "/etc/sudoers.d/drill", "/etc/drill/consent.json"),
        *("/var/lib", "/var/lib/drill", "/var/lib/drill/lease", "/home/drill/.ssh/authorized_keys"),
        *("/usr/bin/python3", "/boot/vmlinuz", "/proc/sys", "/root/x", "/srv/.drill-0-0"),
    ],
)
def test_what_the_way_back_needs_is_spared(path):
    case = Case("file.remove", small())
    case.params = files.OnePath(path=path)
    with pytest.raises(RefusedError, match=r"needs to undo|not below any"):
        case.arm()


def test_a_set_whose_directory_holds_drill_is_spared():
    case = case_of("missing", small(), directory="/var/lib", pattern="dr*")
    case.host.disk.write("/var/lib/drill/lease", "")
    with pytest.raises(RefusedError, match="needs to undo"):
        case.arm()


def test_no_newer_than_all_is_taken():
    with pytest.raises(RefusedError, match="no older backup"):
        case_of("stale", small(), age="1h").arm()


def test_too_many_for_one_fault_are_refused():
    host = small()
    for number in range(30):
        host.disk.write(f"{APP}/more-{number}", "", 190)
    with pytest.raises(RefusedError, match="too many"):
        case_of("stale", host).arm()


def test_more_words_than_there_is_room_for_are_refused():
    with pytest.raises(RefusedError, match="too many to be kept"):
        case_of("replace", small(), content="ü" * 1000).arm()


def test_what_ends_a_fault_fits_the_room_that_was_kept():
    host, at = FakeHost(), "n" * 40
    host.disk.write(f"/srv/{at}/old", "")
    for number in range(15):
        host.disk.write(f"/srv/{at}/{at}-{number}", "", 999)
    case = case_of("stale", host, directory=f"/srv/{at}").arm()
    case.inject()
    for number in range(15):
        host.disk.write(f"/srv/{at}/{at}-{number}", "somebody else's", 999)
    case.undo()
    assert len(host.known.texts[f"{case.receipt['token']}.json"]) < ROOM


def test_two_faults_in_one_directory_do_not_meet():
    host = small()
    before = seen(host)
    inner = case_of("remove", host).arm()
    inner.inject()
    with pytest.raises(RefusedError, match="another fault"):
        case_of("encrypt", host).arm()
    other = case_of("remove", host, path=f"/{APP}/in/other").arm()
    other.inject()
    assert isinstance(inner.undo(), Done)
    assert isinstance(other.undo(), Done)
    assert seen(host) == before


@pytest.mark.parametrize(
    ("rules", "declined"),
    [
        ("drill ALL=(ALL) NOPASSWD: ALL", True),
        ("alice, drill ALL=(ALL) ALL", True),
        ("%drill ALL=(ALL) ALL", True),
        ("ALL ALL=(ALL) ALL", True),
        ("#1000 ALL=(ALL) ALL", True),
        ("User_Alias ADMINS = alice, drill", True),
        ("alice ALL=(ALL) ALL", False),
        ("# drill is elsewhere\n%wheel ALL = (ALL) ALL", False),
        ("alice ALL=(drill) ALL", False),
    ],
)
def test_rules_that_drill_may_need_are_spared(rules, declined):
    case = Case("sudo.lost")
    case.host.disk.write("/etc/sudoers.d/operators", rules)
    case.fault, case.params = identity.SudoLost(), identity.SudoParams(file="operators")
    if declined:
        with pytest.raises(RefusedError, match="drill's own login"):
            case.arm()
    else:
        assert isinstance(case.arm().inject(), Done)


@pytest.mark.parametrize(
    ("login", "why"), [("drill", "needs to undo"), ("nobody", "no account"), ("root", "needs to")]
)
def test_accounts_that_drill_needs_are_spared(login, why):
    case = Case("account.lock")
    case.host.expiry["root"] = ""
    case.params = identity.AccountParams(login=login)
    with pytest.raises(RefusedError, match=why):
        case.arm()
