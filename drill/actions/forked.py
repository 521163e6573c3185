"""The child that the fork server forks: one playbook, in this process's copy of ansible.

In all that can be seen from outside it is an ansible-playbook that was started
anew: the leader of its own session, with the lent terminal, environment and
directory, and with the run's mark where /proc shows it, so that whoever ends
what carries the mark ends this child and ansible's workers too.
"""

import ctypes
import fcntl
import os
import signal
import sys
import termios
import traceback
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ansible import constants
from ansible.cli.playbook import PlaybookCLI

from drill.hosts.marked import MARK

_BROKEN = 250
BUILT = Path(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache")
"""Where ansible keeps the modules that it has made ready to be sent, by their names."""
_OWN_CODE = ("collections", "library", "module_utils", "roles")
"""What lies beside a playbook that brings modules, whose names may be those of others."""
_PR_SET_PDEATHSIG = 1
"""prctl(2)."""
_libc = ctypes.CDLL(None, use_errno=True)
_libc.getenv.restype = ctypes.c_void_p
_MARK_AT = _libc.getenv(MARK.encode())
"""Where the mark of this process is in the memory that /proc/PID/environ shows."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the shim was started with."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str

    @property
    def mark(self) -> str:
        """Return the run's mark."""
        return self.env[MARK]


def play(request: Request, lent: Sequence[int], parent: int) -> NoReturn:
    """Run the playbook, and leave this process."""
    status = _BROKEN
    try:
        _stand_alone(parent)
        _take(lent)
        _dress(request)
        warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already")
        PlaybookCLI.cli_executor(list(request.argv))
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else _BROKEN
    except BaseException:  # noqa: BLE001  no child may ever return to the server's loop
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # nobody listens any more
                stream.flush()
        os._exit(status)  # what else is left to do at an exit is the server's


def _stand_alone(parent: int) -> None:
    """Lead a session, and die with the server, whatever it dies of."""
    os.setsid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before it could be said
        os._exit(_BROKEN)


def _take(lent: Sequence[int]) -> None:
    """Take the lent descriptors for standard ones, and let go of the server's."""
    for standard, descriptor in enumerate(lent):
        os.dup2(descriptor, standard)
    os.closerange(len(lent), os.sysconf("SC_OPEN_MAX"))
    with suppress(OSError):  # it is no terminal
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as ansible-runner starts its programs
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)  # by lines, as on any terminal


def _dress(request: Request) -> None:
    os.environ.clear()
    os.environ.update(request.env)
    _carry(request.mark)
    os.chdir(request.cwd)
    sys.argv[:] = request.argv
    local = Path(request.env["ANSIBLE_LOCAL_TEMP"])
    local.mkdir(mode=0o700)
    playbook = Path(request.argv[-1])
    if not any((playbook.parent / name).exists() for name in _OWN_CODE):
        (local / BUILT.name).symlink_to(BUILT)
    # Read when ansible was imported; all else that is a run's own is read when it is used.
    constants.DEFAULT_LOCAL_TMP = str(local)


def _carry(mark: str) -> None:
    """Write the mark over the server's own, which is as long.

    Raises:
        ValueError: it is not.
    """
    if len(mark) != len(ctypes.string_at(_MARK_AT)):
        raise ValueError("the mark has another length than the server's")
    ctypes.memmove(_MARK_AT, mark.encode(), len(mark))
