"""Long files beside the pages: a file goes out from a thread of its own, some of it at a time.

Pages have one thread at a time, which granian would also read a long body from, for as long as its reader takes; it
knows no `wsgi.file_wrapper`. A part of a file is therefore handed over with its connection to another thread, which
sleeps while the reader does. Under any other server the part is an iterator like others.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from traceapp.web.bodies import Turns

STEP = 1 << 17
"""Bytes in memory at a time, of each file that is under way."""
MOST_AT_ONCE = 16
"""Files under way in one process: whoever stops reading keeps a thread."""


class FilePart:
    """The bytes `start` … `end - 1` of a file, read as they are asked for."""

    _open = 0
    _counting = Lock()

    def __init__(self, path: Path, start: int, end: int) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._left = end - start
        self._is_counted = True
        self.begun = Event()
        self._count(1)

    @classmethod
    def has_room(cls) -> bool:
        """Whether another file may be begun now."""
        return cls._open < MOST_AT_ONCE

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self.begun.set()
        chunk = b"" if self._file.closed else self._file.read(min(STEP, self._left))
        if not chunk:
            self.close()
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Done, or given up; more than once does no harm."""
        self._file.close()
        if self._is_counted:
            self._is_counted = False
            self._count(-1)

    def __del__(self) -> None:
        self.close()

    @classmethod
    def _count(cls, change: int) -> None:
        with cls._counting:
            cls._open += change


class _Connection:
    """granian's protocol of one request; parts of files leave on another thread."""

    __slots__ = ("_proto", "response_bytes")

    def __init__(self, proto: Any) -> None:
        self._proto = proto
        self.response_bytes = proto.response_bytes

    def response_iter(self, status: int, headers: list[tuple[str, str]], body: Any) -> None:
        """An answer whose body is no list."""
        part = body.inner
        if not isinstance(part, FilePart):
            self._proto.response_iter(status, headers, body)
            return
        Thread(target=self._proto.response_iter, args=(status, headers, body), name="file", daemon=True).start()
        # The connection is the other thread's once it reads: granian closes one that nobody took.
        part.begun.wait()


def go_aside() -> None:
    """Let bodies arrive and parts of files leave beside the pages, where granian serves this process's application."""
    server = sys.modules.get("granian.server.mp")
    wrap: Callable[..., Any] | None = getattr(server, "_wsgi_call_wrap", None)
    if server is None or wrap is None or hasattr(wrap, "goes_aside"):
        return

    def wrapped(callback: Any, *options: Any) -> Any:
        run = wrap(callback, *options)
        return Turns(lambda proto, scope: run(_Connection(proto), scope))

    wrapped.goes_aside = True  # type: ignore[attr-defined]
    server.__dict__["_wsgi_call_wrap"] = wrapped
