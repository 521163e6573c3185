"""``tls.certificate``, ``dns.answer``, ``dns.timeout``: who is who on the network is wrong."""

from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, JsonValue, model_validator
from typing_extensions import override

from drill.faults.files import FileFault, FilePath, OnePath
from drill.faults.leasing import P
from drill.faults.network import Partition, PartitionParams
from drill.faults.service import UnitName
from drill.model.base import Model
from drill.ports import Access

DnsName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$",
        max_length=253,
        description="A name, such as app.example.org.",
    ),
]


class CertificateParams(OnePath):
    """Which certificate, and what is wrong with it."""

    key: Annotated[
        FilePath,
        Field(description="The service's private key, which stays; it may be in the same file."),
    ]
    wrong: Annotated[Literal["expired", "name"], Field(description="What is wrong with it.")]
    name: Annotated[DnsName, Field(description="With `wrong: name`: whom it names.")] = (
        "wrong.invalid"
    )
    authority: Annotated[
        FilePath | None,
        Field(description="Who signs it, if its certificate and key are on the host; else itself."),
    ] = None
    authority_key: FilePath | None = None

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.authority is None) != (self.authority_key is None):
            raise ValueError("an authority needs both `authority` and `authority_key`")
        return self


class Certificate(FileFault[CertificateParams]):
    """Gives a service a certificate that has expired, or that names another."""

    name = "tls.certificate"
    params: ClassVar[type[Model]] = CertificateParams
    needs: ClassVar[str] = "openssl"


class NameParams(OnePath):
    """Which name, and where a name server's settings of it are."""

    path: Annotated[
        FilePath,
        Field(
            description="The file of dnsmasq's settings that has the name's address: what it says "
            "of the name is left out. A new file: the name is another server's. dnsmasq believes "
            "/etc/hosts first, so let the name not be there."
        ),
    ] = "/etc/dnsmasq.d/drill.conf"

    name: DnsName
    unit: UnitName | None = "dnsmasq.service"
    then: Literal["reload", "restart"] = "restart"


class AnswerParams(NameParams):
    """What a name server says of the name."""

    answer: Annotated[
        IPv4Address | IPv6Address | None,
        Field(description="The address that it answers; not given: no such name (NXDOMAIN)."),
    ] = None


class NameFault(FileFault[P]):
    """What dnsmasq says of a name and all below it is wrong."""

    needs: ClassVar[str] = "dnsmasq, systemd"
    removal: ClassVar[str] = (
        "the name server's settings are put back and read back, and it is restarted"
    )


class Answer(NameFault[AnswerParams]):
    """Has dnsmasq answer wrongly for a name and all below it."""

    name = "dns.answer"
    params: ClassVar[type[Model]] = AnswerParams

    @override
    def asked(self, on: Access, params: AnswerParams) -> dict[str, JsonValue]:
        """Call the answer what it is there: an address."""
        words = super().asked(on, params)
        address = words.pop("answer")
        return {**words, "address": address}


class UnknownParams(AnswerParams):
    """Which name there is not."""

    answer: Annotated[None, Field(description="There is none.")] = None


class Unknown(Answer):
    """Has dnsmasq answer that there is no such name (NXDOMAIN), nor any below it."""

    params: ClassVar[type[Model]] = UnknownParams


class DelegationParams(NameParams):
    """Which zone, and which server is believed to know it."""

    server: Annotated[
        IPv4Address | IPv6Address,
        Field(description="Who is asked about the name: one that moved away, or never knew it."),
    ]


class Delegation(NameFault[DelegationParams]):
    """Has dnsmasq ask a wrong server about a zone, as when its delegation is stale."""

    name = "dns.delegation"
    params: ClassVar[type[Model]] = DelegationParams


class TimeoutParams(PartitionParams):
    """Which interface of a name server hears no questions."""

    direction: Literal["in", "out", "both"] = "in"
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = (53,)


class DnsTimeout(Partition):
    """Drops questions and answers of the domain name system: who asks waits in vain."""

    params: ClassVar[type[Model]] = TimeoutParams
