"""Whom we may call of those whose addresses others have filed (FAULTS H5 to H7). Judged anew for every call."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

Address = IPv4Address | IPv6Address
SCHEMES = {"http": 80, "https": 443}


class Unreachable(Exception):
    """That URL is not called; the reason is a constant word: bad_url, dns_failure or address_forbidden."""

    def __init__(self, reason: str, address: Address | None = None) -> None:
        super().__init__(reason)
        self.reason, self.address = reason, address


def address_for(url: str) -> Address:
    """Return the address to call for a URL, now; raise `Unreachable` unless each address of its host may be called.

    A name may lead elsewhere a moment later: the caller connects to this address, and to no other.
    """
    target = _parsed(url)
    addresses = list(_addresses(target))
    if not addresses:
        raise Unreachable("dns_failure")
    for address in addresses:
        if not may_be_called(address):
            raise Unreachable("address_forbidden", address)
    return addresses[0]


def validate_reachable(url: str) -> None:
    """Refuse a URL that could not be called now, and say what to do."""
    try:
        address_for(url)
    except Unreachable as error:
        raise ValidationError(_fault(error)) from error


def _fault(error: Unreachable) -> str:
    if error.reason == "bad_url":
        return _("Give a whole URL without a user in it: https://host/path")
    if error.reason == "dns_failure":
        return _("The host can't be found: its name does not resolve.")
    text = _(
        "The host is at %(address)s, which may not be called. Ask operations to add its network to "
        "WEBHOOK_ALLOWED_NETWORKS."
    )
    return text % {"address": error.address}


def _parsed(url: str) -> Url:
    try:
        target = parse_url(url)
    except LocationParseError as error:
        raise Unreachable("bad_url") from error
    if target.scheme not in SCHEMES or not target.host or target.auth is not None:
        raise Unreachable("bad_url")
    return target


def _addresses(target: Url) -> Iterator[Address]:
    """Every address of a host, as a connection would find it: decimal and other odd forms become what they mean."""
    try:
        found = socket.getaddrinfo(
            (target.host or "").strip("[]"),
            target.port or SCHEMES[target.scheme or "http"],
            type=socket.SOCK_STREAM,
        )
    except (OSError, UnicodeError):
        return
    for *_rest, place in found:
        address = ip_address(str(place[0]).partition("%")[0])
        yield getattr(address, "ipv4_mapped", None) or address


def may_be_called(address: Address) -> bool:
    """Without a list what is public, with one what is listed. Loopback and link-local want a network of their kind."""
    networks = [ip_network(network.strip(), strict=False) for network in settings.WEBHOOK_ALLOWED_NETWORKS]
    listed = [network for network in networks if address in network]
    if address.is_loopback:
        return any(network.is_loopback for network in listed)
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return any(network.is_link_local for network in listed)
    return bool(listed) if networks else address.is_global
