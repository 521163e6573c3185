"""Names to actions, faults, probes and ledgers: a value that is passed around, never a global.

Built-ins register through the same entry points as anyone's plug-ins:
``drill.actions``, ``drill.faults``, ``drill.probes`` and ``drill.ledgers``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from drill.errors import PluginError
from drill.ports import Action, Fault, Ledger, Probe

T = TypeVar("T")


class Shelf(Generic[T]):
    """The plug-ins of one sort, loaded when first asked for: imports cost time."""

    def __init__(self, sort: str, group: str, own: Mapping[str, T] | None = None) -> None:
        self.sort = sort
        self._points = {} if own is not None else {p.name: p for p in entry_points(group=group)}
        self._loaded: dict[str, T] = dict(own or {})

    def __iter__(self) -> Iterator[str]:
        """Yield the known names, sorted."""
        return iter(sorted({*self._points, *self._loaded}))

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a plug-in."""
        return name in self._points or name in self._loaded

    def __getitem__(self, name: str) -> T:
        """Return the plug-in of that name.

        Raises:
            PluginError: there is none, or it cannot be imported.
        """
        if name not in self._loaded:
            if name not in self._points:
                raise PluginError(f"no {self.sort} named {name!r}; known: {', '.join(self)}")
            try:
                self._loaded[name] = self._points[name].load()()
            except Exception as error:
                raise PluginError(
                    f"{self.sort} {name!r} cannot be loaded: {error}; "
                    "reinstall the package that provides it"
                ) from error
        return self._loaded[name]


@dataclass(frozen=True)
class Registry:
    """Everything a scenario may use."""

    actions: Shelf[Action[Any]] = field(default_factory=lambda: Shelf("action", "drill.actions"))
    faults: Shelf[Fault[Any]] = field(default_factory=lambda: Shelf("fault", "drill.faults"))
    probes: Shelf[Probe[Any]] = field(default_factory=lambda: Shelf("probe", "drill.probes"))
    ledgers: Shelf[Ledger[Any]] = field(default_factory=lambda: Shelf("ledger", "drill.ledgers"))
