"""Opening an SSH connection: socket, pinned host key, key authentication (RFC 4252, 4253)."""

import errno
import logging
import os
import select
import socket
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event

import paramiko
from paramiko.hostkeys import InvalidHostKey
from paramiko.ssh_exception import IncompatiblePeer

from drill.errors import HostKeyError, RemoteError, StoppedError
from drill.files import open_plain
from drill.ports import Cancel, SshLogin

CONNECT = 10.0
"""Seconds for the whole of it; the step's deadline may leave less."""

KEEPALIVE = 2
LOST = 6_000
"""A host that acknowledges nothing for this many milliseconds is lost (RFC 5482).

With a question every :data:`KEEPALIVE` seconds, a power cut shows within the
sum of both, also on a connection that only waits.
"""

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # its errors reach us as errors

_SLICE = 0.05
_RSA = ("rsa-sha2-512", "rsa-sha2-256")
"""What a server signs with when its key is of type ``ssh-rsa`` (RFC 8332)."""


def connect(login: SshLogin, cancel: Cancel) -> paramiko.Transport:
    """Return an authenticated connection to ``login``.

    Raises:
        HostKeyError: the host is not pinned, or it showed another key.
        RemoteError: it cannot be reached or does not let us in.
        StoppedError: ``cancel`` came first.
    """
    pinned = _pinned(login)
    link = _socket(login, cancel)
    try:
        transport = paramiko.Transport(link)
    except BaseException:
        link.close()
        raise
    try:
        _shake_hands(transport, login, pinned, cancel)
        _log_in(transport, login, cancel)
    except BaseException:
        transport.close()
        raise
    transport.set_keepalive(KEEPALIVE)
    return transport


def _pinned(login: SshLogin) -> Mapping[str, paramiko.PKey]:
    name = login.host if login.port == paramiko.config.SSH_PORT else f"[{login.host}]:{login.port}"
    cure = f"add its key, checked by other means, to {login.known_hosts}"
    try:
        _assert_kept(login.known_hosts, stat.S_IWOTH, "anybody may change")
        entry = paramiko.HostKeys(str(login.known_hosts)).lookup(name)
    except (OSError, ValueError, InvalidHostKey) as error:
        raise HostKeyError(f"no host keys can be read: {error}; {cure}") from error
    if not entry:
        raise HostKeyError(f"{name} has no pinned host key; {cure}")
    return entry


def _assert_kept(file: Path, never: int, who: str) -> None:
    """Look at a file that trust rests on; ``never`` are the permissions it may not have.

    Raises:
        OSError: it is no plain file, or it has one of them.
    """
    descriptor = open_plain(file)
    mode = os.fstat(descriptor).st_mode
    os.close(descriptor)
    if mode & never:
        raise PermissionError(errno.EPERM, f"{who} it: chmod go-rwx it", str(file))


def _revoked(known_hosts: Path) -> frozenset[str]:
    """Return the keys that are marked as stolen (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""
    lines = known_hosts.read_text(errors="replace").splitlines()
    fields = (line.split() for line in lines if line.startswith("@revoked"))
    return frozenset(field[3] for field in fields if len(field) > 3)  # noqa: PLR2004  marker, host, type, key


def _socket(login: SshLogin, cancel: Cancel) -> socket.socket:
    """Connect without ever blocking longer than a slice."""
    where = f"{login.host} port {login.port}"
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            login.host, login.port, type=socket.SOCK_STREAM
        )[0]
        link = socket.socket(family, kind)
    except OSError as error:
        raise RemoteError(f"{where}: {error}") from error
    try:
        # Nagle's algorithm holds back each small packet of a command: 45 ms every time.
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LOST)
        link.setblocking(False)
        link.connect_ex(address)
        _await(lambda: bool(select.select([], [link], [], _SLICE)[1]), where, cancel)
        link.setblocking(True)
    except OSError as error:
        link.close()
        raise RemoteError(f"{where}: {error}") from error
    except BaseException:
        link.close()
        raise
    problem = link.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if problem:
        link.close()
        raise RemoteError(f"{where}: {os.strerror(problem)}")
    return link


def _shake_hands(
    transport: paramiko.Transport,
    login: SshLogin,
    pinned: Mapping[str, paramiko.PKey],
    cancel: Cancel,
) -> None:
    kinds = [kind for key in pinned for kind in (_RSA if key == "ssh-rsa" else (key,))]
    options = transport.get_security_options()
    spoken = [kind for kind in options.key_types if kind in kinds]
    if not spoken:
        raise HostKeyError(f"{login.host}: its pinned key is of a type that is not spoken here")
    options.key_types = spoken
    # Those that also authenticate (RFC 5647) first: paramiko compares other codes byte by byte.
    options.ciphers = sorted(options.ciphers, key=lambda name: "gcm" not in name)
    try:
        _finish(transport, lambda done: transport.start_client(event=done), login, cancel)
    except RemoteError as error:
        refused = error.__cause__
        if not isinstance(refused, IncompatiblePeer) or "host key" not in str(refused):
            raise
        raise HostKeyError(f"{login.host} has no host key of the pinned type: {error}") from error
    shown = transport.get_remote_server_key()
    if shown.get_base64() in _revoked(login.known_hosts):
        raise HostKeyError(f"{login.host} shows a key that {login.known_hosts} marks as revoked")
    if pinned.get(shown.get_name()) != shown:
        raise HostKeyError(
            f"{login.host} shows a host key that is not the pinned one ({shown.fingerprint}); "
            f"somebody may be in between: find out why before you change {login.known_hosts}"
        )


def _log_in(transport: paramiko.Transport, login: SshLogin, cancel: Cancel) -> None:
    try:
        _assert_kept(login.key, stat.S_IRWXG | stat.S_IRWXO, "others may read")
        key = paramiko.PKey.from_path(login.key)
    except (OSError, TypeError, ValueError, paramiko.SSHException) as error:
        raise RemoteError(f"the key {login.key} cannot be used: {error}") from error
    _finish(
        transport,
        lambda done: transport.auth_publickey(login.user, key, event=done),
        login,
        cancel,
    )
    if not transport.is_authenticated():
        raise RemoteError(f"{login.host} does not let {login.user} in with {login.key}")


def _finish(
    transport: paramiko.Transport,
    start: Callable[[Event], object],
    login: SshLogin,
    cancel: Cancel,
) -> None:
    """Run one of paramiko's phases that tell their end by an event."""
    done = Event()
    try:
        start(done)
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise RemoteError(f"{login.host}: {error}") from error
    _await(lambda: done.wait(_SLICE), f"{login.host} port {login.port}", cancel)
    if not transport.is_active():
        cause = transport.get_exception()
        raise RemoteError(f"{login.host} broke the connection off: {cause}") from cause


def _await(happened: Callable[[], bool], where: str, cancel: Cancel) -> None:
    for _ in range(round(CONNECT / _SLICE)):
        if happened():
            return
        if cancel.requested():
            raise StoppedError(f"{where}: stopped before there was a connection; nothing ran")
    raise RemoteError(f"{where}: no connection within {CONNECT:g} s")
