#!/usr/bin/env python3
"""Check a drill's bundle and recompute its figures: a second implementation, in one file.

    python3 verify.py DIR                       an unpacked bundle: 0 equal, 1 not, 2 unreadable
    python3 verify.py --figures journal.jsonl   the figures alone, as sorted JSON

It needs Python 3.9 and nothing else, and shares no code with drill. The rules, in short:

* Times are nanoseconds of one boot clock since the first record; printed seconds are ns / 1e9.
* t_i: a fault's receipt was written, just before it was sent; t_a: the host confirmed its effect.
* B: an outage's last bad sample; G: the first good one of an unbroken good run that is three
  samples and the window `stable` long. RTA = [start(B) - t_a, end(G) - t_i]. What was not seen
  counts as good for B and as bad for G. What comes back as its fault is removed never recovered.
* RPA = [t_i - complete(oldest lost), t_a - invoke(newest survivor older than it)]; if nothing is
  lost, [0, t_a - complete(last acknowledged before t_i)].
* Durations are widened by the most that a clock is slewed, 500 parts in a million (RFC 5905).
* Met if hi <= target, missed if lo > target; else, or if a control failed, neither.

Not recomputed: prose (reasons, summary, log), what people rated, the report's other formats.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import accumulate, takewhile
from pathlib import Path
from types import SimpleNamespace as Of
from typing import Any, NamedTuple

NS, SLEW = 10**9, 500e-6
UNITS = {"d": 86400 * NS, "h": 3600 * NS, "m": 60 * NS, "s": NS, "ms": NS // 1000}
GENESIS = hashlib.sha256(b"drill journal v1\n").hexdigest()
UNDO_TRIES, IN_A_ROW, MISSING = 3, 3, 2  # undos, good samples, intervals without a sample
KINDS = ("inject", "recover", "check", "notify", "decide", "task")
STAFF = ("facilitator", "evaluator", "observer")
WORST = ("missed", "invalid", "inconclusive", "not measured", "met", "not applicable")
MARKS = "T0c T0 T1m T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11".split()
OF_A_SERVICE = ("T0", "T6", "T8", "T9")
SPANS = "assessment T1 T2; decision T1 T3; mobilisation T3 T4"
SPANS_OF_A_SERVICE = (
    "machine detection T0 T1m; human detection T0 T1; RTA from onset T0 T6; RTA from detection T1 "
    "T6; RTA from declaration T3 T6; RTA to the minimum service level T0 T8; work recovery time T6 "
    "T9; outage, against MTPD T0 T9"
)


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
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S" + (".%f%z" if "." in text else "%z"))


def sec(ns: int | None) -> float | None:
    """Return nanoseconds as seconds."""
    return None if ns is None else ns / NS


def span(begin: Any, end: Any) -> Any:
    """Return the seconds from one (lo, hi) to another, widened by the clock's error."""
    lo = 0.0 if begin[1] is None else max(0, end[0] - begin[1]) / NS
    hi = None if end[1] is None else max(0, end[1] - begin[0]) / NS
    return {"lo": lo * (1 - SLEW), "hi": None if hi is None else hi * (1 + SLEW)}


def two(seconds: float, rounding: Any) -> str:
    """Print seconds with two digits, rounded outwards."""
    return f"{rounding(round(seconds * 100, 6)) / 100:.2f}"


class Journal:
    """What a journal says: first sorted by what it speaks of, then judged."""

    def __init__(self, records: list[Any]) -> None:
        first = records[0]["at"]
        self.opened = records[0]["event"]
        self.plan = self.opened["scenario"]
        self.told: Any = defaultdict(list)  # by kind, and step or service
        self.holds: list[Any] = []
        self.jumps: list[tuple[int, int]] = []
        self.released: set[str] = set()
        self.boots, zero = [first["boot"]], first["boot_ns"]
        for record in records:
            at, event = record["at"], record["event"]
            if at["boot"] != self.boots[-1]:  # across boots there is only the wall clock
                passed = (wall_of(at["wall"]) - wall_of(first["wall"])) // timedelta(microseconds=1)
                self.boots.append(at["boot"])
                zero = at["boot_ns"] - passed * 1000
            self.last = at["boot_ns"] - zero
            fact = Of(ns=self.last, seq=record["seq"], zero=zero, **event)
            self._clock(event["type"], fact)
            self.told[event["type"], event.get("step") or event.get("service") or ""].append(fact)
        self.steps = {name: self._step(name, plan) for name, plan in self.plan["steps"].items()}
        self.faults = sorted((s for s in self.steps.values() if s.sent), key=lambda s: s.sent.ns)
        self.services = {n: self._service(n, s) for n, s in self.plan["services"].items()}
        self.marks = self._marks()

    def _clock(self, kind: str, fact: Any) -> None:
        """Follow the exercise clock, which holds stop and jumps put forward."""
        says = fact.saying["says"] if kind == "person-said" and not fact.refused else ""
        if says == "held" and not self.held:
            self.holds.append(Of(begins=fact.ns, ends=None, by=fact.person, why=fact.saying["why"]))
        elif self.held and (says == "resumed" or self._stops(kind, fact)):
            self.holds[-1].ends = fact.ns
        elif says == "released":
            self.released.add(fact.saying["step"])
        elif says == "jumped":
            begun = {name for what, name in self.told if what in {"step-started", "step-skipped"}}
            waiting = [s for n, s in self.plan["steps"].items() if n not in begun | self.released]
            ahead = [ns_of(step["at"]) - self.net(fact.ns) for step in waiting]
            self.jumps += [(fact.ns, by) for by in sorted(ahead) if by > 0][:1]

    def _stops(self, kind: str, fact: Any) -> bool:
        """Tell whether all but the healing stops here, which is never held."""
        if kind == "step-ended":
            late = fact.outcome["kind"] != "done" or self.told["step-expired", fact.step]
            return bool(late) and self.plan["steps"][fact.step]["on-failure"] == "stop"
        begun = any(what == "step-started" for what, _ in self.told)
        unapproved = kind == "conductor-resumed" and not getattr(fact, "approved_by", "")
        return kind in {"abort-ordered", "exercise-closed"} or (unapproved and begun)

    @property
    def held(self) -> bool:
        """Whether the exercise clock stands."""
        return bool(self.holds) and self.holds[-1].ends is None

    def net(self, at: int) -> int:
        """Return what the exercise clock showed: without holds, and with what was jumped."""
        ends = ((h.begins, at if h.ends is None else min(at, h.ends)) for h in self.holds)
        return at - sum(max(0, e - max(0, b)) for b, e in ends) + self.jumped(-1, at)

    def jumped(self, begin: int, end: int) -> int:
        """Return by how much the exercise clock was put forward."""
        return sum(by for at, by in self.jumps if begin < at <= end)

    def newest(self, kind: str, name: str = "") -> Any:
        """Return the newest record of a kind about a step or a service; None if there is none."""
        return (self.told[kind, name] or [None])[-1]

    def _step(self, name: str, plan: Any) -> Any:
        ended, expired = self.newest("step-ended", name), self.newest("step-expired", name)
        started, kind = self.newest("step-started", name), next(k for k in KINDS if k in plan)
        phase = "expired" if expired else "running" if started else "pending"
        outcome = ended.outcome if ended else {"kind": phase}
        late = expired and outcome["kind"] == "done"  # told to stop, it is never done
        skipped = "skipped" if self.newest("step-skipped", name) else ""
        step = Of(name=name, plan=plan, started=started, ended=ended, by=ended.by if ended else "")
        step.phase = skipped or ("indeterminate" if late else outcome["kind"])
        step.kind = "story" if plan.get("inject") == "story" else kind
        step.applied = ended if outcome["kind"] == "done" else None
        step.defaulted = bool(outcome.get("defaulted"))
        step.after = [edge.partition(".")[::2] for edge in plan["after"]]
        step.edges = [*step.after, *((other, "missed") for other in plan.get("if-missed", ()))]
        step.sent = self.newest("fault-prepared", name)
        step.undos = [fact.ns for fact in self.told["undo-started", name]]
        step.standing, step.undone = self._standing(step) if step.sent else ("never-applied", None)
        return step

    def _standing(self, step: Any) -> tuple[str, Any]:
        """Follow a fault to what is known of it last: where it stands, and the proof of removal."""
        standing, undone, tries, again = "standing" if step.ended else "prepared", None, 0, False
        kinds = ("undo-started", "undo-ended", "straggler-reported")
        facts = [fact for kind in kinds for fact in self.told[kind, step.name]]
        for fact in sorted(facts + self.told["conductor-resumed", ""], key=lambda fact: fact.seq):
            if fact.type == "conductor-resumed":
                tries = 0
            elif fact.type == "undo-started":
                standing, undone, tries, again = "undoing", None, tries + 1, False
            elif fact.type == "undo-ended" and fact.outcome["kind"] == "done":
                standing, undone, tries = ("standing", None, 0) if again else ("undone", fact, 0)
            elif fact.type == "undo-ended":
                standing = "stuck" if tries >= UNDO_TRIES else "standing"
            elif not fact.undo and fact.outcome["kind"] != "failed":  # applied after all, some time
                again = standing == "undoing"
                if standing in {"undone", "stuck"}:
                    standing, undone, tries = "standing", None, 0
        return standing, undone

    def _service(self, name: str, plan: Any) -> Any:
        one = Of(name=name, plan=plan, looks=None, worst=None, level=None, onsets=[])
        if plan["probe"] is not None:
            self._judge(one, plan["probe"], ns_of(plan["stable"]))
        if plan["ledger"] is not None:
            self._sort(one)
        return one

    def _judge(self, one: Any, probe: Any, stable: int) -> None:
        """Find the outages that a probe saw, and whether the service was well before the fault."""
        every, within = ns_of(probe["every"]), ns_of(probe["within"])
        facts = self.told["samples-taken", one.name]
        sent = ((s["start"] - f.zero, s["end"] - f.zero, s["state"]) for f in facts for s in f.samples)
        one.looks = sorted(  # a good answer that came too late is bad
            Look(begin, end, "bad" if state == "good" and end - begin > within else state)
            for begin, end, state in sent
        )
        one.outages = outages_of(with_unseen(one.looks, every, 1), stable)
        one.onsets = [outage for outage in one.outages if self._begun(outage, one.looks, stable)]
        lasted = ((math.inf if o.good is None else o.good.end - o.lo) for o in one.onsets)
        one.worst = max(zip(lasted, one.onsets), key=lambda pair: pair[0], default=(0, None))[1]
        before = [s for s in one.looks if not self.faults or s.end < self.faults[0].sent.ns]
        control = [s.state for s in before if s.start >= before[-1].start - stable]
        one.green = control.count("good") >= IN_A_ROW and "bad" not in control
        one.baseline = [sum(s.state == "good" for s in before), len(before)]
        if one.worst and one.plan.get("mbco"):
            one.level = level_of(one.looks, one.worst, one.plan["mbco"], every)

    def _begun(self, outage: Any, looks: list[Look], stable: int) -> bool:
        """Tell whether a fault can have begun an outage; note when, and if its removal ended it."""
        faults = [step for step in self.faults if step.sent.ns <= outage.first.end]
        if not faults:
            return False
        sent, well = faults[-1].sent.ns, outage.before
        effect = faults[-1].ended.ns if faults[-1].phase == "done" else None
        outage.lo, outage.hi = sent, effect
        if len(faults) > 1 and sent > well:  # the fault before it may have begun it
            outage.lo = max(faults[-2].sent.ns, well)
        if effect is None or well > effect:
            outage.hi = outage.first.end
        if well - max(effect or sent, outage.well_since) >= stable:  # the fault took its time
            outage.lo, outage.hi = well, outage.first.end
        removal = next((ns for ns in faults[-1].undos if ns >= outage.first.start), None)
        if removal is not None and (outage.good is None or outage.good.end > removal):
            bad = (s for s in looks if s.state == "bad" and s.start <= removal)
            outage.last = max(s for s in bad if outage.first <= s <= outage.last)
            outage.good, outage.healed = None, True
        return True

    def _sort(self, one: Any) -> None:
        """Put each canary into its set, and measure the recovery point."""
        read, started = self.newest("ledger-read", one.name), self.newest("ledger-read-started", one.name)
        onset = one.onsets[0] if one.onsets else None
        fault = self.faults[0] if self.faults else None
        if onset:
            lo, hi = onset.lo, onset.hi
        elif fault:
            lo, hi = fault.sent.ns, fault.ended.ns if fault.phase == "done" else None
        else:
            lo, hi = self.last, self.last
        one.writes = [
            Of(
                name=(fact.ticket, w["n"]),
                sent=w["invoke"] - fact.zero,
                done=(w["invoke"] if w["complete"] is None else w["complete"]) - fact.zero,
                late=hi is not None and w["complete"] is not None and w["complete"] - fact.zero > hi,
                **w,
            )
            for fact in self.told["writes-made", one.name]
            for w in fact.writes
        ]
        one.sets = one.verdict = one.actual = None
        if read is None or not read.nodes:
            one.verdict = "not measured"
            return
        had = {n["node"]: names_of(n["found"]) for n in read.nodes if n["reachable"]}
        anywhere = set().union(*had.values())
        through = [n for n in read.nodes if n["node"] == "write-path"]
        found = had.get("write-path", anywhere)
        served = "write-path" in had or (bool(had) and not through)
        ok = sorted((w for w in one.writes if w.outcome == "ok"), key=lambda w: w.sent)
        gone = [w for w in ok if w.name not in found]
        before = [w.by for w in ok if w.complete is not None and w.done <= lo]
        old = before[-1] if before else ""
        said = {w.name for w in one.writes}
        starts = {f.seq for f in self.told["watch-started", one.name] if f.kind == "ledger"}
        whole = {f.ticket for f in self.told["watch-ended", one.name] if f.kind == "ledger" and f.outcome["kind"] == "done"}
        newest = {t: max((n for u, n in said if u == t), default=-1) for t in starts - whole}
        strange = anywhere - said
        unreported = {(t, n) for t, n in strange if t in newest and n > newest[t]}
        doubled = [names_of(n["duplicates"]) for n in read.nodes if n["reachable"]]
        one.kept = [w for w in ok if w.name in found]
        one.lost = [w for w in gone if not w.late]
        one.gone = gone
        unknown = [w for w in one.writes if w.outcome == "info" and w.name in found]
        phantom = [w for w in one.writes if w.outcome == "fail" and w.name in anywhere]
        one.sets = {
            "lost": len(one.lost),
            "split-brain": sum(w.late and w.by == old for w in gone),
            "lost-later": sum(w.late and w.by != old for w in gone),
            "kept": len(one.kept),
            "kept-unknown": len(unknown),
            "phantom": len(phantom),
            "alien": len(strange - unreported),
            "unreported": len(unreported),
            "duplicate": len(set().union(*doubled)),
            "stale": sum(any(w.name not in names for names in had.values()) for w in one.kept),
        }
        if not fault:
            one.verdict = "not measured"
            return
        if one.lost:
            first = min(w.sent for w in one.lost)
            older = [w.sent for w in one.kept + unknown if w.sent < first]
            low = span((min(w.done for w in one.lost),) * 2, (lo, lo))["lo"]
            high = span((max(older),) * 2, (lo, hi))["hi"] if older else None
        else:
            newest_kept = max((w.done for w in one.kept if w.done <= lo), default=0)
            low, high = 0.0, span((newest_kept,) * 2, (lo, hi))["hi"] if newest_kept else None
        one.actual = {"lo": low, "hi": high}
        felt = one.onsets if one.looks is not None else [w for w in one.writes if w.outcome != "ok" and w.sent >= lo]
        if phantom or strange - unreported or (one.looks is not None and not one.green) or not (one.lost or felt):
            one.verdict = "invalid"
        elif (
            started is None
            or read.outcome["kind"] != "done"
            or read.reads < 2
            or not served
            or any(max(w.sent, w.done) > started.ns for w in one.writes)
            or any(o.good is None or o.good.end > started.ns for o in one.onsets)
        ):
            one.verdict = "inconclusive"
        one.bar = any(w.late for w in gone)

    def _marks(self) -> dict[tuple[str, str], Any]:
        """Return each mark that the records show, by name and service, as (lo, hi, shown)."""
        told = next((s.ended.ns for s in self.done("story", 0) if not s.plan.get("decoy")), None)
        marks: dict[tuple[str, str], Any] = {}
        for name, one in self.services.items():
            if one.looks is None and told is not None and self.opened["mode"] == "tabletop":
                marks["T0", name] = (told, told, told)
            if one.worst:
                marks["T0", name] = (one.worst.lo, one.worst.hi, one.worst.first.start)
                if one.worst.good:
                    marks["T6", name] = (one.worst.last.start, one.worst.good.end, one.worst.good.end)
                if one.level and one.level[1] is not None:
                    marks["T8", name] = (*one.level, one.level[1])
        begun = self.faults[0].sent.ns if self.faults else told or 0
        onset = min((mark[2] for (name, _), mark in marks.items() if name == "T0"), default=begun)
        starts = [s.started.ns for s in self.steps.values() if s.kind == "recover" and s.started]
        starts = [ns for ns in starts if ns >= onset]
        checks = [(s.plan["check"] == "service.state", s) for s in self.done("check", begun)]
        bad = [s for state, s in checks if state and s.plan["with"].get("is") == "bad"]
        decided = self.done("decide", begun)
        chosen = [s for s in decided if not s.defaulted]
        declared = self._declaration(chosen) or (decided[0] if decided else None)
        found = {
            "T0c": self.faults[0].sent.ns if self.faults else None,
            "T1m": bad[0].ended.ns if bad else None,
            "T1": self._detected(begun),
            "T3": declared.ended.ns if declared else None,
            "T4": self._mobilised(),
            "T5": min(starts, default=None),
            "T10": self._reconstituted(),
            "T11": self._cleaned_up(),
        }
        if declared:
            assessed = [s.ended.ns for s in chosen if s.ended.ns < declared.ended.ns]
            found["T2"] = assessed[0] if assessed else None
        if starts:
            looked = [s for s in self.done("check", min(starts)) if s.plan["check"] != "service.state"]
            found["T7"] = looked[-1].ended.ns if looked else None
        marks.update({(name, ""): (ns, ns, ns) for name, ns in found.items() if ns is not None})
        for name, one in self.services.items():
            if ("T6", name) in marks:
                tasks = self.done("task", marks["T6", name][2])
                by = [s.ended.ns for s in tasks if s.plan["by"] == one.plan["owner"] and self._theirs(s)]
                marks.update({("T9", name): (ns, ns, ns) for ns in by[:1]})
        return marks

    def done(self, kind: str, since: int) -> list[Any]:
        """Return the steps of a kind that ended done since then, first to last."""
        found = (s for s in self.steps.values() if s.kind == kind and s.phase == "done")
        return sorted((s for s in found if s.ended.ns >= since), key=lambda s: (s.ended.ns, s.ended.seq))

    def _declaration(self, chosen: list[Any]) -> Any:
        for kind in ("recover", "task"):
            awaited = {name for s in self.steps.values() if s.kind == kind for name, _ in s.after}
            acted_on = [s for s in chosen if s.name in awaited]
            if acted_on:
                return acted_on[0]
        return chosen[0] if chosen else None

    def heard(self, *says: str) -> list[Any]:
        """Return what people said in these words, but for what was refused."""
        return [f for f in self.told["person-said", ""] if f.saying["says"] in says and not f.refused]

    def _detected(self, begun: int) -> Any:
        decoys = {s.name for s in self.steps.values() if s.plan.get("decoy")}
        heard = [s.ended.ns for s in self.done("notify", begun) if s.name not in decoys]
        noted = [
            fact.ns
            for fact in self.heard("noted")
            if fact.role not in STAFF and fact.ns >= begun and fact.saying["step"] not in decoys
        ]
        return min(heard[:1] + noted[:1], default=None)

    def _mobilised(self) -> Any:
        roles = self.plan["roles"].items()
        needed = {name: 0 if role.get("absent") is True else role.get("quorum", 1) for name, role in roles}
        there = defaultdict(set)
        for fact in self.heard("joined", "left"):
            (there[fact.role].add if fact.saying["says"] == "joined" else there[fact.role].discard)(fact.person)
            if any(needed.values()) and all(len(there[name]) >= n for name, n in needed.items()):
                return fact.ns
        return None

    def _theirs(self, step: Any) -> bool:
        by = step.plan["by"]
        facts = (f for f in self.heard("finished") if f.saying["step"] == step.name)
        return all(fact.role in {by, f"{by}-deputy"} for fact in facts)

    def _reconstituted(self) -> Any:
        healing: set[str] = set()
        for _ in self.steps:
            healing |= {
                s.name
                for s in self.steps.values()
                if any(outcome == "undone" or name in healing for name, outcome in s.edges)
            }
        steps = [self.steps[name] for name in healing]
        return max((s.ended.ns for s in steps), default=None) if all(s.phase == "done" for s in steps) else None

    def _cleaned_up(self) -> Any:
        if not self.faults or any(s.undone is None for s in self.faults):
            return None
        last = max(s.undone.ns for s in self.faults)
        seen = [one.looks for one in self.services.values() if one.looks is not None]
        good = [[s.end for s in looks if s.start >= last and s.state == "good"][:1] for looks in seen]
        return max([last, *(end for ends in good for end in ends)]) if all(good) else None

    def _mark(self, name: str, service: str) -> Any:
        return self.marks.get((name, service)) or self.marks.get((name, ""))

    def _time(self, one: Any, measure: str, target: int, begin: str, ended: Any) -> dict[str, Any]:
        start = self._mark(begin, one.name)
        actual = span(start, ended) if one.worst and ended and start else None
        verdict = "inconclusive"
        if one.looks is None or not self.faults:
            verdict = "not measured"
        elif not one.green or not one.onsets:
            verdict = "invalid"
        elif actual and len(self.boots) == 1:
            verdict = decided(actual, target / NS)
            aborted = self.told["abort-ordered", ""]
            if verdict == "missed" and aborted and actual["lo"] - (self.last - aborted[0].ns) / NS <= target / NS:
                verdict = "inconclusive"
        words = {"RTO": "recovered", "MBCO": "reached"}
        return {**row(one, measure, target, begin, actual, verdict), "text": text_of(actual, words[measure])}

    def figures(self, head: str, count: int) -> dict[str, Any]:
        """Return every figure, by the names that the report's JSON has for them."""
        promises = [promise for one in self.services.values() for promise in self._promises(one)]
        faults = [s for s in self.steps.values() if s.kind == "inject" and s.started]
        left = any(s.standing in {"prepared", "standing", "undoing", "stuck"} for s in faults)
        closed, aborted = self.newest("exercise-closed"), self.told["abort-ordered", ""]
        present = closed.ns if closed else self.last
        verdicts = {promise["verdict"] for promise in promises}
        failed = ("failed", "indeterminate", "expired")
        serious = (s for s in self.steps.values() if s.kind == "recover" or s.plan["on-failure"] == "stop")
        if aborted or not closed or any(s.phase in failed for s in serious):
            verdicts.add("inconclusive")
        verdict = next((one for one in WORST if one in verdicts), "not applicable")
        kept = verdict in {"met", "not applicable"} and not aborted
        return {
            "run": self.opened["run"],
            "mode": self.opened["mode"],
            "digest": self.opened["digest"],
            "records": count,
            "head": head,
            "clock": present / NS,
            "gross": present / NS,
            "net": self.net(present) / NS,
            "resumed": len(self.told["conductor-resumed", ""]),
            "aborted": f"{aborted[0].by}: {aborted[0].why}" if aborted else "",
            "verdict": verdict,
            "exit_status": 4 if left else 1 if verdict == "missed" else 0 if kept else 3,
            "objectives": promises,
            "durations": self._durations(),
            "marks": [
                {"name": name, "service": service or None, "at": sec(self.marks.get((name, service), (0, 0, None))[2])}
                for name in MARKS
                for service in (self.services if name in OF_A_SERVICE else ("",))
            ],
            "steps": [
                {"id": s.name, "phase": s.phase, "started": at(s.started), "ended": at(s.ended)}
                for s in self.steps.values()
            ],
            "faults": [
                {
                    "step": s.name,
                    "standing": s.standing,
                    "prepared": at(s.sent),
                    "applied": at(s.applied),
                    "undone": at(s.undone),
                }
                for s in faults
            ],
            "availability": [seen_of(one) for one in self.services.values() if one.looks is not None],
            "ledgers": [ledger_of(one) for one in self.services.values() if one.plan["ledger"]],
            "consistency": consistency_of([s for s in self.services.values() if s.plan["ledger"] and s.sets]),
            "holds": [{**vars(h), "begins": sec(h.begins), "ends": sec(h.ends)} for h in self.holds],
            "duties": [self._duty(name, duty, present) for name, duty in self.plan.get("duties", {}).items()],
        }

    def _promises(self, one: Any) -> Any:
        plan = one.plan
        if plan["rto"]:
            begin = {"onset": "T0", "detection": "T1", "declaration": "T3"}[plan["rto"]["from"]]
            ended = (one.worst.last.start, one.worst.good and one.worst.good.end) if one.worst else None
            yield self._time(one, "RTO", ns_of(plan["rto"]["target"]), begin, ended)
        if plan.get("mbco"):
            yield self._time(one, "MBCO", ns_of(plan["mbco"]["target"]), "T0", one.level)
        if plan["rpo"]:
            target = ns_of(plan["rpo"]["target"])
            actual, verdict = (one.actual, one.verdict) if plan["ledger"] else (None, "not measured")
            if verdict is None and len(self.boots) > 1:
                verdict = "inconclusive"
            elif verdict is None:
                verdict = decided(actual, target / NS)
                verdict = "inconclusive" if verdict == "met" and one.bar else verdict
            text = text_of(actual, "")
            if actual and actual["hi"] is None:
                text = f"more than {two(actual['lo'], math.floor)} s"
            elif actual and not one.lost:
                text = f"< {two(actual['hi'], math.ceil)} s"
            yield {**row(one, "RPO", target, "", actual, verdict), "text": text}

    def _durations(self) -> list[dict[str, Any]]:
        rows = [(None, line) for line in SPANS.split("; ")]
        rows += [(name, line) for name in self.services for line in SPANS_OF_A_SERVICE.split("; ")]
        found = []
        for service, line in rows:
            name, begins, ends = line.rsplit(" ", 2)
            begin, end = self._mark(begins, service or ""), self._mark(ends, service or "")
            found.append(self._lasted(name, service, begins, ends, begin, end))
        over = [s.ended.ns for s in self.steps.values() if s.ended]
        begin = (max(over),) * 2 if over else None
        return [*found, self._lasted("clean-up", None, "EndEx", "T11", begin, self._mark("T11", ""))]

    def _lasted(self, name: str, service: Any, begins: str, ends: str, begin: Any, end: Any) -> dict[str, Any]:
        both = begin and end
        net = [[None if ns is None else self.net(ns) for ns in mark[:2]] for mark in (begin, end)] if both else None
        row = {"name": name, "service": service, "begins": begins, "ends": ends}
        return {**row, "actual": span(begin, end) if both else None, "net": span(*net) if net else None}

    def _duty(self, name: str, duty: Any, now: int) -> dict[str, Any]:
        begin, to = self.steps[duty["from"]].ended, self.steps[duty["to"]]
        end = to.ended if to.phase == "done" and not to.defaulted else None
        took = net = None
        verdict, within = "not measured", ns_of(duty["within"])
        if begin:
            until = max(begin.ns, end.ns if end else now)
            took = until - begin.ns + self.jumped(begin.ns, until)
            net = self.net(until) - self.net(begin.ns)
            verdict = "met" if end else verdict
            if took > within or to.defaulted or to.phase in {"failed", "indeterminate"}:
                verdict = "missed"
        row = {"name": name, "within": within / NS, "begins": at(begin), "ends": at(end)}
        return {**row, "took": sec(took), "net": sec(net), "verdict": verdict}


def at(fact: Any) -> float | None:
    return fact.ns / NS if fact else None


def row(one: Any, measure: str, target: int, begin: str, actual: Any, verdict: str) -> dict[str, Any]:
    row = {"service": one.name, "measure": measure, "target": target / NS, "counted_from": begin}
    return {**row, "actual": actual, "verdict": verdict}


def text_of(actual: Any, reached: str) -> str:
    if actual is None:
        return "not measured"
    if actual["hi"] is None:
        return f"not {reached} (more than {two(actual['lo'], math.floor)} s)"
    return f"{two(actual['lo'], math.floor)} to {two(actual['hi'], math.ceil)} s"


def decided(actual: Any, target: float) -> str:
    if actual["hi"] is not None and actual["hi"] <= target:
        return "met"
    return "missed" if actual["lo"] > target else "inconclusive"


def seen_of(one: Any) -> dict[str, Any]:
    gaps = [b.start - a.start for a, b in zip(one.looks, one.looks[1:])]
    worst = one.worst
    return {
        "service": one.name,
        "samples": [[s.start / NS, s.state] for s in one.looks],
        "outages": [[o.first.start / NS, sec(o.ended and o.ended.end)] for o in one.outages],
        "detection_floor": sec(max(gaps, default=None)),
        "baseline": one.baseline,
        "saw_fault": bool(one.onsets),
        "restored": {"lo": sec(worst.last.start), "hi": sec(worst.good and worst.good.end)} if worst else None,
    }


def ledger_of(one: Any) -> dict[str, Any]:
    outcomes = Counter(w.outcome for w in one.writes)
    return {
        "service": one.name,
        "written": len(one.writes),
        "acknowledged": outcomes["ok"],
        "refused": outcomes["fail"],
        "unknown": outcomes["info"],
        "sets": [{"name": name, "count": count} for name, count in (one.sets or {}).items()],
    }


def consistency_of(stores: list[Any]) -> Any:
    if len(stores) < 2:
        return None
    for one in stores:
        first = min(one.gone, key=lambda w: w.done, default=None)
        one.until = None if first is None else first.done
        one.since = 0 if first is None else max((w.sent for w in one.kept if w.sent < first.sent), default=0)
    known = [one for one in stores if one.until is not None]
    point = min(known, key=lambda one: one.until, default=None)
    def whole(one):
        return {"lo": sec(one.since), "hi": sec(one.until)} if one and one.until is not None else None
    return {
        "point": whole(point),
        "stores": [
            {"service": one.name, "whole_until": whole(one), "beyond": sum(w.sent > point.until for w in one.kept) if point else 0}
            for one in stores
        ],
    }


def names_of(spans: Any) -> set[tuple[int, int]]:
    return {(s["ticket"], n) for s in spans for n in range(s["first"], s["last"] + 1)}


def with_unseen(looks: list[Look], every: int, most: int) -> list[Look]:
    found = looks[:1]
    for one, other in zip(looks, looks[1:]):
        if other.start - one.start > MISSING * every:
            ticks = range(one.start + every, other.start, every)
            kept = ticks if len(ticks) <= 2 * most else [*ticks[:most], *ticks[-most:]]
            found += [Look(tick, tick, "unknown") for tick in kept]
        found.append(other)
    return found


def outages_of(looks: list[Look], stable: int) -> list[Any]:
    found, begin = [], 0
    states = [one.state for one in looks]
    while "bad" in states[begin:]:
        begin = states.index("bad", begin)
        good, until = None, len(looks)
        for k in range(begin, len(looks)):
            if states[k] != "good":
                good = None
                continue
            good = k if good is None else good
            if k - good + 1 >= IN_A_ROW and looks[k].start - looks[good].start >= stable:
                until = k
                break
        bad = [k for k in range(begin, until) if states[k] == "bad"]
        quiet = (looks[b].start - looks[a + 1].start if b > a + 1 else -1 for a, b in zip(bad, bad[1:]))
        last = len(list(takewhile(lambda ns: ns < stable, quiet)))
        well = len(list(takewhile(lambda state: state == "good", reversed(states[:begin]))))
        before = next((one for one in reversed(looks[:begin]) if one.state == "good"), None)
        ended = None if until == len(looks) else looks[good]
        found.append(
            Of(
                first=looks[begin],
                last=looks[bad[last]],
                good=ended,
                ended=ended,
                before=before.start if before else 0,
                well_since=looks[begin - well].start,
            )
        )
        begin = until + 1
    return found


def level_of(looks: list[Look], outage: Any, plan: Any, every: int) -> tuple[int, int | None]:
    over, share = ns_of(plan["over"]), plan["share"]
    if hasattr(outage, "healed"):
        looks = [s for s in looks if s.start <= outage.last.start]
    since = [s for s in with_unseen(looks, every, over // every + 2) if s.end >= outage.lo]
    seen = len(since)
    since += [Look(tick, tick, "unknown") for tick in range(since[-1].start + every, since[-1].start + over + 3 * every, every)]

    def first(good, most):
        starts, count = [s.start for s in since[:most]], [0, *accumulate(s.state in good for s in since[:most])]
        for k, s in enumerate(since[:most]):
            end = bisect_left(starts, s.start + over)
            if end == most:
                return None
            if (count[end] - count[k]) / (end - k) >= share:
                return k
        return None

    best, worst = first({"good", "unknown"}, len(since)), first({"good"}, seen)
    return since[best - 1].start if best else outage.lo, None if worst is None else since[worst].end


def read(lines):
    head, records = GENESIS, []
    for n, line in enumerate(lines):
        record = json.loads(line)
        if (record["seq"], record["prev"]) != (n, head):
            raise ValueError(f"line {n + 1} does not follow from the line before it")
        head = hashlib.sha256(line).hexdigest()
        records.append(record)
    return records, head


def main(argv):
    lines = Path(argv[2]).read_bytes().splitlines(keepends=True)
    records, head = read(lines)
    print(json.dumps(Journal(records).figures(head, len(records)), sort_keys=True, indent=1))

if __name__ == "__main__":
    sys.exit(main(sys.argv))
