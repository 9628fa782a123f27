"""The search index: one document a product, filed under words.

SQLite files words in an FTS5 table, PostgreSQL in a tsvector with a GIN index; neither database's own reading of text
is used, so that both find the same. Words come from core/folding.py and hold letters and digits only: what somebody
types never reaches a query language. What is filed is an index over records and may be made anew at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from traceapp.core.searchable import MOST_LOTS, SearchDocument, lot_term
from traceapp.db import driver

# Kept as they are by every version of SQLite: 'ascii' takes all other letters as part of words, and 'optimize', which
# every version has, erases what was taken out ('secure-delete' needs 3.42, and no older one can read it then).
_SQLITE = (
    "CREATE VIRTUAL TABLE search_index USING fts5"
    "(name_spelled, name, rest_spelled, rest, tokenize = 'ascii', prefix = '1 2 3', detail = column)",
)
_POSTGRESQL = (
    "CREATE TABLE search_index "
    "(document bigint PRIMARY KEY REFERENCES search_documents (id) ON DELETE CASCADE, words tsvector NOT NULL)",
    "CREATE INDEX search_index_words ON search_index USING gin (words) WITH (fastupdate = off)",
)
WEIGHTS = {"name_spelled": "A", "name": "B", "rest_spelled": "C", "rest": "D"}
"""The columns of the FTS5 table, and the weights that stand for them in a tsvector."""


def is_sqlite(connection: Connection) -> bool:
    """Which of the two it is."""
    return connection.dialect.name == "sqlite"


def create_index(connection: Connection) -> None:
    """Make the empty index beside its documents."""
    for statement in _SQLITE if is_sqlite(connection) else _POSTGRESQL:
        driver.change(connection, statement)


def drop_index(connection: Connection) -> None:
    """Remove the index with all that is filed."""
    driver.change(connection, "DROP TABLE search_index")


def clear(connection: Connection) -> None:
    """Forget every document. The index is made anew: nothing of what was filed stays in its pages."""
    drop_index(connection)
    driver.change(connection, "DELETE FROM search_stars")
    driver.change(connection, "DELETE FROM search_documents")
    create_index(connection)


def put(connection: Connection, document: SearchDocument, lots: Sequence[str] = ()) -> None:
    """File a product, in place of what was filed of it; `lots` are new ones, newest first."""
    known = driver.run(connection, "SELECT lots FROM search_documents WHERE product = ?", (document.product,))
    numbers = list(dict.fromkeys([*lots, *(known[0][0].split() if known else ())]))[:MOST_LOTS]
    values = (document.code, document.organisation, document.province, document.sort_name, " ".join(numbers))
    [(place,)] = driver.run(connection, _PUT, (document.product, *values))
    driver.change(connection, "DELETE FROM search_stars WHERE document = ?", (place,))
    for span in document.spans:
        row = (place, span.since.isoformat(), span.until.isoformat(), span.stars)
        driver.change(connection, "INSERT INTO search_stars (document, since, until, stars) VALUES (?, ?, ?, ?)", row)
    columns = _columns(document, numbers)
    (_file_in_sqlite if is_sqlite(connection) else _file_in_postgresql)(connection, place, columns)


def _columns(document: SearchDocument, lots: Iterable[str]) -> Mapping[str, Iterable[str]]:
    return {
        "name_spelled": document.name.spelled,
        "name": document.name.folded,
        "rest_spelled": document.rest.spelled,
        "rest": document.rest.folded | {term for term in map(lot_term, lots) if term},
    }


def is_filed_under(connection: Connection, place: int, document: SearchDocument, lots: Sequence[str]) -> bool:
    """Whether the index holds exactly these words for the document of that number."""
    columns = _columns(document, lots)
    if is_sqlite(connection):
        found = driver.run(connection, f"SELECT {', '.join(WEIGHTS)} FROM search_index WHERE rowid = ?", (place,))  # noqa: S608
        return [tuple(row) for row in found] == [tuple(" ".join(sorted(columns[name])) for name in WEIGHTS)]
    same = "SELECT words = CAST(? AS tsvector) FROM search_index WHERE document = ?"
    return [row[0] for row in driver.run(connection, same, (_vector(columns), place))] == [True]


_PUT = (
    "INSERT INTO search_documents (product, code, organisation, province, sort_name, lots) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (product) DO UPDATE SET code = excluded.code, organisation = excluded.organisation, "
    "province = excluded.province, sort_name = excluded.sort_name, lots = excluded.lots RETURNING id"
)


def _file_in_sqlite(connection: Connection, place: int, columns: Mapping[str, Iterable[str]]) -> None:
    texts = tuple(" ".join(sorted(columns[name])) for name in WEIGHTS)
    driver.change(connection, "DELETE FROM search_index WHERE rowid = ?", (place,))
    sql = "INSERT INTO search_index (rowid, name_spelled, name, rest_spelled, rest) VALUES (?, ?, ?, ?, ?)"
    driver.change(connection, sql, (place, *texts))


def _file_in_postgresql(connection: Connection, place: int, columns: Mapping[str, Iterable[str]]) -> None:
    sql = (
        "INSERT INTO search_index (document, words) VALUES (?, CAST(? AS tsvector)) "
        "ON CONFLICT (document) DO UPDATE SET words = excluded.words"
    )
    driver.change(connection, sql, (place, _vector(columns)))


def _vector(columns: Mapping[str, Iterable[str]]) -> str:
    # One position for each column: a word that stands at one place with two weights would keep only one of them.
    weighed = enumerate(WEIGHTS.items(), 1)
    return " ".join(f"'{word}':{at}{weight}" for at, (name, weight) in weighed for word in sorted(columns[name]))


def remove(connection: Connection, product: str) -> None:
    """Take a product out of the index, if it is in."""
    for (place,) in driver.run(connection, "SELECT id FROM search_documents WHERE product = ?", (product,)):
        column = "rowid" if is_sqlite(connection) else "document"
        driver.change(connection, f"DELETE FROM search_index WHERE {column} = ?", (place,))  # noqa: S608
        driver.change(connection, "DELETE FROM search_stars WHERE document = ?", (place,))
        driver.change(connection, "DELETE FROM search_documents WHERE id = ?", (place,))


def products_of(connection: Connection, organisation: str) -> list[str]:
    """Ids of the products that are filed under an organisation."""
    rows = driver.run(connection, "SELECT product FROM search_documents WHERE organisation = ?", (organisation,))
    return [product for (product,) in rows]


def forget_removed(connection: Connection) -> None:
    """Erase from SQLite's index what was taken out of it: until then its pages name it beside the note of its removal.

    PostgreSQL drops it with the dead rows at the next VACUUM, as it does with every table.
    """
    if is_sqlite(connection):
        driver.change(connection, "INSERT INTO search_index (search_index) VALUES ('optimize')")
