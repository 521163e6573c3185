"""``ansible.playbook``: a recovery step, as the playbook the operators run themselves.

ansible-runner starts ansible-playbook, hears its events and hands them on as
progress. Told to stop, everything that the run started is ended by the mark in
its environment, first on this machine, then on the target, because ssh's end
does not end what runs at the far end.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Annotated, ClassVar

from ansible_runner import Runner, RunnerConfig
from pydantic import Field, JsonValue

from drill.actions.place import Place, ansible_playbook, ssh_options
from drill.actions.story import Story
from drill.actions.warm import Warm
from drill.hosts.access import login_of
from drill.hosts.marked import end_here
from drill.hosts.master import Masters
from drill.hosts.sweep import end_there
from drill.model.base import Model
from drill.model.names import IN_SIGHT
from drill.model.outcome import Failed, Indeterminate, Outcome
from drill.ports import Access, Cancel, Progress, Say

_POLL = 0.2
"""Seconds between two questions whether to stop; ansible-runner's own default is 5."""


class PlaybookParams(Model):
    """Which playbook, and with which variables."""

    playbook: Annotated[
        str,
        Field(
            min_length=1,
            description="The file, from the scenario's place.",
            json_schema_extra=IN_SIGHT,
        ),
    ]
    vars: Annotated[
        Mapping[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], JsonValue],
        Field(description="Ansible's extra variables; texts are data, never templates."),
    ] = {}
    become: Annotated[bool, Field(description="Run all tasks by sudo, which must not ask.")] = False


class Playbook:
    """Runs a playbook on the one target, whatever its ``hosts`` say of others."""

    params: ClassVar[type[Model]] = PlaybookParams

    def __init__(self) -> None:
        self._warm = Warm(ansible_playbook())
        self._masters = Masters()

    def apply(self, on: Access, params: PlaybookParams, cancel: Cancel, say: Say) -> Outcome:
        """Run it; a task that failed is ``Failed``, a lost host or a time-out ``Indeterminate``."""
        playbook = (on.base / params.playbook).resolve()
        if not playbook.is_file():
            return Failed(error=f"there is no playbook {playbook}")
        login, story = login_of(on), Story(say)
        with TemporaryDirectory(prefix="drill-", ignore_cleanup_errors=True) as root:
            place = Place(Path(root), token_hex(8))
            config = self._configured(place, playbook, params.become)  # a server starts meanwhile
            control = self._masters.path(login, ssh_options(login), cancel)
            place.furnish(on.target.model_dump(), login, params.vars, control)
            try:
                runner = _run(config, place.mark, story, cancel)
            finally:
                end_here(place.mark)
            self._confess(say)
            if runner.status == "canceled":
                return _stopped(on, place.mark, story.task)
        return story.ended(runner.status, runner.rc)

    def _configured(self, place: Place, playbook: Path, become: bool) -> RunnerConfig:
        config = RunnerConfig(
            private_data_dir=str(place.root),
            ident="run",
            playbook=str(playbook),
            fact_cache_type="memory",
            envvars=place.environment(),
            quiet=True,
        )
        config.prepare()  # forgets what it was told of the next two, unless a file says so
        config.pexpect_timeout = _POLL
        config.suppress_output_file = True
        config.env = _only_ours(config.env, place.environment())
        program = self._warm.command(config.env, place.root)
        files = ["-i", str(place.inventory), "-e", f"@{place.variables}"]
        as_root = ["--become"] if become else []
        config.command = [*program, *files, *as_root, "--", str(playbook)]
        return config

    def _confess(self, say: Say) -> None:
        """Say once that playbooks take longer here."""
        why = self._warm.complaint()
        if why:
            say(Progress("keep ansible in memory", "skipped", f"each playbook imports it: {why}"))


def _run(config: RunnerConfig, mark: str, story: Story, cancel: Cancel) -> Runner:
    def stop() -> bool:
        if cancel.requested():
            end_here(mark)  # its workers have left the group that the runner kills
        return cancel.requested()

    runner = Runner(config, event_handler=story.hear, cancel_callback=stop)
    runner.run()
    return runner


def _only_ours(env: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, str]:
    """Return what we and ansible-runner set, without the environment that it copies."""
    return {k: v for k, v in env.items() if k in ours or os.environ.get(k) != v}


def _stopped(on: Access, mark: str, task: str) -> Outcome:
    where = f"in task {task!r}" if task else "before its first task"
    doubt = "the target has no shell to look with"
    if on.remote is not None:
        doubt = end_there(on.remote, mark)
    ended = doubt or "all that it ran was ended, here and there"
    return Indeterminate(error=f"told to stop {where}; {ended}")
