"""The queue of jobs in a folder, for machines without Redis."""

from __future__ import annotations

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

UNFINISHED = "part"


class Channel(filesystem.Channel):
    """A channel whose messages appear in the folder whole.

    Kombu opens the file under its final name and writes then. A worker that looks in between takes an
    empty message away, ends with an error, and the job is lost.
    """

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ARG002 — kombu disagrees with itself
        folder, name = Path(self.data_folder_out), f"{round(monotonic() * 1000)}_{uuid.uuid4()}"
        unfinished = folder / f"{name}.{UNFINISHED}"
        unfinished.write_bytes(str_to_bytes(dumps(message)))
        unfinished.rename(folder / f"{name}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel
