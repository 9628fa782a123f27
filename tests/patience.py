"""How long whoever scans is ready to wait for the store: told by the connections themselves, so that no clock is asked.

A clock tells how busy a machine is, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from traceapp.services.scans.store import Cursor, Row, ScanStore, _PostgresCursor

A_MOMENT = 20
"""Milliseconds. No page waits longer for its scan."""


@contextmanager
def patience(store: ScanStore) -> Iterator[list[int]]:
    """For each time that the store is asked, how many milliseconds it would be waited for where somebody holds it.

    That is once a transaction on SQLite, where the first statement waits; each statement that looks at scans on
    PostgreSQL, where each may.
    """
    waits: list[int] = []
    if store.watch.engine.dialect.name == "sqlite":
        begin = store.transaction

        def begun() -> AbstractContextManager[Cursor]:
            transaction: Any = begin()
            waits.append(transaction.run("PRAGMA busy_timeout", {})[0][0])
            return transaction  # type: ignore[no-any-return]

        with patch.object(store, "transaction", begun):
            yield waits
        return

    run = _PostgresCursor.run

    def asked(self: _PostgresCursor, sql: str, values: Mapping[str, Any]) -> list[Row]:
        if "scan_" in sql:
            waits.append(int(run(self, "SELECT setting FROM pg_settings WHERE name = 'lock_timeout'", {})[0][0]))
        return run(self, sql, values)

    with patch.object(_PostgresCursor, "run", asked):
        yield waits
