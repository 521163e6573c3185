"""What the fabric's socket can ask for, as a table of verbs."""

import time
from collections.abc import Callable, Mapping

from pydantic import ValidationError

from drill.hosts.fabric import Answer, Ask, FabricState, Span, Verb
from drill.lab import network
from drill.lab.machine import Machine
from drill.lab.spec import LabSpec


class RefusedError(Exception):
    """The fabric will not do this; certainly nothing was changed."""


class Control:
    """The verbs over one lab's machines and wires.

    ``reap(machine)`` waits until a killed machine is gone: it must be before it boots again.
    """

    def __init__(
        self,
        spec: LabSpec,
        machines: Mapping[str, Machine],
        router: int,
        reap: Callable[[Machine], None],
    ) -> None:
        self._spec = spec
        self._machines = machines
        self._router = router
        self._reap = reap
        self._cut: set[tuple[str, str]] = set()
        self._observer = True
        self._thaws: dict[str, float] = {}
        self._verbs: Mapping[Verb, Callable[[Ask], None]] = {
            "power-off": lambda ask: self._machine(ask).power_off(),
            "power-on": lambda ask: self._power_on(self._machine(ask)),
            "shutdown": lambda ask: self._machine(ask).press_power_button(),
            "replace-disk": lambda ask: self._replace_disk(self._machine(ask)),
            "freeze": lambda ask: self._freeze(self._machine(ask), ask.seconds),
            "keep-frozen": lambda ask: self._keep_frozen(self._machine(ask), ask.seconds),
            "thaw": lambda ask: self._thaw(self._machine(ask)),
            "link": lambda ask: self._machine(ask).link(up=ask.up),
            "management-link": lambda ask: self._machine(ask).management_link(up=ask.up),
            "site-link": self._site_link,
            "observer-link": self._observer_link,
            "state": lambda _ask: None,
        }

    def answer(self, line: bytes) -> Answer:
        """Do what a line asks; a refusal is an answer too."""
        began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        refused: str | None = None
        state: FabricState | None = None
        try:
            ask = Ask.model_validate_json(line)
            self._verbs[ask.verb](ask)
            state = self._state() if ask.verb == "state" else None
        except (RefusedError, ValidationError, OSError) as error:
            refused = str(error)
        ended = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return Answer(span=Span(began=began, ended=ended), refused=refused, state=state)

    def _machine(self, ask: Ask) -> Machine:
        machine = self._machines.get(ask.names[0] if ask.names else "")
        if machine is None:
            raise RefusedError(f"there is no such host; hosts are {', '.join(self._machines)}")
        return machine

    def _power_on(self, machine: Machine) -> None:
        if machine.state().power == "on":
            return
        self._reap(machine)
        machine.power_on()

    def _replace_disk(self, machine: Machine) -> None:
        machine.power_off()
        self._reap(machine)
        machine.replace_disk()
        machine.power_on()

    def until_thaw(self) -> float | None:
        """Return the seconds to the next time that a host thaws by itself; None: none does."""
        now = time.monotonic()
        return min((max(0.0, at - now) for at in self._thaws.values()), default=None)

    def thaw_due(self) -> None:
        """Thaw the hosts whose time has come, whoever froze them."""
        for name in [name for name, at in self._thaws.items() if at <= time.monotonic()]:
            self._thaw(self._machines[name])

    def _freeze(self, machine: Machine, seconds: float | None) -> None:
        if machine.state().power == "off":
            raise RefusedError(f"{machine.name} has no power")
        machine.freeze(frozen=True)
        self._thaws.pop(machine.name, None)
        if seconds is not None:
            self._thaws[machine.name] = time.monotonic() + seconds

    def _keep_frozen(self, machine: Machine, seconds: float | None) -> None:
        if not machine.state().frozen:
            raise RefusedError(f"{machine.name} is not frozen")
        self._freeze(machine, seconds)

    def _thaw(self, machine: Machine) -> None:
        self._thaws.pop(machine.name, None)
        if machine.state().frozen:
            machine.freeze(frozen=False)

    def _site_link(self, ask: Ask) -> None:
        pair = tuple(sorted(ask.names))
        if len(set(pair)) != 2 or not set(pair) <= set(self._spec.sites):  # noqa: PLR2004 - a pair
            raise RefusedError(f"name two of the sites {', '.join(self._spec.sites)}")
        a, b = pair
        if ask.up and (a, b) in self._cut:
            network.nft_batch(network.join(a, b), self._router)
            self._cut.discard((a, b))
        elif not ask.up and (a, b) not in self._cut:
            network.nft_batch(network.cut(a, b), self._router)
            self._cut.add((a, b))

    def _observer_link(self, ask: Ask) -> None:
        """Part drill from all, in silence: nothing answers, and nothing is refused."""
        for machine in self._machines.values():
            machine.management_link(up=ask.up)
        if ask.up != self._observer:
            lines = network.readmit() if ask.up else network.expel()
            network.nft_batch(lines, self._router)
            self._observer = ask.up

    def _state(self) -> FabricState:
        hosts = {
            name: machine.state().model_copy(update={"thaws": name in self._thaws})
            for name, machine in self._machines.items()
        }
        return FabricState(hosts=hosts, cut=tuple(sorted(self._cut)), observer=self._observer)
