"""The program that runs on a target, as root: no fault outlives whoever started it.

Its laws:

* It is shipped as *one* file of the standard library, Python 3.9 or later: its
  modules import nothing but that and each other, share one name space, and are
  joined in the order of :data:`drill.hosts.program.ORDER`.
* Fixed verbs, typed words, one JSON object in, one out; no shell.
* ``arm`` writes what was captured, the way back and the lease's end to the
  disk, and sees the dead-man run, before ``inject`` may act at all.
* A token acts once: what ended leaves a tombstone.
* ``remove`` leaves nothing, so no tombstone either. What comes late then finds no
  program; and where another run has put it there again, another *epoch*: a token
  is armed in the epoch that it was made for, or never, and what was not armed is
  never injected. So no request of before can act, though nothing remembers it.
* ``undo`` restores what was captured and reads it back. What somebody else
  changed meanwhile is left as it is; the host is dirty then, and takes no more
  faults until a person says so.
* Healing needs nobody's consent, no controller and no journal.
"""
