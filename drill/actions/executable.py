r"""``exec``: a program on the controller, in any language, that recovers a target.

The protocol, version 1. The program gets one JSON object on standard input::

    {"protocol": 1,
     "target": {"name": "db1", "site": "a", "address": "10.10.0.16", "labels": {}},
     "ssh": {"host": "10.99.0.16", "port": 22, "user": "drill",
             "key": "/…/id", "known_hosts": "/…/known_hosts"},
     "with": {…},
     "seconds": 30.0}

``ssh`` is ``null`` where the target has no login; ``with`` is what the
scenario's author wrote under ``with`` there, secrets filled in; ``seconds`` is
the time left. It answers with JSON objects on standard output, one a line::

    {"protocol": 1}
    {"progress": {"what": "copy the files", "outcome": "started"}}
    {"progress": {"what": "copy the files", "outcome": "changed", "seconds": 1.5, "note": "…"}}
    {"outcome": {"kind": "done", "note": "…"}}

The first line is the handshake: the version it speaks. ``outcome`` in a
progress is one of ``started``, ``ok``, ``changed``, ``skipped``, ``failed`` and
``unreachable``. The last line is how it came out, as in
:mod:`drill.model.outcome`: ``done``, ``failed`` (certainly not; with an
``error``) or ``indeterminate``. Its exit status must then be 0.

A program that ends without an outcome, breaks the protocol or outlives its
time is ``indeterminate``; in the last case its process group is ended first.
Standard error is kept, in part, as evidence. It is run without a shell, in the
directory of the scenario, and inherits of the environment only ``PATH``,
``HOME``, ``LANG`` and ``TZ``.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, JsonValue, ValidationError

from drill.errors import RefusedError, RemoteError
from drill.hosts.group import elevated
from drill.hosts.local import end, follow, spawned
from drill.hosts.output import Kept
from drill.model.base import Model
from drill.model.names import IN_SIGHT
from drill.model.outcome import Indeterminate, Outcome
from drill.ports import Access, Cancel, Progress, Say

PROTOCOL = 1
_ENVIRONMENT = ("PATH", "HOME", "LANG", "TZ")
_LINE = 1 << 16
_PROBLEMS = 3
_EVIDENCE = 4000


class ExecutableParams(Model):
    """Which program, and what it is told."""

    program: Annotated[
        str,
        Field(
            min_length=1,
            description="The file, from the scenario's place.",
            json_schema_extra=IN_SIGHT,
        ),
    ]
    args: Annotated[tuple[str, ...], Field(max_length=64, json_schema_extra=IN_SIGHT)] = ()
    with_: Annotated[
        Mapping[str, JsonValue], Field(alias="with", description="Handed over as it is.")
    ] = {}


class _Said(Model):
    what: str
    outcome: Literal["started", "ok", "changed", "skipped", "failed", "unreachable"]
    note: str = ""
    seconds: float | None = None


class _Message(Model):
    protocol: Literal[1] | None = None
    progress: _Said | None = None
    outcome: Outcome | None = None


class Executable:
    """Runs a program that speaks the protocol of this module."""

    params: ClassVar[type[Model]] = ExecutableParams

    def apply(self, on: Access, params: ExecutableParams, cancel: Cancel, say: Say) -> Outcome:
        """Run it, pass on what it says, and return its outcome."""
        program = _program(on.base, params.program)
        talk, err = _Talk(say), Kept(_EVIDENCE)
        try:
            request = _request(on, params, cancel)
            argv = elevated([str(program), *params.args], root=False)
            with spawned(argv, request, _clean(), on.base) as it:
                ended = follow(it, talk.hear, err.add, cancel)
                if not ended:
                    end(it)
        except RemoteError as error:
            return Indeterminate(error=f"{program.name}: {error}", evidence=err.text())
        if not ended:
            return Indeterminate(error=f"{program.name} was stopped", evidence=err.text())
        return talk.outcome_of(program.name, it.returncode, err.text())


@dataclass
class _Talk:
    """What the program says, line by line."""

    say: Say
    _rest: bytes = b""
    _greeted: bool = False
    _outcome: Outcome | None = None
    _problems: list[str] = field(default_factory=list)

    def hear(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LINE:
            self._note(f"a line is longer than {_LINE} bytes")
            self._rest = b""
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        if len(line) > _LINE:
            self._note(f"a line is longer than {_LINE} bytes")
            return
        try:
            message = _Message.model_validate(_strictly(line))
        except (ValueError, RecursionError) as error:
            why = "" if isinstance(error, ValidationError) else f" ({error})"
            self._note(f"not of the protocol: {line[:80]!r}{why}")
            return
        if message.protocol is not None:
            self._greeted = True
        if message.progress is not None:
            self.say(Progress(**message.progress.model_dump()))
        if message.outcome is not None:
            self._outcome = message.outcome

    def _note(self, problem: str) -> None:
        if len(self._problems) < _PROBLEMS:
            self._problems.append(problem)

    def outcome_of(self, name: str, exit_status: int, err: str) -> Outcome:
        """Return the program's outcome, if it may be believed."""
        problem = next((text for holds, text in self._doubts(exit_status) if holds), None)
        if self._outcome is None or problem is not None:
            return Indeterminate(error=f"{name}: {problem}", evidence=err)
        return self._outcome

    def _doubts(self, exit_status: int) -> tuple[tuple[bool, str], ...]:
        return (
            (exit_status != 0, f"it ended with {exit_status}"),
            (bool(self._problems), "; ".join(self._problems)),
            (not self._greeted, f"it did not say that it speaks protocol {PROTOCOL}"),
            (self._outcome is None, "it ended without an outcome"),
        )


def _strictly(line: bytes) -> Any:
    """Return what a line says; of two values for one key, nobody can tell which is meant.

    Raises:
        ValueError: it is no JSON in UTF-8 (RFC 8259), or not plainly.
    """
    return json.loads(line.decode(), object_pairs_hook=_object, parse_constant=_refuse)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice in it")
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _program(base: Path, name: str) -> Path:
    program = (base / name).resolve()
    if not os.access(program, os.X_OK) or not program.is_file():
        raise RefusedError(f"{program} is not an executable file")
    return program


def _request(on: Access, params: ExecutableParams, cancel: Cancel) -> bytes:
    request: dict[str, Any] = {
        "protocol": PROTOCOL,
        "target": on.target.model_dump(mode="json"),
        "ssh": None if on.login is None else asdict(on.login),
        "with": params.with_,
        "seconds": cancel.remaining(),
    }
    return json.dumps(request, default=str).encode()


def _clean() -> dict[str, str]:
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
