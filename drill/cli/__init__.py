"""The commands: each opens, asks the rooms below, and prints. No logic lives here.

The law of this room: heavy imports happen inside a command, so that ``drill
--help`` and completion answer at once.
"""
