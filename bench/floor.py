"""The bare floor of capture: canonicalise, sign, hash, extend the tree, insert. Nothing is validated or guarded.

One plain program over sqlite3, as fast as it goes without giving up a signature or a durable commit. Leaves go into an
RFC 6962 tree whose frontier and full tiles are stored with them.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Row = tuple[object, ...]

_SCHEMA = """
CREATE TABLE records (id TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE entries (leaf INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, entry BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE edges (subject TEXT, leaf INTEGER, PRIMARY KEY (subject, leaf)) WITHOUT ROWID;
CREATE TABLE tiles (level INTEGER, tile INTEGER, hashes BLOB NOT NULL, PRIMARY KEY (level, tile)) WITHOUT ROWID;
CREATE TABLE head (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, frontier BLOB NOT NULL);
"""


class BareCapture:
    """A log of signed documents, without a service around it."""

    def __init__(self, where: Path) -> None:
        self.database = sqlite3.connect(where / "floor.db", isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = FULL")
        self.database.executescript(_SCHEMA)
        self._key = Ed25519PrivateKey.generate()
        self._size = 0
        self._frontier: list[bytes] = []
        self._partial: list[list[bytes]] = [[] for _ in range(8)]
        self._full: list[tuple[int, int, bytes]] = []

    def capture(self, documents: Sequence[dict[str, Any]], names: Sequence[str]) -> None:
        """Sign and store documents as one commit."""
        records: list[Row] = []
        entries: list[Row] = []
        edges: list[Row] = []
        for document, name in zip(documents, names, strict=True):
            body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
            body += self._key.sign(hashlib.sha256(body).digest())
            entry = b'{"id":"%s","sha256":"%s","t":"record","v":1}' % (
                name.encode(),
                hashlib.sha256(body).hexdigest().encode(),
            )
            leaf = hashlib.sha256(b"\0" + entry).digest()
            records.append((name, body))
            entries.append((self._size, name, entry, leaf))
            edges.append((document["credentialSubject"]["traceapp:lot"]["id"], self._size))
            self._grow(leaf)
        self._store(records, entries, edges)

    def _grow(self, leaf: bytes) -> None:
        self._fill_tile(0, leaf)
        size, root = self._size, leaf
        while size & 1:
            root = hashlib.sha256(b"\1" + self._frontier.pop() + root).digest()
            size >>= 1
        self._frontier.append(root)
        self._size += 1

    def _fill_tile(self, level: int, value: bytes) -> None:
        held = self._partial[level]
        held.append(value)
        if len(held) == 256:
            self._full.append((level, (self._size >> 8 * (level + 1)), b"".join(held)))
            self._partial[level] = []
            self._fill_tile(level + 1, _tile_root(held))

    def _store(self, records: list[Row], entries: list[Row], edges: list[Row]) -> None:
        run = self.database
        run.execute("BEGIN IMMEDIATE")
        run.executemany("INSERT INTO records VALUES (?, ?)", records)
        run.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", entries)
        run.executemany("INSERT INTO edges VALUES (?, ?)", edges)
        run.executemany("INSERT INTO tiles VALUES (?, ?, ?)", self._full)
        run.execute("INSERT OR REPLACE INTO head VALUES (1, ?, ?)", (self._size, b"".join(self._frontier)))
        run.execute("COMMIT")
        self._full = []

    def stored(self) -> int:
        """How many entries stand in the database, as another connection sees it."""
        path = self.database.execute("PRAGMA database_list").fetchone()[2]
        other = sqlite3.connect(path)
        found: int = other.execute("SELECT count(*) FROM records JOIN entries USING (id)").fetchone()[0]
        other.close()
        return found


def _tile_root(hashes: Sequence[bytes]) -> bytes:
    level = list(hashes)
    while len(level) > 1:
        level = [hashlib.sha256(b"\1" + one + two).digest() for one, two in zip(level[::2], level[1::2], strict=True)]
    return level[0]
