"""One sample from several places at once: what can be said of a service that they see differently.

A fault may cut a service off from some of its users and not from others. All
places look at the same moment; a sample begins with the first and ends with the last.
"""

import threading
from collections.abc import Callable, Mapping

from drill.model.names import TargetName
from drill.ports import Reading

_NOTE = 200
"""Characters of a note."""


def seen_from(looks: Mapping[TargetName, Callable[[], Reading]], needed: int) -> Reading:
    """Look from every place at once, and agree."""
    if len(looks) == 1:
        (look,) = looks.values()
        return look()
    found: dict[TargetName, Reading] = {}

    def take(name: TargetName, look: Callable[[], Reading]) -> None:
        try:
            found[name] = look()
        except Exception as error:  # noqa: BLE001  the plug-in boundary
            found[name] = Reading(state="unknown", note=f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=take, args=pair, daemon=True) for pair in looks.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return agreed(found, needed)


def agreed(found: Mapping[TargetName, Reading], needed: int) -> Reading:
    """Return what holds whatever those saw that could not look.

    Good if enough places see it so; bad if even all that could not look would not
    be enough; unknown if it hangs on them.
    """
    good = [name for name, one in found.items() if one.state == "good"]
    unknown = sum(one.state == "unknown" for one in found.values())
    by = found[good[0]].by if good else ""
    if len(good) >= needed:
        return Reading(state="good", by=by, note=_others(found))
    state = "bad" if len(good) + unknown < needed else "unknown"
    return Reading(state=state, by=by, note=_others(found))


def _others(found: Mapping[TargetName, Reading]) -> str:
    """Return what the places say that do not see it well."""
    said = (f"{n}: {r.note or r.state}" for n, r in found.items() if r.state != "good")
    return "; ".join(said)[:_NOTE]
