"""Where a request comes from, as trusted proxies say it, and whether that is allowed."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Some proxies add the port: 192.0.2.1:4711, [2001:db8::1]:4711.
WITH_PORT = re.compile(r"(?P<v4>[0-9.]+):[0-9]{1,5}|\[(?P<v6>[0-9A-Fa-f:.]+)\](:[0-9]{1,5})?", re.ASCII)
HOUSEHOLD_BITS = 64  # of IPv6: whoever has one address has all that begin so


class PeerUnknown(ValueError):
    """Nobody whom we trust said where the request comes from."""


def peer_of(meta: Mapping[str, Any]) -> Address:
    """Return the address that a WSGI environment's request comes from; raise `PeerUnknown`.

    Each of our TRUSTED_PROXY_HOPS proxies adds at the right of X-Forwarded-For whom it was called by, so that the
    caller stands so many places from the right; what stands further left was written by the caller. Several headers
    reach us as one, in order.
    """
    hops = settings.TRUSTED_PROXY_HOPS
    if not hops:
        return _read(str(meta.get("REMOTE_ADDR") or ""))
    told = str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",")
    if len(told) < hops:
        raise PeerUnknown
    addresses = [_read(entry) for entry in told[-hops:]]
    return addresses[0]


def _read(text: str) -> Address:
    text = text.strip()
    if match := WITH_PORT.fullmatch(text):
        text = match["v4"] or match["v6"]
    try:
        address = ip_address(text)
    except ValueError as error:
        raise PeerUnknown from error
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def household(address: Address) -> str:
    """Return the address, or the network of an IPv6 address whose owner has all of it."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address.packed[: HOUSEHOLD_BITS // 8].ljust(16, b"\0"), HOUSEHOLD_BITS)))


def is_allowed(address: Address, networks: Iterable[str]) -> bool:
    """Return whether the address is in one of the networks, such as `10.1.0.0/16`."""
    return any(address in network for network in _parsed(tuple(networks)))


@lru_cache(maxsize=1000)
def _parsed(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(network) for network in networks)


def validate_network(text: str) -> None:
    """Refuse what is no network in CIDR form; an address alone is a network of one."""
    try:
        ip_network(text)
    except ValueError as error:
        raise ValidationError(
            _("%(text)s is no network. Write one as 10.1.0.0/16 or 2001:db8::/32, or an address alone.")
            % {"text": text}
        ) from error
