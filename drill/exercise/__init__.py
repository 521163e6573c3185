"""The exercise itself, as pure functions: ``evolve`` folds, ``decide`` chooses, ``hear`` judges.

The laws of this room:

* ``evolve(state, record)`` is total: a record either makes the next state or is
  refused as an impossible story. It never looks at a clock.
* ``decide(plan, state, now)`` sees the folded journal and the time, and nothing
  else; it has no memory. Resuming an exercise is: fold, then decide.
* ``hear(plan, state, now, said)`` is the same for what people say: what counts for
  nothing is kept with its reason, and whatever it lets through can be folded.
* People's time runs on the exercise clock, which can be held and can jump; machines,
  faults and their undo know only the true one, so that no hold delays a healing.
* What a step may do next is kept as the state evolves, so a record costs the
  same in a plan of ten steps and of ten thousand.
"""
