"""Waiting a shorter while than the deadline allows."""

from drill.hosts.patience import AtMost, until
from drill.testing.cancels import HandCancel


def test_the_nearer_deadline_stops():
    assert AtMost(HandCancel(60), 0.0).requested()
    assert AtMost(HandCancel(0.0), 60).requested()
    assert not AtMost(HandCancel(60), 60).requested()
    assert AtMost(HandCancel(60), 5).remaining() <= 5


def test_a_request_passes_through():
    cancel = HandCancel(60)
    heard = []
    narrow = AtMost(cancel, 60)
    narrow.on_request(lambda: heard.append(1))

    cancel.request()

    assert (narrow.wait(5), narrow.remaining(), heard) == (True, 0.0, [1])


def test_until_asks_again_and_gives_up():
    answers = iter([False, False, True])

    assert until(lambda: next(answers), HandCancel(), every=0.001)
    assert not until(lambda: False, HandCancel(0.05), every=0.01)
