import pytest

from drill.crews.reading import read_until_agreed
from drill.model.events import NodeRead, Span


class Waits:
    """A cancel that allows so many waits."""

    def __init__(self, waits):
        self.left = waits

    def wait(self, seconds):
        self.left -= 1
        return self.left < 0


def node(*numbers, name="write-path", reachable=True, note=""):
    found = tuple(Span(ticket=1, first=n, last=n) for n in numbers)
    return NodeRead(node=name, reachable=reachable, found=found, note=note)


AWAY = node(reachable=False)


@pytest.mark.parametrize(
    ("answers", "reads", "agreed"),
    [
        ([(node(1),), (node(1),)], 2, True),
        ([(node(1),), (node(1, 2),), (node(1, 2),)], 3, True),
        ([(node(1),), (node(2),), (node(3),)], 3, False),
        ([(node(1), node(name="db1", reachable=False)) for _ in range(2)], 2, True),
        ([(AWAY,), (AWAY,), (node(1),), (node(1),)], 4, True),
        ([(AWAY, node(1, name="db2")) for _ in range(4)], 4, False),
        ([(node(1, name="db1"),) for _ in range(2)], 2, True),
        ([(node(1, note="a"),), (node(1, note="b"),)], 2, True),
        ([(node(1),)], 1, False),
    ],
)
def test_it_reads_until_two_reads_in_a_row_found_the_same(answers, reads, agreed):
    left = list(answers)
    got = read_until_agreed(lambda: left.pop(0), Waits(len(answers) - 1))
    assert got == (answers[reads - 1], reads, agreed)
