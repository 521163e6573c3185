"""What a test of a fault proves, for the README's table of faults."""

from importlib.metadata import entry_points

from drill.testing.leased import PROVES

NAMES = {point.value: point.name for point in entry_points(group="drill.faults")}


def record(request, record_property, where):
    """Say in the run's record which promise of which fault a test is about, and where it is."""
    kind = type(request.cls.fault)
    name = getattr(request.function, "proves", None) or PROVES.get(request.function.__name__)
    if name is not None:
        record_property("fault", NAMES[f"{kind.__module__}:{kind.__name__}"])
        record_property("proves", name)
        record_property("on", where)
        if name == "states":
            record_property("states", request.cls.states)
