"""Room on the disk."""

import shutil
from pathlib import Path

from leadcrm.local.errors import LocalError

NEEDED_BYTES = 300_000_000


def free_bytes(folder: Path) -> int:
    """Return what is free where the folder is or will be, and 0 where there is no such place."""
    while not folder.exists():
        if folder == folder.parent:
            return 0
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check_room(folder: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """Refuse to start something that would fail half-way.

    Raises: LocalError.
    """
    free = free_bytes(folder)
    if free < needed_bytes:
        raise LocalError(
            f"Only {free // 1_000_000} MB are free where {folder} is, and leadcrm needs "
            f"{needed_bytes // 1_000_000} MB: free some space and start again."
        )
