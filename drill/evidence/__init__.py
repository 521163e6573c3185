"""A run as one archive that shows every change, and the tests that an auditor puts to it.

The law of this room: bytes in, bytes out. It opens no connection, trusts nothing that an
archive says before it was held against its sums, and never runs what comes out of one.
What proves an archive is verified on bytes as they are, never on a re-encoding; and an
archive has one encoding only, so that there is no place in it where a byte could hide.
"""
