"""Which controls of which frameworks an exercise is evidence of.

The laws of this room:

* It is pure: Views, whether each is sealed, and a moment in; what is evidenced out.
* A control is evidenced only if each artefact that it needs is there, is of a kind of
  exercise that can show it, is sealed, is about the services asked for and is in date.
  What a run cannot show is not there, and the reason is said.
* What was only said at a table evidences nothing that must be measured: no recovery
  time, no recovery point, no restore.
* Evidence is for a scope and a date. That a record is there says nothing about whether
  what it records is good, and nothing here says that anybody complies with anything.

The way through: :mod:`~drill.controls.catalogue` loads what is shipped,
:mod:`~drill.controls.artefacts` asks one View for each artefact by the rules of the
modules beside it, :mod:`~drill.controls.coverage` puts the runs together.
"""
