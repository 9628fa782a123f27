"""Where the log is read: a service's address, or a folder with the same files (an export, a static site, a mirror)."""

from __future__ import annotations

import http.client
import time
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from traceapp.core.errors import BadSettings, NotFound, Unavailable

MOST_BYTES = 512 * 1024 * 1024
SECONDS = 30
_TRIES = 3


class Source:
    """Reads files by their path below the service's address."""

    def __init__(self, place: str) -> None:
        self.place = place.rstrip("/") or place[:1]
        self._web = self.place.startswith(("https://", "http://"))
        self._parts = self._split()
        self._connection: http.client.HTTPConnection | None = None
        if not self._web and not (self.place and Path(self.place).is_dir()):
            raise BadSettings(f"{place[:200]!r} is neither a web address nor a folder: write https://… or a path.")

    def _split(self) -> SplitResult:
        try:
            return urlsplit(self.place)
        except ValueError as cause:
            raise BadSettings(f"{self.place[:200]!r} is no web address: {cause}.") from cause

    def get(self, path: str) -> bytes:
        """The bytes of a file. NotFound where there is none, Unavailable where it cannot be had."""
        return self._from_web(path) if self._web else self._from_folder(path)

    def log(self, path: str) -> bytes:
        """A file of the log: `checkpoint`, `tile/…`, `records/…`."""
        if not self._web and not (Path(self.place) / "log").is_dir():
            return self.get(path)
        return self.get(f"log/{path}")

    def _from_folder(self, path: str) -> bytes:
        file = Path(self.place) / path
        try:
            return file.read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as cause:
            raise NotFound(f"There is no {file}.") from cause
        except OSError as cause:
            raise Unavailable(f"{file} cannot be read: {cause.strerror}.") from cause

    def _from_web(self, path: str) -> bytes:
        for tried in range(_TRIES):
            try:
                return self._ask(path)
            except (OSError, http.client.HTTPException) as cause:
                self.close()
                if tried == _TRIES - 1:
                    raise Unavailable(f"{self.place} cannot be reached: {cause or type(cause).__name__}.") from cause
                time.sleep(0.2 * 4**tried)
        raise AssertionError("every try ends")

    def _ask(self, path: str) -> bytes:
        connection = self._connection = self._connection or self._connect()
        connection.request("GET", f"{self._parts.path}/{path}", headers={"Accept": "*/*"})
        response = connection.getresponse()
        data = response.read(MOST_BYTES)
        if response.status == 404:
            raise NotFound(f"There is no {self.place}/{path}.")
        if response.status != 200:
            raise Unavailable(f"{self.place}/{path} answers {response.status}.")
        return data

    def _connect(self) -> http.client.HTTPConnection:
        secure = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        try:
            return kind(self._parts.hostname or "", self._parts.port, timeout=SECONDS)
        except ValueError as cause:
            raise BadSettings(f"{self.place[:200]!r} is no web address: {cause}.") from cause

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
