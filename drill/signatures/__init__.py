"""SSH signatures (OpenSSH, PROTOCOL.sshsig): made, verified, and held against their own key.

The law of this room: every text is signed under a namespace, so that no signature made for
one thing passes for another; and who signed is only ever told by ssh-keygen(1), whose own
the form of a file of allowed signers is.
"""
