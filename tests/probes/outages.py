"""What the tests of true outages share: real samples, in an open loop, and their view."""

from probes.paced import Paced

from drill.crews.beats import sample_of
from drill.measure.timeline import view
from drill.model.events import (
    ExerciseClosed,
    ExerciseOpened,
    FaultPrepared,
    Record,
    SamplesTaken,
    StepEnded,
    StepStarted,
)
from drill.model.outcome import Done
from drill.model.scenario import Scenario
from drill.model.time import Stamp

EVERY, WITHIN, STABLE = 0.1, 1.0, 0.5
NS = 1_000_000_000
WALL = "2026-03-01T12:00:00Z"


class Watch(Paced):
    """Samples by ``look(cancel)`` as the threads crew does, until it is stopped."""

    def __init__(self, look, deadline, now_ns):
        super().__init__(lambda _, cancel: look(cancel), EVERY, WITHIN, 600, deadline, now_ns)

    def stop(self):
        return [sample_of(beat) for beat in self.beats()]


def view_of(samples, commanded, effective):
    """Return the view of an exercise that consists of one fault and these samples."""
    service = {
        "owner": "head",
        "rto": {"target": "10s"},
        "probe": {"uses": "tcp.connect", "every": f"{EVERY * 1000:g}ms", "within": f"{WITHIN:g}s"},
        "stable": f"{STABLE * 1000:g}ms",
    }
    scenario = Scenario.model_validate(
        {
            "drill": 1,
            "id": "true-outage",
            "title": "An outage of known length",
            "targets": "targets.yaml",
            "services": {"orders": service},
            "roles": {"head": {}},
            "steps": {"lose": {"inject": "process.kill", "on": "web1", "timeout": "9s"}},
        }
    )
    story = [
        (
            samples[0].start,
            ExerciseOpened(run="r", mode="live", scenario=scenario, targets=(), digest="d"),
        ),
        (commanded, StepStarted(step="lose", deadline=stamp(commanded))),
        (commanded, FaultPrepared(step="lose", ticket=1, receipt={})),
        (effective, StepEnded(step="lose", ticket=1, outcome=Done())),
        (samples[-1].end, SamplesTaken(ticket=0, service="orders", samples=tuple(samples))),
        (samples[-1].end, ExerciseClosed()),
    ]
    records = [
        Record(seq=seq, prev="", at=stamp(at), event=event) for seq, (at, event) in enumerate(story)
    ]
    return view(records, None, "")


def stamp(ns):
    return Stamp(wall=WALL, boot_ns=ns, boot="b")
