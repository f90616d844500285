"""Uploads for the tests: small ones from text, huge ones that exist only while they are read."""

import io
from pathlib import Path

import pytest

from leads.importing.layout import FileShape, LayoutChoice
from leads.importing.problems import RowProblem
from leads.importing.reading import preview, read_rows
from leads.importing.values import ValueProblem


def upload(text: str | bytes, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(text if isinstance(text, bytes) else text.encode(encoding))


def shape_of(text: str | bytes, codec: str = "utf-8", **choice) -> FileShape:
    return preview(upload(text, codec), choice=LayoutChoice(**choice))


def rows_of(text: str | bytes, codec: str = "utf-8", after: int = 0, **choice) -> list[tuple[int, object]]:
    """Preview and read a text; a row that was refused is shown by the code of its problem."""
    file = upload(text, codec)
    shape = preview(file, choice=LayoutChoice(**choice))
    return [
        (number, row.code if isinstance(row, RowProblem) else row)
        for number, row in read_rows(file, shape.layout, after=after)
    ]


class HugeFile(io.RawIOBase):
    """``head``, then ``body`` many times, then ``tail``, without ever being anywhere as a whole."""

    def __init__(self, head: bytes, body: bytes, times: int, tail: bytes = b"") -> None:
        self._head, self._body, self._times, self._tail = head, body, times, tail
        self._size = len(head) + len(body) * times + len(tail)
        self._position = 0
        # A window of many bodies, so that reading costs a copy and not a loop.
        self._window = body * max(1, (1 << 20) // len(body))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        start = {0: 0, 1: self._position, 2: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer) -> int:
        view = memoryview(buffer)
        done = 0
        while done < len(view) and (piece := self._piece(len(view) - done)):
            view[done : done + len(piece)] = piece
            done += len(piece)
            self._position += len(piece)
        return done

    def _piece(self, wanted: int) -> bytes:
        position, head_end = self._position, len(self._head)
        body_end = head_end + len(self._body) * self._times
        if position < head_end:
            return self._head[position : position + wanted]
        if position < body_end:
            start = (position - head_end) % len(self._body)
            return self._window[start : start + min(wanted, body_end - position)]
        return self._tail[position - body_end : position - body_end + wanted]

    def open(self) -> io.BufferedReader:
        return io.BufferedReader(self, 1 << 16)


def data_folder() -> Path:
    import os

    root = Path(__file__).parents[3]
    return Path(os.environ.get("LEADCRM_DATA") or root.parent / "shared" / "data")


def refusal(function, *args, **options) -> str:
    """Return the code of the problem that reading a cell ends in."""
    with pytest.raises(ValueProblem) as caught:
        function(*args, **options)
    assert caught.value.message.endswith(".")
    return caught.value.code
