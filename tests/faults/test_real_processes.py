"""``process.pause`` over a real sshd, on real processes."""

import shutil
import subprocess

import pytest

from drill.faults.process import Chosen, Pause
from drill.hosts.ssh import SshRemote
from drill.model.scenario import Target
from drill.ports import Access
from drill.testing.conformance import FaultConformance, World


class TestPauseOfRealProcesses(FaultConformance):
    fault = Pause()

    @pytest.fixture(autouse=True)
    def _world(self, sshd, tmp_path):
        program = tmp_path / f"dr{tmp_path.stat().st_ino % 10**9}"  # a name of its own
        shutil.copy("/bin/sleep", program)
        self._name = program.name
        self._children = [subprocess.Popen([program, "60"]) for _ in range(3)]
        self._remote = SshRemote(sshd.login)
        target = Target(name="here", site="a", address="127.0.0.1")
        self._access = Access(target, remote=self._remote, login=sshd.login)
        yield
        self._remote.close()
        for child in self._children:
            child.kill()
            child.wait()

    def world(self):
        return World(self._access, Chosen(name=self._name), self._states, self._any_stopped)

    def _states(self):
        pids = ",".join(str(child.pid) for child in self._children)
        return subprocess.check_output(["ps", "-o", "pid=,stat=", "-p", pids], text=True)

    def _any_stopped(self):
        return "T" in self._states()
