"""Check a drill's bundle and recompute its figures: a second implementation, in one file.

    python3 verify.py DIR                       an unpacked bundle: 0 equal, 1 not, 2 unreadable
    python3 verify.py --figures journal.jsonl   the figures alone, as sorted JSON

It needs Python 3.9 and nothing else, and shares no code with drill. The rules, in short:

* Times are ns of one boot clock since the first record; printed seconds are ns / 1e9.
* t_i: a fault's receipt was written, just before it was sent; t_a: the host confirmed its effect.
* B: an outage's last bad sample; G: the first of an unbroken good run of three samples and the
  window `stable`. RTA = [start(B) - t_a, end(G) - t_i]. What was not seen is good for B and bad
  for G. What comes back only after its fault began to be removed never recovered; where the
  host removed it for want of news, so may the probe have been cut off: B is the first bad one.
* RPA = [t_i - complete(oldest lost), t_a - invoke(newest survivor older than it)]; if nothing is
  lost, [0, t_a - complete(last acknowledged before t_i)].
* Durations are widened by the most that a clock is slewed, 500 parts in a million (RFC 5905).
* Met if hi <= target, missed if lo > target; else, or if a control failed, neither.

Not recomputed: prose (reasons, summary, log), what people rated, the report's other formats.
"""
# One file, to be read in one sitting: a row of a table is a line.
# fmt: off

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate, takewhile
from pathlib import Path
from types import SimpleNamespace as Of
from typing import Any, NamedTuple

NS, SLEW, TRIES, IN_A_ROW, MISSING, AGREEING = 10**9, 500e-6, 3, 3, 2, 2
UNITS = {"d": 86400 * NS, "h": 3600 * NS, "m": 60 * NS, "s": NS, "ms": NS // 1000}
GENESIS = hashlib.sha256(b"drill journal v1\n").hexdigest()
STATE, RESUMED, INFINITE = "service.state", "conductor-resumed", math.inf
KINDS = ("inject", "recover", "check", "notify", "decide", "task")
EVENTS = {
    "exercise-opened", "conductor-resumed", "watch-started", "samples-taken", "writes-made",
    "watch-stop-requested", "watch-ended", "ledger-read-started", "ledger-read", "fault-prepared",
    "progressed", "step-started", "step-expired", "step-ended", "step-skipped", "undo-started",
    "undo-expired", "undo-ended", "straggler-reported", "person-said", "escalated",
    "abort-ordered", "exercise-closed",
}
STAFF = ("facilitator", "evaluator", "observer")
WORST = ("missed", "invalid", "inconclusive", "not measured", "met", "not applicable")
COUNTED_FROM = {"onset": "T0", "detection": "T1", "declaration": "T3"}
MARKS = ("T0c", "T0", "T1m", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11")
OF_A_SERVICE = ("T0", "T6", "T8", "T9")
SPANS = ("assessment T1 T2", "decision T1 T3", "mobilisation T3 T4")
SPANS_OF_A_SERVICE = (
    "machine detection T0 T1m", "human detection T0 T1", "RTA from onset T0 T6",
    "RTA from detection T1 T6", "RTA from declaration T3 T6",
    "RTA to the minimum service level T0 T8", "work recovery time T6 T9",
    "outage, against MTPD T0 T9",
)
NAMES = ("service", "measure", "name", "id", "step")
SEALS = re.compile(r"SHA256SUMS|SHA256SUMS\.tsr|SHA256SUMS(\.[A-Za-z0-9][\w.@+-]*)?\.sig")


class BrokenError(Exception):
    """The journal is not one unbroken chain."""


class Look(NamedTuple):
    """A probe's sample."""

    start: int
    end: int
    state: str


def ns_of(text: str | None) -> int:
    """Read a duration of the scenario, such as ``1h30m`` or ``T+20m``."""
    return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)(ms|[dhms])", text or ""))


def wall_of(text: str) -> datetime:
    """Read a wall time; Python 3.9 knows no Z."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def sec(ns: int | None) -> float | None:
    """Return nanoseconds as seconds."""
    return None if ns is None else ns / NS


def at(fact: Any) -> float | None:
    """Return when something was recorded, in seconds."""
    return fact.ns / NS if fact else None


def span(begin: Any, end: Any) -> Any:
    """Return the seconds from one (lo, hi) to another, widened by the clock's error."""
    lo = 0.0 if begin[1] is None else max(0, end[0] - begin[1]) / NS
    hi = None if end[1] is None else max(0, end[1] - begin[0]) / NS
    return {"lo": lo * (1 - SLEW), "hi": None if hi is None else hi * (1 + SLEW)}


def ruled(actual: Any, target: int) -> str:
    """Return what an interval proves of a promise."""
    met = actual["hi"] is not None and actual["hi"] <= target / NS
    return "met" if met else "missed" if actual["lo"] > target / NS else "inconclusive"


def text_of(actual: Any, word: str, below: str = "") -> str:
    """Print an interval with two digits, rounded outwards."""
    if actual is None:
        return "not measured"
    lo = f"{math.floor(round(actual['lo'] * 100, 6)) / 100:.2f}"
    if actual["hi"] is None:
        return f"not {word} (more than {lo} s)" if word else f"more than {lo} s"
    return f"{below or lo + ' to'} {math.ceil(round(actual['hi'] * 100, 6)) / 100:.2f} s"


def names_of(spans: Any) -> set[tuple[int, int]]:
    """Return the canaries of a read: the ticket of the watch, and the number."""
    return {(one["ticket"], n) for one in spans for n in range(one["first"], one["last"] + 1)}


def with_unseen(looks: list[Look], every: int, most: int) -> list[Look]:
    """Put an unknown sample wherever one was due and none sent; of a long hole, at its ends."""
    found = looks[:1]
    for one, other in zip(looks, looks[1:]):
        if other.start - one.start > MISSING * every:
            due = range(one.start + every, other.start, every)
            found += [Look(t, t, "unknown") for t in sorted({*due[:most], *due[-most:]})]
        found.append(other)
    return found


def outages_of(looks: list[Look], stable: int) -> list[Any]:
    """Find the outages: from a first bad sample to the good run that ends it for good."""
    found, states, begin = [], [one.state for one in looks], 0
    while "bad" in states[begin:]:
        begin = until = states.index("bad", begin)
        run = 0  # good samples in a row
        while until < len(looks):
            run = run + 1 if states[until] == "good" else 0
            if run >= IN_A_ROW and looks[until].start - looks[until - run + 1].start >= stable:
                break
            until += 1
        bad = [k for k in range(begin, until) if states[k] == "bad"]
        pairs = zip(bad, bad[1:])  # and how long it was quiet between the two
        quiet = (looks[b].start - looks[a + 1].start if b > a + 1 else -1 for a, b in pairs)
        last = bad[len(list(takewhile(lambda ns: ns < stable, quiet)))]
        well = len(list(takewhile(lambda state: state == "good", reversed(states[:begin]))))
        outage = Of(first=looks[begin], last=looks[last], healed=False)
        outage.good = outage.seen = looks[until - run + 1] if until < len(looks) else None
        outage.before = next((s.start for s in looks[:begin][::-1] if s.state == "good"), 0)
        outage.well_since = looks[begin - well].start
        found.append(outage)
        begin = until + 1
    return found


def _applied(straggler: Any) -> bool:
    return not straggler.undo and straggler.outcome["kind"] != "failed"


class Journal:
    """What a journal says: first sorted by what it speaks of, then judged."""

    def __init__(self, records: list[Any]) -> None:
        first, self.opened = records[0]["at"], records[0]["event"]
        self.plan, self.about = self.opened["scenario"], defaultdict[str, list[Any]](list)
        self.holds: list[Any] = []
        self.jumps: list[tuple[int, int]] = []
        self.boots, zero = [first["boot"]], first["boot_ns"]
        for record in records:
            stamp, event = record["at"], record["event"]
            if stamp["boot"] != self.boots[-1]:  # across boots there is only the wall clock
                passed = wall_of(stamp["wall"]) - wall_of(first["wall"])
                self.boots.append(stamp["boot"])
                zero = stamp["boot_ns"] - passed // timedelta(microseconds=1) * 1000
            self.now = stamp["boot_ns"] - zero
            if event["type"] not in EVENTS:
                raise ValueError(f"record {record['seq']}: a newer drill wrote {event['type']}")
            fact = Of(ns=self.now, seq=record["seq"], zero=zero, **event)
            self._clock(fact, event["saying"] if event.get("refused") == "" else {"says": ""})
            self.about[event.get("step") or event.get("service") or ""].append(fact)
        self.steps = {name: self._step(name, plan) for name, plan in self.plan["steps"].items()}
        self.faults = sorted((s for s in self.steps.values() if s.sent), key=lambda s: s.sent.ns)
        self.services = {n: self._service(n, s) for n, s in self.plan["services"].items()}
        self.duties: dict[str, Any] = self.plan.get("duties", {})
        self.marks = {name: mark for name, mark in self._marks() if mark}

    def told(self, kind: str, about: str = "") -> list[Any]:
        """Return the records of a kind about a step, a service or the exercise."""
        return [fact for fact in self.about[about] if fact.type == kind]

    def _clock(self, fact: Any, saying: Any) -> None:  # holds stop it, jumps put it forward
        held = self.holds and self.holds[-1].ends is None
        if saying["says"] == "held" and not held:
            self.holds.append(Of(begins=fact.ns, ends=None))
        elif held and (saying["says"] == "resumed" or self._stops(fact)):
            self.holds[-1].ends = fact.ns
        elif saying["says"] == "released":
            self.about[saying["step"]].append(Of(type="step-released", seq=fact.seq))
        elif saying["says"] == "jumped":
            past = {"step-started", "step-skipped", "step-released"}
            begun = {name for name, facts in self.about.items() if past & {f.type for f in facts}}
            waiting = (plan for name, plan in self.plan["steps"].items() if name not in begun)
            ahead = (ns_of(plan["at"]) - self.net(fact.ns) for plan in waiting)
            self.jumps += [(fact.ns, by) for by in sorted(ahead) if by > 0][:1]

    def _stops(self, fact: Any) -> bool:  # what only heals from now on is never held
        if fact.type == "step-ended":
            late = fact.outcome["kind"] != "done" or self.told("step-expired", fact.step)
            return bool(late) and self.plan["steps"][fact.step]["on-failure"] == "stop"
        if fact.type == RESUMED and not vars(fact).get("approved_by"):
            return any(self.told("step-started", name) for name in self.plan["steps"])
        return fact.type in {"abort-ordered", "exercise-closed"}

    def net(self, ns: int) -> int:
        """Return what the exercise clock showed at a moment."""
        ends = ((h.begins, ns if h.ends is None else min(ns, h.ends)) for h in self.holds)
        return ns - sum(int(max(0, end - begin)) for begin, end in ends) + self.jumped(-1, ns)

    def jumped(self, begin: int, end: int) -> int:
        """Return by how much the exercise clock was put forward."""
        return sum(by for ns, by in self.jumps if begin < ns <= end)

    def _step(self, name: str, plan: Any) -> Any:
        last = {fact.type: fact for fact in self.about[name]}
        step = Of(name=name, plan=plan, ended=last.get("step-ended"))
        step.started = last.get("step-started")
        outcome = step.ended.outcome if step.ended else {}
        step.phase = "running" if step.started else "pending"
        step.phase = outcome.get("kind", "expired" if "step-expired" in last else step.phase)
        if "step-expired" in last and step.phase == "done":
            step.phase = "indeterminate"  # told to stop, it is never done
        step.phase = "skipped" if "step-skipped" in last else step.phase
        step.kind = next(kind for kind in KINDS if kind in plan)
        step.kind = "story" if plan.get("inject") == "story" else step.kind
        step.defaulted, step.decoy = outcome.get("defaulted", False), plan.get("decoy", False)
        step.applied = step.ended if outcome.get("kind") == "done" else None
        step.effect = step.ended.ns if step.phase == "done" else None
        step.after = {edge.partition(".")[0] for edge in plan["after"]}
        step.waits = step.after | set(plan.get("if-missed", ()))
        step.heals = any(edge.endswith(".undone") for edge in plan["after"])
        step.sent, step.standing, step.undone = last.get("fault-prepared"), "never-applied", None
        step.ran_out = INFINITE  # when the host, without news of drill, may have ended the fault
        if step.sent:
            standing = "standing" if step.ended else "prepared"
            step.standing, step.undone = self._follow(step, standing)
            lease, proof = step.sent.receipt, step.undone.outcome["note"] if step.undone else ""
            if proof.endswith("(lease)") and isinstance(lease.get("tier"), str):
                step.ran_out = step.sent.ns + int(lease["ttl"] * NS)
        return step

    def _follow(self, step: Any, standing: str) -> tuple[str, Any]:  # what is known last of a fault
        undone, tries, again = None, 0, False
        for fact in sorted(self.about[step.name] + self.told(RESUMED), key=lambda fact: fact.seq):
            if fact.type == RESUMED:
                tries = 0
            elif fact.type == "undo-started":
                standing, undone, tries, again = "undoing", None, tries + 1, False
            elif fact.type == "undo-ended" and fact.outcome["kind"] == "done":
                standing, undone, tries = ("standing", None, 0) if again else ("undone", fact, 0)
            elif fact.type == "undo-ended":
                standing = "stuck" if tries >= TRIES else "standing"
            elif fact.type == "straggler-reported" and _applied(fact):
                again = standing == "undoing"  # it was applied after all, nobody knows when
                if standing in {"undone", "stuck"}:
                    standing, undone, tries = "standing", None, 0
        return standing, undone

    def _service(self, name: str, plan: Any) -> Any:
        one = Of(name=name, plan=plan, looks=None, green=True, worst=None, level=None, onsets=[])
        one.lost, one.sets, one.actual, one.bar, one.verdict = [], {}, None, False, "not measured"
        if plan["probe"]:
            self._judge(one, ns_of(plan["probe"]["every"]), ns_of(plan["stable"]))
        if plan["ledger"]:
            self._count(one, (self.told("ledger-read", name) or [None])[-1])
        return one

    def _judge(self, one: Any, every: int, stable: int) -> None:  # what the probe saw
        one.looks, within = [], ns_of(one.plan["probe"]["within"])
        taken = self.told("samples-taken", one.name)
        for zero, s in ((fact.zero, s) for fact in taken for s in fact.samples):
            late = s["state"] == "good" and s["end"] - s["start"] > within  # which is bad
            state = "bad" if late else s["state"]
            one.looks.append(Look(s["start"] - zero, s["end"] - zero, state))
        one.looks.sort()
        one.outages = outages_of(with_unseen(one.looks, every, 1), stable)
        one.onsets = [outage for outage in one.outages if self._begun(outage, one.looks, stable)]
        ends = [o.good.end if o.good else INFINITE for o in one.onsets]
        lasted = [end - o.lo for end, o in zip(ends, one.onsets)]
        one.worst = one.onsets[lasted.index(max(lasted))] if lasted else None
        before = [s for s in one.looks if not self.faults or s.end < self.faults[0].sent.ns]
        control = [s.state for s in before if s.start >= before[-1].start - stable]
        one.green = control.count("good") >= IN_A_ROW and "bad" not in control
        one.baseline = [sum(s.state == "good" for s in before), len(before)]
        if one.worst and one.plan.get("mbco"):
            one.level = self._level(one, one.worst, every, ns_of(one.plan["mbco"]["over"]))

    def _begun(self, outage: Any, looks: list[Look], stable: int) -> bool:  # by a fault, and when
        faults = [step for step in self.faults if step.sent.ns <= outage.first.end]
        if not faults:
            return False
        sent, effect, well = faults[-1].sent.ns, faults[-1].effect, outage.before
        outage.lo, outage.hi = sent, effect
        if len(faults) > 1 and sent > well:  # the fault before it may have begun it
            outage.lo = max(faults[-2].sent.ns, well)
        if effect is None or well > effect:
            outage.hi = outage.first.end
        if well - max(effect or sent, outage.well_since) >= stable:  # the fault took its time
            outage.lo, outage.hi = well, outage.first.end
        undos = [fact.ns for fact in self.told("undo-started", faults[-1].name)]
        ran_out = faults[-1].ran_out
        removal = min([ran_out, *(ns for ns in undos if ns >= outage.first.start)])
        if removal < (outage.good.end if outage.good else INFINITE):
            bad = (s for s in looks if s.state == "bad" and s.start <= removal)
            known = outage.first, *(s for s in bad if outage.first <= s <= outage.last)
            outage.last = max(known) if ran_out == INFINITE else outage.first
            outage.good, outage.healed = None, True
        return True

    def _level(self, one: Any, outage: Any, every: int, over: int) -> tuple[int, int | None]:
        looks = [s for s in one.looks if s.start <= outage.last.start or not outage.healed]
        since = [s for s in with_unseen(looks, every, over // every + 2) if s.end >= outage.lo]
        ticks = (since[-1].start + every * n for n in range(1, over // every + 3))
        unseen = [*since, *(Look(tick, tick, "unknown") for tick in ticks)]

        def first(looks: list[Look], *good: str) -> int | None:
            starts, share = [s.start for s in looks], one.plan["mbco"]["share"]
            well = list(accumulate((s.state in good for s in looks), initial=0))
            for k, end in enumerate(bisect_left(starts, start + over) for start in starts):
                if end < len(looks) and (well[end] - well[k]) / (end - k) >= share:
                    return k
            return None

        best, worst = first(unseen, "good", "unknown"), first(since, "good")
        lo = unseen[best - 1].start if best else outage.lo
        return lo, None if worst is None else since[worst].end

    def _count(self, one: Any, read: Any) -> None:  # every canary into its set, then the RPA
        fault = self.faults[0] if self.faults else Of(sent=Of(ns=self.now), effect=self.now)
        lo, hi = fault.sent.ns, fault.effect
        if one.onsets:
            lo, hi = one.onsets[0].lo, one.onsets[0].hi
        one.writes = [Of(zero=f.zero, name=(f.ticket, w["n"]), **w)
                      for f in self.told("writes-made", one.name) for w in f.writes]
        for w in one.writes:
            w.sent, w.said = w.invoke - w.zero, w.complete is not None
            w.done = w.complete - w.zero if w.said else w.sent
            w.late = w.said and hi is not None and w.done > hi
        if not read or not read.nodes:
            return
        nodes = [(n["node"], names_of(n["found"])) for n in read.nodes if n["reachable"]]
        twice = [names_of(n["duplicates"]) for n in read.nodes if n["reachable"]]
        anywhere = set().union(*(found for _, found in nodes))
        through = [found for node, found in nodes if node == "write-path"]
        served = through or (nodes and all(n["node"] != "write-path" for n in read.nodes))
        has = through[0] if through else anywhere
        ok = sorted((w for w in one.writes if w.outcome == "ok"), key=lambda w: w.sent)
        old = [w.by for w in ok if w.said and w.done <= lo][-1:]  # who answered before the fault
        one.kept, one.gone = [w for w in ok if w.name in has], [w for w in ok if w.name not in has]
        one.lost, late = [w for w in one.gone if not w.late], [w for w in one.gone if w.late]
        unsure = [w for w in one.writes if w.outcome == "info" and w.name in has]
        phantom = [w for w in one.writes if w.outcome == "fail" and w.name in anywhere]
        ends = [f for f in self.told("watch-ended", one.name) if f.outcome["kind"] == "done"]
        died = {f.seq for f in self.told("watch-started", one.name) if f.kind == "ledger"}
        died -= {f.ticket for f in ends}  # of these watches nobody said how far they came
        last = {t: max((w.name[1] for w in one.writes if w.name[0] == t), default=-1) for t in died}
        strange = anywhere - {w.name for w in one.writes}
        unreported = {(ticket, n) for ticket, n in strange if n > last.get(ticket, INFINITE)}
        stale = [w for w in one.kept if any(w.name not in found for _, found in nodes)]
        split = [w for w in late if [w.by] == old]
        one.sets = {
            "lost": len(one.lost), "split-brain": len(split), "lost-later": len(late) - len(split),
            "kept": len(one.kept), "kept-unknown": len(unsure), "phantom": len(phantom),
            "alien": len(strange - unreported), "unreported": len(unreported),
            "duplicate": len(set().union(*twice)), "stale": len(stale),
        }
        if not self.faults:
            return
        first = min((w.sent for w in one.lost), default=INFINITE)
        older = [w.sent for w in one.kept + unsure if w.sent < first]
        said = [w.done for w in one.kept if w.done <= lo]
        newest = max(older if one.lost else said, default=None)
        low = span([min((w.done for w in one.lost), default=lo)] * 2, (lo, lo))["lo"]
        high = None if newest is None else span([newest] * 2, (lo, hi))["hi"]
        one.actual, one.bar, one.verdict = {"lo": low, "hi": high}, late, None
        begun = (self.told("ledger-read-started", one.name) or [Of(ns=-INFINITE)])[-1].ns
        refused = any(w.outcome != "ok" and w.sent >= lo for w in one.writes)
        felt = one.lost or one.onsets or (one.looks is None and refused)
        if phantom or strange - unreported or not one.green or not felt:
            one.verdict = "invalid"
        elif (read.outcome["kind"] != "done" or read.reads < AGREEING or not served
              or any(max(w.sent, w.done) > begun for w in one.writes)
              or any(not o.good or o.good.end > begun for o in one.onsets)):
            one.verdict = "inconclusive"

    def done(self, kind: str, since: int) -> list[Any]:
        """Return the steps of a kind that ended done since then, first to last, but for decoys."""
        found = [s for s in self.steps.values() if s.kind == kind and s.phase == "done"]
        found = [s for s in found if s.ended.ns >= since and not s.decoy]
        return sorted(found, key=lambda s: (s.ended.ns, s.ended.seq))

    def heard(self, *says: str) -> list[Any]:
        """Return what people said in these words, but for what was refused."""
        return [f for f in self.told("person-said") if f.saying["says"] in says and not f.refused]

    def _marks(self) -> Any:  # each as (lo, hi, shown), by its name and service
        told = [s.ended.ns for s in self.done("story", 0)][:1]
        begun = ([s.sent.ns for s in self.faults] + told + [0])[0]
        onsets: dict[str, Any] = {}
        for name, one in self.services.items():
            if one.looks is None and self.opened["mode"] == "tabletop":
                onsets.update((name, (ns, ns, ns)) for ns in told)
            if one.worst:
                onsets[name] = (one.worst.lo, one.worst.hi, one.worst.first.start)
            if one.level and one.level[1] is not None:
                yield ("T8", name), (*one.level, one.level[1])
            if one.worst and one.worst.good:
                end = one.worst.good.end
                yield ("T6", name), (one.worst.last.start, end, end)
                accepted = (s for s in self.done("task", end) if self._by(s, one.plan["owner"]))
                yield ("T9", name), next(((s.ended.ns,) * 3 for s in accepted), None)
        yield from ((("T0", name), mark) for name, mark in onsets.items())
        begin = min((mark[2] for mark in onsets.values()), default=begun)
        for mark, moments in self._moments(begun, begin).items():
            yield (mark, ""), next(((ns, ns, ns) for ns in moments), None)

    def _moments(self, begun: int, onset: int) -> dict[str, Any]:  # the first of each counts
        steps = self.steps.values()
        starts = sorted(s.started.ns for s in steps if s.kind == "recover" and s.started)
        starts = [ns for ns in starts if ns >= onset]
        probes = [s for s in self.done("check", begun) if s.plan["check"] != STATE]
        states = [s for s in self.done("check", begun) if s.plan["check"] == STATE]
        asked = self.done("decide", begun)
        chosen = [s for s in asked if not s.defaulted]
        hung = {name for s in steps if s.kind == "recover" for name in s.after}
        less = hung | {name for s in steps if s.kind == "task" for name in s.after}
        declared = sorted(chosen, key=lambda s: (s.name not in hung, s.name not in less))
        declared = declared[:1] or asked[:1]  # what a recovery, else a task, hangs on
        noted = [f.ns for f in self.heard("noted") if f.ns >= begun and f.role not in STAFF
                 and not (f.saying["step"] and self.steps[f.saying["step"]].decoy)]
        return {
            "T0c": [s.sent.ns for s in self.faults],
            "T1m": (s.ended.ns for s in states if s.plan["with"].get("is") == "bad"),
            "T1": sorted([s.ended.ns for s in self.done("notify", begun)][:1] + noted[:1]),
            "T2": (s.ended.ns for s in chosen if declared and s.ended.ns < declared[0].ended.ns),
            "T3": (s.ended.ns for s in declared),
            "T4": self._mobilised(),
            "T5": starts,
            "T7": [s.ended.ns for s in probes if starts and s.ended.ns >= starts[0]][-1:],
            "T10": self._reconstituted(),
            "T11": self._cleaned_up(),
        }

    def _by(self, step: Any, owner: str) -> bool:  # or its deputy: nobody else accepts
        said = (f.role for f in self.heard("finished") if f.saying["step"] == step.name)
        return step.plan["by"] == owner and all(role in {owner, f"{owner}-deputy"} for role in said)

    def _mobilised(self) -> Any:  # when enough people were there in every role
        needed = {
            name: 0 if role.get("absent") is True else role.get("quorum", 1)
            for name, role in self.plan["roles"].items()
        }
        there = defaultdict[str, set[str]](set)
        for fact in self.heard("joined", "left"):
            people = there[fact.role]
            (people.add if fact.saying["says"] == "joined" else people.discard)(fact.person)
            if any(needed.values()) and all(len(there[name]) >= n for name, n in needed.items()):
                yield fact.ns

    def _reconstituted(self) -> list[int]:  # all that waits for a removal is done
        healing: set[str] = set()
        for _ in self.steps:
            healing |= {
                name for name, step in self.steps.items() if step.heals or step.waits & healing
            }
        steps = [self.steps[name] for name in healing]
        over = steps and all(s.phase == "done" for s in steps)
        return [max(s.ended.ns for s in steps)] if over else []

    def _cleaned_up(self) -> list[int]:  # every fault is undone, and every probe good since then
        if not self.faults or any(s.undone is None for s in self.faults):
            return []
        last = max(s.undone.ns for s in self.faults)
        seen = [one.looks for one in self.services.values() if one.looks is not None]
        later = [[s for s in looks if s.start >= last] for looks in seen]
        good = [[s.end for s in looks if s.state == "good"][:1] for looks in later]
        return [max([last, *(ns for first in good for ns in first)])] if all(good) else []

    def figures(self, head: str, count: int) -> dict[str, Any]:
        """Return every figure, by the names that the report's JSON has for them."""
        promises = [row for one in self.services.values() for row in self._promises(one)]
        faults = [s for s in self.steps.values() if s.kind == "inject" and s.started]
        closed, aborted = self.told("exercise-closed"), self.told("abort-ordered")
        now = closed[0].ns if closed else self.now
        steps, stop = self.steps.values(), "stop"
        serious = {s.phase for s in steps if s.kind == "recover" or s.plan["on-failure"] == stop}
        spoilt = aborted or not closed or {"failed", "indeterminate", "expired"} & serious
        duties = [self._duty(name, duty, now) for name, duty in self.duties.items()]
        verdicts = {row["verdict"] for row in (*promises, *duties)}
        verdicts |= {"inconclusive"} if spoilt else set()
        verdict = next((one for one in WORST if one in verdicts), "not applicable")
        left = any(s.standing not in {"undone", "never-applied"} for s in faults)
        well = verdict in {"met", "not applicable"} and not aborted
        stores = [one for one in self.services.values() if one.plan["ledger"]]
        return {
            "run": self.opened["run"], "records": count, "head": head, "clock": now / NS,
            "net": self.net(now) / NS, "resumed": len(self.told(RESUMED)), "verdict": verdict,
            "exit_status": 4 if left else 1 if verdict == "missed" else 0 if well else 3,
            "objectives": promises,
            "marks": [{"name": name, "service": service or None,
                       "at": sec(self.marks.get((name, service), (0, 0, None))[2])}
                      for name in MARKS
                      for service in (self.services if name in OF_A_SERVICE else [""])],
            "durations": self._durations(),
            "steps": [{"id": s.name, "phase": s.phase, "started": at(s.started),
                       "ended": at(s.ended)} for s in self.steps.values()],
            "faults": [{"step": s.name, "standing": s.standing, "prepared": at(s.sent),
                        "applied": at(s.applied), "undone": at(s.undone)} for s in faults],
            "availability": [_seen(one) for one in self.services.values() if one.looks is not None],
            "ledgers": [{"service": one.name, "written": len(one.writes),
                         "acknowledged": sum(w.outcome == "ok" for w in one.writes),
                         "sets": [{"name": name, "count": n} for name, n in one.sets.items()]}
                        for one in stores],
            "consistency": _consistency([one for one in stores if one.sets]),
            "holds": [{"begins": h.begins / NS, "ends": sec(h.ends)} for h in self.holds],
            "duties": duties,
        }

    def _promises(self, one: Any) -> Any:
        worst, actual = one.worst, one.actual
        if one.plan["rto"]:
            ended = (worst.last.start, worst.good and worst.good.end) if worst else None
            begin = COUNTED_FROM[one.plan["rto"]["from"]]
            yield self._promise(one, "RTO", "recovered", self._mark(begin, one.name), ended)
        if one.plan.get("mbco"):
            yield self._promise(one, "MBCO", "reached", self._mark("T0", one.name), one.level)
        if one.plan["rpo"]:
            target, verdict = ns_of(one.plan["rpo"]["target"]), one.verdict
            if verdict is None:
                verdict = ruled(actual, target) if len(self.boots) == 1 else "inconclusive"
                verdict = "inconclusive" if verdict == "met" and one.bar else verdict
            row = {"service": one.name, "measure": "RPO", "target": target / NS, "actual": actual}
            yield {**row, "verdict": verdict, "text": text_of(actual, "", "" if one.lost else "<")}

    def _promise(self, one: Any, measure: str, word: str, begin: Any, ended: Any) -> dict[str, Any]:
        target = ns_of(one.plan[measure.lower()]["target"])
        actual = span(begin, ended) if begin and ended else None
        verdict, aborted = "inconclusive", self.told("abort-ordered")
        if one.looks is None or not self.faults:
            verdict = "not measured"
        elif not one.green or not one.onsets:
            verdict = "invalid"
        elif actual and len(self.boots) == 1:
            verdict = ruled(actual, target)
            if verdict == "missed" and aborted:  # when it could still have been kept?
                early = actual["lo"] - (self.now - aborted[0].ns) / NS <= target / NS
                verdict = "inconclusive" if early else verdict
        row = {"service": one.name, "measure": measure, "target": target / NS, "actual": actual}
        return {**row, "verdict": verdict, "text": text_of(actual, word)}

    def _mark(self, name: str, service: str) -> Any:
        return self.marks.get((name, service)) or self.marks.get((name, ""))

    def _durations(self) -> list[dict[str, Any]]:
        rows = [("", *line.rsplit(" ", 2)) for line in SPANS]
        lines = SPANS_OF_A_SERVICE
        rows += [(name, *line.rsplit(" ", 2)) for name in self.services for line in lines]
        ended = [s.ended.ns for s in self.steps.values() if s.ended]
        self.marks["EndEx", ""] = [max(ended)] * 2 if ended else None
        found = []
        for service, name, begins, ends in [*rows, ("", "clean-up", "EndEx", "T11")]:
            row = {"service": service or None, "name": name, "actual": None, "net": None}
            pair = [self._mark(begins, service), self._mark(ends, service)]
            if all(pair):
                net = [[ns if ns is None else self.net(ns) for ns in mark[:2]] for mark in pair]
                row.update(actual=span(*pair), net=span(*net))
            found.append(row)
        return found

    def _let_off(self, step: Any) -> bool:  # it was left out, as somebody decided otherwise
        edges = (edge.partition(".")[::2] for edge in step.plan["after"])
        return step.phase == "skipped" and any(
            self._otherwise(self.steps[name], option) or self._let_off(self.steps[name])
            for name, option in edges
        )

    def _otherwise(self, step: Any, option: str) -> bool:
        chosen = step.ended.outcome.get("choice") if step.applied else None
        decided = step.applied and not step.defaulted and option in step.plan.get("options", {})
        return bool(decided) and chosen != option

    def _duty(self, name: str, duty: Any, now: int) -> dict[str, Any]:
        begin, to = self.steps[duty["from"]].ended, self.steps[duty["to"]]
        end = to.ended if to.phase == "done" and not to.defaulted else None
        took, net, verdict = None, None, "not applicable" if not begin else "not measured"
        if begin:
            until = max(begin.ns, end.ns if end else now)
            took = until - begin.ns + self.jumped(begin.ns, until)
            net = self.net(until) - self.net(begin.ns)
            never = to.defaulted or to.phase in {"failed", "indeterminate"}
            late = took > ns_of(duty["within"])
            verdict = "missed" if late or never else "met" if end else verdict
            verdict = "not applicable" if self._let_off(to) else verdict
        row = {"name": name, "begins": at(begin), "ends": at(end), "verdict": verdict}
        return {**row, "took": sec(took), "net": sec(net)}


def _seen(one: Any) -> dict[str, Any]:
    starts, worst = [look.start for look in one.looks], one.worst
    gaps = [later - start for start, later in zip(starts, starts[1:])]
    return {
        "service": one.name, "detection_floor": sec(max(gaps, default=None)),
        "baseline": one.baseline, "saw_fault": bool(one.onsets),
        "outages": [[o.first.start / NS, o.seen and o.seen.end / NS] for o in one.outages],
        "restored": worst and {"lo": worst.last.start / NS,
                               "hi": worst.good and worst.good.end / NS},
    }


def _consistency(stores: list[Any]) -> Any:  # the latest moment that all of them agree about
    for one in stores:
        first = min(one.gone, key=lambda w: w.done, default=None)
        older = [w.sent for w in one.kept if first and w.sent < first.sent]
        one.whole = first and {"lo": max(older, default=0) / NS, "hi": first.done / NS}
    known = [one.whole for one in stores if one.whole]
    point = min(known, key=lambda whole: whole["hi"], default=None)
    rows = [{"service": one.name, "whole_until": one.whole,
             "beyond": sum(w.sent > point["hi"] * NS for w in one.kept) if point else 0}
            for one in stores]
    return {"point": point, "stores": rows} if len(stores) > 1 else None


def strict(text: bytes) -> Any:
    """Read JSON in which no key is there twice and every number is one."""
    def unique(pairs: list[Any]) -> Any:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a key is there twice")
        return dict(pairs)

    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no number")

    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


def chained(text: bytes) -> tuple[list[Any], list[tuple[int, str]]]:
    """Return the records of a journal, and its bytes and head after each; hold it to its chain."""
    records, reached, length, head = [], [(0, GENESIS)], 0, GENESIS
    for n, line in enumerate(text.splitlines(keepends=True)):
        record = strict(line)
        if (record["seq"], record["prev"]) != (n, head) or not line.endswith(b"\n"):
            raise BrokenError(f"journal.jsonl: line {n + 1} does not follow from the one before it")
        length, head = length + len(line), hashlib.sha256(line).hexdigest()
        records.append(record)
        reached.append((length, head))
    if not records or records[0]["event"]["type"] != "exercise-opened":
        raise BrokenError("journal.jsonl: it does not begin with the opening of an exercise")
    return records, reached


def differences(mine: Any, theirs: Any, where: str = "") -> Iterator[str]:
    """Yield where the report says something else than the journal; what only it says is let be."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key, value in mine.items():
            yield from differences(value, theirs.get(key, "nothing"), f"{where}.{key}".lstrip("."))
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for n, (one, other) in enumerate(zip(mine, theirs)):
            called = [one[k] for k in NAMES if one.get(k)] if isinstance(one, dict) else [str(n)]
            yield from differences(one, other, f"{where}[{' '.join(called)}]")
    elif mine != theirs or type(mine) is not type(theirs):
        yield f"{where}: the journal says {mine!r}, the report {theirs!r}"


def sums_differ(place: Path) -> Iterator[str]:
    """Yield each file of a bundle that is not the one that was summed, and each that is missing."""
    text = (place / "SHA256SUMS").read_text("utf-8")
    said = {name: digest for digest, name in (line.split("  ", 1) for line in text.splitlines())}
    files = [path for path in place.rglob("*") if path.is_symlink() or not path.is_dir()]
    there = {path.relative_to(place).as_posix(): path for path in files}
    summed = {name: path for name, path in there.items() if not SEALS.fullmatch(name)}
    for name in sorted({*said, *summed}):
        path = summed.get(name)
        if path is None or name not in said:
            yield f"{name}: {'not there' if path is None else 'added: SHA256SUMS does not name it'}"
        elif path.is_symlink() or not path.is_file():
            yield f"{name}: not a plain file"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != said[name]:
            yield f"{name}: changed since it was summed"


def bundle_differs(place: Path) -> Iterator[str]:
    """Yield all that is wrong with an unpacked bundle."""
    yield from sums_differ(place)
    records, reached = chained((place / "journal.jsonl").read_bytes())
    checkpoints = (place / "checkpoints.txt").read_text("utf-8").splitlines()
    for n, line in enumerate(checkpoints, 1):
        count, length, head = line.split()
        if reached[int(count) : int(count) + 1] != [(int(length), head)]:
            yield f"checkpoints.txt: line {n} is not of this journal"
    if not checkpoints or int(checkpoints[-1].split()[0]) != len(records):
        yield f"checkpoints.txt: the last is not of all {len(records)} records"
    mine = json.loads(json.dumps(Journal(records).figures(reached[-1][1], len(records))))
    yield from differences(mine, strict((place / "report" / "report.json").read_bytes()))


def main(argv: list[str]) -> int:
    """Do what the first lines of this file say."""
    try:
        if len(argv) == len(("verify.py", "DIR")):
            wrong = list(bundle_differs(Path(argv[1])))
            print(*wrong, sep="\n", end="\n" * bool(wrong))
            print(f"{len(wrong)} differences" if wrong else "equal: the figures follow from it")
            return 1 if wrong else 0
        if argv[1:2] == ["--figures"]:
            records, reached = chained(Path(argv[2]).read_bytes())
            figures = Journal(records).figures(reached[-1][1], len(records))
            print(json.dumps(figures, sort_keys=True, indent=1))
            return 0
    except BrokenError as error:
        print(error)
        return 1
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"cannot be read: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(f"usage: {argv[0]} DIR | {argv[0]} --figures journal.jsonl", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))
