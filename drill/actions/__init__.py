"""What recovers a target: the built-in actions, registered like anyone's plug-ins.

Their law: told to stop, an action first ends what it started, near and far;
what it cannot know it calls :class:`~drill.model.outcome.Indeterminate`.
"""
