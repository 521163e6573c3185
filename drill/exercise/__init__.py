"""The exercise itself, as two pure functions: ``evolve`` folds, ``decide`` chooses.

The laws of this room:

* ``evolve(state, record)`` is total: a record either makes the next state or is
  refused as an impossible story. It never looks at a clock.
* ``decide(plan, state, now)`` sees the folded journal and the time, and nothing
  else; it has no memory. Resuming an exercise is: fold, then decide.
* What a step may do next is kept as the state evolves, so a record costs the
  same in a plan of ten steps and of ten thousand.
"""
