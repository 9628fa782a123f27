"""Bodies that are still arriving wait beside the pages.

Pages have one thread at a time, and a view that reads a body waits for its sender: a photo from a field with little
signal took everybody's pages for minutes, and somebody who sends three bytes of a thousand took them for ever. Under
granian a body is therefore read whole before its request takes its turn, by one of the threads that wait for turns.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from tempfile import SpooledTemporaryFile
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, BinaryIO

from werkzeug.exceptions import BadRequest, HTTPException, RequestTimeout, ServiceUnavailable

from traceapp.web.awake import Awake

THREADS = 48
"""Of granian's: one takes requests, the others wait for a body or are held back."""
MOST_AT_ONCE = 32
"""Bodies arriving at the same time in one process; whoever comes then is asked to come again."""
MOST_BYTES = 40 << 20
"""Of a body. Every view takes less; what says that it is longer is refused without being read."""
IN_MEMORY = 1 << 18
GRACE_SECONDS = 30
SLOWEST = 4096
"""Bytes a second after the grace: less than any telephone sends."""
_STEP = 1 << 14

_TURN: ContextVar[Turns | None] = ContextVar("traceapp-turn", default=None)
_DRAWING = Lock()

Run = Callable[[Any, dict[str, Any]], Any]


class Turns:
    """One request at a time, each once its body is there."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._turn = Lock()
        self.awake = Awake()
        self.arriving = 0
        self._counting = Lock()

    def __call__(self, proto: Any, scope: Any) -> Any:
        """What granian calls for a request, on one of its threads."""
        self.awake.begin()
        had_body = _has_body(scope)
        answer = self._answer(proto, self._with_body(scope) if had_body else scope)
        # A connection whose body was not read, and one whose view failed, wait for this to return.
        if not had_body:
            scope.clear()
            self.awake.end()
        return answer

    def _answer(self, proto: Any, scope: Any) -> Any:
        with self._turn:
            mine = _TURN.set(self)
            try:
                return self._run(proto, scope)
            finally:
                _TURN.reset(mine)

    @contextmanager
    def given_away(self) -> Iterator[None]:
        """While this thread has its turn but waits for something outside."""
        self._turn.release()
        try:
            with self.awake.away():
                yield
        finally:
            self._turn.acquire()

    def _with_body(self, scope: Any) -> Any:
        length = scope.get("CONTENT_LENGTH") or ""
        # Nothing here reads the body of a GET; what is too long is told by its length alone.
        if scope["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS") or (length.isdigit() and int(length) > MOST_BYTES):
            return scope | {"wsgi.input": io.BytesIO()}
        if not self._count(1):
            return scope | {"wsgi.input": _Refused(ServiceUnavailable(_BUSY, retry_after=GRACE_SECONDS))}
        try:
            with self.awake.away():
                return scope | {"wsgi.input": _arrived(scope["wsgi.input"], length)}
        finally:
            self._count(-1)

    def _count(self, change: int) -> bool:
        with self._counting:
            if change > 0 and self.arriving >= MOST_AT_ONCE:
                return False
            self.arriving += change
            return True


@contextmanager
def out_of_turn() -> Iterator[None]:
    """While something outside is waited for, others have their turn. No transaction may be open meanwhile."""
    turn = _TURN.get()
    if turn is None:
        yield
        return
    with turn.given_away():
        yield


@contextmanager
def drawing() -> Iterator[None]:
    """While a photo is drawn anew, for a second or two, others have their turn. One at a time: each takes memory."""
    with out_of_turn(), _DRAWING:
        yield


_BUSY = "Too many forms and photos are arriving at once: send it again in half a minute."
_LATE = "What was sent came too slowly to be waited for: send it again where the signal is better."
_FULL = "There is no room here for what you sent: send it again later."
_CUT = "The connection broke before all of it had come: send it again."


class _Refused(io.RawIOBase):
    """A body that did not come: whoever reads it is told why, and a view that needs none answers as ever."""

    def __init__(self, reason: HTTPException) -> None:
        self._reason = reason

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise self._reason

    def readline(self, size: int | None = -1) -> bytes:
        raise self._reason

    def readinto(self, buffer: Any) -> int:
        raise self._reason


class _Arriving:
    """A body on its way, read by a thread of its own: granian's read cannot be told how long to wait."""

    def __init__(self, source: Any) -> None:
        self.file: BinaryIO = SpooledTemporaryFile(IN_MEMORY)  # type: ignore[assignment]  # noqa: SIM115
        self.got = 0
        self.problem: HTTPException | None = None
        self.done = Event()
        self.given_up = False
        Thread(target=self._read, args=(source,), name="body", daemon=True).start()

    def _read(self, source: Any) -> None:
        try:
            while not self.given_up and self.got <= MOST_BYTES and (chunk := source.read(_STEP)):
                self._keep(chunk)
        except HTTPException as cause:
            self.problem = cause
        except Exception:  # noqa: BLE001
            # Whatever granian raises for a connection that ended.
            self.problem = BadRequest(_CUT)
        self.done.set()

    def _keep(self, chunk: bytes) -> None:
        try:
            self.file.write(chunk)
        except OSError as cause:
            raise ServiceUnavailable(_FULL, retry_after=GRACE_SECONDS) from cause
        self.got += len(chunk)


def _has_body(scope: Any) -> bool:
    return "HTTP_TRANSFER_ENCODING" in scope or (scope.get("CONTENT_LENGTH") or "0") != "0"


def _arrived(source: Any, length: str) -> Any:
    """The whole body, to be read; or something that says on reading why it did not come."""
    arriving, since = _Arriving(source), monotonic()
    while not arriving.done.wait(1):
        if arriving.got < (monotonic() - since - GRACE_SECONDS) * SLOWEST:
            arriving.given_up = True
            return _Refused(RequestTimeout(_LATE))
    if arriving.problem is not None:
        return _Refused(arriving.problem)
    if length.isdigit() and arriving.got < int(length):
        return _Refused(BadRequest(_CUT))
    arriving.file.seek(0)
    return arriving.file
