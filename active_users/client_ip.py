"""The address of the person behind the proxies."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["anonymize", "find_client_ip", "find_household"]

logger = logging.getLogger("active_users")


def find_client_ip(remote_addr: str, forwarded_for: str, trusted_proxies: Sequence[str]) -> str:
    """
    The address that the request came from, or ``""`` if it is not known (a Unix socket without a trusted proxy).

    Starts at ``REMOTE_ADDR``. While the current address is a trusted proxy's, moves on to the one that the proxy
    added to ``X-Forwarded-For``, which is the next from the right. Stops before a value that is not an address.
    Behind a Unix socket ``REMOTE_ADDR`` is empty: list ``"unix"`` to trust the proxy at its other end.
    """
    client = _parse_address(remote_addr)
    if not trusted_proxies:
        return _to_text(client)
    networks, trusts_unix = _parse_networks(tuple(trusted_proxies))
    if client is None and not trusts_unix:
        return ""
    hops = forwarded_for.split(",") if forwarded_for else []
    while hops and (client is None or any(client in network for network in networks)):
        hop = _parse_address(hops.pop())
        if hop is None:
            break
        client = hop
    return _to_text(client)


def anonymize(address: str) -> str:
    """The network of ``address``: its /24, or the /48 of an IPv6 address. ``""`` if it is not an address."""
    parsed = _parse_address(address)
    if parsed is None:
        return ""
    return str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def find_household(address: str) -> str:
    """``address``, or the /64 network of an IPv6 address: who has one address of it has them all."""
    parsed = _parse_address(address)
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


@lru_cache(maxsize=4096)
def _to_text(address: IPv4Address | IPv6Address | None) -> str:
    return "" if address is None else str(address)


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    return _parse_short(text.strip()) if len(text) <= 64 else None


@lru_cache(maxsize=4096)
def _parse_short(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip('"')
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 203.0.113.7:443
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=8)
def _parse_networks(trusted: tuple[str, ...]) -> tuple[list[IPv4Network | IPv6Network], bool]:
    networks = []
    for item in trusted:
        try:
            if item != "unix":
                networks.append(ip_network(item, strict=False))
        except ValueError as error:  # a check reports it too, but people must be noted
            logger.error("ACTIVE_USERS_TRUSTED_PROXIES: %s", error)
    return networks, "unix" in trusted
