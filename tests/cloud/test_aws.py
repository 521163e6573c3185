"""The way to an account: to the one that was named, on this machine only, and no secret told."""

import time

import pytest
from cloud.account import KEY, Brisk

from drill.errors import RefusedError, RemoteError, SafetyError, StoppedError
from drill.graph.load import read_with_places
from drill.hosts.aws import Account, Aws, Said, account_of
from drill.hosts.cloud import accounts_of
from drill.model.problem import ScenarioProblemsError
from drill.model.targets import Target, TargetsFile
from drill.ports import Access


def target(address, name="cloud"):
    return Target(name=name, site="ireland", address=address)


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("aws:123456789012:eu-west-1", Account("123456789012", "eu-west-1")),
        ("aws:000000000000:us-gov-west-1", Account("000000000000", "us-gov-west-1")),
        ("192.0.2.1", None),
        ("aws.example.com", None),
    ],
)
def test_an_account_is_told_from_a_host_by_its_address(address, account):
    assert account_of(target(address)) == account


@pytest.mark.parametrize(
    "address", ["aws:", "aws:12:eu-west-1", "aws:123456789012", "aws:123456789012:eu-west-1 "]
)
def test_what_was_meant_as_an_account_and_is_none_is_told_in_the_targets_file(address):
    with pytest.raises(ValueError, match="written aws:ACCOUNT:REGION"):
        TargetsFile.model_validate({"hosts": {"cloud": {"site": "x", "address": address}}})


def test_a_plan_is_of_accounts_or_of_hosts_and_never_of_both():
    cloud, host = target("aws:123456789012:eu-west-1"), target("192.0.2.1", "db1")
    assert accounts_of({"cloud": cloud}) == (Account("123456789012", "eu-west-1"),)
    assert accounts_of({"db1": host}) == ()
    with pytest.raises(SafetyError, match="db1 is a host, and others"):
        accounts_of({"cloud": cloud, "db1": host})


def test_a_host_is_no_account(aws):
    with pytest.raises(RefusedError, match=r"db1 \(192.0.2.1\) is no account"):
        Aws.of(Access(target("192.0.2.1", "db1")), Brisk())


def test_the_credentials_of_another_account_are_refused(aws):
    with pytest.raises(RefusedError, match="of account 123456789012, and the target is 999999"):
        Aws.of(Access(target("aws:999999999999:eu-west-1")), Brisk())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://192.0.2.1:5000",
        "http://localhost",
        "http://127.0.0.1.drill.invalid",
        "https://sts.drill.invalid",
    ],
)
def test_what_is_not_on_this_machine_is_sent_nothing(aws, monkeypatch, url):
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(RefusedError, match="stand-ins of AWS on this machine only"):
        Aws.of(aws.access, Brisk())


def test_one_service_that_is_elsewhere_is_enough_to_be_refused(aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_FIS", "https://fis.drill.invalid")
    way = Aws.of(aws.access, Brisk())
    with pytest.raises(RefusedError, match=r"fis is at fis\.drill\.invalid"):
        way.ask(Said, "fis", "list_experiments")


def test_a_proxy_never_stands_between(aws, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:3128")
    Aws.of(aws.access, Brisk())


def test_without_credentials_the_cure_is_told(aws, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(RefusedError, match=r"credentials.*AWS_PROFILE"):
        Aws.of(aws.access, Brisk())


def test_an_answer_that_is_not_of_its_api_means_that_nobody_knows(aws):
    class Other(Said):
        weather: str

    with pytest.raises(RemoteError, match="list_experiments: not the answer of its API: weather"):
        Aws.of(aws.access, Brisk()).ask(Other, "fis", "list_experiments")


@pytest.mark.parametrize(("code", "error"), [(400, RefusedError), (403, RefusedError)])
def test_what_aws_declines_was_certainly_not_done(answering, monkeypatch, aws, code, error):
    assert isinstance(_asked(answering(code), monkeypatch, aws), error)


@pytest.mark.parametrize("code", [500, 503])
def test_of_what_fell_over_nobody_knows_and_it_is_asked_once(answering, monkeypatch, aws, code):
    server = answering(code)
    assert isinstance(_asked(server, monkeypatch, aws), RemoteError)
    assert server.asked == 1


def _asked(server, monkeypatch, aws):
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    with pytest.raises((RefusedError, RemoteError)) as raised:
        Aws(account_of(aws.access.target), Brisk()).ask(Said, "fis", "list_experiments")
    assert KEY not in str(raised.value)
    return raised.value


def test_told_to_stop_it_waits_for_no_answer(aws, monkeypatch, silent):
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent)
    began = time.monotonic()
    with pytest.raises(StoppedError):
        Aws.of(aws.access, Brisk(0.5))
    assert time.monotonic() - began < 5


def test_problems_of_a_targets_file_name_the_line(tmp_path):
    text = b"hosts:\n  cloud: {site: x, address: 'aws:1:eu-west-1'}\n"
    with pytest.raises(ScenarioProblemsError, match=r"targets\.yaml:2:"):
        read_with_places(text, "targets.yaml", TargetsFile)
