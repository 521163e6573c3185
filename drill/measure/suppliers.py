"""Third parties that recovery depends on: who was there, and how soon they answered.

DORA, Art. 11(4) and RTS 2024/1774, Art. 25(2)(b) ask for them in the test. What the plan
or the command line answers in a supplier's place is no answer of the supplier.
"""

from collections.abc import Iterator, Mapping, Sequence

from drill.graph.absence import deputy_of
from drill.measure.steps import UNSAID
from drill.model.lessons import SupplierView
from drill.model.names import Name, RoleName
from drill.model.overview import Supplier
from drill.model.people import RoleView, SayingView
from drill.model.view import StepView


def supplier_views(
    suppliers: Mapping[Name, Supplier],
    roles: Sequence[RoleView],
    steps: Sequence[StepView],
    sayings: Sequence[SayingView],
) -> tuple[SupplierView, ...]:
    """Return every supplier of a scenario, present or not."""
    heard = [one for one in sayings if not one.refused]
    return tuple(_supplier(name, one, roles, steps, heard) for name, one in suppliers.items())


def took_part(one: SupplierView) -> bool:
    """Tell whether a supplier was there, or answered."""
    return bool(one.persons) or one.responded is not None


def _supplier(
    name: Name,
    one: Supplier,
    roles: Sequence[RoleView],
    steps: Sequence[StepView],
    heard: Sequence[SayingView],
) -> SupplierView:
    seats: tuple[RoleName, ...] = (one.role, deputy_of(one.role)) if one.role else ()
    asked = [step for step in steps if step.by in seats and step.started is not None]
    first = min(asked, key=_started, default=None)
    came = [person for role in roles if role.role in seats for person in role.present]
    spoke = [said.person for said in heard if said.role in seats]
    return SupplierView(
        name=name,
        text=one.text,
        role=one.role or "",
        commitment=one.commitment.total_seconds() if one.commitment else None,
        responded=_responded(first, [said for said in heard if said.role in seats]),
        persons=tuple(dict.fromkeys((*came, *spoke))),
        records=tuple(sorted({seq for step in asked for seq in step.records})),
    )


def _responded(step: StepView | None, said: Sequence[SayingView]) -> float | None:
    """Return how long it took to the first word about what was asked first, in gross seconds."""
    moments = [] if step is None else list(_answers(step, said))
    return min(moments) - _started(step) if step is not None and moments else None


def _answers(step: StepView, said: Sequence[SayingView]) -> Iterator[float]:
    yield from (one.at for one in said if one.step == step.id and one.at >= _started(step))
    if step.ended is not None and step.answered_by not in UNSAID and not step.defaulted:
        yield step.ended


def _started(step: StepView) -> float:
    return step.started or 0.0
