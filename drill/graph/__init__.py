"""From the text of a scenario to a plan that was checked.

The law of this room: it reads no file and knows no clock; whoever calls hands
it bytes. Holding a :class:`~drill.graph.plan.Plan` is proof of a sound scenario.
"""
