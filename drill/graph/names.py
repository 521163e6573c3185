"""Checks of the names a scenario uses: targets, roles, services, parameters."""

import re
from collections.abc import Iterator

from drill.errors import PluginError
from drill.graph.absence import roles_of
from drill.graph.case import Case, watched
from drill.graph.params import as_text, texts_of
from drill.graph.source import Loc
from drill.graph.words import did_you_mean
from drill.model.names import PARAM, SECRET, ServiceName, StepId
from drill.model.problem import Problem
from drill.model.scenario import Scenario
from drill.model.services import OBSERVER
from drill.model.steps import Inject, Notify, Step, StoryInject

_REFERENCE = re.compile(r"\$(?:secret|param):[\w-]*")


def bounds(case: Case) -> Iterator[Problem]:
    """Yield each step on a target that is out of bounds."""
    if case.targets is None:
        return
    for id_, step in case.scenario.steps.items():
        name = getattr(step, "on", None)
        if name is not None and not case.scenario.targets:
            what = f"`{name}` is out of bounds: the scenario has no `targets:`, and touches nothing"
            yield case.error(("steps", id_, "on"), what, "name the file that lists it, at the top")
        elif name is not None and name not in case.targets:
            what = f"`{name}` is out of bounds: {case.scenario.targets} does not list it"
            yield case.error(("steps", id_, "on"), what, did_you_mean(name, case.targets))


def roles(case: Case) -> Iterator[Problem]:
    """Yield each part that is given to a role nobody has."""
    for name, loc in _roles_of(case.scenario):
        known = roles_of(case.scenario) if "escalate" in loc else tuple(case.scenario.roles)
        if name not in known:
            cure = did_you_mean(name, known)
            yield case.error(loc, f"there is no role `{name}`", cure)


def _roles_of(scenario: Scenario) -> Iterator[tuple[str, Loc]]:
    for name, service in scenario.services.items():
        yield service.owner, ("services", name, "owner")
    for third, supplier in scenario.suppliers.items():
        if supplier.role is not None:
            yield supplier.role, ("suppliers", third, "role")
    for id_, step in scenario.steps.items():
        for key in ("notify", "by"):
            if hasattr(step, key):
                yield getattr(step, key), ("steps", id_, key)
        yield from _told(id_, step)


def _told(id_: StepId, step: Step) -> Iterator[tuple[str, Loc]]:
    """Yield each role that is told besides, and where it is named."""
    if isinstance(step, StoryInject):
        for n, role in enumerate(step.to):
            yield role, ("steps", id_, "to", n)
    if isinstance(step, Notify):
        for n, each in enumerate(step.escalate):
            if each.to is not None:
                yield each.to, ("steps", id_, "escalate", n, "to")


def services(case: Case) -> Iterator[Problem]:
    """Yield each question after a service that is not there, or has no probe to tell."""
    for name, loc in _asked_after(case.scenario):
        service = case.scenario.services.get(name)
        if service is None:
            cure = did_you_mean(name, case.scenario.services)
            yield case.error(loc, f"there is no service `{name}`", cure)
        elif service.probe is None:
            yield case.error(loc, f"`{name}` has no probe to tell its state", "give it a `probe:`")


def _asked_after(scenario: Scenario) -> Iterator[tuple[ServiceName, Loc]]:
    for id_, step in scenario.steps.items():
        state = watched(step)
        if state is not None:
            yield state.service, ("steps", id_, "with", "service")
    for n, condition in enumerate(scenario.stop):
        yield condition.probe, ("stop", n, "probe")


def vantages(case: Case) -> Iterator[Problem]:
    """Yield each place that a probe cannot look from, or that would be broken itself."""
    broken = {step.on: id_ for id_, step in case.scenario.steps.items() if isinstance(step, Inject)}
    for name, service in case.scenario.services.items():
        probe = service.probe
        for n, place in enumerate(probe.from_ if probe else ()):
            if probe is None or place == OBSERVER:
                continue
            loc: Loc = ("services", name, "probe", "from", n)
            if case.targets is not None and place not in case.targets:
                cure = did_you_mean(place, [OBSERVER, *case.targets])
                yield case.error(loc, f"there is no place `{place}` to look from", cure)
            if place in broken:
                what = f"`{place}` sees nothing while `{broken[place]}` breaks it"
                yield case.error(loc, what, "look from where no fault strikes")
            if not _looks_from_afar(case, probe.uses):
                what = f"`{probe.uses}` looks from the observer only"
                yield case.error(loc, what, "use http.get, tcp.connect or tls.certificate")


def _looks_from_afar(case: Case, probe: str) -> bool:
    try:
        return probe not in case.catalogue.probes or getattr(
            case.catalogue.probes[probe], "from_afar", False
        )
    except PluginError:
        return True  # told where it is named


def stops(case: Case) -> Iterator[Problem]:
    """Yield that nothing would end an exercise that breaks something."""
    for id_, step in case.scenario.steps.items():
        if isinstance(step, Inject) and not case.scenario.stop:
            cure = "add `stop:` with a `probe:`, and `for:` how long it may be bad"
            yield case.warning(("steps", id_), "no condition ends the exercise early", cure)
            return


def references(case: Case) -> Iterator[Problem]:
    """Yield each ``$param:`` that there is not, and each ``$secret:`` whose name cannot be."""
    known = case.written.params
    for loc, text in texts_of(case.written):
        for match in _REFERENCE.finditer(text):
            whole, param = match[0], PARAM.fullmatch(match[0])
            if param is not None and param[1] not in known:
                what = f"there is no parameter `{param[1]}`"
                yield case.error(loc, what, did_you_mean(param[1], known))
            elif param is None and SECRET.fullmatch(whole) is None:
                what = f"`{whole}` is no reference"
                yield case.error(loc, what, "names have lower-case letters, digits and hyphens")


def params(case: Case) -> Iterator[Problem]:
    """Yield each parameter with a default it does not allow, or that nothing uses."""
    used = {name for _, text in texts_of(case.written) for name in PARAM.findall(text)}
    for name, param in case.written.params.items():
        if param.options and param.default not in param.options:
            what = f"the default of `{name}` is not one of its options"
            cure = f"known here: {', '.join(map(as_text, param.options))}"
            yield case.error(("params", name, "default"), what, cure)
        if name not in used:
            what = f"nothing uses the parameter `{name}`"
            yield case.warning(("params", name), what, f"write $param:{name}, or remove it")
