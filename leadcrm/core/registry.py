"""Registries that higher apps fill in ``ready()``, so that the platform never imports them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Named things, each registered once."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._items: dict[str, T] = {}

    def register(self, name: str, item: T) -> None:
        """Add ``item``.

        Raises: ValueError when another item has the name.
        """
        if name in self._items and self._items[name] != item:
            raise ValueError(f"The {self.noun} {name!r} is registered twice.")
        self._items[name] = item

    def get(self, name: str) -> T:
        """Return the item.

        Raises: KeyError naming what was asked for.
        """
        try:
            return self._items[name]
        except KeyError:
            raise KeyError(f"No {self.noun} is called {name!r}.") from None

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return iter(self._items.items())
