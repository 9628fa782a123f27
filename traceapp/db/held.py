"""Connections that are kept for the next who needs one, and transactions that are begun and ended on them by hand.

For SQLAlchemy each is in one long transaction, which it need not begin and end for each of the real ones. On PostgreSQL
the next BEGIN also tells whether the server is still there, which a pool would ask beforehand.
"""

from __future__ import annotations

from threading import Lock

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from traceapp.db import driver
from traceapp.db.refusals import raise_plainly

BY_HAND = "traceapp_by_hand"
"""The execution option of connections whose transactions SQLAlchemy does not begin."""


class Spare:
    """Connections kept for the next who need one, `most` of them: a new one costs a fifth of a capture."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._held: list[Connection] = []

    def take(self, engine: Engine) -> Connection:
        """One that is kept, or a new one while others have them."""
        with self._lock:
            if self._held:
                return self._held.pop()
        return self.open(engine)

    def open(self, engine: Engine) -> Connection:
        """A new one."""
        made = engine.connect().execution_options(**{BY_HAND: True})
        if engine.dialect.name != "sqlite":
            made = made.execution_options(isolation_level="AUTOCOMMIT")
        made.begin()
        return made

    def give_back(self, connection: Connection) -> None:
        """Keep it for the next."""
        if driver.is_lost(connection):
            self.drop(connection)
            return
        with self._lock:
            if len(self._held) < self._most:
                self._held.append(connection)
                return
        connection.close()

    def drop(self, connection: Connection) -> None:
        """Nobody gets this one any more."""
        connection.invalidate()
        connection.close()

    def close(self, _engine: Engine) -> None:
        """Let the database go, as the connections in the pool do."""
        with self._lock:
            held, self._held = self._held, []
        for connection in held:
            connection.detach()
            connection.close()


class ByHand:
    """BEGIN to COMMIT at the driver: SQLAlchemy's own begin and commit cost as much as the disk.

    `begin` is empty where one statement is run alone, which needs no transaction.
    """

    def __init__(self, engine: Engine, spare: Spare, begin: str) -> None:
        self._engine = engine
        self._spare = spare
        self._begin = begin

    def __enter__(self) -> Connection:
        try:
            self._connection = self._begun()
        except (DBAPIError, TimeoutError) as cause:
            raise_plainly(cause)
        return self._connection

    def _begun(self) -> Connection:
        connection = self._spare.take(self._engine)
        if not self._begin:
            return connection
        try:
            driver.begin(connection, self._begin)
        except DBAPIError:
            if not driver.is_lost(connection):
                self._spare.give_back(connection)
                raise
            # The server went away while it was kept; nothing was asked of it yet.
            self._spare.drop(connection)
            connection = self._spare.open(self._engine)
            driver.begin(connection, self._begin)
        return connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        try:
            if error is None and self._begin:
                driver.change(self._connection, "COMMIT")
        except DBAPIError as cause:
            error = cause
        finally:
            self._roll_back()
            self._spare.give_back(self._connection)
        if isinstance(error, DBAPIError):
            raise_plainly(error)

    def _roll_back(self) -> None:
        # A full disk ends the transaction by itself; after a commit, and where the server went away, there is none.
        if driver.is_in_transaction(self._connection):
            driver.change(self._connection, "ROLLBACK")
