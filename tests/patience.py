"""How long whoever scans is ready to wait for the store: told by the connections themselves, so that no clock is asked.

A clock tells how busy a machine is, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from traceapp.services.scans.store import Cursor, ScanStore

A_MOMENT = 20
"""Milliseconds. No page waits longer for its scan."""


@contextmanager
def patience(store: ScanStore) -> Iterator[list[int]]:
    """For each time that the store is asked, how many milliseconds it would be waited for where somebody holds it.

    That is once a transaction on SQLite, where the first statement waits; each statement that looks at scans on
    PostgreSQL, where each may.
    """
    waits: list[int] = []
    engine = store.watch.engine
    if engine.dialect.name == "sqlite":
        begin = store.transaction

        def begun() -> AbstractContextManager[Cursor]:
            transaction: Any = begin()
            waits.append(transaction.run("PRAGMA busy_timeout", {})[0][0])
            return transaction  # type: ignore[no-any-return]

        with patch.object(store, "transaction", begun):
            yield waits
        return

    def asked(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "scan_" in statement:
            sql = "SELECT setting FROM pg_settings WHERE name = 'lock_timeout'"
            waits.append(int(cursor.connection.execute(sql).fetchone()[0]))

    event.listen(engine, "before_cursor_execute", asked)
    try:
        yield waits
    finally:
        event.remove(engine, "before_cursor_execute", asked)
