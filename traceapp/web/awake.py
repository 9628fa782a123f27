"""Of the server's threads, as many take requests as are needed: one, and another for each that waits for somebody.

Threads that take requests beside each other take the interpreter from each other: a page then costs up to half as much
again. The others are held back inside what granian called, after their answer has gone out. granian ends a thread that
had nothing to do, and nothing tells of it: so nobody is held back for longer than another is sure to take requests.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from time import monotonic

IDLE_SECONDS = 30
"""After which granian ends a thread that had nothing to do."""
FRESH_SECONDS = 20
"""So long after its last request began, a thread is sure to take another for `HELD_SECONDS` more."""
HELD_SECONDS = 8


class Awake:
    """Which of the server's threads take requests, and which are held back."""

    def __init__(self) -> None:
        self.taking: dict[int, float] = {}
        """When the last request of each began: neither away nor held back."""
        self._held: deque[tuple[int, Lock]] = deque()
        self._changing = Lock()

    def begin(self) -> None:
        """This thread was given a request."""
        self.taking[get_ident()] = monotonic()

    def end(self) -> None:
        """This thread's answer has gone out whole: it takes another request at once, or once it is needed."""
        if len(self.taking) > 1:
            self._hold_back()

    @contextmanager
    def away(self) -> Iterator[None]:
        """While this thread waits for somebody, another takes requests."""
        with self._changing:
            self.taking.pop(get_ident(), None)
            if self._held and not self._others():
                ident, gate = self._held.popleft()
                self.taking[ident] = monotonic()
                gate.release()
        try:
            yield
        finally:
            self.begin()

    def _hold_back(self) -> None:
        gate = Lock()
        with self._changing:
            if not self._others():
                return
            mine = get_ident(), gate
            gate.acquire()
            self.taking.pop(mine[0], None)
            self._held.append(mine)
        gate.acquire(timeout=HELD_SECONDS)
        with self._changing:
            if mine in self._held:
                self._held.remove(mine)
        self.begin()

    def _others(self) -> bool:
        """Whether another thread is sure to take the next request; forgets those that may have ended."""
        me, since = get_ident(), monotonic() - FRESH_SECONDS
        # A thread that begins meanwhile adds itself without waiting here.
        for ident, begun in list(self.taking.items()):
            if ident != me and begun < since:
                self.taking.pop(ident, None)
        return any(ident != me for ident in list(self.taking))
