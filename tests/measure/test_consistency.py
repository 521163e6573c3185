"""The consistency point across stores: each recovered to a point of its own."""

import pytest


def stores(pen, a_service, **lost):
    """Write 60 canaries a store, one each 50 ms, and read back all but those that are lost."""
    p = pen(services={name: a_service(probe=None, rto=None) for name in lost})
    for name in lost:
        p.watch("ledger", name)
    for name in lost:
        for i in range(60):
            p.canary("ok", i / 20, i / 20 + 0.01, n=i, name=name)
    p.fault(3.0, 3.05)
    for name in lost:
        p.canary("fail", 3.1, 3.2, n=60, name=name)
    for name, gone in lost.items():
        kept = [n for n in range(60) if n not in gone]
        node = p.node("write-path", kept, ticket=p.tickets[name, "ledger"])
        p.at(9).read_back(node, name=name)
    return p.close().consistency


def test_the_store_that_lost_most_sets_the_point(pen, a_service):
    found = stores(pen, a_service, orders=range(40, 60), stock=range(55, 60), mail=())
    assert (found.point.lo, found.point.hi) == pytest.approx((1.95, 2.01))
    orders, stock, mail = found.stores
    assert (orders.whole_until, orders.beyond) == (found.point, 0)
    assert (stock.whole_until.lo, stock.whole_until.hi) == pytest.approx((2.7, 2.76))
    assert stock.beyond == 54 - 40
    assert (mail.whole_until, mail.beyond) == (None, 59 - 40)


def test_a_hole_counts_and_not_the_newest_write(pen, a_service):
    found = stores(pen, a_service, orders=(10,), stock=())
    assert (found.point.lo, found.point.hi) == pytest.approx((0.45, 0.51))
    assert found.stores[0].beyond == 59 - 10


def test_stores_that_lost_nothing_agree_to_the_end(pen, a_service):
    found = stores(pen, a_service, orders=(), stock=())
    assert found.point is None
    assert [one.beyond for one in found.stores] == [0, 0]


def test_one_store_alone_has_no_point(pen, a_service):
    assert stores(pen, a_service, orders=(1,)) is None
