"""Scans over HTTP as a phone makes them, from made-up addresses (X-Forwarded-For), to a server on this machine only."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from types import TracebackType
from urllib.parse import urlsplit

from traceapp.core.errors import BadSettings, Unavailable

_BROWSER = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
_TIMEOUT = 30


class ScanClient:
    """One kept connection. BadSettings for an address of another machine, Unavailable when nobody answers."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        host = parts.hostname or ""
        if parts.scheme != "http" or parts.path not in ("", "/") or not _is_this_machine(host):
            raise BadSettings(f"{server[:80]} is not http://127.0.0.1:PORT: scans are made up for this machine only.")
        self._connection = HTTPConnection(host, parts.port or 80, timeout=_TIMEOUT)

    def __enter__(self) -> ScanClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, cause: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def scan(self, path: str, address: str) -> None:
        """Open the page of a label as if from that address."""
        self._ask(path, _BROWSER, address)

    def codes(self, path: str) -> set[str]:
        """The codes of what is found of a label now, without scanning it."""
        verdict = json.loads(self._ask(path, "application/json", "127.0.0.1"))
        return {finding["code"] for finding in verdict["findings"]}

    def _ask(self, path: str, accept: str, address: str) -> bytes:
        try:
            self._connection.request("GET", path, headers={"Accept": accept, "X-Forwarded-For": address})
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as cause:
            raise Unavailable(f"The server does not answer ({cause}): start it with traceapp serve.") from cause
        if answer.status != 200:
            raise Unavailable(f"The server answers {answer.status} to {path}: is it the service of this environment?")
        return body


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
