"""Requests that go out: to public addresses only, pinned after DNS, without redirects, small and in time.

What a name resolves to is looked at before anything is sent, and the connection goes to exactly that address: a name
that answers differently a moment later reaches nothing inside.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from traceapp.core.errors import BadSettings, Unavailable

MOST_BYTES = 64 * 1024
_TRANSLATED = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: status, its content type in lower case, at most MOST_BYTES."""

    status: int
    kind: str
    body: bytes


def require_address(url: str, *, loopback: bool = False) -> SplitResult:
    """The parts of an address that requests may go to; BadSettings otherwise. `loopback` also lets http to this
    machine through, for tests and demonstrations.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as cause:
        raise BadSettings(f"{url[:200]!r} is no web address: {cause}.") from cause
    local = loopback and parts.scheme == "http" and host in ("127.0.0.1", "localhost", "::1")
    if not host or port == 0 or (parts.scheme != "https" and not local):
        raise BadSettings(f"{url[:200]!r}: use an address that begins with https://.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadSettings(f"{url[:200]!r}: no user, password, query or fragment may stand in it.")
    return parts


def post(url: str, body: bytes, seconds: float, *, loopback: bool = False) -> Answer:
    """POST `body`; raises Unavailable for whatever goes wrong on the way, within `seconds`."""
    return _send("POST", url, body, {"Content-Type": "text/plain; charset=utf-8"}, seconds, loopback=loopback)


def get(url: str, seconds: float, *, loopback: bool = False) -> Answer:
    """GET; raises Unavailable for whatever goes wrong on the way, within `seconds`."""
    return _send("GET", url, None, {}, seconds, loopback=loopback)


def _send(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], seconds: float, *, loopback: bool
) -> Answer:
    parts = require_address(url, loopback=loopback)
    host = parts.hostname or ""
    try:
        address = _public_address(host, parts.port or 443, loopback=loopback)
        connection = _Pinned(parts, address, seconds)
        with _closed_after(connection, seconds):
            connection.request(method, parts.path or "/", body, dict(headers))
            response = connection.getresponse()
            data = response.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError) as cause:
        raise Unavailable(f"{host} did not answer: {str(cause) or type(cause).__name__}.") from cause
    if len(data) > MOST_BYTES:
        raise Unavailable(f"{host} answered with more than {MOST_BYTES} bytes.")
    return Answer(response.status, (response.getheader("Content-Type") or "").lower(), data)


def _public_address(host: str, port: int, *, loopback: bool) -> str:
    """The first of the name's addresses, all of which must be public ones."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for one in found:
        if not is_public(one) and not (loopback and ip_address(one).is_loopback):
            raise OSError(f"{host} leads to {one}, which is no public address")
    return found[0]


def is_public(text: str) -> bool:
    """Whether an IP address is one that anybody on the internet could have given."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        # What carries another address inside is judged by that one, or not at all.
        if address.teredo or address in _TRANSLATED:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if inner:
            return inner.is_global and not inner.is_multicast and not inner.is_reserved
    return address.is_global and not address.is_multicast and not address.is_reserved


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, under the name that its certificate must carry."""

    def __init__(self, parts: SplitResult, address: str, seconds: float) -> None:
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        super().__init__(parts.hostname or "", port, timeout=seconds)
        self._address = address
        self._context = ssl.create_default_context() if secure else None

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._context:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


@contextmanager
def _closed_after(connection: _Pinned, seconds: float) -> Iterator[None]:
    """Each read has its own time limit; together they have this one, however slowly the bytes drip."""
    late = threading.Event()

    def close() -> None:
        late.set()
        sock = connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.close()
    if late.is_set():
        # What is cut off among its headers looks like a whole answer.
        raise TimeoutError(f"it took longer than {seconds} s")
