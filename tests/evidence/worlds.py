"""Random journals as a measurement may meet them: outages, holes, restarts, ledgers, people."""

from hypothesis import strategies as st
from measure.conftest import Pen, service

from drill.model.events import AbortOrdered, ConductorResumed, StepExpired, StragglerReported
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.sayings import Finished, Held, Joined, Jumped, Left, Noted, Released, Resumed

STEPS = {
    "news": {"inject": "story", "story": "It is on fire."},
    "hoax": {"inject": "story", "story": "Nothing is.", "decoy": True},
    "slow": {"inject": "host.disk-full", "on": "db1", "timeout": "15s"},
    "lose": {"inject": "host.power-off", "on": "db1", "timeout": "15s"},
    "seen": {
        "check": "service.state",
        "with": {"service": "orders", "is": "bad"},
        "timeout": "9s",
        "after": ["lose"],
    },
    "call": {"notify": "on-call", "message": "m", "acknowledge": "9s", "after": ["seen.ended"]},
    "prank": {"notify": "on-call", "message": "m", "acknowledge": "9s", "decoy": True},
    "weigh": {
        "decide": "How bad?",
        "by": "lead",
        "options": {"bad": "bad", "worse": "worse"},
        "default": {"option": "bad", "after": "9s"},
        "after": ["seen"],
    },
    "go": {
        "decide": "Fail over?",
        "by": "lead",
        "options": {"yes": "go", "no": "stay"},
        "default": {"option": "no", "after": "9s"},
    },
    "fix": {"recover": "ssh.command", "on": "db2", "timeout": "30s", "after": ["go.yes"]},
    "rows": {"check": "postgres.query", "timeout": "9s", "after": ["fix"]},
    "accept": {"task": "Accept it", "by": "head", "timeout": "9s", "on-failure": "continue"},
    "rejoin": {"recover": "ssh.command", "on": "db1", "timeout": "9s", "after": ["lose.undone"]},
    "sweep": {"task": "Sweep", "by": "lead", "timeout": "9s", "after": ["rejoin"], "at": "T+9s"},
    "nudge": {"inject": "story", "story": "Hurry.", "if-missed": "call", "at": "T+20s"},
}
FAULTS = ("slow", "lose")
DUTIES = {
    "law": {"text": "Tell them.", "from": "seen", "to": "call", "within": "3s"},
    "pact": {"text": "Mend it.", "from": "news", "to": "rows", "within": "12s"},
}
OUTCOMES = st.sampled_from(
    [Done(), Done(), Done(), Done(defaulted=True), Failed(error="no"), Indeterminate(error="?")]
)
STATES = st.sampled_from(["good"] * 6 + ["bad"] * 5 + ["unknown", "hole"])
RUNS = st.tuples(STATES, st.integers(1, 25))
SHORT = st.sampled_from([0.0, 0.004, 0.004, 0.05, 0.3, 1.2])
SAYINGS = st.one_of(
    st.just(Held(why="lunch")),
    st.just(Resumed()),
    st.just(Jumped()),
    st.just(Joined()),
    st.just(Joined()),
    st.just(Left()),
    st.builds(Noted, text=st.just("look"), step=st.sampled_from([None, "hoax", "seen"])),
    st.builds(Released, step=st.sampled_from(["sweep", "nudge"])),
    st.just(Finished(step="accept")),
)
ROLES = st.sampled_from(["head", "lead", "on-call", "head-deputy", "facilitator"])
RECEIPTS = st.sampled_from([{}, {"tier": "A", "ttl": 2}, {"tier": "B", "ttl": 5.5}])
UNDOS = st.sampled_from([Done(), Done(note="as it was (lease)"), Failed(error="no")])
NODES = [["write-path", "db1"]] * 4 + [["db1", "db2"], []]
LOST = st.sampled_from([(), (), (), (0,), (0, 1, 2), (3, 9), range(99)])
"""Of the canaries that were written, the newest first."""
PROMISES = {
    "rto": st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {
                "target": st.sampled_from(["500ms", "1s", "4s"]),
                "from": st.sampled_from(["onset", "onset", "detection", "declaration"]),
            }
        ),
    ),
    "rpo": st.sampled_from([None, {"target": "100ms"}, {"target": "9s"}, {"target": "9s"}]),
    "mbco": st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {
                "share": st.sampled_from(["30%", "55%", "95%", "100%"]),
                "over": st.sampled_from(["500ms", "1s", "7s"]),
                "target": st.sampled_from(["1s", "4s"]),
            }
        ),
    ),
    "stable": st.sampled_from(["0s", "300ms", "300ms", "1s", "1s"]),
}


@st.composite
def services(draw):
    """Draw one service or two, each with a probe, a ledger, both or none."""
    found = {}
    for name in draw(st.sampled_from([["orders"], ["orders", "stock"]])):
        one = service(**{key: draw(values) for key, values in PROMISES.items()})
        left_out = draw(st.sampled_from([(), (), ("probe",), ("ledger",)]))
        found[name] = {key: value for key, value in one.items() if key not in left_out}
    return found


def begun(draw):
    """Open an exercise and begin to watch."""
    mode = draw(st.sampled_from(["live", "live", "live", "rehearsal", "tabletop"]))
    roles = {"head": {"deputy": True}, "lead": {"quorum": 1}, "on-call": {"quorum": 0}}
    pen = Pen(STEPS, draw(services()), mode, duties=DUTIES, roles=roles)
    for name, plan in pen.services.items():
        for kind in ("probe", "ledger"):
            if plan.get(kind):
                pen.watch(kind, name)
    return Telling(draw, pen)


@st.composite
def journals(draw):
    """Draw a journal: nothing in it need make sense, but each record could be written."""
    told = begun(draw)
    if draw(st.integers(0, 4)):
        told.begin_well()
    for _ in range(draw(st.integers(3, 18))):
        draw(st.sampled_from(told.turns))()
    if draw(st.integers(0, 2)):
        told.together([("good", 30)])
    told.read_back()
    return told.all()


@st.composite
def exercises(draw):
    """Draw an exercise that goes by its plan, but for a thing or two."""
    told = begun(draw)
    told.begin_well()
    for name in ("news", "seen", "prank", "call", "weigh", "go", "fix"):
        told.end(name, draw(st.sampled_from([Done()] * 6 + [Done(defaulted=True)])))
    if draw(st.booleans()):
        told.say()
    told.together([("good", 25)])
    for name in ("rows", "accept"):
        told.end(name, Done())
    told.pen.at(told.pen.now + 0.5)
    told.read_back(draw(st.booleans()))
    if draw(st.integers(0, 5)) == 0:
        told.write()
    told.undo(draw(st.sampled_from([Done(), Done(), Done(note="as it was (lease)")])))
    told.together([("good", 10)])
    return told.all()


class Telling:
    """Writes one thing after the other that can happen in an exercise."""

    def __init__(self, draw, pen):
        self.draw, self.pen = draw, pen
        self.turns = [
            *[self.look] * 4,
            *[self.come_back] * 4,
            *[self.write] * 3,
            *[self.take_a_step] * 6,
            *[self.undo] * 2,
            *[self.say] * 2,
            *(
                self.wait,
                self.straggle,
                self.abort,
                self.restart,
                self.set_the_wall,
                self.read_back,
            ),
        ]
        self.names = [name for name, plan in pen.services.items() if plan.get("probe")]
        self.stores = [name for name, plan in pen.services.items() if plan.get("ledger")]
        self.written = {name: [] for name in self.stores}
        self.again = dict.fromkeys(FAULTS, 0)
        self.standing = []

    def all(self):
        """End, perhaps; and return every record."""
        if self.draw(st.integers(0, 5)):
            self.pen.close()
        return self.pen.records

    def end(self, name, outcome):
        """Start a step and end it."""
        self.pen.start(name)
        self.pen.at(self.pen.now + self.draw(SHORT))
        self.pen.end(name, outcome, self.draw(st.sampled_from(["Ann", "--yes-as"])))
        if name == "accept" and self.draw(st.integers(0, 2)) == 0:
            self.pen.say(self.draw(ROLES), Finished(step=name))

    def wait(self):
        self.pen.at(self.pen.now + self.draw(st.sampled_from([0.001, 0.5, 3.0, 11.0])))

    def look(self):
        """A probe sees a service so for some time; perhaps two do, at the same time."""
        begin, end = self.pen.now, self.pen.now
        for name in self.names:
            end = max(end, self.see(name, begin, self.draw(st.lists(RUNS, min_size=1, max_size=5))))
        self.pen.at(max(self.pen.now, end))

    def see(self, name, begin, runs, took=None):
        took = self.draw(SHORT) if took is None else took
        seen = []
        for state, count in runs:
            for n in range(count if state != "hole" else 0):
                start = begin + n * 0.1
                seen.append((start, start + took, state, "xy"[count % 2]))
            begin += count * 0.1
        if seen:
            self.pen.samples(*seen, name=name)
        return begin

    def write(self):
        for name in self.stores:
            took, by = self.draw(SHORT), self.draw(st.sampled_from(["db1", "db1", "db2"]))
            for outcome in self.draw(st.sampled_from(["o", "oooooooo", "oooifoo", "iif", "oi"])):
                word = {"o": "ok", "i": "info", "f": "fail"}[outcome]
                begin = self.pen.now + 0.03
                done = None if outcome == "i" else begin + took
                n = self.pen.canary(word, begin, done, by=by, name=name)
                if outcome != "f" or took > 1:  # a phantom, now and then
                    self.written[name].append(n)

    def begin_well(self):
        """What most exercises begin with: all is well, writes are made, and it breaks."""
        self.together([("good", 25)])
        self.write()
        for name in self.draw(st.sampled_from([["lose"], ["lose"], ["slow", "lose"]])):
            self.pen.at(self.pen.now + 0.01).start(name)
            self.pen.prepare(name, **self.draw(RECEIPTS))
            self.pen.at(self.pen.now + 0.02 + self.draw(SHORT)).end(name)
            self.standing.append(name)
        self.together([("bad", self.draw(st.sampled_from([0, *range(1, 30)])))])

    def come_back(self):
        self.together([("good", self.draw(st.integers(5, 30)))])

    def together(self, runs):
        begin = self.pen.now
        ends = [self.see(name, begin, runs, 0.004) for name in self.names]
        self.pen.at(max([self.pen.now, *ends]))

    def take_a_step(self):
        """Start and end one that has not begun."""
        left = [name for name in STEPS if name not in self.pen.tickets]
        if not left:
            return
        name, pen = self.draw(st.sampled_from([*left, *(f for f in FAULTS if f in left)])), self.pen
        pen.start(name)
        if name in FAULTS:
            if self.draw(st.integers(0, 7)) == 0:
                return
            pen.prepare(name)
            self.standing.append(name)
        pen.at(pen.now + self.draw(SHORT))
        if self.draw(st.integers(0, 9)) == 0:
            pen.write(StepExpired(step=name))
        if self.draw(st.integers(0, 14)):
            pen.end(name, self.draw(OUTCOMES), self.draw(st.sampled_from(["", "Ann", "--yes-as"])))

    def undo(self, outcome=None):
        if self.standing:
            name = self.draw(st.sampled_from(self.standing))
            outcome = outcome or self.draw(UNDOS)
            self.pen.undo(name, outcome)

    def straggle(self):
        """A worker that was given up speaks, before an undo of its fault, in it or after."""
        if not self.standing:
            return
        name = self.draw(st.sampled_from(self.standing))
        said = StragglerReported(
            step=name,
            ticket=self.pen.tickets[name],
            undo=self.draw(st.booleans()),
            outcome=self.draw(OUTCOMES),
        )
        self.pen.write(said)

    def say(self):
        refused = self.draw(st.sampled_from(["", "", "", "not you"]))
        self.pen.say(self.draw(ROLES), self.draw(SAYINGS), refused=refused)

    def abort(self):
        self.pen.write(AbortOrdered(by="Ann", why="enough"))

    def restart(self):
        """The conductor is taken up again, perhaps after a reboot."""
        if self.draw(st.booleans()):
            self.pen.boot += "'"
            self.pen.boot_zero += self.draw(st.sampled_from([-4_000, 7])) * 1_000_000_000
        self.pen.write(ConductorResumed(approved_by=self.draw(st.sampled_from(["", "Ann"]))))

    def set_the_wall(self):
        self.pen.wall_step += self.draw(st.sampled_from([-60.0, 0.25, 3600.0]))

    def read_back(self, clean=False):
        """The ledgers are read: some canaries are gone, some there twice, some were never sent."""
        pen, chance = self.pen, st.just(5) if clean else st.integers(0, 5)
        for name in self.stores:
            ticket, lost = pen.tickets[name, "ledger"], self.draw(LOST)
            written = self.written[name]
            found = [n for i, n in enumerate(reversed(written)) if i not in lost]
            if self.draw(chance) == 0:
                found.append(pen.canaries + 5)
            other = found[: len(found) - 1] if self.draw(st.booleans()) else written
            nodes = [
                pen.node(
                    node,
                    found if node == "write-path" else other,
                    duplicates=found[:2] if self.draw(chance) == 1 else [],
                    ticket=ticket,
                    reachable=bool(self.draw(chance)),
                )
                for node in (NODES[0] if clean else self.draw(st.sampled_from(NODES)))
            ]
            pen.read_back(
                *nodes,
                reads=self.draw(st.sampled_from([1, 2, 2, 2])),
                outcome=Done() if self.draw(chance) else Failed(error="no"),
                stopped=self.draw(st.sampled_from([Done(), Indeterminate(error="died")])),
                name=name,
            )


def by_hand():
    """Yield journals that chance seldom writes."""
    late = Pen()
    late.watch()
    late.watch("ledger")
    late.series(0, 3, "good")
    kept = [late.canary("ok", i / 20, i / 20 + 0.01) for i in range(60)]
    late.fault(3.0, 3.05)
    late.series(3.1, 6.0, "bad")
    late.series(6.0, 9.0, "good")
    late.at(9).read_back(late.node("write-path", kept))
    late.canary("fail", 9.5, 9.51)
    yield late
    unseen = Pen()
    unseen.watch()
    unseen.series(0, 3, "good")
    unseen.fault(3.0, 3.05)
    unseen.series(3.1, 6.0, "good")
    yield unseen
    stuck = Pen()
    stuck.fault(1, 2)
    stuck.undo("lose", Failed(error="no"))
    stuck.undo("lose", Failed(error="no"))
    yield stuck
    held = Pen()
    held.at(1).say("facilitator", Held(why="lunch"))
    held.at(5).say("facilitator", Resumed())
    yield held
    again = Pen()
    again.watch()
    again.series(0, 3, "good")
    again.fault(3.0, 3.05)
    again.series(3.1, 4.0, "bad")
    again.boot, again.boot_zero = "boot-2", 0
    again.series(4.0, 9.0, "good")
    yield again
    ahead = Pen(STEPS, duties=DUTIES)
    ahead.at(1).say("facilitator", Jumped())
    yield ahead
