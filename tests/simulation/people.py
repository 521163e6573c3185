"""People under simulation: they answer what they are asked, late or twice, and speak unasked."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter
from simulation.schedule import Schedule
from simulation.virtual import World

from drill.engine.conductor import Conductor
from drill.model.events import Record, StepStarted
from drill.model.sayings import Saying
from drill.model.steps import PEOPLES, Decide, Notify

ANSWERS = {
    "notify": {"says": "acknowledged"},
    "decide": {"says": "decided"},
    "task": {"says": "finished"},
}
_SAYING: TypeAdapter[Saying] = TypeAdapter(Saying)


@dataclass(frozen=True)
class Reply:
    """What somebody was told: why it counts for nothing, and how many records were safe then."""

    refused: str
    synced: int


class People:
    """All who speak in a simulated exercise; each person says but one thing, and is never dead."""

    def __init__(self, schedule: Schedule, world: World) -> None:
        self._schedule, self._world = schedule, world
        self._told: dict[str, int] = {}
        self.said = 0
        """How many spoke, so the number of the next one."""
        self.replies: dict[str, Reply] = {}
        """Person to what they were told; a process that died on it told them nothing."""
        self.unheard: set[str] = set()
        """Who spoke when nobody conducted it."""
        self.conductor: Conductor | None = None
        """Who hears them; none: the process is dead."""
        self.synced: Callable[[], int] = lambda: 0
        self.spoke = False
        """Somebody spoke since the crew waited last."""
        for seconds, role, saying in schedule.talk:
            world.later(seconds, self._speaking(role, saying))

    def hear(self, record: Record) -> None:
        """Answer what is asked, as the fate of that step says."""
        event = record.event
        live = self._schedule.opening.get("mode") == "live"
        if not (live and isinstance(event, StepStarted)):
            return
        step = self._schedule.plan.step(event.step)
        if isinstance(step, PEOPLES):
            self._answer(event.step, step)

    def _answer(self, id_: str, step) -> None:
        fates = self._schedule.fates.get(id_) or [[0, "done", "yes", False, None]]
        n = self._told[id_] = self._told.get(id_, -1) + 1
        takes, kind, choice, _, again = fates[n % len(fates)]
        if takes is None:
            return
        saying = {**ANSWERS[step.kind], "step": id_}
        if isinstance(step, Decide):
            saying["choice"] = choice if kind == "done" else "perhaps"
        elif kind == "failed" and not isinstance(step, Notify):
            saying["says"] = "refused"
        meddled = kind == "indeterminate" and not isinstance(step, Decide)
        role = "observer" if meddled else "boss"
        for seconds in (takes, *(() if again is None else (takes + again,))):
            self._world.later(seconds, self._speaking(role, saying))

    def _speaking(self, role: str, saying: dict) -> Callable[[], None]:
        return lambda: self._speak(role, _SAYING.validate_python(saying))

    def _speak(self, role: str, saying: Saying) -> None:
        person = f"p{self.said}"
        self.said += 1
        conductor = self.conductor
        if conductor is None:
            self.unheard.add(person)
            return

        def told(refused: str) -> None:
            if self.conductor is conductor:
                self.replies[person] = Reply(refused, self.synced())

        self.spoke = True
        conductor.say(person, role, saying, "simulated", told)
