"""``tcp.connect``: whether anything accepts a connection.

The weakest of the probes: a listening socket says nothing of the service
behind it, and a hung process still accepts. Prefer ``http.get``.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from drill.model.base import Model
from drill.ports import Access, Cancel, Reading
from drill.probes.net import connect, reading_of


class TcpConnectParams(Model):
    """What ``tcp.connect`` is told."""

    host: Annotated[str, Field(description="Name or address; none: that of the target.")] = ""
    port: Annotated[int, Field(ge=1, le=65535)]


class TcpConnect:
    """Opens a TCP connection and closes it."""

    params: ClassVar[type[Model]] = TcpConnectParams
    from_afar: ClassVar[bool] = True

    def observe(self, on: Access, params: TcpConnectParams, cancel: Cancel) -> Reading:
        """Look once; ``good`` when the connection is accepted."""
        host = params.host or on.target.address
        try:
            sock = connect(host, params.port, cancel, dial=on.dial)
        except OSError as error:
            return reading_of(error)
        with sock:
            return Reading(state="good", by=host if on.dial else str(sock.getpeername()[0]))
