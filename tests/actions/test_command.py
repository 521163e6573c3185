"""``ssh.command``, over a real sshd."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from drill.actions.command import SshCommand, SshCommandParams
from drill.hosts.ssh import SshRemote
from drill.model.outcome import Done, Failed, Indeterminate
from drill.model.targets import Target
from drill.ports import Access
from drill.testing.cancels import HandCancel
from drill.testing.conformance import ActionConformance, Deed

HERE = Target(name="here", site="a", address="127.0.0.1")


@pytest.fixture
def access(sshd):
    remote = SshRemote(sshd.login)
    yield Access(HERE, remote=remote, login=sshd.login)
    remote.close()


def run(access, **params):
    return SshCommand().apply(access, SshCommandParams(**params), HandCancel(), lambda _: None)


class TestSshCommand(ActionConformance):
    action = SshCommand()

    @pytest.fixture(autouse=True)
    def _lend(self, access, count):
        self._access, self._count = access, count

    def deed(self):
        sleep = ("sh", "-c", "sleep 61.25 & sleep 61.25")
        return Deed(
            self._access,
            succeeds=SshCommandParams(argv=("true",)),
            fails=SshCommandParams(argv=("false",)),
            lasts=SshCommandParams(argv=sleep),
            traces=lambda: self._count("^sleep 61.25"),
        )


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"argv": ["echo", "one\ntwo"]}, Done(note="one")),
        ({"argv": ["sh", "-c", "exit 3"], "exits": [0, 3]}, Done()),
        ({"argv": ["cat"], "stdin": "in"}, Done(note="in")),
        (
            {"argv": ["sh", "-c", "echo out; echo no >&2; exit 4"]},
            Failed(error="sh ended with 4: no", evidence="out: out\n\nerr: no\n"),
        ),
    ],
)
def test_the_exit_status_decides(access, params, expected):
    assert expected == run(access, **params)


def test_a_lost_host_is_indeterminate(sshd):
    gone = Access(HERE, remote=SshRemote(replace(sshd.login, port=1)))

    assert isinstance(run(gone, argv=["true"]), Indeterminate)


@pytest.mark.parametrize("params", [{"argv": []}, {"argv": "ls -l"}, {"argv": ["a"], "exits": []}])
def test_a_shell_line_is_no_command(params):
    with pytest.raises(ValidationError):
        SshCommandParams.model_validate(params)
