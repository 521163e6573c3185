"""Each test is a way in which a measurement can be wrong, and would fail if drill were."""

import pytest

from drill.model.outcome import Done, Indeterminate
from drill.model.time import Stamp
from drill.model.view import Verdict


def outage(p, begin=3.0, end=6.0, until=9.0):
    """Write a plain outage: good, the fault, bad, good."""
    p.watch()
    p.series(0, begin, "good", "app1 db1")
    p.fault(begin, begin + 0.05)
    p.series(begin + 0.1, end, "bad")
    p.series(end, until, "good", "app1 db2")


def broken(pen):
    """Begin a record: watched and well for 3 s, then broken."""
    p = pen()
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    return p


def rto(view):
    return next(one for one in view.objectives if one.measure == "RTO")


def rpo(view):
    return next(one for one in view.objectives if one.measure == "RPO")


def about(interval, lo, hi):
    """Tell whether an interval is [lo, hi], but for the clock's rate error."""
    return interval.lo == pytest.approx(lo, rel=0.001) and interval.hi == pytest.approx(
        hi, rel=0.001
    )


def test_a_point_instead_of_an_interval(pen, a_service):
    """Bad at 5.9 and good at 6.0: a promise of 2.95 s is neither met nor missed."""
    p = pen(services={"orders": a_service(rto={"target": "2950ms"})})
    outage(p)
    one = rto(p.close())
    assert about(one.actual, 5.9 - 3.05, 6.01 - 3.0)
    assert one.verdict is Verdict.INCONCLUSIVE
    assert one.text == "2.84 to 3.02 s"


@pytest.mark.parametrize(
    ("target", "verdict"),
    [("3020ms", "met"), ("3s", "inconclusive"), ("2850ms", "inconclusive"), ("2840ms", "missed")],
)
def test_met_and_missed_only_where_every_value_says_so(pen, a_service, target, verdict):
    p = pen(services={"orders": a_service(rto={"target": target})})
    outage(p)
    assert rto(p.close()).verdict == verdict


def test_a_failing_sample_stamped_at_its_time_out(pen):
    """Hung samples take a second each; the last was sent at 5.9."""
    p = broken(pen)
    p.series(3.1, 6.0, "bad", took=1.0)
    p.series(6.0, 9.0, "good")
    view = p.close()
    assert about(rto(view).actual, 5.9 - 3.05, 6.01 - 3.0)
    assert next(m for m in view.marks if m.name == "T0").at == pytest.approx(3.1)


def test_an_outage_that_starts_at_the_first_failed_sample(pen, a_service):
    """The fault was commanded at 3.0; the next sample was due at 3.9."""
    slow = a_service(probe={"uses": "http.get", "every": "1s", "within": "1s"})
    p = pen(services={"orders": slow})
    p.watch()
    p.series(0, 3, "good", every=1.0)
    p.fault(3.0, 3.05)
    p.series(3.9, 8.9, "bad", every=1.0)
    p.series(8.9, 14.9, "good", every=1.0)
    assert about(rto(p.close()).actual, 7.9 - 3.05, 8.91 - 3.0)


def test_the_first_success_ends_it(pen):
    p = broken(pen)
    p.series(3.1, 5.0, "bad")
    p.series(5.0, 5.1, "good")
    p.series(5.1, 7.0, "bad")
    p.series(7.0, 9.0, "good")
    assert about(rto(p.close()).actual, 6.9 - 3.05, 7.01 - 3.0)


def test_flapping(pen):
    """Up for 0.9 s, down for 0.1 s: never up for the window of one second."""
    p = broken(pen)
    p.series(3.1, 4.0, "bad")
    for begin in (4.0, 5.0, 6.0):
        p.series(begin, begin + 0.9, "good")
        p.series(begin + 0.9, begin + 1.0, "bad")
    p.series(7.0, 9.0, "good")
    view = p.close()
    assert about(rto(view).actual, 6.9 - 3.05, 7.01 - 3.0)
    assert len(view.availability[0].outages) == 1


def test_a_window_of_too_few_good_samples(pen, a_service):
    """The window of one second holds a single interval of a slow probe; three in a row it takes."""
    slow = a_service(probe={"uses": "http.get", "every": "1s", "within": "1s"})
    p = pen(services={"orders": slow})
    p.watch()
    p.series(0, 5, "good", every=1.0)
    p.fault(5.0, 5.05)
    p.series(5.1, 8.1, "bad", every=1.0)
    p.series(8.1, 10.1, "good", every=1.0)
    p.series(10.1, 11.1, "bad", every=1.0)
    p.series(11.1, 20.1, "good", every=1.0)
    assert rto(p.close()).actual.hi > 11.1 - 5.0


def test_samples_count_in_the_order_in_which_they_were_sent(pen):
    """A thread that started late sent its sample after the next one: the last good, the first."""
    p = pen()
    p.watch()
    p.series(0, 2.9, "good")
    p.fault(3.0, 3.05)
    p.samples((3.2, 3.21, "bad"), (3.1, 3.11, "good"))
    p.series(3.3, 5.9, "bad")
    p.samples((6.0, 6.01, "good"), (5.9, 5.91, "bad"))
    p.series(6.1, 9.0, "good")
    assert about(rto(p.close()).actual, 5.9 - 3.21, 6.01 - 3.0)


def test_a_good_answer_that_came_too_late(pen):
    p = broken(pen)
    p.series(3.1, 5.0, "bad")
    p.series(5.0, 6.0, "good", took=1.2)
    p.series(6.0, 9.0, "good")
    assert rto(p.close()).actual.lo > 2.8


def test_a_recovery_that_was_not_seen_has_no_number(pen):
    p = broken(pen)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 6.5, "good")
    one = rto(p.close())
    assert one.actual.hi is None
    assert one.text == "not recovered (more than 2.84 s)"
    assert one.verdict is Verdict.INCONCLUSIVE


def test_a_recovery_that_was_not_seen_in_the_promised_time_is_missed(pen, a_service):
    p = pen(services={"orders": a_service(rto={"target": "2s"})})
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    view = p.close()
    assert rto(view).verdict is Verdict.MISSED
    assert view.availability[0].restored.hi is None


def test_an_outage_that_the_probe_never_saw_is_no_outage_of_zero(pen):
    p = broken(pen)
    p.series(3.1, 9.0, "good")
    p.undo("lose")
    view = p.close()
    assert rto(view).verdict is Verdict.INVALID
    assert rto(view).actual is None
    assert "never saw the fault" in rto(view).reason
    assert view.availability[0].saw_fault is False
    assert view.exit_status == 3


def test_a_service_that_was_broken_before_the_fault(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 2.5, "good")
    p.series(2.5, 3.0, "bad")
    kept = [p.canary("ok", 2.9, 2.91)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.read_back(p.node("write-path", kept))
    view = p.close()
    assert rto(view).verdict is rpo(view).verdict is Verdict.INVALID
    assert "not good before the fault (25 of 30 samples)" in rto(view).reason
    assert view.availability[0].baseline == (25, 30)


@pytest.mark.parametrize("samples", [0, 2])
def test_hardly_a_sample_before_the_fault_is_no_control(pen, samples):
    p = pen()
    p.watch()
    p.samples((2.0, 2.01, "unknown"), *((2.8, 2.81, "good"), (2.9, 2.91, "good"))[:samples])
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    assert rto(p.close()).verdict is Verdict.INVALID


def test_the_wrong_instance_answering_is_told(pen):
    p = pen()
    outage(p)
    view = p.close()
    assert "answered by app1 db1 before and app1 db2 after" in rto(view).reason
    assert view.availability[0].answered_by == {"app1 db1": 30, "app1 db2": 30}


def test_the_wall_clock(pen):
    """Somebody sets the wall clock by an hour during the outage: a note, and nothing else."""
    p = broken(pen)
    p.series(3.1, 5.0, "bad")
    p.wall_step = 3600.0
    p.series(5.0, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    view = p.close()
    assert about(rto(view).actual, 5.9 - 3.05, 6.01 - 3.0)
    assert rto(view).verdict is Verdict.MET
    assert view.clock_notes == ("T+5.9 s: the wall clock was set by +3600.0 s",)
    assert view.clock == pytest.approx(8.91)


def test_at_a_facilitated_table_the_clock_is_put_forward_and_nobody_set_the_wall(pen):
    """People claim 20 minutes: the clock jumps, the wall does not, and whoever looks on sees it."""
    p = pen(mode="tabletop", facilitated=True)
    p.at(5).start("fix")
    p.wall_step = -1200.0
    p.at(1206).end("fix")
    view = p.view(p.stamp(1216))
    assert (view.clock, view.clock_notes) == (pytest.approx(1216), ())
    elsewhere = p.stamp(1216).model_copy(update={"boot_ns": p.boot_zero + 16_000_000_000})
    assert p.view(elsewhere).clock == pytest.approx(1216)


def test_a_suspend_is_not_good_time(pen):
    """From 4 to 24 s the observer slept: it may have come back right after 3.9, or at 25."""
    p = broken(pen)
    p.series(3.1, 4.0, "bad")
    p.series(24, 25, "bad")
    p.series(25, 28, "good")
    view = p.close()
    assert about(rto(view).actual, 3.9 - 3.05, 25.01 - 3.0)
    assert rto(view).verdict is Verdict.INCONCLUSIVE
    assert "counted both ways" in rto(view).reason
    assert view.availability[0].detection_floor == pytest.approx(20.1)
    assert view.clock_notes[0].startswith("T+3.9 s: orders was not sampled for 20.1 s")


def test_a_suspend_until_after_the_recovery(pen):
    p = broken(pen)
    p.series(3.1, 4.0, "bad")
    p.series(24, 27, "good")
    assert about(rto(p.close()).actual, 3.9 - 3.05, 24.01 - 3.0)


def test_samples_that_the_observer_could_not_take_are_counted_both_ways(pen):
    p = broken(pen)
    p.series(3.1, 4.0, "bad")
    p.series(4.0, 6.0, "unknown")
    p.series(6.0, 9.0, "good")
    assert about(rto(p.close()).actual, 3.9 - 3.05, 6.01 - 3.0)


def test_unknown_samples_to_the_end_are_no_recovery(pen):
    p = broken(pen)
    p.series(3.1, 4.0, "bad")
    p.series(4.0, 9.0, "unknown")
    one = rto(p.close())
    assert one.actual.lo == pytest.approx(3.9 - 3.05, rel=0.001)
    assert one.actual.hi is None


def test_one_unknown_sample_breaks_the_stable_run_at_worst(pen):
    p = broken(pen)
    p.series(3.1, 4.0, "bad")
    p.series(4.0, 4.5, "good")
    p.series(4.5, 4.6, "unknown")
    p.series(4.6, 7.0, "good")
    assert about(rto(p.close()).actual, 3.9 - 3.05, 4.61 - 3.0)


def test_a_restart_of_the_observer_has_no_clock_across_it(pen):
    p = broken(pen)
    p.series(3.1, 4.0, "bad")
    p.boot, p.boot_zero = "boot-2", 0
    p.series(6.0, 9.0, "good")
    view = p.close()
    assert rto(view).verdict is Verdict.INCONCLUSIVE
    assert "restarted" in rto(view).reason
    assert "restarted" in view.clock_notes[0]
    assert view.clock == pytest.approx(8.91, abs=0.001)


def test_now_of_another_boot_is_read_from_the_wall(pen):
    p = pen()
    p.watch()
    p.series(0, 3, "good")
    later = Stamp(wall=p.stamp(30).wall, boot_ns=5, boot="boot-2")
    assert p.view(later).clock == pytest.approx(30)
    assert p.view(p.stamp(20)).clock == pytest.approx(20)
    assert p.view(p.stamp(1)).clock == pytest.approx(2.91)


def test_two_faults_and_the_service_breaks_with_the_second(pen):
    """Counted from the first fault, the outage would be ten seconds too long."""
    steps = {
        "lose-web": {"inject": "process.kill", "on": "web1", "timeout": "5s"},
        "lose": {"inject": "host.power-off", "on": "db1", "timeout": "5s", "after": ["lose-web"]},
    }
    p = pen(steps=steps)
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05, "lose-web")
    p.series(3.1, 13, "good")
    p.fault(13.0, 13.05, "lose")
    p.series(13.1, 16, "bad")
    p.series(16, 19, "good")
    assert about(rto(p.close()).actual, 15.9 - 13.05, 16.01 - 12.9)


def test_a_fault_that_takes_its_time(pen):
    """The disk fills: good samples long after the fault was in effect bound the onset instead."""
    p = broken(pen)
    p.series(3.1, 13, "good")
    p.series(13, 16, "bad")
    p.series(16, 19, "good")
    one = rto(p.close())
    assert about(one.actual, 15.9 - 13.01, 16.01 - 12.9)
    assert "some time after the fault" in one.reason


def test_a_few_good_samples_after_the_fault_prove_no_late_onset(pen):
    """A first short failure may lie between them: it counts from the command, at worst."""
    p = broken(pen)
    p.series(3.1, 3.5, "good")
    p.series(3.5, 6, "bad")
    p.series(6, 9, "good")
    assert about(rto(p.close()).actual, 5.9 - 3.51, 6.01 - 3.0)


def test_good_samples_with_a_hole_prove_no_late_onset(pen):
    p = broken(pen)
    p.series(3.1, 12.5, "good")
    p.series(12.5, 12.6, "unknown")
    p.series(12.6, 13, "good")
    p.series(13, 16, "bad")
    p.series(16, 19, "good")
    assert about(rto(p.close()).actual, 15.9 - 13.01, 16.01 - 3.0)


def test_a_fault_that_nobody_confirmed(pen):
    p = pen()
    p.watch()
    p.series(0, 3, "good")
    p.at(3.0).start("lose")
    p.prepare("lose")
    p.series(3.1, 6, "bad")
    p.end("lose", Indeterminate(error="the link was lost"))
    p.series(6, 9, "good")
    assert about(rto(p.close()).actual, 5.9 - 3.11, 6.01 - 3.0)


def test_the_longest_of_several_outages_counts(pen):
    p = pen()
    outage(p, until=10)
    p.series(10, 16, "bad")
    p.series(16, 19, "good")
    view = p.close()
    assert about(rto(view).actual, 15.9 - 10.01, 16.01 - 9.9)
    assert "the longest of 2 outages" in rto(view).reason


def test_a_service_that_comes_back_when_its_fault_is_taken_away_has_not_recovered(pen):
    p = broken(pen)
    p.series(3.1, 6.0, "bad")
    p.undo("lose")
    p.series(6.0, 6.5, "bad")
    p.series(6.5, 9, "good")
    one = rto(p.close())
    assert one.actual.hi is None
    assert one.actual.lo == pytest.approx(5.9 - 3.05, rel=0.001)
    assert "its fault was removed before the service was back" in one.reason


def leased(pen, ttl=2):
    p = pen()
    p.watch()
    p.series(0, 3, "good")
    p.at(3.0).start("lose")
    p.prepare("lose", tier="A", ttl=ttl)
    p.at(3.05).end("lose")
    return p


LOST = Done(note="as it was, read back (lease)")


def test_an_outage_that_lasts_while_its_host_has_lost_sight_of_drill_may_be_the_probes_own(pen):
    """The service was back when the lease ran out; the probe's way to it was not."""
    p = leased(pen)
    p.series(3.1, 20, "bad")
    p.at(20).undo("lose", LOST)
    p.series(20, 23, "good")
    one = rto(p.close())
    assert (one.verdict, one.actual.hi) == (Verdict.INCONCLUSIVE, None)
    assert one.actual.lo == pytest.approx(3.1 - 3.05, rel=0.001)
    assert "the host had lost sight of drill" in one.reason


def test_that_a_lease_ran_out_is_no_recovery_though_drill_undid_it_later(pen):
    p = leased(pen)
    p.series(3.1, 5.2, "bad")
    p.series(5.2, 9, "good")
    p.undo("lose", LOST)
    one = rto(p.close())
    assert (one.verdict, one.actual.hi) == (Verdict.INCONCLUSIVE, None)


def test_a_recovery_before_any_lease_can_have_run_out_counts(pen):
    p = leased(pen, ttl=8)
    p.series(3.1, 5, "bad")
    p.series(5, 14, "good")
    p.at(14).undo("lose", LOST)
    assert rto(p.close()).verdict is Verdict.MET


def test_an_outage_seen_only_after_a_lease_ran_out_proves_no_length(pen):
    p = leased(pen)
    p.series(3.1, 6, "good")
    p.series(6, 20, "bad")
    p.at(20).undo("lose", LOST)
    p.series(20, 23, "good")
    assert rto(p.close()).verdict is Verdict.INCONCLUSIVE


def test_a_removal_that_did_not_succeed_may_have_removed_it_all_the_same(pen):
    """It came back while the first try lasted; that the second proved it was later."""
    p = broken(pen)
    p.series(3.1, 6.0, "bad")
    p.undo("lose", Indeterminate(error="the link was lost"))
    p.series(6.1, 6.5, "bad")
    p.series(6.5, 9, "good")
    p.undo("lose")
    one = rto(p.close())
    assert one.actual.hi is None
    assert one.actual.lo == pytest.approx(5.9 - 3.05, rel=0.001)


def test_what_was_not_seen_before_a_removal_is_counted_both_ways(pen, a_service):
    """From 4 to 8 nobody looked: it may have been well, so at least 4.9 s is not certain."""
    p = pen(services={"orders": a_service(rto={"target": "4s"})})
    p.watch()
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 4.0, "bad")
    p.series(8.0, 9.0, "bad")
    p.at(9).undo("lose")
    p.series(9.1, 12, "good")
    one = rto(p.close())
    assert one.actual.hi is None
    assert one.actual.lo == pytest.approx(3.9 - 3.05, rel=0.001)
    assert one.verdict is Verdict.INCONCLUSIVE


def test_a_short_outage_after_the_faults_removal_counts_as_it_was_seen(pen):
    p = pen()
    outage(p, until=8)
    p.at(8).undo("lose")
    p.series(8.1, 12, "bad")
    p.series(12, 14, "good")
    assert about(rto(p.close()).actual, 11.9 - 8.11, 12.01 - 7.9)


# The ledger


def ledger(p, *, lost=(), found_too=(), duplicates=(), writes=60):
    """Write a canary every 50 ms up to the fault at 3.0, and read back all but ``lost``."""
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    numbers = [p.canary("ok", i / 20, i / 20 + 0.01) for i in range(writes)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    kept = [n for n in numbers if n not in lost]
    p.at(9).read_back(p.node("write-path", [*kept, *found_too], duplicates=duplicates))
    return p.close()


def sets(view):
    return {one.name: one.count for one in view.ledgers[0].sets}


def test_nothing_lost_is_less_than_the_gap_and_never_zero(pen):
    one = rpo(ledger(pen()))
    assert one.text == "< 0.10 s"
    assert about(one.actual, 0.0, 3.05 - 2.96)


def test_what_was_acknowledged_after_the_recovery_shortens_no_gap(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.9, 2.91)]
    p.fault(3.0, 3.05)
    p.series(3.1, 5.0, "bad")
    p.series(5.0, 7.0, "good")
    kept.append(p.canary("ok", 5.5, 5.51))
    p.at(9).read_back(p.node("write-path", kept))
    assert about(rpo(p.close()).actual, 0.0, 3.05 - 2.91)


def test_an_unsure_write_that_was_found_survived(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.0, 2.01), p.canary("info", 2.5, None)]
    p.canary("ok", 2.8, 2.81)
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(p.node("write-path", kept))
    assert about(rpo(p.close()).actual, 3.0 - 2.81, 3.05 - 2.5)


def test_row_counts_hiding_loss_behind_duplicates(pen):
    """Three rows are gone and three are there twice: the count is right, the data is not."""
    view = ledger(pen(), lost={57, 58, 59}, duplicates=[1, 2, 3])
    assert sets(view)["lost"] == 3
    assert sets(view)["duplicate"] == 3
    assert about(rpo(view).actual, 3.0 - 2.86, 3.05 - 2.8)


def test_holes_hidden_by_the_highest_id(pen):
    """The newest write is there and the loss reaches back to number 20."""
    view = ledger(pen(), lost={20, 40})
    assert sets(view)["lost"] == 2
    assert view.ledgers[0].sets[0].examples == ("2/20", "2/40")
    assert about(rpo(view).actual, 3.0 - 1.01, 3.05 - 0.95)


def test_everything_lost_has_no_upper_end(pen):
    one = rpo(ledger(pen(), lost=set(range(60))))
    assert one.actual.hi is None
    assert one.text == "more than 2.98 s"
    assert one.verdict is Verdict.INCONCLUSIVE


def test_in_doubt_commits_counted_as_safe(pen):
    """Nobody knows of the last second's writes: they neither shorten the gap nor are they lost."""
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", i / 20, i / 20 + 0.01) for i in range(40)]
    unsure = [p.canary("info", 2 + i / 20, None) for i in range(20)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(p.node("write-path", [*kept, *unsure[:5]]))
    view = p.close()
    assert about(rpo(view).actual, 0.0, 3.05 - 1.96)
    assert sets(view)["lost"] == 0
    assert sets(view)["kept-unknown"] == 5
    assert (view.ledgers[0].acknowledged, view.ledgers[0].unknown) == (40, 20)


@pytest.mark.parametrize(
    ("restored", "read_at", "why"),
    [(6.0, 5.0, "before the service was restored"), (6.0, 2.0, "while it was still written")],
)
def test_the_final_read_taken_too_early(pen, restored, read_at, why):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    numbers = [p.canary("ok", i / 20, i / 20 + 0.01) for i in range(60)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.at(read_at).read_back(p.node("write-path", numbers))
    p.series(6.0, 9.0, "good")
    one = rpo(p.close())
    assert one.verdict is Verdict.INCONCLUSIVE
    assert why in one.reason


def test_a_single_read_is_not_enough(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.9, 2.91)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(p.node("write-path", kept), reads=1)
    assert "two reads must agree" in rpo(p.close()).reason


def test_a_write_that_only_a_cut_off_node_has_is_lost(pen):
    """The old primary still has number 59; the service does not."""
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    numbers = [p.canary("ok", i / 20, i / 20 + 0.01) for i in range(60)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(
        p.node("write-path", numbers[:-1]), p.node("db1", numbers), p.node("db2", numbers[:-2])
    )
    view = p.close()
    assert sets(view)["lost"] == 1
    assert sets(view)["stale"] == 1
    assert view.ledgers[0].nodes == {
        "write-path": "59 found",
        "db1": "60 found",
        "db2": "58 found",
    }


def test_a_split_brain_is_reported_apart_and_is_never_met(pen):
    """The old primary acknowledged three writes after it was cut off; they are gone."""
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    numbers = [p.canary("ok", i / 20, i / 20 + 0.01) for i in range(60)]
    p.fault(3.0, 3.05)
    for moment in (4.0, 4.1, 4.2):
        p.canary("ok", moment, moment + 0.01, by="db1")
    p.canary("ok", 7.0, 7.01, by="db2")
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(p.node("write-path", numbers))
    view = p.close()
    assert (sets(view)["lost"], sets(view)["split-brain"], sets(view)["lost-later"]) == (0, 3, 1)
    assert rpo(view).verdict is Verdict.INCONCLUSIVE
    assert "4 writes acknowledged after the fault" in rpo(view).reason
    assert rpo(view).actual.lo == 0.0


def test_where_nobody_had_acknowledged_anything_before_nobody_was_the_old_primary(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.canary("ok", 7.0, 7.01, by="")
    p.at(9).read_back(p.node("write-path", []))
    found = sets(p.close())
    assert (found["lost"], found["split-brain"], found["lost-later"]) == (0, 0, 1)


@pytest.mark.parametrize("outcome", ["fail", None])
def test_what_cannot_be_there_makes_the_ledger_worthless(pen, outcome):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.9, 2.91)]
    phantom = p.canary("fail", 2.95, 2.96) if outcome else 77
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(p.node("write-path", [*kept, phantom]))
    view = p.close()
    assert rpo(view).verdict is Verdict.INVALID
    assert (sets(view)["phantom"], sets(view)["alien"]) == ((1, 0) if outcome else (0, 1))


def test_a_refused_write_is_looked_for_on_every_node(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = p.canary("ok", 2.9, 2.91)
    refused = p.canary("fail", 2.95, 2.96)
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(p.node("write-path", [kept]), p.node("db1", [kept, refused]))
    view = p.close()
    assert (rpo(view).verdict, sets(view)["phantom"]) == (Verdict.INVALID, 1)


def test_writes_that_a_dying_process_never_reported_are_unknown_and_not_alien(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", i / 20, i / 20 + 0.01) for i in range(58)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    died = Indeterminate(error="the conductor was restarted meanwhile")
    p.at(9).read_back(p.node("write-path", [*kept, 58, 59]), stopped=died)
    view = p.close()
    assert (sets(view)["alien"], sets(view)["unreported"]) == (0, 2)
    assert rpo(view).verdict is Verdict.MET


def test_a_gap_below_the_last_reported_number_is_alien_even_after_a_crash(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    p.canary("ok", 2.8, 2.81, n=5)
    p.canary("ok", 2.9, 2.91, n=7)
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(p.node("write-path", [5, 6, 7]), stopped=Indeterminate(error="died"))
    assert sets(p.close())["alien"] == 1


def test_a_write_path_that_cannot_be_read_proves_nothing(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.9, 2.91)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(
        p.node("write-path", [], reachable=False, note="refused"),
        p.node("db2", kept),
        p.node("db1", [], reachable=False),
    )
    view = p.close()
    assert rpo(view).verdict is Verdict.INCONCLUSIVE
    assert "write path" in rpo(view).reason
    assert view.ledgers[0].nodes["write-path"] == "not read: refused"
    assert view.ledgers[0].nodes["db1"] == "not read: unreachable"


def test_a_read_that_did_not_end_proves_nothing(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.9, 2.91)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    undecided = Indeterminate(error="no two reads agreed in time")
    p.at(9).read_back(p.node("write-path", kept), reads=7, outcome=undecided)
    assert "could not be read to the end" in rpo(p.close()).reason


def test_a_fault_that_never_reached_the_service_proves_nothing_about_its_data(pen, a_service):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good")
    kept = [p.canary("ok", 2.9, 2.91)]
    p.fault(3.0, 3.05)
    p.series(3.1, 9.0, "good")
    p.at(9).read_back(p.node("write-path", kept))
    assert rpo(p.close()).verdict is Verdict.INVALID
