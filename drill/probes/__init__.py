"""Observe, and change nothing that matters: the built-in probes, and the ledger.

The laws of this room:

* One new connection a sample: no keep-alive, no cached name, no retry, no
  redirect and no proxy may stand between the sample and the service.
* The whole sample ends within ``cancel.remaining()``, also when the far side
  trickles one byte at a time.
* ``bad`` speaks of the service. Trouble on the observer's own side is ``unknown``.
"""
