from drill.model.view import Verdict


def test_a_clean_run_is_met_with_the_whole_interval_inside_the_promise(pen):
    p = pen()
    p.watch()
    p.watch("ledger")
    p.series(0, 3, "good", "app1 db1")
    kept = [p.canary("ok", i / 10, i / 10 + 0.01) for i in range(30)]
    p.fault(3.0, 3.05)
    p.series(3.1, 6.0, "bad")
    p.at(4).start("fix")
    p.at(5.5).end("fix")
    p.series(6.0, 9.0, "good", "app1 db2")
    p.at(9.1).undo("lose")
    p.series(9.2, 10.0, "good", "app1 db2")
    p.at(10).read_back(p.node("write-path", kept))
    view = p.close()
    rto, rpo = view.objectives
    assert rto.verdict is Verdict.MET
    assert rto.actual.lo < 2.85
    assert 3.01 < rto.actual.hi < 3.02
    assert rpo.verdict is Verdict.MET
    assert rpo.text == "< 0.15 s"
    assert (view.verdict, view.exit_status) == (Verdict.MET, 0)
    assert view.faults[0].standing == "undone"
    assert "app1 db1 before and app1 db2 after" in rto.reason
