"""The work of watching a service: sampling it, writing canaries, reading them back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from drill.crews.beats import sample_of, write_of
from drill.crews.pace import Beat, pace
from drill.crews.reading import read_until_agreed
from drill.crews.secrets import Secrets
from drill.crews.token import Token
from drill.crews.vantage import seen_from
from drill.model.events import LedgerRead, SamplesTaken, WatchEnded, WritesMade
from drill.model.names import TargetName
from drill.model.outcome import Done, Indeterminate, Outcome
from drill.plugins import Registry
from drill.ports import Access, Canary, Cancel, Clock, Reading, ReadOrder, Receipted, WatchOrder

Say = Callable[[SamplesTaken | WritesMade | WatchEnded | LedgerRead], None]

_CLOSING = 5.0
"""Seconds that removing the canaries may take."""


@dataclass(frozen=True)
class Watching:
    """What watches need, and whom they tell."""

    registry: Registry
    secrets: Secrets
    vantage: Callable[[TargetName], Access]
    """Where a probe stands."""
    clock: Clock
    say: Say

    def watch(self, order: WatchOrder, cancel: Cancel) -> Outcome:
        """Watch until cancelled."""
        if order.kind == "probe":
            self._sample(order, cancel)
        else:
            self._write(order, cancel)
        return Done()

    def read(self, order: ReadOrder, cancel: Cancel) -> LedgerRead:
        """Read a ledger back until two reads agree, then remove what was written."""
        ledger, params = self._ledger(order.uses, order.with_)
        nodes, reads, agreed = read_until_agreed(
            lambda: ledger.read(params, order.run, cancel), cancel
        )
        outcome: Outcome = Indeterminate(error=f"{reads} reads, and no two agreed")
        if agreed:
            outcome = self._remove(lambda token: ledger.close(params, order.run, token))
        return LedgerRead(
            ticket=order.ticket, service=order.service, nodes=nodes, reads=reads, outcome=outcome
        )

    def _remove(self, close: Callable[[Token], None]) -> Outcome:
        """Remove the canaries; what was read counts also if they stay."""
        try:
            close(self._token(_CLOSING))
        except Exception as error:  # noqa: BLE001  the plug-in boundary
            return Done(note=f"the canaries could not be removed: {error}")
        return Done()

    def _sample(self, order: WatchOrder, cancel: Cancel) -> None:
        probe = self.registry.probes[order.uses]
        params = probe.params.model_validate(self.secrets.fill(order.with_))

        places = {name: self.vantage(name) for name in order.vantages}

        def look(_: int, cancel: Cancel) -> Reading:
            looks = {
                name: partial(probe.observe, place, params, cancel)
                for name, place in places.items()
            }
            return seen_from(looks, order.needed)

        def sink(beats: tuple[Beat[Reading], ...]) -> None:
            samples = tuple(sample_of(beat) for beat in beats)
            self.say(SamplesTaken(ticket=order.ticket, service=order.service, samples=samples))

        self._pace(order, look, sink, cancel)

    def _write(self, order: WatchOrder, cancel: Cancel) -> None:
        ledger, params = self._ledger(order.uses, order.with_)
        ledger.open(params, order.run, cancel)

        def write(n: int, cancel: Cancel) -> Receipted:
            receipted: Receipted = ledger.write(params, Canary(order.run, order.ticket, n), cancel)
            return receipted

        def sink(beats: tuple[Beat[Receipted], ...]) -> None:
            writes = tuple(write_of(beat) for beat in beats)
            self.say(WritesMade(ticket=order.ticket, service=order.service, writes=writes))

        self._pace(order, write, sink, cancel)

    def _ledger(self, uses: str, with_: Any) -> tuple[Any, Any]:
        ledger = self.registry.ledgers[uses]
        return ledger, ledger.params.model_validate(self.secrets.fill(with_))

    def _pace(self, order: WatchOrder, work: Any, sink: Any, cancel: Cancel) -> None:
        pace(
            order.every.total_seconds(),
            order.within.total_seconds(),
            work,
            sink,
            cancel,
            now_ns=lambda: self.clock.now().boot_ns,
            new_cancel=self._token,
        )

    def _token(self, seconds: float) -> Token:
        return Token(self.clock, seconds)
