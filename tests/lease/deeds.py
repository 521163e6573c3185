"""What programs do with files, as a program of its own: the same in every directory, or it says so.

``deeds.py DIRECTORY`` prints what came of each deed.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

PAGE = 4096


def looks(path):
    """Tell what of a file must not differ; times only as far as they were set."""
    found = os.lstat(path)
    return [oct(found.st_mode), found.st_nlink, found.st_uid, found.st_gid, found.st_size]


def creates():
    os.umask(0o027)
    Path("made").write_text("x" * 10)
    os.mkdir("shared", 0o2770)
    os.chmod("shared", 0o2770)
    Path("shared/inner").touch()
    os.mkfifo("pipe", 0o640)
    os.symlink("made", "soft")
    os.link("made", "hard")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    for path in ("made", "shared", "shared/inner", "pipe", "soft", "hard", "socket"):
        yield path, looks(path)
    yield os.readlink("soft"), os.path.samefile("made", "hard")
    yield (
        sorted(os.listdir(".")),
        sorted(each.name for each in os.scandir(".") if each.is_symlink()),
    )
    try:
        os.open("made", os.O_CREAT | os.O_EXCL)
    except OSError as error:
        yield error.errno


def renames():
    Path("one").write_text("1")
    Path("two").write_text("2")
    with open("two") as old:
        os.rename("one", "two")
        yield old.read(), os.fstat(old.fileno()).st_nlink, Path("two").read_text()
    os.makedirs("a/b/c")
    Path("a/b/c/file").write_text("deep")
    os.chdir("a/b/c")
    os.rename("../../../a", "../../../z")
    yield Path("file").read_text(), sorted(os.listdir("../../.."))
    os.chdir("../../..")
    Path("three").write_text("3")
    libc = ctypes.CDLL(None, use_errno=True)
    for flags in (1, 2):  # RENAME_NOREPLACE, RENAME_EXCHANGE
        ended = libc.renameat2(-100, b"three", -100, b"two", flags)
        yield ended, ctypes.get_errno() if ended else 0, Path("two").read_text()
    for deed in (lambda: os.rmdir("z"), lambda: os.rename("two", "z"), lambda: os.unlink("no")):
        try:
            deed()
        except OSError as error:
            yield errno.errorcode[error.errno]


def writes():
    with open("grown", "w+b", buffering=0) as file:
        file.write(b"0123456789")
        os.ftruncate(file.fileno(), 5)
        file.seek(20)
        file.write(b"end")
        yield os.pread(file.fileno(), 100, 0), looks("grown")
        os.posix_fallocate(file.fileno(), 0, 8192)
        yield looks("grown")
        os.fsync(file.fileno())
        os.fdatasync(file.fileno())
        os.unlink("grown")
        os.fchmod(file.fileno(), 0o600)
        os.ftruncate(file.fileno(), 3)
        yield os.fstat(file.fileno()).st_size, oct(os.fstat(file.fileno()).st_mode)
        yield os.pread(file.fileno(), 10, 0)
    Path("log").write_text("")
    ends = [os.open("log", os.O_WRONLY | os.O_APPEND) for _ in range(2)]
    for number in range(6):
        os.write(ends[number % 2], b"%d" % number)
    yield Path("log").read_text()
    os.truncate("log", 3)
    yield Path("log").read_text()
    Path("big").write_bytes(bytes(range(256)) * 20000)
    yield len(Path("big").read_bytes()), Path("big").read_bytes()[4999999:5000003].hex()
    open("big", "w").close()
    yield looks("big")
    place = os.open(".", os.O_RDONLY)
    os.fsync(place)
    os.close(place)
    sparse = os.open("sparse", os.O_RDWR | os.O_CREAT)
    os.pwrite(sparse, b"x", 1 << 20)
    yield os.lseek(sparse, 0, os.SEEK_DATA) in (0, 1 << 20), os.lseek(sparse, 0, os.SEEK_END)
    direct = os.open("sparse", os.O_RDWR | os.O_DSYNC)
    yield os.pwrite(direct, b"y", 0), os.pread(sparse, 1, 0)


def maps():
    Path("mapped").write_bytes(b"a" * PAGE * 3)
    with open("mapped", "r+b") as file:
        with mmap.mmap(file.fileno(), 0) as shared:
            shared[PAGE] = ord("b")
            shared.flush()
            yield os.pread(file.fileno(), 2, PAGE)
            os.pwrite(file.fileno(), b"c", 2 * PAGE)
            yield shared[2 * PAGE : 2 * PAGE + 2]
        with mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE) as own:
            own[0] = ord("z")
            yield own[:2], os.pread(file.fileno(), 2, 0)
    Path("tool").write_bytes(Path("/bin/true").read_bytes())
    os.chmod("tool", 0o755)
    yield subprocess.run(["./tool"], check=False).returncode


def sets():
    Path("it").touch()
    os.utime("it", ns=(10**18 + 5, 10**18 + 7))
    yield os.stat("it").st_atime_ns, os.stat("it").st_mtime_ns
    os.chmod("it", 0o4751)
    yield oct(os.stat("it").st_mode)
    Path("it").write_text("changed")
    yield oct(os.stat("it").st_mode)
    for name in ("user.a", "user.b"):
        try:
            os.setxattr("it", name, name.encode() * 3)
            yield os.getxattr("it", name), [each for each in os.listxattr("it") if "user" in each]
            os.removexattr("it", name)
            os.getxattr("it", name)
        except OSError as error:
            yield errno.errorcode[error.errno]
    disk = os.statvfs(".")
    yield disk.f_bsize, disk.f_frsize, disk.f_blocks, disk.f_namemax
    try:
        Path("n" * 256).touch()
    except OSError as error:
        yield errno.errorcode[error.errno]


def locks():
    Path("locked").touch()
    one, two = (os.open("locked", os.O_RDWR) for _ in range(2))
    fcntl.flock(one, fcntl.LOCK_EX)
    try:
        fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        yield errno.errorcode[error.errno]
    threading.Timer(0.1, fcntl.flock, (one, fcntl.LOCK_UN)).start()
    fcntl.flock(two, fcntl.LOCK_EX)
    fcntl.lockf(one, fcntl.LOCK_EX, 10)
    if not (child := os.fork()):
        try:
            fcntl.lockf(two, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 5)
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    yield errno.errorcode[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]


def databases():
    with sqlite3.connect("db", timeout=20) as db:
        db.execute("pragma journal_mode=wal")
        db.execute("create table t(n)")
    db.close()

    def work():
        own = sqlite3.connect("db", timeout=60)
        for number in range(10):
            with own:
                own.execute("insert into t values (?)", (number,))
        own.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    yield sqlite3.connect("db").execute("select count(*), sum(n) from t").fetchone()


def many():
    for number in range(3000):
        Path(f"n{number}").touch()
    with os.scandir(".") as found:
        seen = [each.name for each, _ in zip(found, range(1000), strict=False)]
        for name in seen:
            os.unlink(name)
        seen += [each.name for each in found]
    yield len(seen), len(set(seen)), len(os.listdir("."))
    subprocess.run(["sh", "-c", "rm n*"], check=True)
    yield os.listdir(".")


def is_refused():
    """For who is not root: what rights are for."""
    Path("own").touch()
    for deed in (
        lambda: os.chown("own", 0, 0),
        lambda: Path("../theirs").read_text(),
        lambda: Path("../closed/x").write_text("x"),
        lambda: os.unlink("../sticky/theirs"),
        lambda: os.mknod("device", stat.S_IFCHR | 0o600, os.makedev(1, 3)),
    ):
        try:
            yield deed()
        except OSError as error:
            yield errno.errorcode[error.errno]


def main(place):
    signal.alarm(120)
    told = {}
    for deed in (creates, renames, writes, maps, sets, locks, databases, many, is_refused):
        os.chdir(place)
        os.mkdir(deed.__name__)
        os.chdir(deed.__name__)
        told[deed.__name__] = [repr(each) for each in deed()]
        os.umask(0o022)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
