import subprocess

import pytest

from drill.testing.sshd import LocalSshd


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    with LocalSshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="session")
def count():
    """Count the living processes whose command line matches."""

    def count(pattern):
        listed = subprocess.run(
            ["pgrep", "-r", "R,S,D", "-f", "--", pattern], check=False, capture_output=True
        )
        return len(listed.stdout.split())

    return count
