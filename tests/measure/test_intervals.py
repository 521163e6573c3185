"""The true value lies in the interval, whatever the luck of the samples."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drill.measure.spans import RATE_ERROR

EVERY, WITHIN, STABLE = 0.1, 1.0, 1.0

delays = st.floats(0, 0.03)
"""How late a sample is sent, and how long an answer takes."""


@st.composite
def outages(draw):
    """Draw when a fault was commanded and confirmed, and the ups and downs between.

    The service flaps, but is never up for the whole window of stability before it is
    up for good. Only the first time down may be too short for every sample: of what
    happens below the detection floor after that, nobody can know.
    """
    commanded = draw(st.floats(3.0, 3.2))
    effective = commanded + draw(st.floats(0, 0.3))
    begin = draw(st.floats(commanded, effective))
    down = []
    if draw(st.booleans()):
        down.append((begin, begin + draw(st.floats(0.02, 3.0))))
        begin = down[0][1] + draw(st.floats(0.01, STABLE - 0.01))
    down.append((begin, begin + draw(st.floats(3 * EVERY, 3.0))))
    return commanded, effective, down


def answer(sent, latency, hangs, down):
    """Return what a sample sent at a moment sees of the true ups and downs, and when."""
    for begin, end in down:
        if sent < end and sent + latency > begin:
            if not hangs:
                return max(sent, begin) + 0.001, "bad"
            if end + latency - sent < WITHIN and len(down) == 1:
                return end + latency, "good"  # a packet sent again reached it after all
            return sent + WITHIN, "bad"
    return sent + latency, "good"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(outage=outages(), hangs=st.booleans(), draw=st.data())
def test_the_true_recovery_time_lies_in_the_interval(pen, outage, hangs, draw):
    commanded, effective, down = outage
    begun, ended = down[0][0], down[-1][1]
    p = pen()
    p.watch()
    p.at(commanded).start("lose")
    p.prepare("lose")
    p.at(effective).end("lose")
    ticks = range(round((ended + STABLE + 1.0) / EVERY))
    late = draw.draw(st.lists(delays, min_size=len(ticks), max_size=len(ticks)))
    latency = draw.draw(st.lists(delays, min_size=len(ticks), max_size=len(ticks)))
    unseen = draw.draw(st.sets(st.integers(30, ticks[-1]), max_size=5))
    sent = [i * EVERY + late[i] for i in ticks]
    seen = [answer(at, 0.001 + latency[i], hangs, down) for i, at in enumerate(sent)]
    p.samples(
        *(
            (at, at if i in unseen else end, "unknown" if i in unseen else state)
            for i, (at, (end, state)) in enumerate(zip(sent, seen, strict=True))
        )
    )
    rto = p.close().objectives[0]
    if rto.actual is None:
        assert rto.verdict == "invalid"
        return
    true = ended - begun
    assert rto.actual.lo <= true * (1 + RATE_ERROR)
    assert rto.actual.hi is None or rto.actual.hi >= true


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lost=st.sets(st.integers(0, 59)),
    unsure=st.sets(st.integers(0, 59)),
    took=st.floats(0.001, 0.04),
    command=st.floats(2.99, 3.1),
    effect=st.floats(0, 0.3),
    fell=st.floats(0, 1),
    committed=st.floats(0, 1),
)
def test_the_true_recovery_point_lies_in_the_interval(
    pen, lost, unsure, took, command, effect, fell, committed
):
    """What survives without a hole ends where the oldest lost write was committed."""
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 2.9, "good")
    for n in range(60):
        invoke = n / 20
        p.canary("info" if n in unsure else "ok", invoke, None if n in unsure else invoke + took)
    p.fault(command, command + effect)
    p.series(command + effect + 0.05, 6.0, "bad")
    p.series(6.0, 9.0, "good")
    p.at(9).read_back(p.node("write-path", sorted(set(range(60)) - lost)))
    view = p.close()
    actual = view.objectives[1].actual
    onset = command + effect * fell
    gone = sorted(lost - unsure)
    assert next(one.count for one in view.ledgers[0].sets if one.name == "lost") == len(gone)
    true = onset - (gone[0] / 20 + took * committed) if gone else 0.0
    assert actual.lo <= true
    assert actual.hi is None or actual.hi >= true
    found = set(range(60)) - lost
    older = [n for n in found if n < gone[0]] if gone else found - unsure
    assert (actual.hi is None) == (not older)
