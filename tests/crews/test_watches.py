from dataclasses import dataclass, field
from datetime import timedelta

from crews.worlds import Anything, Looking, crew_of, reports, soon

from drill.model.events import LedgerRead, NodeRead, SamplesTaken, Span, WatchEnded, WritesMade
from drill.model.outcome import Done, Indeterminate
from drill.ports import Reading, ReadOrder, Receipted, WatchOrder


@dataclass
class Keeping:
    """A ledger in a list; ``closes`` says whether its canaries can be removed."""

    params: type = Anything
    kept: list[int] = field(default_factory=list)
    closes: bool = True
    opens: bool = True

    def open(self, params, run, cancel):
        if not self.opens:
            raise ConnectionError("no database")

    def write(self, params, canary, cancel):
        self.kept.append(canary.n)
        return Receipted("ok", by="db1")

    def read(self, params, run, cancel):
        spans = tuple(Span(ticket=1, first=n, last=n) for n in self.kept)
        return (NodeRead(node="db1", reachable=True, found=spans),)

    def close(self, params, run, cancel):
        if not self.closes:
            raise ConnectionError("gone")
        self.kept.clear()


def order(kind):
    short = timedelta(milliseconds=20)
    return WatchOrder(
        ticket=1,
        service="orders",
        kind=kind,
        uses="watch",
        with_={},
        every=short,
        within=timedelta(seconds=1),
        run="r",
    )


def ended(report):
    return isinstance(report, WatchEnded)


def test_a_probe_samples_until_it_is_cancelled():
    crew = crew_of(probes={"watch": Looking([Reading(state="good", by="app1")])})
    crew.start(order("probe"))
    said = reports(crew, lambda report: isinstance(report, SamplesTaken))
    crew.cancel(1)
    said += reports(crew, ended)
    assert said[-1].outcome == Done()
    samples = [s for report in said if isinstance(report, SamplesTaken) for s in report.samples]
    assert {(s.state, s.by) for s in samples} == {("good", "app1")}
    assert [s.planned for s in samples] == sorted(s.planned for s in samples)


def test_a_ledger_numbers_its_writes_and_reads_them_all_back():
    ledger = Keeping()
    crew = crew_of(ledgers={"watch": ledger})
    crew.start(order("ledger"))
    said = reports(crew, lambda report: isinstance(report, WritesMade))
    crew.cancel(1)
    said += reports(crew, ended)
    written = [w.n for report in said if isinstance(report, WritesMade) for w in report.writes]
    assert written == sorted(set(written))
    crew.start(ReadOrder(2, "orders", "watch", {}, "r", soon(10)))
    read = reports(crew, lambda report: isinstance(report, LedgerRead))[-1]
    assert {span.first for span in read.nodes[0].found} == set(written)
    assert (read.reads, read.outcome.kind, ledger.kept) == (2, "done", [])


def test_what_was_read_counts_also_if_the_canaries_stay():
    crew = crew_of(ledgers={"watch": Keeping(kept=[1], closes=False)})
    crew.start(ReadOrder(2, "orders", "watch", {}, "r", soon(10)))
    read = reports(crew, lambda report: isinstance(report, LedgerRead))[-1]
    assert read.outcome == Done(note="the canaries could not be removed: gone")
    assert read.nodes


def test_a_ledger_that_cannot_open_says_so():
    crew = crew_of(ledgers={"watch": Keeping(opens=False)})
    crew.start(order("ledger"))
    end = reports(crew, ended)[-1]
    assert isinstance(end.outcome, Indeterminate)
    assert "no database" in end.outcome.error
