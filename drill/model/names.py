"""What things are called in a scenario, and what its plug-ins are told."""

import re
from collections.abc import Mapping
from typing import Annotated, NewType

from pydantic import JsonValue, StringConstraints

_NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
Name = Annotated[str, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]

StepId = NewType("StepId", str)
TargetName = NewType("TargetName", str)
ServiceName = NewType("ServiceName", str)
RoleName = NewType("RoleName", str)

# The same names, as a document writes them.
StepRef = Annotated[StepId, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]
TargetRef = Annotated[TargetName, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]
SITE = "site."
"""Before the name of a site where a fault may strike all of its hosts."""
StruckRef = Annotated[
    TargetName, StringConstraints(pattern=rf"^(?:site\.)?{_NAME}$", max_length=69)
]
ServiceRef = Annotated[ServiceName, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]
RoleRef = Annotated[RoleName, StringConstraints(pattern=f"^{_NAME}$", max_length=64)]
PluginName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*$")]

Parameters = Mapping[str, JsonValue]
"""What a plug-in is told; its own model validates it."""

SECRET = re.compile(r"\$secret:([a-z0-9-]+)")
"""The only reference to a secret; it is resolved on the way to the plug-in, never stored."""

IN_SIGHT = {"x-in-sight": True}
"""Marks a plug-in's parameter that ends on a command line, which every user of a machine can
read (proc(5), ``cmdline``): no secret may stand in it."""

PARAM = re.compile(r"\$param:([a-z0-9-]+)")
