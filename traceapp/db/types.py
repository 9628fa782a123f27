"""Column types that both databases read alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, LargeBinary, TypeDecorator

_TO_MICROSECONDS = len("2026-01-01 00:00:00.000000")


class Instant(TypeDecorator[datetime]):
    """An instant in UTC. SQLite forgets time zones: what goes in must have one, what comes out gets UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC) if value else None

    def bind_processor(self, dialect: Any) -> Any:
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def write(value: datetime | None) -> str | None:
            # SQLAlchemy's own text, in a tenth of its time: each record has one.
            utc = value if value is None or value.tzinfo is UTC else self.process_bind_param(value, dialect)
            return None if utc is None else utc.isoformat(" ", "microseconds")[:_TO_MICROSECONDS]

        return write

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        read = super().result_processor(dialect, coltype)

        def read_or_none(value: Any) -> datetime | None:
            # SQLite keeps any text in any column: what is no instant equals none that a record states.
            try:
                found: datetime | None = read(value) if read else value
            except (TypeError, ValueError):
                return None
            return found

        return read_or_none


def read_instant(value: Any) -> datetime | None:
    """An instant as the driver gives it; None for what is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    if not isinstance(found, datetime):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def instant_of(value: Any) -> datetime:
    """The same of a column that is never empty; ValueError for what is none."""
    found = read_instant(value)
    if found is None:
        raise ValueError(f"{value!r} is no instant")
    return found


class Bytes(TypeDecorator[bytes]):
    """Bytes, also where somebody put something else into SQLite: it then verifies as nothing instead of failing."""

    impl = LargeBinary
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> bytes | None:
        return bytes_of(value)


def bytes_of(value: Any) -> bytes | None:
    """What `Bytes` makes of a value that came from the driver."""
    return value if value is None or isinstance(value, bytes) else str(value).encode("utf-8", "replace")


# Integer keys: SQLite gives a rowid only to INTEGER.
Whole = BigInteger().with_variant(Integer, "sqlite")
