"""The files of a fake host: a directory that goes when the host does."""

import os
import shutil
import weakref
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp

Seen = dict[str, tuple[int, int, bytes]]


class FakeDisk:
    """A disk; it is made when it is first looked at."""

    @cached_property
    def place(self) -> Path:
        """Return where it begins."""
        place = mkdtemp(prefix="drill-disk-")
        weakref.finalize(self, shutil.rmtree, place, ignore_errors=True)
        return Path(place)

    def write(self, path: str, content: str, at: int = 0) -> None:
        """Write a file, with the directories it is in, as of a time in seconds."""
        file = self.place / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        os.utime(file, (at, at))

    def seen(self) -> Seen:
        """Return all files with their mode, time and content."""
        found = sorted(each for each in self.place.rglob("*") if each.is_file())
        return {
            str(each.relative_to(self.place)): (
                each.stat().st_mode,
                each.stat().st_mtime_ns,
                each.read_bytes(),
            )
            for each in found
        }
