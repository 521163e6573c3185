"""The way to an account of AWS: boto3 (an extra), its chain of credentials, one account at a time.

The laws of this way:

* It leads to the account and region that the target's address names, and to no
  other: whose credentials these are is asked (``sts:GetCallerIdentity``) before
  anything is touched.
* This version speaks with stand-ins of AWS on this very machine only, as it
  runs live on lab hosts only: an endpoint that is no loopback address is
  refused before anything is sent.
* A request is sent once, over a new connection. What was certainly not done raises
  :class:`~drill.errors.RefusedError`; of the rest nobody knows.
* Credentials are boto3's own affair: none is read, kept or told by drill.
"""

import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel, to_pascal

from drill.errors import PluginError, RefusedError, RemoteError, StoppedError
from drill.model.targets import CLOUD_ADDRESS, Target
from drill.ports import Access, Cancel

_CONNECT = 3
_ANSWER = 10
"""Seconds for a connection, and for each part of an answer."""
_AGAIN = 1.0
"""Seconds between two looks at what AWS is still doing: its limits count every request."""
_NEVER_SENT = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "ProfileNotFound",
    "ParamValidationError",
)
"""botocore's own errors that come before a request."""

M = TypeVar("M", bound=BaseModel)


class Said(BaseModel):
    """What AWS answers, as far as drill reads it; a key has AWS's spelling."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class Account(NamedTuple):
    """One account of AWS in one of its regions."""

    id: str
    region: str


class NeedsAws:
    """A plug-in that needs the extra ``aws``; see :class:`drill.graph.case.Demanding`."""

    def lacks(self) -> str:
        """Return what is not installed, and the cure; empty if nothing."""
        there = find_spec("boto3") is not None
        return "" if there else "boto3 is not installed; get it with: pip install 'drill[aws]'"


def account_of(target: Target) -> Account | None:
    """Return the account that a target is; ``None`` for a host.

    >>> account_of(Target(name="cloud", site="x", address="aws:123456789012:eu-west-1")).region
    'eu-west-1'
    """
    found = CLOUD_ADDRESS.fullmatch(target.address)
    return None if found is None else Account(*found.groups())


class Aws:
    """One account's services, for one piece of work."""

    def __init__(self, account: Account, cancel: Cancel) -> None:
        self.account = account
        self._cancel = cancel

    @classmethod
    def of(cls, on: Access, cancel: Cancel) -> Self:
        """Return the way to the account that a step's target is.

        Raises:
            RefusedError: it is none, or the credentials are another account's.
        """
        account = account_of(on.target)
        if account is None:
            name, address = on.target.name, on.target.address
            raise RefusedError(f"{name} ({address}) is no account: write aws:ACCOUNT:REGION")
        aws = cls(account, cancel)
        aws.assert_ours()
        return aws

    def assert_ours(self) -> None:
        """Refuse credentials of another account than the targets file names.

        Raises:
            RefusedError: they are.
        """
        caller = self.ask(_Caller, "sts", "get_caller_identity")
        if caller.account != self.account.id:
            raise RefusedError(
                f"the credentials are of account {caller.account}, and the target is "
                f"{self.account.id}; choose others, for example by AWS_PROFILE"
            )

    def ask(self, answer: type[M], service: str, operation: str, **told: Any) -> M:
        """Send one request, once; return what it answered.

        Raises:
            RefusedError: it was certainly not done.
            RemoteError: nobody knows.
        """
        where = f"AWS {service}.{operation}"
        said = _unless_stopped(lambda: self._sent(where, service, operation, told), self._cancel)
        try:
            return answer.model_validate(said)
        except ValidationError as error:
            lacks = error.errors(include_input=False)[0]
            at = ".".join(map(str, lacks["loc"]))
            raise RemoteError(
                f"{where}: not the answer of its API: {at}: {lacks['msg']}"
            ) from error

    def _sent(
        self, where: str, service: str, operation: str, told: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        failures = _boto("botocore.exceptions")
        try:
            with closing(_client_of(service, self.account.region)) as client:
                _assert_stand_in(service, client.meta.endpoint_url)
                said: Mapping[str, Any] = getattr(client, operation)(**told)
        except failures.ClientError as error:
            raise _declined(where, error.response) from error
        except failures.BotoCoreError as error:
            raise _unsent(where, error) from error
        return said


def awaited(look: Callable[[], str], cancel: Cancel) -> str:
    """Look until nothing is missing; return what still is when told to stop.

    A look that cannot be had tells what is missing too: what was begun goes on.
    """
    while True:
        try:
            missing = look()
        except (RemoteError, RefusedError) as error:
            missing = str(error)
        if not missing or cancel.wait(_AGAIN):
            return missing


class _Caller(Said):
    model_config = ConfigDict(alias_generator=to_pascal)
    account: str


def _boto(module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise PluginError(NeedsAws().lacks() or f"{module} is not installed: {error}") from error


def _client_of(service: str, region: str) -> Any:
    """Make a client that asks once, through no proxy, and lets nothing alter its endpoint."""
    config = _boto("botocore.config").Config(
        connect_timeout=_CONNECT,
        read_timeout=_ANSWER,
        retries={"total_max_attempts": 1},
        proxies={},
        inject_host_prefix=False,
    )
    session = _boto("boto3.session").Session(region_name=region)
    return session.client(service, config=config)


def _assert_stand_in(service: str, endpoint: str) -> None:
    host = urlsplit(endpoint).hostname or ""
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise RefusedError(
            f"{service} is at {host}: this version of drill runs live on stand-ins of AWS on this "
            "machine only; name one by AWS_ENDPOINT_URL, such as http://127.0.0.1:5000"
        )


def _declined(where: str, response: Mapping[str, Any]) -> Exception:
    """Return what an answer means that is an error: a refusal by AWS did nothing (HTTP 4xx)."""
    said = response.get("Error", {})
    told = f"{where}: {said.get('Code', 'no code')}: {str(said.get('Message', ''))[:300]}"
    code = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return RefusedError(told) if 400 <= code < 500 else RemoteError(told)  # noqa: PLR2004  RFC 9110


def _unsent(where: str, error: Exception) -> Exception:
    name = type(error).__name__
    if name not in _NEVER_SENT:
        return RemoteError(f"{where}: {name}: {str(error)[:300]}")
    cure = "" if name == "ParamValidationError" else "; see what boto3 reads: AWS_PROFILE and such"
    return RefusedError(f"{where}: {str(error)[:300]}{cure}")


def _unless_stopped(send: Callable[[], Mapping[str, Any]], cancel: Cancel) -> Mapping[str, Any]:
    """Return what ``send`` brings, or give it up when told to stop: boto3 cannot be stopped."""
    inbox: queue.SimpleQueue[Mapping[str, Any] | Exception | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            inbox.put(send())
        except Exception as error:  # noqa: BLE001  raised again where it is waited for
            inbox.put(error)

    threading.Thread(target=work, name="a request to AWS", daemon=True).start()
    cancel.on_request(lambda: inbox.put(None))
    try:
        said = inbox.get(timeout=cancel.remaining())
    except queue.Empty:
        said = None
    if said is None:
        raise StoppedError("AWS gave no answer in time")
    if isinstance(said, Exception):
        raise said
    return said
