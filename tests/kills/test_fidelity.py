"""What may become of a command when its connection suffers: the same, simulated and for real.

Where they differ the simulation is wrong.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from kills.far import Far, Real, Simulated

from drill.errors import RemoteError, StoppedError
from drill.testing.cancels import HandCancel

TAKES = 0.8
"""Seconds that a command takes."""
MIDWAY = 0.4

Deed = Callable[[Far, HandCancel], object]


def nothing(far: Far, cancel: HandCancel) -> None: ...


@dataclass(frozen=True)
class Case:
    """What happens before a command, and midway; what the caller hears, and what was done."""

    hears: str
    """``exit N``, ``stopped`` (certainly ended or never begun), or ``unknown``."""
    done: bool
    """Whether the command left its mark in the end."""
    before: Deed = nothing
    midway: Deed = nothing
    then: Deed = nothing
    """Half of its time after ``midway``."""
    exit: int = 0
    stubborn: bool = False
    """It ignores a polite request to end."""
    deadline: float = 30.0
    cold: bool = False
    """There is no connection yet."""


def silent(far, cancel):
    far.silence(asks=False, answers=False)


def loud(far, cancel):
    far.silence(asks=True, answers=True)


CASES = {
    "well": Case("exit 0", done=True),
    "it fails": Case("exit 3", done=True, exit=3),
    "a signal ends it": Case("exit -1", done=False, exit=-1),
    "the first command of a connection": Case("exit 0", done=True, cold=True),
    "told to stop": Case("stopped", done=False, midway=lambda far, cancel: cancel.request()),
    "told to stop, and it will not": Case(
        "stopped", done=False, stubborn=True, midway=lambda far, cancel: cancel.request()
    ),
    "told to stop beforehand": Case(
        "stopped", done=False, cold=True, before=lambda far, cancel: cancel.request()
    ),
    "the deadline passes": Case("stopped", done=False, deadline=MIDWAY),
    "SIGKILL of its session": Case(
        "unknown", done=True, midway=lambda far, cancel: far.kill_session()
    ),
    "SIGSTOP of its session": Case(
        "unknown", done=True, midway=lambda far, cancel: far.stop_session(), deadline=1.0
    ),
    "SIGSTOP of its session, and SIGCONT": Case(
        "exit 0",
        done=True,
        midway=lambda far, cancel: far.stop_session(),
        then=lambda far, cancel: far.continue_session(),
    ),
    "SIGKILL of the listener": Case(
        "exit 0", done=True, midway=lambda far, cancel: far.stop_listening()
    ),
    "reset": Case("unknown", done=True, midway=lambda far, cancel: far.cut(reset=True)),
    "closed": Case("unknown", done=True, midway=lambda far, cancel: far.cut(reset=False)),
    "reset before it": Case("exit 0", done=True, before=lambda far, cancel: far.cut(reset=True)),
    "half open": Case("unknown", done=True, midway=silent, deadline=1.0),
    "half open, and told to stop": Case(
        "unknown", done=True, midway=silent, then=lambda far, cancel: cancel.request()
    ),
    "half open for a while": Case("exit 0", done=True, midway=silent, then=loud),
    "half open before it": Case("unknown", done=False, before=silent, deadline=1.0),
    "the reply is lost": Case(
        "unknown",
        done=True,
        midway=lambda far, cancel: far.silence(asks=True, answers=False),
        deadline=1.0,
    ),
    "a hung host": Case("stopped", done=False, cold=True, before=silent, deadline=1.0),
    "nobody listens": Case(
        "unknown", done=False, cold=True, before=lambda far, cancel: far.stop_listening()
    ),
    "its client goes away": Case(
        "unknown", done=True, midway=lambda far, cancel: far.remote.close()
    ),
}


@pytest.fixture(params=[Simulated, Real], ids=["simulated", "real"])
def far(request, tmp_path):
    far = request.param(tmp_path)
    yield far
    far.close()


def heard(far, argv, cancel):
    try:
        return f"exit {far.remote.run(argv, cancel).exit}"
    except StoppedError:
        return "stopped"
    except RemoteError:
        return "unknown"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_the_caller_hears_and_what_was_done(far, case):
    if not case.cold:
        assert heard(far, far.deed("before", 0, 0, stubborn=False), HandCancel()) == "exit 0"
    cancel = HandCancel(case.deadline)
    case.before(far, cancel)
    steps = [
        threading.Timer(MIDWAY, case.midway, (far, cancel)),
        threading.Timer(MIDWAY * 1.5, case.then, (far, cancel)),
    ]
    for step in steps:
        step.start()
    told = heard(far, far.deed("it", TAKES, case.exit, stubborn=case.stubborn), cancel)
    for step in steps:
        step.join()
    loud(far, cancel)
    assert (told, done_in_the_end(far, expected=case.done)) == (case.hears, case.done)


def done_in_the_end(far, *, expected):
    until = time.monotonic() + (10 if expected else 2 * TAKES)
    while time.monotonic() < until:
        if "it" in far.marks():
            return True
        time.sleep(0.02)
    return False


def test_after_a_lost_link_the_next_command_finds_a_new_one_and_both_are_done(far):
    timer = threading.Timer(MIDWAY, far.cut, kwargs={"reset": True})
    timer.start()
    assert heard(far, far.deed("it", TAKES, 0, stubborn=False), HandCancel()) == "unknown"
    timer.join()
    assert heard(far, far.deed("next", 0, 0, stubborn=False), HandCancel()) == "exit 0"
    assert done_in_the_end(far, expected=True)
    assert "next" in far.marks()
