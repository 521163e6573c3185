"""Roles that are absent: all that they would do goes to their deputies. Pure.

People are lost as hosts are (ISO 22301, 8.3.4: the loss of people), and a plan
that hangs on one of them is found out by leaving that one away.
"""

from collections.abc import Iterator, Mapping

from drill.graph.case import Case
from drill.model.names import PARAM, RoleName
from drill.model.problem import Problem
from drill.model.scenario import Role, Scenario
from drill.model.services import Service
from drill.model.steps import Escalation, Notify, Step, StoryInject

_ASKED = ("notify", "by")
"""Where a step names the role that it asks."""


def deputised(scenario: Scenario) -> Scenario:
    """Give each part of a role that is absent to its deputy, who becomes a role of its own."""
    deputies = {name: deputy_of(name) for name, role in scenario.roles.items() if _stood_in(role)}
    if not deputies:
        return scenario
    return scenario.model_copy(
        update={
            "roles": {**scenario.roles, **{name: Role() for name in deputies.values()}},
            "services": {n: _owned(s, deputies) for n, s in scenario.services.items()},
            "steps": {id_: _asking(step, deputies) for id_, step in scenario.steps.items()},
        }
    )


def deputy_of(role: RoleName) -> RoleName:
    """Return what the deputy of a role is called."""
    return RoleName(f"{role}-deputy")


def roles_of(scenario: Scenario) -> tuple[RoleName, ...]:
    """Return each role that somebody may fill: those of the scenario, and their deputies."""
    deputies = (deputy_of(name) for name, role in scenario.roles.items() if role.deputy)
    return tuple(dict.fromkeys((*scenario.roles, *deputies)))


def absences(case: Case) -> Iterator[Problem]:
    """Yield each role that is absent and has nobody to stand in for it."""
    for name, role in case.scenario.roles.items():
        if isinstance(role.absent, str) and not PARAM.fullmatch(role.absent):
            what = f"whether `{name}` is absent is true or false, not `{role.absent}`"
            yield case.error(("roles", name, "absent"), what)
        if role.absent is True and not role.deputy:
            what = f"`{name}` is absent, and nobody stands in for it"
            yield case.error(("roles", name), what, "give it `deputy: true`, or let it be there")


def _stood_in(role: Role) -> bool:
    return role.absent is True and role.deputy


def _owned(service: Service, deputies: Mapping[RoleName, RoleName]) -> Service:
    return service.model_copy(update={"owner": deputies.get(service.owner, service.owner)})


def _asking(step: Step, deputies: Mapping[RoleName, RoleName]) -> Step:
    asked = {key: getattr(step, key) for key in _ASKED if hasattr(step, key)}
    change: dict[str, object] = {key: deputies.get(role, role) for key, role in asked.items()}
    if isinstance(step, StoryInject):
        change["to"] = tuple(deputies.get(role, role) for role in step.to)
    if isinstance(step, Notify):
        change["escalate"] = tuple(_escalated(each, deputies) for each in step.escalate)
    return step.model_copy(update=change)


def _escalated(each: Escalation, deputies: Mapping[RoleName, RoleName]) -> Escalation:
    to = each.to and deputies.get(each.to, each.to)
    return each.model_copy(update={"to": to})
