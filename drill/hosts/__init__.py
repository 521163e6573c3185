"""The only floor that opens connections.

Every link here has a time limit, and a lost link is said to be lost
(:class:`~drill.errors.RemoteError`), never taken for a no.
"""
