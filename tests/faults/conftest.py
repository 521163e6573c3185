import pytest
from probes.conftest import new_cluster, primary, standby

from drill.testing.sshd import LocalSshd


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    with LocalSshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


__all__ = ["new_cluster", "primary", "sshd", "standby"]
