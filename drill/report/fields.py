"""What standards ask of an after-action report: every field, who fills it, and where it applies.

The union of what HSEEP, NIST SP 800-34 and 800-84, DORA with its technical standards, CPS 230,
ISO 22301 and others ask for, in our own words. A field is never left out: one that people fill
in and did not is printed as missing.
"""

from dataclasses import dataclass
from functools import cache

from drill.model.view import View

MACHINE, PEOPLE, COMPUTED, BOTH = "M", "H", "C", "M/H"
TABLETOP, FUNCTIONAL, FULL_SCALE = "tabletop", "functional exercise", "full-scale exercise"
DEPTHS = (TABLETOP, FUNCTIONAL, FULL_SCALE)
"""How deep an exercise goes (NIST SP 800-84, 2.4), in the order of the table's columns."""

_TABLE = """
# Header
001 M/H xxx Title, identity, version and state of the report, date, who may read it | HSEEP
002 H   xxx Author, reviewers, distribution list | HSEEP, ISO 22301 7.5
003 H   xxx Organisation, entity, sponsor, point of contact | HSEEP, RTS 2024/1774 27(2)(a)
004 M   xxx Identity of the evidence, head of the journal, how to verify it | CSF RS.AN-06, AU-9(3)
# Executive summary
010 C   xxx Result of each service: target, actual, verdict, grade | CPS 230 41
011 C   xxx Strengths, areas for improvement, urgent issues | HSEEP, SP 800-84 6.5
012 H   xxx Decisions asked of management; residual risk to be accepted | DORA 13(5)
013 C   xxx What this exercise does not prove | RTS 2024/1774 25(2)(d), SP 800-34 4.1
# Overview
020 M   xxx Name, dates, duration gross and net, location, type, announced or not | HSEEP
021 M   xxx Scope, exclusions, services, sites, suppliers | SP 800-84
022 M   xxx Scenario, category, severity, threat basis, entries of the risk register | RTS 26(2)
023 M   xxx Objectives and success criteria as fixed at the start | SP 800-34 3.5.1
024 M   xxx Plans under test, with versions | CP-4
025 M/H xxx Participants: planned, present, absent, deputies, third parties | HSEEP, SOC 2 A1.3
026 H   xxx Evaluators and their independence | DORA 24(4)
027 M   xxx Approvals | ISO 27001 A.8.34
028 M   -xx Versions of software and scenario; fingerprint of the environment | IR-3(3)
# Results: time
030 M   xxx Marks T0c to T11 of each service, with source and grade | NIS2 2024/2690 3.5.4
031 M   xxx Recovery time from onset, detection, declaration; gross, net, target | C5 OPS-08
032 M   xxx Detection, assessment, decision, mobilisation times | DORA 13(2)
033 M   xxx Work recovery time, whole outage, margin to the MTPD | SP 800-34 3.2.1, FINMA 110
034 M   -xx Minimum service level: when reached, sustained, under load | CPS 230 38(c)
035 M   xxx Each step: planned and actual, waiting and work | HSEEP
036 M   -xx Critical path and slack; the steps that cost most | critical path method
037 M/H -ox Failback and reconstitution; who declared the end of recovery | RC.RP-06, SP 800-34 4.4
038 M   -xx Uncertainty of the measurement: interval, window, clock | AU-8
# Results: data
040 M   -xx Recovery point of each store: resolution, holes, losses, consistency | CPS 230 38(b)
041 M   -xx Backup sets used: identity, age, place, isolation, key | CP-9(8), CIS 11.4
042 M   -xx Integrity and malware check before use | CSF RC.RP-03
043 M   -xx Checks of what was restored | CSF RC.RP-05, CP-9(1)
044 M/H -xx Reconciliation, and replay of lost work | DORA 12(7), RBI 29(h)
045 M   -xx Sample: population, size, method, seed | CP-9(2), CIS 11.5
# Results: people and decisions
050 M/H xxx Decision log | NIS2 2024/2690 4.1.4
051 M/H xxx Declaration, against the criteria | CSF DE.AE-08, RS.MA-05
052 M   xxx Escalations: due, made, late | DORA 13(2)(c)
053 C   xxx Key-person dependence: steps that only one person could do | SOC 2 A1.3
054 M   xxx Roles exercised, and training credit | CP-3, NYDFS 500.16(c)
# Results: communication
060 M   xxx Notifications sent, acknowledged, failed; alternates | SP 800-34 4.2.2
061 M/H xxx Regulatory clocks: start, limit, taken, margin, completeness | the regimes named
062 H   xxx Messages to customers, public and data subjects: check of content | GDPR 34
# Results: security, suppliers, site
070 M/H -xx Security controls in the recovered state; exceptions and their end | A.5.29, CP-13
071 H   oxx Evidence preserved during recovery | A.5.28
072 H   xxx Suppliers: commitment, response, evidence | DORA 11(4), CP-8(4)
073 M/H -ox Alternate site: parity, load, duration, gaps | CP-4(2), RBI 29(c)
074 M   -xx Segregation of the environment restored into | DORA 12(3)
075 M/H -xx Personal data touched, masked, wiped | GDPR, A.8.33
# Conduct
080 M   -xx Proof of injection: commanded, effective, removed | CP-4(5)
081 M   xxx Deviations, pauses, overrides, with reason and approver | TLPT RTS Annex VII
082 M/H xxx Assumptions: held, disproved, not tested | RTS 2024/1774 25(2)(d)
083 C   xxx Realism: announced, experts present, pre-staged, clean data | practice
084 M   -xx Stop conditions and safety events; unintended impact | DORA 26(5)
085 M   -xx Proof of the cleaning up | SP 800-34 4.4
086 M   xxx Steps failed, skipped and not executed, with reason | practice
# Analysis
090 C   xxx Each objective: result, rating, suggested rating, evaluator, reason | HSEEP
091 H   xxx Strengths, each with its evidence | HSEEP
092 H   xxx Areas for improvement: statement, reference, analysis | HSEEP
093 H   xxx Root cause of each miss | CSF RS.AN-03, PCI A3.3.1.1
094 M   xxx Comparison with previous runs; repeated findings | RTS 27(2)(k), CA-7(3)
095 H   xxx Hot wash, feedback of participants | SP 800-84 4.5, HSEEP
096 H   xxx Effect on the rating of risks, for better and worse | DORA 13(3)
# Improvement plan
100 C   xxx Findings: id, severity, objective, evidence | CA-5, CC4.2
101 H   xxx Corrective actions, and the capability element of each | HSEEP
102 H   xxx Responsible function and person, internal or external; resources | HSEEP
103 H   xxx Start, due date, status, progress, risk of delay | HSEEP
104 C   xxx How each fix is verified: what must pass in which later run | DORA 24(5), RBI 29(b)
105 H   xxx Residual risk accepted: by whom, why, until when | RTS 27(2)(h)(vi)
106 M/H xxx Changes to plan, analysis, training or scenario made as a result | CP-2
# Controls
110 M   xxx Controls: evidence, state, valid until | A.5.36, CC4.1
111 M   xxx Statement of limits | practice
# Sign-off and appendices
120 H   xxx Review of the results: who, when, comments; acceptance by management | CP-4b
130 M   xxx Timeline, injects as run, roster, index of raw evidence | HSEEP
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a standard asks of the report."""

    id: str
    section: str
    by: str
    """M, the machine; H, people; C, computed, and confirmed by people; M/H, both."""
    depths: str
    """For tabletop, functional and full-scale: ``x`` required, ``o`` optional, ``-`` not asked."""
    title: str
    source: str

    @property
    def peoples(self) -> bool:
        """Tell whether people fill it in, or a part of it."""
        return PEOPLE in self.by

    def asked(self, depth: str) -> str:
        """Return ``x``, ``o`` or ``-`` for one of :data:`DEPTHS`."""
        return self.depths[DEPTHS.index(depth)]


@cache
def fields() -> tuple[Field, ...]:
    """Return every field, in the order of a report."""
    found: list[Field] = []
    section = ""
    for line in _TABLE.strip().splitlines():
        if line.startswith("#"):
            section = line.removeprefix("# ")
            continue
        number, by, depths, rest = line.split(maxsplit=3)
        title, _, source = rest.partition(" | ")
        found.append(Field(f"AAR-{number}", section, by, depths, title, source))
    return tuple(found)


def depth_of(view: View) -> str:
    """Return how deep an exercise goes; a rehearsal, as deep as what it rehearses."""
    if view.mode == TABLETOP:
        return TABLETOP
    full = view.about is not None and view.about.kind == "full-scale"
    return FULL_SCALE if full else FUNCTIONAL
