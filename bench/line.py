"""One connection to a server: a request, and its whole answer."""

from __future__ import annotations

import gzip
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlencode

from bench.load import page_headers
from bench.servers import Server

_LOCATION = re.compile(rb"(?i)\r\nlocation: ([^\r]+)")
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` as it came over the wire."""

    status: int
    head: bytes
    body: bytes

    @property
    def leads_to(self) -> str:
        """Where it sends the browser. RuntimeError where it does not."""
        found = _LOCATION.search(self.head)
        if found is None:
            raise RuntimeError(f"{self.status} leads nowhere: {self.text[:500]}")
        return found[1].decode()

    @property
    def text(self) -> str:
        """What was meant."""
        packed = b"content-encoding: gzip" in self.head.lower()
        return (gzip.decompress(self.body) if packed else self.body).decode("utf-8", "replace")


class Line:
    """Asks one thing after the other, on a connection that stays open."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._host = f"127.0.0.1:{server.port}"
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in page_headers().items())

    def __enter__(self) -> Line:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def ask(self, path: str, cookie: str = "") -> Answer:
        """The answer to a GET. RuntimeError for one without a length."""
        return self._ask("GET", path, f"Cookie: {cookie}\r\n" if cookie else "")

    def send(self, path: str, cookie: str, form: Mapping[str, str]) -> Answer:
        """The answer to a form of the service's own pages."""
        body = urlencode(form)
        kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return self._ask("POST", path, f"Cookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n{kind}", body)

    def _ask(self, method: str, path: str, said: str, sent: str = "") -> Answer:
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\n{self._headers}{said}\r\n"
        self._socket.sendall((head + sent).encode())
        answer, body = self._read()
        return Answer(int(answer[9:12]), answer, body)

    def _read(self) -> tuple[bytes, bytes]:
        came = self._socket.recv(1 << 16)
        while b"\r\n\r\n" not in came:
            came += self._more()
        head, _, body = came.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None:
            raise RuntimeError(head.decode("latin-1"))
        while len(body) < int(length[1]):
            body += self._more()
        return head, body

    def _more(self) -> bytes:
        part = self._socket.recv(1 << 16)
        if not part:
            raise RuntimeError("The server hung up.")
        return part
