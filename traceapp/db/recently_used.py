"""Values that were asked for lately, for as long as there is room for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Weighed(Protocol):
    """Whatever says how much room it takes."""

    def weight(self) -> int:
        """About how many bytes it takes."""


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Weighed)


class RecentlyUsed(Generic[K, V]):
    """Values by their keys, up to `most` bytes together: those asked for longest ago are forgotten first.

    A value counts for what it weighed when it was kept. Any number of threads may ask at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def find(self, key: K) -> V | None:
        """The value that was kept last under this key, unless it was forgotten since."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def keep(self, key: K, value: V) -> None:
        """Keep it, in the place of the one before. What is too large alone is not kept, and pushes no other out."""
        weight = value.weight()
        with self._lock:
            self._bytes -= self._values.pop(key, (None, 0))[1]
            if weight > self._most:
                return
            self._values[key] = value, weight
            self._bytes += weight
            while self._bytes > self._most:
                self._bytes -= self._values.popitem(last=False)[1][1]

    def all(self) -> list[V]:
        """Those that are kept now, the one asked for longest ago first."""
        with self._lock:
            return [value for value, _ in self._values.values()]

    def forget(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._values.clear()
            self._bytes = 0
