"""Ending a process group, at whichever end of a connection it runs.

A command becomes the leader of its own process group and tells its id on the
first line of its standard error, before it is executed: that line is how the
group is found again when the command must be stopped.
"""

from collections.abc import Sequence
from shlex import join

from drill.errors import RefusedError

MARK = b"drill-group "
"""Begins the line that tells the group; whatever a login shell prints before it is noise."""

_END = """
g=$1
gone() {
  ps -A -o pgid= -o stat= | while read -r group stat; do
    if [ "$group" = "$g" ]; then case $stat in Z*) ;; *) exit 1 ;; esac; fi
  done
}
for signal in TERM KILL; do
  kill -s $signal -- "-$g" 2>/dev/null
  for i in 1 2 3 4; do gone && exit 0; sleep 0.05; done
done
exit 1
"""
"""TERM first, so that a tool can tidy up, then KILL; a zombie that awaits its parent is gone."""

SUDO = ("sudo", "-n", "--")
"""Never asks: a password prompt would hang until the deadline."""


def elevated(argv: Sequence[str], root: bool) -> list[str]:
    """Return ``argv``, run by root where ``root`` asks for it.

    Raises:
        RefusedError: no command line can hold it, or its program would be read as an option.
    """
    if any("\0" in word for word in argv):
        raise RefusedError("a command line cannot hold a NUL")
    if not argv or argv[0].startswith("-"):
        raise RefusedError(f"{argv[:1]} names no program")
    return [*SUDO, *argv] if root else [*argv]


def announced(argv: Sequence[str]) -> str:
    """Return the line for a POSIX shell that tells its group and becomes ``argv``.

    sshd and ``start_new_session`` both make that shell the leader of a group;
    ``exec`` keeps its process id, and children and ``sudo`` stay in the group.
    """
    return f'echo "{MARK.decode()}$$" >&2; exec {join(argv)}'


def ending(group: int, root: bool) -> list[str]:
    """Return the command that ends ``group``; its exit status is 0 when nothing is left."""
    return elevated(["sh", "-c", _END, "drill-end", str(group)], root)


def split_mark(err: bytes) -> tuple[int | None, bytes]:
    """Return the group told in ``err``, if it has been told yet, and ``err`` after that line."""
    _, found, rest = err.partition(MARK)
    number, complete, rest = rest.partition(b"\n")
    if not found or not complete or not number.isdigit():
        return None, err
    return int(number), rest
