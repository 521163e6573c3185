import pytest
from lease.house import House


@pytest.fixture
def house(tmp_path):
    with House(tmp_path) as house:
        yield house
