"""What an exercise may touch: the boundary, and the file that draws it."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field

from drill.model.base import Model
from drill.model.names import TargetRef


class Target(Model):
    """A thing the exercise may touch. What is not listed is out of bounds."""

    name: TargetRef
    site: str
    address: Annotated[str, Field(description="Where its services answer.")]
    labels: Mapping[str, str] = {}


class TargetsFile(Model):
    """The file that ``targets`` names: a lab, or hosts that exist; drill reads its hosts."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Field(description="What the lab is called.")] = ""
    hosts: Annotated[
        Mapping[TargetRef, "TargetHost"],
        Field(min_length=1, description="Everything the exercise may touch."),
    ]

    def targets(self) -> tuple[Target, ...]:
        """Return the boundary, in the order of the file."""
        return tuple(
            Target(name=name, site=host.site, address=host.address, labels=host.labels)
            for name, host in self.hosts.items()
        )


class TargetHost(Model):
    """One host of a targets file; what else it says is for the lab that builds it."""

    model_config = ConfigDict(extra="ignore")

    site: str
    address: Annotated[str, Field(description="Where its services answer.")]
    labels: Mapping[str, str] = {}
