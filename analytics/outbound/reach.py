"""Which addresses a message may be sent to. Pure.

Whoever may name an address could otherwise have this machine ask what only it can reach: a router, a database, the
credentials service of a cloud. What counts is the address that is really connected to, not the name: a name may lead
elsewhere the second time it is looked up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Public addresses by https, and those of the networks that are ``allowed``, also by http."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> "Reach":
        """Return the reach with some networks, such as 10.0.0.0/8 or 127.0.0.1. Raises ValueError for none."""
        return cls(allowed=tuple(ip_network(network) for network in networks))

    def refusal(self, address: str, *, encrypted: bool) -> str:
        """Return why an address is not called, or nothing."""
        ip = ip_address(address.partition("%")[0])
        if any(_holds(network, every) for network in self.allowed for every in _meant(ip)):
            return ""
        if not all(every.is_global and not every.is_multicast for every in _meant(ip)):
            return f"{ip} is no public address: allow its network in webhooks.allow if it is meant"
        return "" if encrypted else f"{ip} is a public address: send to it by https:// only"


def _meant(ip: Address) -> list[Address]:
    """Return an address, and the IPv4 address that it stands for where it wraps one."""
    if isinstance(ip, IPv4Address):
        return [ip]
    if ip.ipv4_mapped is not None:
        return [ip.ipv4_mapped]
    wrapped: list[IPv4Address | None] = [ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        wrapped.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return [ip, *(one for one in wrapped if one is not None)]


def _holds(network: Network, ip: Address) -> bool:
    return network.version == ip.version and ip in network
