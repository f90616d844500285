"""Network addresses of people, shortened before they are stored."""

from __future__ import annotations

import ipaddress

KEPT_BITS = {4: 24, 6: 48}


def truncate_ip(address: str | None) -> str:
    """Return the network an address is in (IPv4 /24, IPv6 /48), or an empty string for what is no address."""
    try:
        parsed = ipaddress.ip_address((address or "").strip())
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    network = ipaddress.ip_network(f"{parsed}/{KEPT_BITS[parsed.version]}", strict=False)
    return str(network.network_address)
