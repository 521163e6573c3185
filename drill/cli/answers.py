"""What a word means that somebody types in answer to a step."""

from collections.abc import Mapping
from datetime import timedelta

from drill.errors import UsageError
from drill.exercise.answers import role_of
from drill.model.names import RoleName, StepId
from drill.model.sayings import (
    FACILITATOR,
    Accepted,
    Acknowledged,
    Claimed,
    Decided,
    Finished,
    Refused,
    Saying,
)
from drill.model.steps import PEOPLES, Decide, Notify, Step, Task
from drill.model.time import parse_duration

_WORDS: Mapping[str, type[Acknowledged | Finished | Refused | Accepted]] = {
    "acknowledge": Acknowledged,
    "done": Finished,
    "refuse": Refused,
    "accept": Accepted,
}


def choices(step: Step) -> tuple[str, ...]:
    """Return what can be answered to a person's step; nothing, if how long it takes."""
    match step:
        case Decide():
            return tuple(step.options)
        case Notify():
            return ("acknowledge",)
        case Task():
            return ("done", "refuse", "accept")
        case _:
            return ()


def answered(
    id_: StepId, step: Step | None, word: str, note: str = "", *, works: bool = True
) -> Saying:
    """Return what is said with one word: an option, ``done`` and its like, or a duration.

    Of a step that nobody knows the word alone tells; whether it fits is the conductor's to say.

    Raises:
        UsageError: it is no answer to any step of that kind.
    """
    if isinstance(step, Decide):
        return Decided(step=id_, choice=word, note=note)
    if word in _WORDS:
        return _WORDS[word](step=id_, note=note)
    if isinstance(takes := _duration(word), timedelta):
        return Claimed(step=id_, takes=takes, works=works, note=note)
    if step is None:
        return Decided(step=id_, choice=word, note=note)
    offered = ", ".join(choices(step)) or "how long it takes, like 20m"
    raise UsageError(f"{word!r} is no answer to {id_}: say {offered}")


def answerer_of(step: Step | None) -> RoleName:
    """Return the role that a step asks; for what no role is asked, the facilitator."""
    return role_of(step) if isinstance(step, PEOPLES) else RoleName(FACILITATOR)


def understood(options: tuple[str, ...], text: str) -> str | None:
    """Return the option meant by its number or its beginning; the only one needs no word.

    >>> understood(("failover", "wait"), "f")
    'failover'
    >>> understood(("failover", "wait"), "2")
    'wait'
    """
    if text.isdigit():
        place = int(text) - 1
        return options[place] if 0 <= place < len(options) else None
    found = [option for option in options if option.startswith(text.lower())]
    return found[0] if len(found) == 1 else None


def _duration(word: str) -> object:
    try:
        return parse_duration(word)
    except ValueError:
        return None
