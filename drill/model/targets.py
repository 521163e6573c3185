"""What an exercise may touch: the boundary, and the file that draws it."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from drill.model.base import Model
from drill.model.names import TargetRef

CLOUD = "aws:"
"""Begins the address of what is no host, but an account of AWS in one region."""
ACCOUNT = r"[0-9]{12}"
REGION = r"[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}"
CLOUD_ADDRESS = re.compile(f"{CLOUD}({ACCOUNT}):({REGION})")


def _whole(address: str) -> str:
    """Refuse what was meant as an account, and is none: it must not pass for a host's name."""
    if address.startswith(CLOUD) and CLOUD_ADDRESS.fullmatch(address) is None:
        raise ValueError("an account is written aws:ACCOUNT:REGION, as aws:123456789012:eu-west-1")
    return address


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
    address: Annotated[
        str,
        AfterValidator(_whole),
        Field(description="Where its services answer; an account of AWS: aws:ACCOUNT:REGION."),
    ]
    labels: Mapping[str, str] = {}
