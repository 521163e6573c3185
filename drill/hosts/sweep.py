"""Ending the processes of a target that carry the mark of :mod:`drill.hosts.marked`."""

from drill.errors import RemoteError
from drill.hosts.marked import MARK
from drill.hosts.patience import Grace
from drill.ports import Remote

_END = 10.0

_SWEEP = """
i=0
while [ $i -lt 20 ]; do
  files=$(grep -lszxF -e "$1" /proc/[0-9]*/environ) || exit 0
  for file in $files; do pid=${file#/proc/}; kill -s KILL "${pid%/environ}" 2>/dev/null; done
  i=$((i + 1)); sleep 0.05
done
exit 1
"""
"""Again and again, because a process may have forked while it was read."""


def end_there(remote: Remote, mark: str) -> str:
    """Kill every process of a target that carries ``mark``; say what is in doubt."""
    argv = ["sh", "-c", _SWEEP, "drill-sweep", f"{MARK}={mark}"]
    try:
        # Without sudo there, nothing can have been started by it either.
        done = any(remote.run(argv, Grace(_END), root=root).exit == 0 for root in (True, False))
    except RemoteError as error:
        return f"what runs there could not be ended: {error}"
    return "" if done else "what runs there could not be ended"
