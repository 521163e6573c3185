"""Conduct, the real half: the one thread that writes the journal, and the real clock.

The law of this room: an event that orders work is durable before the work
starts. The engine knows no plug-in, no host and no screen.
"""
