"""Who does the work: threads on real targets, or a rehearsal on virtual time.

The law of this room: a crew says everything it knows through its reports and
nothing else; it neither decides nor writes the journal. Whoever blocks in it
blocks on a cancel with a deadline.
"""
