"""What ansible's events tell: the task in flight, what came of each, and of the whole."""

from collections.abc import Mapping
from typing import Any, Literal

from drill.model.outcome import Done, Failed, Indeterminate, Outcome
from drill.ports import Progress, Say

_NOTE = 300
_BANNER = "@@@@@@@@"
_EVIDENCE = 4000

_ENDS: Mapping[str, Literal["ok", "skipped", "failed", "unreachable"]] = {
    "runner_on_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
}
_STARTS = frozenset({"playbook_on_task_start", "playbook_on_handler_task_start"})
_COMPLAINTS = frozenset({"error", "warning", "system_warning", "verbose"})

_NEVER_CONNECTED = (
    "ssh: connect to host",
    "Could not resolve hostname",
    "Host key verification failed",
    "REMOTE HOST IDENTIFICATION HAS CHANGED",
    "REVOKED HOST KEY DETECTED",
    "No ED25519 host key is known",
    "Permission denied",
    "banner exchange",
)
"""What ssh says when it gave up before a session began (OpenSSH's messages)."""


class Story:
    """Hears the events of one run of ansible-playbook; never raises, for that would end the run."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._tasks = 0
        self._ok = 0
        self._changed = 0
        self._failed: tuple[str, str, str] | None = None
        self._unreachable: tuple[str, str, int] | None = None
        self._complaints = ""
        self.task = ""
        """The task in flight; empty before the first."""

    def hear(self, event: Mapping[str, Any]) -> bool:
        """Take an event in; ``False`` tells ansible-runner to keep no file of it."""
        kind = str(event.get("event", ""))
        about = event.get("event_data")
        if kind in _COMPLAINTS and not self._tasks:
            self._complaints = f"{self._complaints}{event.get('stdout') or ''}\n"[-_EVIDENCE:]
        elif not isinstance(about, Mapping):  # not every event has any
            return False
        elif kind in _STARTS:
            self._tasks += 1
            self.task = str(about.get("name") or about.get("task") or "a task without a name")
            self._tell(Progress(self.task, "started"))
        elif kind in _ENDS:
            self._end(kind, about)
        return False

    def ended(self, status: str, code: int | None) -> Outcome:
        """Return what came of the whole run, that nobody stopped."""
        if self._unreachable is not None:
            return self._cut_off(*self._unreachable)
        if self._failed is not None:
            task, note, evidence = self._failed
            return Failed(error=f"{task}: {note}", evidence=evidence)
        if status == "successful":
            return Done(note=f"{self._ok} tasks, {self._changed} changed something")
        why = next(iter(self._complaints.strip().splitlines()), f"it ended with {code}")
        if self._tasks:
            return Indeterminate(error=f"{self.task}: ansible-playbook fell: {why}")
        return Failed(error=f"ansible-playbook: {why}", evidence=self._complaints)

    def _end(self, kind: str, about: Mapping[str, Any]) -> None:
        outcome = _ENDS[kind]
        told = about.get("res")
        told = told if isinstance(told, Mapping) else {}
        task, note = str(about.get("name") or about.get("task") or self.task), _note(told)
        if outcome == "ok":
            self._ok += 1
            self._changed += bool(told.get("changed"))
        elif outcome == "failed" and not about.get("ignore_errors"):
            self._failed = task, note, _evidence(told)
        elif outcome == "unreachable":
            self._unreachable = task, note, self._tasks
        changed = outcome == "ok" and told.get("changed")
        seconds = about.get("duration")
        said = note if outcome in {"failed", "unreachable"} else ""
        self._tell(
            Progress(
                task,
                "changed" if changed else outcome,
                said,
                float(seconds) if isinstance(seconds, int | float) else None,
            )
        )

    def _cut_off(self, task: str, note: str, number: int) -> Outcome:
        certain = number == 1 and any(text in note for text in _NEVER_CONNECTED)
        kind = Failed if certain else Indeterminate
        return kind(error=f"{task}: unreachable: {note}")

    def _tell(self, progress: Progress) -> None:
        try:
            self._say(progress)
        except Exception as error:  # noqa: BLE001  whoever listens must not end the recovery
            self._complaints += f"nobody heard of {progress.what}: {error}\n"


def _note(told: Mapping[str, Any]) -> str:
    """Return the one line that says most; ansible has hidden what ``no_log`` covers."""
    for key in ("censored", "msg", "stderr", "stdout", "module_stderr", "module_stdout"):
        text = str(told.get(key) or "").strip()
        if _BANNER in text:  # ssh frames its warnings of another host key
            return " ".join(text.replace("@", " ").split())[:_NOTE]
        if text and text != "non-zero return code":
            return text.splitlines()[-1 if key.startswith("std") else 0][:_NOTE]
    return str(told.get("msg") or "")


def _evidence(told: Mapping[str, Any]) -> str:
    keys = ("msg", "stdout", "stderr", "module_stdout", "module_stderr")
    return "\n".join(f"{key}: {told[key]}"[-_EVIDENCE:] for key in keys if told.get(key))
