"""What a durable record orders, in the words of a crew. Pure."""

from dataclasses import replace

from drill.errors import JournalInconsistentError
from drill.exercise.clock import asked_of_people
from drill.exercise.conditions import needs_crew
from drill.exercise.state import RunState
from drill.graph.plan import Plan
from drill.model.events import ExerciseOpened, WatchStarted
from drill.model.names import ServiceName, StepId
from drill.model.services import ServiceProbe
from drill.model.steps import PEOPLES, Decide, Notify, Step, Task
from drill.model.time import Stamp
from drill.ports import Order, ReadOrder, WatchOrder


def step_order(plan: Plan, state: RunState, id_: StepId) -> Order | None:
    """Return the order for a started step, if a crew is to work on it and it has not ended."""
    step, known = plan.step(id_), state.steps[id_]
    if not needs_crew(step) or known.deadline is None:
        return None
    if isinstance(step, PEOPLES) and asked_of_people(_opened(state)):
        return None
    answer = _answer_for(step, _opened(state))
    return Order(known.ticket, id_, step, known.deadline, answer=answer)


def undo_order(plan: Plan, state: RunState, id_: StepId, ticket: int, deadline: Stamp) -> Order:
    """Return the order for the undo of a step's fault."""
    return Order(ticket, id_, plan.step(id_), deadline, undo=state.steps[id_].receipt)


def watch_order(plan: Plan, state: RunState, event: WatchStarted) -> WatchOrder:
    """Return the order to watch a service."""
    service = plan.scenario.services[event.service]
    spec = service.probe if event.kind == "probe" else service.ledger
    if spec is None:
        raise JournalInconsistentError(f"{event.service} has no {event.kind}")
    order = WatchOrder(
        ticket=state.watches[event.service, event.kind].ticket,
        service=event.service,
        kind=event.kind,
        uses=spec.uses,
        with_=spec.with_,
        every=spec.every,
        within=spec.within,
        run=_opened(state).run,
    )
    if isinstance(spec, ServiceProbe):
        return replace(order, vantages=spec.from_, needed=spec.needed)
    return order


def read_order(plan: Plan, state: RunState, service: ServiceName) -> ReadOrder:
    """Return the order to read a service's ledger back."""
    ledger, watch = plan.scenario.services[service].ledger, state.watches[service, "ledger"]
    if ledger is None or watch.deadline is None:
        raise JournalInconsistentError(f"{service} has no ledger")
    return ReadOrder(
        ticket=watch.ticket,
        service=service,
        uses=ledger.uses,
        with_=ledger.with_,
        run=_opened(state).run,
        deadline=watch.deadline,
    )


def _opened(state: RunState) -> ExerciseOpened:
    if state.opened is None:
        raise JournalInconsistentError("the exercise is not open")
    return state.opened


def _answer_for(step: Step, opened: ExerciseOpened) -> str | None:
    """Return what ``--yes-as`` said for the role that a person's step asks."""
    match step:
        case Notify():
            return opened.answers.get(step.notify)
        case Decide() | Task():
            return opened.answers.get(step.by)
        case _:
            return None
