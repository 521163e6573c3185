"""What is kept of a command's output: bounded, and never cut in silence."""

LIMIT = 1 << 20
"""Bytes kept of each stream; the rest is counted and dropped."""


class Kept:
    """The head of one output stream."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._head = bytearray()
        self.dropped = 0

    def add(self, data: bytes) -> None:
        """Keep what there is room for."""
        head = data[: self._limit - len(self._head)]
        self._head += head
        self.dropped += len(data) - len(head)

    def raw(self) -> bytes:
        """Return the bytes kept."""
        return bytes(self._head)

    def text(self) -> str:
        """Return what was kept, as text; a mark says how much is missing."""
        text = self.raw().decode(errors="replace")
        return text + (f"\n[{self.dropped} bytes more were not kept]" if self.dropped else "")
