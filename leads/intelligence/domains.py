"""Which e-mail domains belong to a business: all but the free-mail and the disposable ones."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from disposable_email_domains import blocklist

FREE_MAIL_FILE = Path(__file__).parent / "data" / "free_mail_domains.txt"


@lru_cache(maxsize=1)
def private_domains() -> frozenset[str]:
    """Return the free-mail domains that leadcrm ships and the disposable ones of the public block list."""
    lines = FREE_MAIL_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset({line.strip() for line in lines if line and not line.startswith("#")} | set(blocklist))


@lru_cache(maxsize=50_000)
def is_business_domain(domain: str) -> bool:
    """Tell whether neither the domain nor a domain above it is free-mail or disposable."""
    parts = domain.split(".")
    if len(parts) < 2 or not all(parts):
        return False
    known = private_domains()
    return not any(".".join(parts[start:]) in known for start in range(len(parts) - 1))
