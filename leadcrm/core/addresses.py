"""Network addresses of people, shortened before they are stored."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

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


def network_of(request: HttpRequest | None) -> str:
    """Return the network a request came from, past the trusted proxies; empty when no address can be trusted."""
    from allauth.account.adapter import get_adapter  # it loads models, which models here must not do

    if request is None:
        return ""
    try:
        return truncate_ip(get_adapter().get_client_ip(request))
    except (PermissionDenied, ImproperlyConfigured):
        return ""  # the header does not fit the number of proxies that the settings name


def daily_pseudonym(*parts: str) -> str:
    """Return 32 hexadecimal digits that stand for ``parts`` until midnight UTC, and for nothing after it."""
    day = timezone.now().date().isoformat()
    salt = hmac.digest(settings.SECRET_KEY.encode(), f"daily pseudonym {day}".encode(), "sha256")
    return hmac.new(salt, "\x1f".join(parts).encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


def visitor_id(request: HttpRequest) -> str:
    """Return what tells one visitor from another until midnight UTC, without a cookie.

    It is made of the network, never of the address, and of what the browser says about itself: people of one office
    with the same browser count as one.
    """
    said = (request.headers.get(name, "")[:400] for name in ("user-agent", "accept-language"))
    return daily_pseudonym("visitor", network_of(request), *said)
