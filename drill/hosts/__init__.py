"""The only floor that opens connections.

Every link here has a time limit, and a lost link is said to be lost
(:class:`~drill.errors.RemoteError`), never taken for a no. Whatever is started
at the far end is ended at the far end before a call returns, or the call says
in plain words that it could not be.
"""
