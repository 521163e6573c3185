"""What people read afterwards: the after-action report, on paper, on screens and for machines.

The law of this room: every figure comes from a :class:`~drill.model.view.View`;
nothing is measured here, only laid out. All formats are made from the same
chapters, so they cannot disagree. A value that is missing is printed as *not
measured*, never as 0.
"""
