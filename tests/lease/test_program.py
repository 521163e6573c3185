"""The program as one file, and what it makes of requests that are none."""

import ast
import json
import sys
from importlib.metadata import entry_points

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lease.house import CUT
from lease.test_token import FAULTS

from drill.faults.leasing import Leasing
from drill.hosts import warden
from drill.hosts.program import ORDER, digest, program
from drill.lease.catalogue import CATALOGUE
from drill.lease.program import VERBS, request
from drill.lease.requests import MOST_INPUT
from drill.testing.cancels import HandCancel
from drill.testing.hosts import FakeHost, access_to

MODULES = [f"drill.lease.{name}" for name in ORDER]
TREE = ast.parse(program())


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module


def test_it_is_one_file_of_the_standard_library():
    roots = {name.partition(".")[0] for name in imported(TREE)}
    assert roots - set(sys.stdlib_module_names) == {"__future__"} - set(sys.stdlib_module_names)


def test_it_asks_no_shell_and_runs_no_text():
    calls = {
        node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for node in ast.walk(TREE)
        if isinstance(node, ast.Call)
    }
    assert not calls & {"system", "popen", "eval", "exec", "compile", "__import__", "loads_pickle"}
    assert "shell" not in {node.arg for node in ast.walk(TREE) if isinstance(node, ast.keyword)}


def test_its_modules_share_one_name_space_without_meeting():
    named = [
        each.id
        for node in TREE.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for each in ast.walk(target)
        if isinstance(each, ast.Name)
    ]
    named += [n.name for n in TREE.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    assert sorted(named) == sorted(set(named))


def test_its_digest_is_that_of_its_content():
    assert len(digest()) == 64
    assert program() == program()


def test_each_fault_of_the_catalogue_is_a_plugin_with_the_same_words():
    assert {name: fault.name for name, (fault, _) in FAULTS.items()} == {n: n for n in CATALOGUE}
    plugins = {point.name: point.load() for point in entry_points(group="drill.faults")}
    leased = {name: each for name, each in plugins.items() if issubclass(each, Leasing)}
    presets = {name: each.name for name, each in leased.items() if name != each.name}
    assert set(leased) - set(presets) == set(CATALOGUE)
    assert presets == {
        **dict.fromkeys(("postgres.wal-lost", "mariadb.binlog-lost"), "file.remove"),
        **dict.fromkeys(("dns.timeout", "identity.server-gone"), "network.partition"),
        "network.region-cut": "network.partition",
        "dns.nxdomain": "dns.answer",
    }
    renamed = {"answer": "address"}
    for each in leased.values():
        words = {renamed.get(word, word) for word in each.params.model_fields} - {"lease"}
        assert words <= set(CATALOGUE[each.name].fields)
        assert set(CATALOGUE[each.name].fields) - words <= {"spare"}


PATH = {"path": "/srv/app/data", "then": "reload", "changed": "dirty"}
AILS = {"directory": "/srv", "operations": ["read"]}
OWNED = {"token": "a" * 32, "owner": "b" * 64}
CLAIM = {"environment": "lab", "group": "test"}
ARM = {**OWNED, **CLAIM, "epoch": "e" * 32, "fault": "network.partition", "params": CUT, "ttl": 60}


def heard(verb, ask):
    access = access_to(FakeHost())
    epoch = warden.install(access.remote, HandCancel())
    if ask.get("epoch") == ARM["epoch"]:
        ask = ask | {"epoch": epoch}
    return warden.speak(access.remote, verb, ask, HandCancel())


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "../../etc/passwd"},
        {"token": "A" * 32},
        {"token": "a" * 65},
        {"token": "a" * 32 + "\n"},
        {"owner": ""},
        {"ttl": 0},
        {"ttl": 901},
        {"ttl": True},
        {"ttl": 60.0},
        {"ttl": "60"},
        {"fault": "host.power-off"},
        {"fault": ["network.partition"]},
        {"environment": "lab; reboot"},
        {"more": 1},
        {"params": []},
        {"params": CUT | {"interface": 'eth0"; drop; #'}},
        {"params": CUT | {"interface": "eth0\n"}},
        {"params": CUT | {"direction": "sideways"}},
        {"params": CUT | {"peers": ["10.0.0.1; flush ruleset"]}},
        {"params": CUT | {"peers": ["10.0.0.1"] * 65}},
        {"params": CUT | {"peers": "10.0.0.1"}},
        {"params": CUT | {"ports": [0]}},
        {"params": CUT | {"ports": [True]}},
        {"params": CUT | {"spare": "-x y"}},
        {"params": {"interface": "eth0"}},
        *(
            {"fault": "host.read-only", "params": {"directory": path}}
            for path in ("srv", "/a/../b", "/a/..", "/a//b", "/a b", "/a\n", "--help", "/a/", "")
        ),
        {"fault": "host.disk-full", "params": {"directory": "/srv", "leave": -1}},
        {"fault": "host.disk-slow", "params": AILS | {"delay": 0}},
        {"fault": "host.disk-slow", "params": AILS | {"delay": 1, "operations": ["read,x"]}},
        {"fault": "host.disk-errors", "params": AILS | {"percent": 0}},
        {"fault": "host.disk-errors", "params": AILS | {"percent": 1, "kib": 1}},
        {"fault": "network.loss"},
        {"fault": "network.loss", "params": CUT | {"percent": 100}},
        {"fault": "network.bandwidth", "params": {"interface": "eth0", "spare": "x", "kbit": 7}},
        {"fault": "service.stop", "params": {"unit": "--force"}},
        {"fault": "service.stop", "params": {"unit": "a b"}},
        {"fault": "service.crash-loop", "params": {"unit": "a.service", "lives": 61}},
        {"fault": "service.clock-skew", "params": {"unit": "a.service", "seconds": 604_801}},
        {"fault": "service.clock-skew", "params": {"unit": "a.service", "seconds": "+1"}},
        {"fault": "backup.restore-interrupted", "params": {"name": "-1", "after": 0}},
        {"fault": "account.keys-revoked", "params": {"login": "../x", "spare": "drill"}},
        {"fault": "process.kill", "params": {"name": "nginx", "signal": "9"}},
        {"fault": "process.kill", "params": {"name": "-1", "signal": "KILL"}},
        {"fault": "process.pause", "params": {}},
        {"fault": "process.pause", "params": {"name": "a", "unit": "b"}},
        {"fault": "file.remove", "params": PATH | {"path": "/srv/../etc/shadow"}},
        {"fault": "file.remove", "params": PATH | {"path": "srv/app"}},
        {"fault": "file.remove", "params": PATH | {"path": "/srv/app\n"}},
        {"fault": "file.remove", "params": PATH | {"path": "/srv"}},
        {"fault": "file.remove", "params": PATH | {"changed": "overwrite"}},
        {"fault": "file.remove", "params": PATH | {"then": "stop"}},
        {"fault": "sudo.lost", "params": {"file": "../passwd", "spare": "drill"}},
        {"fault": "account.lock", "params": {"login": "-E", "spare": "drill"}},
        {"fault": "postgres.role-locked", "params": {"role": "a'; drop", "sessions": "end"}},
    ],
)
def test_what_is_no_request_is_refused_and_leaves_nothing(changes):
    answer = heard("arm", ARM | changes)
    assert (answer["ok"], answer["kind"]) == (False, "invalid")


@pytest.mark.parametrize("name", ARM)
def test_every_word_must_be_said(name):
    answer = heard("arm", {key: value for key, value in ARM.items() if key != name})
    assert (answer["ok"], answer["kind"]) == (False, "invalid")


@settings(deadline=None)
@given(
    verb=st.sampled_from(sorted(set(VERBS) - {"remove"})),
    ask=st.dictionaries(
        st.sampled_from([*ARM, "by", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
            max_leaves=5,
        ),
    ),
)
def test_any_request_has_an_answer(verb, ask):
    assert isinstance(heard(verb, ask)["ok"], bool)


HOSTILE = [
    (b"", "not JSON"),
    (b"[]", "not a JSON object"),
    (b"\xff\xfe", "not JSON"),
    (b'{"token":1,"token":2}', "twice"),
    (b"[" * 60_000, "not"),
    (b'{"a":' * 10_000, "not"),
    (b" " * (MOST_INPUT + 1), "at most"),
]


@pytest.mark.lab
def test_the_real_program_answers_hostile_input_at_once(house):
    warden.install(house, HandCancel())
    for given_, why in HOSTILE:
        argv = ["python3", "-I", warden.PROGRAM, "undo"]
        told = house.run(argv, HandCancel(5), stdin=given_)
        assert told.exit == 2, told
        assert why in json.loads(told.out)["error"]
    for words in (["no-such-verb"], [], ["heal", "--force"], ["release", "--all"], ["arm", "x"]):
        told = house.run(["python3", "-I", warden.PROGRAM, *words], HandCancel(5))
        assert (told.exit, json.loads(told.out)["kind"]) == (2, "invalid")


@pytest.mark.lab
def test_who_is_not_root_hears_so(house):
    warden.install(house, HandCancel())
    argv = ["setpriv", "--bounding-set=-all", "unshare", "-U", "python3", "-I", "-", "list"]
    told = house.run(argv, HandCancel(5), stdin=program())
    assert (told.exit, "root" in told.out) == (3, True)


def test_a_verb_without_words_waits_for_nobody():
    def read(most):
        raise AssertionError(most)

    for verb in ("heal", "halt", "list", "probe", "release", "remove"):
        request(verb, [], read)
