"""The line that tells a command's process group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.hosts.group import MARK, split_mark
from drill.hosts.output import Kept


@given(noise=st.binary().filter(lambda b: MARK not in b), group=st.integers(1, 2**22), rest=...)
def test_whatever_a_login_shell_prints_first_the_group_is_found(
    noise: bytes, group: int, rest: bytes
):
    told = noise + MARK + str(group).encode() + b"\n" + rest

    assert split_mark(told) == (group, rest)


@pytest.mark.parametrize("told", [b"", b"drill-gr", MARK, MARK + b"12", MARK + b"x\n"])
def test_before_the_line_is_complete_there_is_no_group(told):
    assert split_mark(told) == (None, told)


@given(pieces=st.lists(st.binary(max_size=9)), limit=st.integers(0, 30))
def test_of_output_the_head_is_kept_and_the_rest_counted(pieces, limit):
    kept = Kept(limit)
    for piece in pieces:
        kept.add(piece)

    whole = b"".join(pieces)
    assert (whole[:limit], len(whole[limit:])) == (kept.raw(), kept.dropped)
