"""Work on an open-loop schedule, as the threads crew does it, until it is stopped."""

import threading

from drill.crews.pace import pace


class Paced:
    """Does ``work(n, cancel)`` every so many seconds, each within so many."""

    def __init__(self, work, every, within, lasting, deadline, now_ns):
        self.batches = []
        self._cancel = deadline(lasting)
        self._thread = threading.Thread(
            target=pace,
            args=(every, within, work, self.batches.append, self._cancel),
            kwargs={"now_ns": now_ns, "new_cancel": deadline},
        )
        self._thread.start()

    def beats(self):
        """Stop; return what was done."""
        self._cancel.stop()
        self._thread.join()
        return [beat for beats in self.batches for beat in beats]
