"""What must hold after every story of kills: read from the world first, and only then the journal.

Written from the promises (no effect without a durable intent, at most one effect a fault, all
undone or said to stand), not from the code that keeps them.
"""

from collections import Counter
from collections.abc import Iterator

from kills.world import World

from drill.errors import JournalError
from drill.exercise.evolve import fold
from drill.exercise.state import Standing
from drill.journal.pin import pin_path
from drill.journal.reader import read
from drill.model.events import Record


def problems_of(world: World, *, approved: bool) -> Iterator[str]:
    """Yield each promise that was broken, its kind before the colon.

    ``approved``: a person said that the exercise may go on after a restart.
    """
    try:
        records, _ = read(world.journal)
    except JournalError as error:
        yield f"unverifiable: {error}"
        return
    yield from _closing(world, records)
    yield from _faults(world, records)
    yield from _effects(world)
    yield from _intents(world, records)
    if not approved and injects_after_resume(world):
        yield "bold: a fault was prepared after a restart that nobody had approved"


def _closing(world: World, records: tuple[Record, ...]) -> Iterator[str]:
    if not records or records[-1].event.type != "exercise-closed":
        yield "open: the journal does not end with the close"
    known = {world.journal, pin_path(world.journal)}
    if litter := set(world.journal.parent.iterdir()) - known:
        yield f"litter: {sorted(each.name for each in litter)}"


def _tokens(records: tuple[Record, ...]) -> dict[str, str]:
    """Return the step of each token that the journal has a receipt of."""
    return {
        str(record.event.receipt["token"]): record.event.step
        for record in records
        if record.event.type == "fault-prepared"
    }


def _faults(world: World, records: tuple[Record, ...]) -> Iterator[str]:
    known, state = _tokens(records), fold(records)
    stuck = {id_ for id_, step in state.steps.items() if step.standing is Standing.STUCK}
    for token in world.faults():
        if known.get(token) not in stuck:
            yield f"left standing: {known.get(token)}, and the journal says that all is well"
    for id_ in stuck:
        yield f"stuck: {id_}, though the host is well"


def _effects(world: World) -> Iterator[str]:
    effects = world.effects()
    for (verb, step, token), times in Counter(effects).items():
        if verb != "undo" and times > 1:
            yield f"doubled: {verb} of {step} {token} happened {times} times"
    undone = set()
    for verb, step, token in effects:
        if verb == "undo":
            undone.add(token)
        elif verb == "inject" and token in undone:
            yield f"late: {step} {token} was injected after its undo"


def _intents(world: World, records: tuple[Record, ...]) -> Iterator[str]:
    sent = dict(line.split() for line in world.sent.read_text().splitlines())
    known = _tokens(records)
    for verb, step, token in world.effects():
        if verb != "inject":
            continue
        if sent.get(token) != "allowed" or token not in known:
            yield f"hasty: {step} {token} was injected before its receipt was safe"
    if len(set(known.values())) != len(known):
        yield "doubled: a step has two receipts"


def injects_after_resume(world: World) -> int:
    """Count the faults that were prepared after a restart that found any step begun."""
    began, resumed, count = False, False, 0
    for record in read(world.journal)[0]:
        prepared = record.event.type == "fault-prepared"
        resumed = resumed or (began and record.event.type == "conductor-resumed")
        began = began or record.event.type == "step-started"
        count += resumed and prepared
    return count


def refusals(world: World) -> int:
    """Count the injects that came to the host after their undo."""
    return sum(came == "refused" for *_, came in world.log())
