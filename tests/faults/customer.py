"""A customer of the app: asks once, and tells in how many seconds it was answered.

As a program, of an address: it prints them, or nothing.
"""

import socket
import sys
import time


def asked(address):
    """Return the seconds, or nothing if the app does not answer."""
    began = time.monotonic()
    try:
        with socket.create_connection((address, 8000), timeout=1) as link:
            link.sendall(b"GET /alive HTTP/1.0\r\n\r\n")
            return time.monotonic() - began if b"200" in link.recv(100) else None
    except OSError:
        return None


if __name__ == "__main__":
    sys.stdout.write(str(asked(sys.argv[1]) or ""))
