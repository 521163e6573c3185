"""Evaluate: from the journal's records to the one View that every surface shows.

The laws of this room:

* It is pure: records and a stamp in, values out. Whoever has the journal can
  recompute every number.
* A measurement is an interval that holds the true value, never a point. What
  was not seen is ``None``: *not measured*, never zero and never the plan's value.
* Durations are differences of ``CLOCK_BOOTTIME`` nanoseconds of one boot. Wall
  time is a label.
* Where nobody can know, the answer is ``inconclusive``: *met* and *missed* are
  said only when every value in the interval says so.

The way through: :mod:`~drill.measure.story` sorts the records once, one small
module a question reads the story, and :mod:`~drill.measure.timeline` puts the
answers together.
"""
