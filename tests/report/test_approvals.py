"""Who approved the plan stands in the report, with the key that signed."""

from exercise.stories import TASK, at, opening_of, plan_with

from drill.journal.memory import MemoryJournal
from drill.measure.timeline import view
from drill.model.events import Approval
from drill.report.files import FORMATS


def test_the_report_names_who_approved_the_plan():
    journal, plan = MemoryJournal(), plan_with(look=TASK)
    approval = Approval(by="ann", key="SHA256:abc", expires=at(0).wall)
    journal.append(opening_of(plan, approvals=(approval,)), at(0))
    seen = view(journal, None, journal.head)
    assert seen.approvals == (("ann", "SHA256:abc"),)
    for name in ("html", "markdown", "json"):
        text = FORMATS[name](seen).decode()
        assert "ann" in text
        assert "SHA256:abc" in text
