"""A deny-list wins over everything; one that cannot be understood denies everything."""

import os

import pytest

from drill.errors import RefusedError, SafetyError
from drill.hosts.deny import DenyList, deny_files
from drill.model.targets import Target


@pytest.fixture
def files(tmp_path):
    return tmp_path / "machine", tmp_path / "user"


def denies(files, text, name="db1", *addresses):
    files[0].write_text(text)
    return DenyList(files).denial_of(name, *(addresses or ("10.20.0.15",))) is not None


@pytest.mark.parametrize(
    "line",
    [
        "db1",
        "DB1",
        "db*",
        "db[0-9]",
        "*",
        "10.20.0.15",
        "10.20.0.0/16",
        "10.20.7.9/16",
        "10.20.*",
        "0.0.0.0/0",
        "  db1  # the one that bills",
        "# a comment\n\nlb1\ndb1",
        "db1\r\nlb1",
    ],
)
def test_a_line_denies_by_name_pattern_address_or_network(files, line):
    assert denies(files, line)


@pytest.mark.parametrize("line", ["", "# db1", "db", "db10", "b1", "10.21.0.0/16", "2001:db8::/32"])
def test_what_no_line_names_is_not_denied(files, line):
    assert not denies(files, line)


@pytest.mark.parametrize(
    ("line", "address", "denied"),
    [
        ("2001:db8::/32", "2001:db8::1", True),
        ("2001:db8::0:1", "2001:0db8::1", True),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("10.0.0.0/8", "db1.example.org", True),
        ("*.example.org", "db1.EXAMPLE.org", True),
        ("*.example.org", "db1.example.net", False),
    ],
)
def test_an_address_is_understood_however_it_is_written_and_a_name_could_be_anywhere(
    files, line, address, denied
):
    assert denies(files, line, "db1", address) is denied


def test_each_of_a_hosts_addresses_counts(files):
    assert denies(files, "192.0.2.0/24", "db1", "10.20.0.15", "192.0.2.9")


def test_both_files_count_and_one_that_is_not_there_denies_nothing(files):
    assert DenyList(files).denial_of("db1", "10.20.0.15") is None
    files[1].write_text("db1")
    assert DenyList(files).denial_of("db1", "10.20.0.15") is not None


def test_a_line_that_is_added_meanwhile_counts_at_once(files):
    found = DenyList(files)
    found.assert_open("db1", "10.20.0.15")
    files[1].write_text("# who\ndb1 # never\n")
    with pytest.raises(RefusedError, match=rf"db1 must not be touched: {files[1]}:2 denies 'db1'"):
        found.assert_open("db1", "10.20.0.15")


def test_a_problem_names_the_host_and_the_line(files):
    files[0].write_text("# never\n  10.20.0.0/16  # the vault\n")
    target = Target(name="db1", site="a", address="10.20.0.15")
    other = Target(name="db2", site="a", address="10.30.0.15")
    (problem,) = DenyList(files).problems_of([target, other])
    assert "db1 (10.20.0.15)" in problem.what
    assert (problem.where.path, problem.where.line, problem.where.column) == (str(files[0]), 2, 3)


def a_directory(path):
    path.mkdir()


def a_pipe(path):
    os.mkfifo(path)


def a_dangling_link(path):
    path.symlink_to("nowhere")


def not_text(path):
    path.write_bytes(b"\xff\xfe")


def too_much(path):
    path.write_bytes(b"#" * (1 << 21))


def no_network(path):
    path.write_text("lb1\n10.20.0.0/99\n")


def two_words(path):
    path.write_text("db1 db2\n")


@pytest.mark.parametrize(
    "spoil", [a_directory, a_pipe, a_dangling_link, not_text, too_much, no_network, two_words]
)
def test_a_list_that_cannot_be_read_or_understood_denies_everything(files, spoil):
    spoil(files[1])
    found = DenyList(files)
    with pytest.raises(SafetyError, match=str(files[1])):
        found.problems_of([Target(name="app1", site="a", address="10.99.0.1")])
    with pytest.raises(RefusedError, match=f"app1 is not touched: .*{files[1]}"):
        found.assert_open("app1", "10.99.0.1")


def test_where_nobody_can_tell_whether_there_is_a_list_everything_is_denied(files):
    files[0].write_text("")
    with pytest.raises(SafetyError, match="cannot be read"):
        DenyList([files[0] / "deny"]).denial_of("app1")


def test_the_users_list_is_where_xdg_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert deny_files()[1] == tmp_path / "drill" / "deny"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert deny_files()[1] == tmp_path / ".config" / "drill" / "deny"
