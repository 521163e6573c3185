"""What breaks a target, and mends it: the built-in faults, registered like anyone's plug-ins.

Their law: ``prepare`` captures and changes nothing, and declines
(:class:`~drill.errors.RefusedError`) what could not be mended; ``apply`` is
not done before the effect was seen; ``undo`` restores what was captured, reads
it back, and may be repeated. What a fault needs at its own undo it never
breaks: see :data:`~drill.faults.lifeline.LIFELINE`.
"""
