"""``tls.certificate``: what openssl makes of a service's own key (openssl-x509(1))."""

from __future__ import annotations

import re
import stat

from drill.lease.answers import FailedError, RefusedError
from drill.lease.aside import Making
from drill.lease.paths import directory_of, kind_of, name_of, refusing
from drill.lease.standins import a_file, read_whole, same_looking

KEY_TEXT = r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----\n?"
"""A private key in a file (RFC 7468)."""


def certificate_check(making: Making) -> None:
    """See that such a certificate can be made; nothing is written."""
    a_file(making)
    given = [making.params.get(name) for name in ("authority", "authority_key")]
    if (given[0] is None) != (given[1] is None):
        raise RefusedError("an authority needs both its certificate and its key")
    for path in (making.params["key"], *(each for each in given if each)):
        with refusing(path), directory_of(making.machine, path) as place:
            if kind_of(place / name_of(path)) != stat.S_IFREG:
                raise RefusedError(f"{path} is no file")
    try:
        certificate(making)
    except FailedError as error:
        raise RefusedError(str(error)) from error


def certificate_made(making: Making) -> None:
    """Put the certificate there; the key stays, also one in the same file."""
    keys = re.findall(KEY_TEXT, read_whole(making.at).decode("ascii", "replace"))
    same_looking(making, "".join([certificate(making), *keys]).encode())


def certificate(making: Making) -> str:
    """Return a certificate that has ended, or that names another (openssl-x509(1)).

    Its key is the service's own, so that the service takes it. The authority's
    signature, or else its own, is over everything else as it was.
    """
    params, root = making.params, making.machine.place.rstrip("/")
    key = root + params["key"]
    if params["wrong"] == "expired":
        days, ask = "-1", ["x509", "-x509toreq", "-copy_extensions", "copyall", "-signkey", key]
        given = read_whole(making.at).decode("ascii", "replace")
    else:
        days, name = "30", params["name"]
        ask = ["req", "-new", "-key", key, "-subj", f"/CN={name}"]
        ask, given = [*ask, "-addext", f"subjectAltName=DNS:{name}"], ""
    signer = ["-signkey", key]
    if params.get("authority"):
        signer = ["-CA", root + params["authority"], "-CAkey", root + params["authority_key"]]
    serial = str(int.from_bytes(making.key[:8], "big") >> 1 or 1)
    sign = ["x509", "-req", "-days", days, "-copy_extensions", "copyall", "-set_serial", serial]
    return told_by(making, [*sign, *signer], told_by(making, ask, given))


def told_by(making: Making, words: list[str], given: str) -> str:
    """Return what openssl says."""
    code, out, err = making.machine.run("openssl", *words, given=given)
    if code or "-----END" not in out:
        raise FailedError(f"openssl cannot make the certificate: {err.strip()[:500]}")
    return out
