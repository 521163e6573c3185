"""For authors of plug-ins, and for drill's own tests: worlds to try plug-ins in.

A plug-in is done when its conformance suite passes, against a fake host and
against a real sshd.
"""
