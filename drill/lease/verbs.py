"""The verbs: a token's way from armed over active to its tombstone, or to dirty."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from typing import Any, Callable

from drill.lease.answers import AnswerError, DirtyError, FailedError, RefusedError, UnsureError
from drill.lease.catalogue import CATALOGUE, ENDS_BY_ITSELF
from drill.lease.consent import consented
from drill.lease.fault import Job
from drill.lease.machine import Machine
from drill.lease.registry import Registry
from drill.lease.requests import Values, checked

LIVE = ("armed", "active")
MOST_FAULTS = 32
HALT = 8.0
"""Seconds that ``halt`` and ``heal`` wait for a way back; the dead-man goes on with the rest."""


def digest_of(values: Any) -> str:
    """Return the SHA-256 of values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


class Host:
    """What a host knows of its faults, and does with them.

    ``guard`` sees to it that the dead-man runs, and returns its tier or fails.
    """

    def __init__(self, machine: Machine, registry: Registry, guard: Callable[[], str]) -> None:
        self.machine = machine
        self.registry = registry
        self._guard = guard

    def probe(self, ask: Values) -> Values:
        """Tell how it stands here."""
        del ask
        return {
            "epoch": self.registry.epoch(),
            "lever": self.registry.read("lever") is not None,
            "live": len(list(self.live())),
            "faults": sorted(CATALOGUE),
        }

    def consent(self, ask: Values) -> Values:
        """Return the marker, if it allows what is asked."""
        host = self.machine.text("/etc/machine-id").strip()
        leased = ask["fault"] in {*CATALOGUE, *ENDS_BY_ITSELF}
        return consented(self.machine.consent(), ask, host, self.machine.wall(), leased=leased)

    def capture(self, ask: Values) -> Values:
        """Look at what would be captured; changes nothing."""
        captured = self._captured(ask)
        return {"captured": captured}

    def arm(self, ask: Values) -> Values:
        """Write down what is there, the way back and the lease; see the dead-man run."""
        token = ask["token"]
        with self.registry.hold("registry", "arm"):
            self._must_be_new(token, ask["epoch"])
            self._must_be_free()
            self.consent(ask)
            record = {
                **{name: ask[name] for name in ("token", "fault", "ttl", "environment", "group")},
                "owner": hashlib.sha256(ask["owner"].encode()).hexdigest(),
                "params": ask["params"],
                "captured": self._captured(ask),
                "state": "armed",
            }
            record["digest"] = digest_of(self._state(record))
            for name in (f"{token}.json", "lever"):
                self.registry.keep_room(name)
            self._extend(record)
            self._save(record)
        try:
            tier = self._guard()
        except AnswerError:
            self._close(record, "undone", "never applied: the dead-man could not be started")
            raise
        return {"tier": tier, "digest": record["digest"], "ttl": record["ttl"]}

    def inject(self, ask: Values) -> Values:
        """Break it: once, if it is armed, owned, in time, allowed, and can be put back."""
        with self.registry.hold(ask["token"], "inject") as held:
            record = self._owned_record(ask)
            if not held or record["state"] == "active":
                return self._again(record)
            self._must_be_free()
            self.consent(record)
            self._guard()
            record["state"] = "active"
            self._save(record)
            record["effect"] = CATALOGUE[record["fault"]].apply(self._job(record))
            self._save(record)
            return {"note": record["effect"]}

    def renew(self, ask: Values) -> Values:
        """Let the lease begin anew."""
        record = self._owned_record(ask)
        tier = self._guard()
        self._extend(record)
        return {"ttl": record["ttl"], "tier": tier}

    def undo(self, ask: Values) -> Values:
        """Put back what was there, and read it back; safe before, after and again."""
        token = ask["token"]
        with self.registry.hold(token, "undo") as held:
            if not held:
                raise UnsureError("somebody else has been at this fault for too long")
            record = self.registry.read(f"{token}.json")
            if record is None:  # its arm may come yet, late: it will find a tombstone
                record = {"token": token, "fault": "", "state": "armed"}
            return {"note": self._lift(record, ask.get("by") or "undo")}

    def listing(self, ask: Values) -> Values:
        """Tell what stands here, and what is remembered."""
        del ask
        faults = [
            {
                **{name: each.get(name) for name in ("token", "fault", "params", "state", "why")},
                "left": round(self.left(each["token"]), 3),
            }
            for each in self._records()
        ]
        return {"lever": self.registry.read("lever") is not None, "faults": faults}

    def heal(self, ask: Values) -> Values:
        """End every fault, however long its lease; what does not end in time, the dead-man has."""
        by = ask.get("by") or "heal"
        tokens = [record["token"] for record in self.live()]
        told = dict.fromkeys(tokens, "not ended yet; the dead-man goes on")
        for token in tokens:
            self.registry.remove(f"{token}.lease")

        def end(token: str) -> None:
            try:
                told[token] = self.undo({"token": token, "by": by})["note"]
            except AnswerError as error:
                told[token] = f"{error.kind}: {error}"

        threads = [threading.Thread(target=end, args=(each,), daemon=True) for each in tokens]
        for each in threads:
            each.start()
        until = self.machine.now() + HALT
        for each in threads:
            each.join(max(0.0, until - self.machine.now()))
        left = [record["token"] for record in self.live()]
        dirty = [record["token"] for record in self._records() if record["state"] == "dirty"]
        return {"faults": told, "left": left, "dirty": dirty}

    def halt(self, ask: Values) -> Values:
        """Let nothing begin any more, then end all."""
        del ask
        try:
            self.registry.write("lever", {})
        finally:  # also when the disk does not take it
            told = self.heal({"by": "halt"})
        return {"lever": True, **told}

    def release(self, ask: Values) -> Values:
        """Let faults begin again; of what is dirty, only if that is said too."""
        self.registry.remove("lever")
        dirty = [record for record in self._records() if record["state"] == "dirty"]
        if ask.get("clear_dirty"):
            for record in dirty:
                self._close(record, "undone", f"cleared by hand; it was dirty: {record['why']}")
        return {"lever": False, "still_dirty": 0 if ask.get("clear_dirty") else len(dirty)}

    def must_be_idle(self) -> None:
        """Refuse to forget what must be remembered."""
        self._must_be_free()
        if live := list(self.live()):
            raise RefusedError(f"{len(live)} faults are armed or stand here; heal them first")

    def live(self) -> Iterator[Values]:
        """Yield the records of what is armed or stands."""
        return (record for record in self._records() if record["state"] in LIVE)

    def left(self, token: str) -> float:
        """Return the seconds that a lease still has; none after a reboot."""
        lease = self.registry.read(f"{token}.lease")
        if lease is None or lease.get("boot") != self.machine.boot():
            return 0.0
        return max(0.0, float(lease["until"]) - self.machine.now())

    def _records(self) -> Iterator[Values]:
        for name in self.registry.names(".json"):
            record = self.registry.read(name)
            if record is not None:
                yield record

    def _must_be_new(self, token: str, epoch: str) -> None:
        if (self.registry.read("epoch") or {}).get("epoch") != epoch:
            raise RefusedError("asked before drill was removed from this host; ask again")
        if known := self.registry.read(f"{token}.json"):
            raise RefusedError(f"the token is {known['state']} already; take a new one")

    def _must_be_free(self) -> None:
        if self.registry.read("lever") is not None:
            raise RefusedError("halted: on the host, `drill-host release` lets faults begin again")
        if dirty := [each for each in self._records() if each["state"] == "dirty"]:
            raise RefusedError(
                f"the host is dirty since {dirty[0]['fault']}: {dirty[0]['why']}; when it is well, "
                "say on the host `drill-host release --clear-dirty`"
            )
        if len(list(self.live())) > MOST_FAULTS:
            raise RefusedError(f"more than {MOST_FAULTS} faults are armed here")

    def _owned_record(self, ask: Values) -> Values:
        """Return a token's record, for whom it belongs to, as long as its lease lasts."""
        record = self.registry.read(f"{ask['token']}.json")
        if record is None or "owner" not in record:
            raise RefusedError("the token was never armed here")
        given = hashlib.sha256(ask["owner"].encode()).hexdigest()
        if not hmac.compare_digest(given, record["owner"]):
            raise RefusedError("the token is somebody else's")
        if record["state"] not in LIVE:
            raise RefusedError(f"the token is {record['state']}: {record['why']}")
        if not self.left(ask["token"]):
            raise RefusedError("the lease has ended")
        return record

    def _again(self, record: Values) -> Values:
        """Answer a request that was heard before, without acting."""
        if record.get("effect"):
            return {"note": record["effect"]}
        raise UnsureError("it was asked for before, and nobody said how that ended")

    def _captured(self, ask: Values) -> Values:
        fault = CATALOGUE[ask["fault"]]
        params = checked(ask["params"], fault.fields, fault.optional)
        return fault.capture(self.machine, params)

    def _state(self, record: Values) -> Values:
        return CATALOGUE[record["fault"]].state(self._job(record))

    def _job(self, record: Values) -> Job:
        return Job(self.machine, record, lambda: self._save(record))

    def _save(self, record: Values) -> None:
        self.registry.write(f"{record['token']}.json", record)

    def _extend(self, record: Values) -> None:
        lease = {"boot": self.machine.boot(), "until": self.machine.now() + record["ttl"]}
        self.registry.write(f"{record['token']}.lease", lease)

    def _compare(self, record: Values) -> None:
        """See that what was captured is there again."""
        if digest_of(self._state(record)) != record["digest"]:
            raise DirtyError("it is not as it was, and not by drill's doing")

    def _close(self, record: Values, state: str, why: str) -> str:
        record.update(state=state, why=why)
        self._save(record)
        self.registry.remove(f"{record['token']}.lease")
        self.registry.free_room(f"{record['token']}.json")
        return why

    def _lift(self, record: Values, by: str) -> str:
        """End a fault, whatever became of it; say what was done."""
        if record["state"] == "undone":
            return str(record["why"])
        if record["state"] == "dirty":
            raise DirtyError(record["why"])
        if record["state"] == "armed":
            what = "never applied" if record["fault"] else "nothing of it is known here"
            return self._close(record, "undone", f"{what} ({by})")
        try:
            told = CATALOGUE[record["fault"]].undo(self._job(record))
            self._compare(record)
        except DirtyError as error:
            self._close(record, "dirty", str(error))
            raise
        return self._close(record, "undone", f"{told or 'as it was, read back'} ({by})")


def finished(answer: Values) -> Values:
    """Return the answer of ``heal`` or ``halt``, if everything was put back."""
    if answer.get("left"):
        raise FailedError(f"{len(answer['left'])} faults are left", **answer)
    if answer.get("dirty"):
        raise DirtyError(f"{len(answer['dirty'])} faults are dirty", **answer)
    return answer
