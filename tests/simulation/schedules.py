"""Hypothesis strategies: random plans in random worlds, and well-known plans in such."""

from dataclasses import replace

import networkx as nx
from exercise.stories import LEDGER, PROBE, scenario_of
from hypothesis import strategies as st
from simulation.network import ANOMALIES
from simulation.references import REFERENCES
from simulation.schedule import Crash, Schedule

from drill.graph.plan import waits_of

SECONDS = st.sampled_from([1, 2, 5, 10])
KINDS = ("inject", "recover", "check", "state", "notify", "decide", "task")


@st.composite
def _step(draw, names, i, services):
    kinds = KINDS if services else tuple(kind for kind in KINDS if kind != "state")
    kind = draw(st.sampled_from(kinds))
    limit = f"{draw(SECONDS)}s"
    acting = {"on": draw(st.sampled_from(["host", "other"])), "timeout": limit}
    step = {
        "inject": {"inject": "a.fault", **acting},
        "recover": {"recover": "an.action", **acting},
        "check": {"check": "a.probe", "timeout": limit},
        "notify": {"notify": "boss", "message": "hear", "acknowledge": limit},
        "task": {"task": "look", "by": "boss", "timeout": limit},
        "decide": {
            "decide": "go?",
            "by": "boss",
            "options": {"yes": "go", "no": "stay"},
            "default": {"option": "no", "after": limit},
        },
        "state": {"check": "service.state", "timeout": limit},
    }[kind]
    if kind == "state":
        seen = {"service": draw(st.sampled_from(sorted(services))), "for": f"{draw(SECONDS)}s"}
        step["with"] = {**seen, "is": draw(st.sampled_from(["good", "bad"]))}
    if draw(st.booleans()):
        step["on-failure"] = "continue"
    if draw(st.integers(0, 4)) == 0:
        step["at"] = f"T+{draw(st.integers(0, 60))}s"
    return step


@st.composite
def _edge(draw, name, step):
    labels = ["", ".ended", ".failed", ".indeterminate"]
    if "inject" in step:
        labels += [".undone"] * 3
    if "decide" in step:
        labels += [".yes", ".no"]
    return name + draw(st.sampled_from(labels))


@st.composite
def _steps(draw, services, most):
    names = [f"s{i}" for i in range(draw(st.integers(1, most)))]
    steps = {}
    for i, name in enumerate(names):
        step = draw(_step(names, i, services))
        before = draw(st.lists(st.sampled_from(names[:i]), max_size=3)) if i else []
        step["after"] = [draw(_edge(other, steps[other])) for other in before]
        steps[name] = step
    for step in steps.values():
        if "inject" in step and draw(st.booleans()):
            other = draw(st.sampled_from(names))
            step["until"] = draw(_edge(other, steps[other]))
            if not nx.is_directed_acyclic_graph(waits_of(scenario_of(steps, services))):
                del step["until"]
    return steps


OUTCOMES = st.sampled_from(["done"] * 5 + ["failed", "failed", "indeterminate"])
FATE = st.tuples(
    st.sampled_from([0, 0, 0, 1, 3, 6, 12, 25, None]),
    OUTCOMES,
    st.sampled_from(["yes", "yes", "no"]),
    st.booleans(),
    st.sampled_from([None] * 5 + [0, 3, 40]),
).map(list)
UNDO_FATE = st.tuples(
    st.sampled_from([0, 0, 0, 0, 1, 20, 150, None]),
    OUTCOMES,
    st.just(None),
    st.just(value=False),
    st.sampled_from([None] * 8 + [0, 30]),
).map(list)
SERVICE = st.fixed_dictionaries(
    {"owner": st.just("boss"), "stable": st.sampled_from(["0s", "3s"])},
    optional={"probe": st.just(PROBE), "ledger": st.just(LEDGER)},
)
OPERATION = st.one_of(st.integers(5, 50), st.integers(1, 250))
CRASH = st.builds(
    Crash,
    after=OPERATION,
    survives=st.sampled_from([0.0, 0.5, 1.0]),
    away=st.sampled_from([0, 1, 20, 600]),
    reboot=st.booleans(),
    returns=st.integers(0, 7).map(bool),
)
ANOMALY = st.tuples(
    st.integers(1, 9), st.sampled_from(ANOMALIES), st.sampled_from([1, 8, 20, 40, 120, 400])
).map(list)
JUMP = st.one_of(
    st.tuples(OPERATION, st.just("wall"), st.sampled_from([-3600, -5, 5, 3600])),
    st.tuples(OPERATION, st.just("suspend"), st.sampled_from([1, 20, 90, 600])),
).map(list)
LEASE = st.sampled_from([None, 5, 15, 15, 60])


def _stops(watched):
    if not watched:
        return st.just([])
    condition = st.fixed_dictionaries(
        {"probe": st.sampled_from(sorted(watched)), "for": st.sampled_from(["2s", "10s", "40s"])}
    )
    return st.lists(condition, max_size=2)


OPENINGS = ({}, {}, {}, {"mode": "live"}, *[{"mode": "live", "facilitated": True}] * 2)
"""How it is conducted: mostly rehearsed, as ever; in the others people speak for themselves."""
_ALONE = (*["held"] * 4, "resumed", "jumped", "jumped", "noted", "aborted", "ended", "ended")
_OF_STEPS = (*["kept-back"] * 4, "skipped", "acknowledged", "finished", "accepted", "decided")


@st.composite
def _saying(draw, names):
    """Draw what a facilitator or a participant says of their own accord, mostly in vain."""
    says = draw(st.sampled_from([*_ALONE, *_OF_STEPS]))
    saying = {"says": says}
    if says in _OF_STEPS:
        saying["step"] = draw(st.sampled_from(names))
    if says in {"held", "skipped", "aborted"}:
        saying["why"] = "because"
    if says == "noted":
        saying["text"] = "well"
    if says == "decided":
        saying["choice"] = draw(st.sampled_from(["yes", "no"]))
    return saying


_LATER = {"held": "resumed", "kept-back": "released"}
"""What mostly follows, once whoever said the first has thought it over."""


@st.composite
def _talk(draw, names):
    """Draw who says what, and when."""
    turns, at = [], 0
    for _ in range(draw(st.integers(1, 6))):
        at += draw(st.sampled_from([0, 0, 1, 1, 2, 5, 15]))
        role = draw(st.sampled_from(["facilitator"] * 7 + ["boss", "observer"]))
        saying = draw(_saying(names))
        turns.append([at, role, saying])
        if (later := _LATER.get(saying["says"])) and draw(st.integers(0, 5)):
            at += draw(st.sampled_from([1, 1, 3, 12]))
            about = {"step": saying["step"]} if "step" in saying else {}
            turns.append([at, "facilitator", {"says": later, **about}])
    return turns


@st.composite
def schedules(draw, most=12):
    services = draw(st.dictionaries(st.sampled_from(["shop", "bank"]), SERVICE, max_size=2))
    watched = {name for name, service in services.items() if "probe" in service}
    steps = draw(_steps(services if watched else {}, most))
    fates, leases, stiff = {}, {}, {}
    for name, step in steps.items():
        fates[name] = draw(st.lists(FATE, min_size=1, max_size=2))
        if "inject" in step:
            fates[f"undo {name}"] = draw(st.lists(UNDO_FATE, min_size=1, max_size=4))
            leases[name] = draw(LEASE)
            stiff[name] = draw(st.sampled_from([0] * 6 + [1, 4]))
    opening = draw(st.sampled_from(OPENINGS))
    return Schedule(
        steps=steps,
        services=services,
        opening=opening,
        talk=draw(_talk(sorted(steps))) if opening else [],
        fates=fates,
        watches={
            name: [draw(st.sampled_from([None] * 4 + [2, 14, 41])), draw(st.integers(0, 5)) > 0]
            for name in services
        },
        aborts=draw(st.lists(OPERATION, max_size=1)),
        crashes=draw(st.lists(CRASH, max_size=3, unique_by=lambda crash: crash.after)),
        parallel=draw(st.sampled_from([1, 2, 32])),
        stop=draw(_stops(watched)),
        approved=draw(st.booleans()),
        leases={name: ttl for name, ttl in leases.items() if ttl},
        stiff={name: n for name, n in stiff.items() if n and leases[name]},
        network=draw(st.lists(ANOMALY, max_size=4, unique_by=lambda each: each[0])),
        jumps=draw(st.lists(JUMP, max_size=2, unique_by=lambda each: each[0])),
        rivals=draw(st.lists(OPERATION, max_size=1)),
        limits=draw(
            st.sampled_from([None, None, {"fault-seconds": "5s"}, {"fault-seconds": "1m"}])
        ),
    )


@st.composite
def troubled(draw):
    """Draw a drill that is well known, and much trouble for it."""
    drill = draw(st.sampled_from(list(REFERENCES.values())))
    injects = [name for name, step in drill.steps.items() if "inject" in step]
    undos = {f"undo {name}": draw(st.lists(UNDO_FATE, min_size=1, max_size=3)) for name in injects}
    worked = draw(st.booleans())
    stops = [{"probe": name, "for": "10s"} for name in drill.services if draw(st.booleans())]
    return replace(
        drill,
        fates={**drill.fates, **undos, **{name: [draw(FATE)] for name in injects}},
        leases={name: draw(st.sampled_from([5, 15, 60])) for name in injects} if worked else {},
        stiff=drill.stiff if worked else {},
        stop=stops,
        watches={name: [draw(st.sampled_from([None, 5, 12, 15])), True] for name in drill.services},
        aborts=draw(st.lists(st.integers(20, 120), max_size=1)),
        crashes=draw(st.lists(CRASH, max_size=2, unique_by=lambda crash: crash.after)),
        network=draw(st.lists(ANOMALY, max_size=4, unique_by=lambda each: each[0])),
        jumps=draw(st.lists(JUMP, max_size=2, unique_by=lambda each: each[0])),
        approved=draw(st.booleans()),
        limits=draw(st.sampled_from([None, None, {"fault-seconds": "5s"}])),
    )
