"""Server-sent events, as a browser takes them apart."""

import re


def events_in(text):
    """Return the events of a stream: number, and what it holds."""
    found = []
    for block in re.split(rb"\r\n\r\n", text):
        lines = [one.partition(b": ") for one in block.split(b"\r\n")]
        data = b"\n".join(value for name, _, value in lines if name == b"data")
        if data:
            found.append(({name: value for name, _, value in lines}.get(b"id"), data.decode()))
    return found
