"""Runs on disk, as they are left by an exercise that was told as a journal."""

from drill.cli.shelf import JOURNAL
from drill.journal.file import FileJournal
from drill.model.events import ExerciseOpened


def keep(records, runs, name, shift, **scenario):
    """Keep a run under a name, moved in time, with parts of its scenario changed; return it."""
    journal = runs / name / JOURNAL
    with FileJournal(journal) as file:
        for record in records:
            event = record.event
            if isinstance(event, ExerciseOpened):
                changed = event.scenario.model_copy(update=scenario)
                event = event.model_copy(update={"run": name, "scenario": changed})
            wall = record.at.wall + shift
            file.append(event, record.at.model_copy(update={"wall": wall}))
        file.sync()
    return journal
