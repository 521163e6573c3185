"""``tls.certificate``: whether a client that checks certificates would go on, and for how long.

The handshake is a client's own: the chain must lead to a trusted authority, the
name must be in the certificate (RFC 9525), and now must lie within its dates.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from drill.model.base import Model
from drill.ports import Access, Cancel, Reading
from drill.probes.net import connect, reading_of
from drill.probes.timed import secured

_DAY = 86_400


class TlsCertificateParams(Model):
    """What ``tls.certificate`` is told."""

    host: Annotated[
        str, Field(max_length=253, description="Name or address; none: that of the target.")
    ] = ""
    port: Annotated[int, Field(ge=1, le=65535, description="Where TLS is spoken at once.")] = 443
    name: Annotated[
        str,
        Field(max_length=253, description="The name asked for and expected; none: the host."),
    ] = ""
    days: Annotated[
        int, Field(ge=0, le=3650, description="It must be valid for so many days more.")
    ] = 0
    ca: Annotated[
        str,
        Field(
            max_length=4096,
            description="A file of trusted authorities (PEM), beside the scenario; "
            "none: those of the observer's system.",
        ),
    ] = ""


class TlsCertificate:
    """Shakes hands, and looks at what the server showed."""

    params: ClassVar[type[Model]] = TlsCertificateParams
    from_afar: ClassVar[bool] = True

    def __init__(
        self, now: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_REALTIME)
    ) -> None:
        # a certificate's dates are wall time, so here alone it is what a probe must compare with
        self._now = now

    def observe(self, on: Access, params: TlsCertificateParams, cancel: Cancel) -> Reading:
        """Look once; ``unknown`` where the file of authorities cannot be read."""
        try:
            context = _trusting(on.base / params.ca if params.ca else None)
        except OSError as error:
            return Reading(state="unknown", note=f"the file of authorities: {error}"[:200])
        host = params.host or on.target.address
        try:
            sock = connect(host, params.port, cancel, dial=on.dial)
            with secured(sock, context, params.name or host) as tls:
                shown = tls.getpeercert() or {}
        except ssl.SSLCertVerificationError as error:
            return Reading(state="bad", note=f"certificate: {error.verify_message}"[:200])
        except OSError as error:
            return reading_of(error)
        return self._judged(shown, params.days)

    def _judged(self, shown: Mapping[str, Any], days: int) -> Reading:
        left = (ssl.cert_time_to_seconds(shown["notAfter"]) - self._now()) / _DAY
        return Reading(
            state="good" if left >= days else "bad",
            by=f"{_subject(shown)} {shown['serialNumber']}"[:200],
            note=f"valid for {left:.1f} days",
        )


def _trusting(ca: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca)


def _subject(shown: Mapping[str, Any]) -> str:
    """Return the common name, or the first of the names."""
    common = [value for part in shown["subject"] for key, value in part if key == "commonName"]
    names = [value for _, value in shown.get("subjectAltName", ())]
    return str(next(iter(common + names), ""))
