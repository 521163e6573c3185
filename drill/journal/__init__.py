"""The journal: an append-only, hash-chained file of records, and the only truth.

The law of this room: verification works on bytes as they were written, never on
a re-encoding; what was once synced is never changed.
"""
