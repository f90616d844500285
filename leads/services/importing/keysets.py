"""A set of many keys in little memory: a million of them fit into some ten megabytes."""

from __future__ import annotations

from array import array
from hashlib import blake2b

_FREE = 0


class KeySet:
    """Remembers keys by 64 bits of their hash, in one flat table.

    Two of a hundred million keys would have to share these bits before anybody noticed, so a dry run that counts
    repetitions may rely on it. Python's own set would take ten times the memory.
    """

    def __init__(self, expected: int = 0) -> None:
        size = 1 << 12
        while size * 6 < expected * 10:
            size <<= 1
        self._table = array("Q", bytes(8 * size))
        self._mask = size - 1
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def __contains__(self, key: tuple[object, ...]) -> bool:
        table, mask = self._table, self._mask
        mark = _mark(key)
        place = mark & mask
        while (there := table[place]) != _FREE:
            if there == mark:
                return True
            place = (place + 1) & mask
        return False

    def add(self, key: tuple[object, ...]) -> None:
        self._insert(_mark(key))
        if self._used * 10 > (self._mask + 1) * 6:
            self._grow()

    def _insert(self, mark: int) -> None:
        table, mask = self._table, self._mask
        place = mark & mask
        while (there := table[place]) != _FREE:
            if there == mark:
                return
            place = (place + 1) & mask
        table[place] = mark
        self._used += 1

    def _grow(self) -> None:
        marks = self._table
        size = 2 * (self._mask + 1)
        self._table, self._mask, self._used = array("Q", bytes(8 * size)), size - 1, 0
        for mark in marks:
            if mark != _FREE:
                self._insert(mark)


def _mark(key: tuple[object, ...]) -> int:
    digest = blake2b("\x1e".join(map(str, key)).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") or 1
