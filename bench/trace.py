"""Tracing: 9,000 lots reached among a million edges, beside a question a level and a question a lot."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

from sqlalchemy import Connection, Engine, text

from bench.figures import Figure
from bench.worlds import folder
from tests import postgres
from traceapp.db import chain, driver, migrate
from traceapp.db.engine import make_engine, reading, writing

EDGES, LEVELS, WIDTH = 1_000_000, 8, 1125
LIMIT_MS = 50.0
DEEP = 9_000
TURNS = 7
HOST = "id.example.vn"
Walk = Callable[[Connection, str], int]


def main() -> Iterator[Figure]:
    """The same walks on SQLite and, where its server is installed, on PostgreSQL."""
    with folder() as where:
        yield from _walks(make_engine(f"sqlite:///{where}/trace.db"), "SQLite")
    if postgres.find_server() is None:
        print("PostgreSQL's server is not installed: not measured", file=sys.stderr)
        return
    with postgres.server() as url:
        yield from _walks(make_engine(f"{url}/postgres"), "PostgreSQL")


def _walks(engine: Engine, name: str) -> Iterator[Figure]:
    migrate.upgrade(engine)
    with _filled(engine) as (wide, deep):
        yield from _figures(engine, name, wide, deep)


def _figures(engine: Engine, name: str, wide: str, deep: str) -> Iterator[Figure]:
    ways: list[tuple[str, Walk, Walk, str, float | None]] = [
        ("one question, 8 levels, a lot at a time", _ours, _a_question_a_lot, wide, LIMIT_MS),
        ("one question, 8 levels, a level at a time", _ours, _a_question_a_level, wide, None),
        (f"one question, {DEEP:,} levels, a level at a time", _ours, _a_question_a_level, deep, None),
        ("with all ids, 8 levels, a lot at a time", _named_too, _a_question_a_lot, wide, None),
    ]
    for what, walk, floor, lot, limit in ways:
        yield _timed(engine, f"trace, {name}, {what}", walk, floor, lot, limit)


def _timed(engine: Engine, name: str, walk: Walk, floor: Walk, lot: str, limit: float | None) -> Figure:
    """Milliseconds of each side, taken in turn: the least of each, since a neighbour can only add to them.

    Where there is a limit it is of ours alone.
    """
    with reading(engine) as connection:
        count = walk(connection, lot)
        pairs = [(_ms(walk, connection, lot), _ms(floor, connection, lot)) for _ in range(TURNS)]
    assert count in (1 + LEVELS * WIDTH, DEEP), count
    ours, bare = min(one for one, _ in pairs), min(other for _, other in pairs)
    raw = tuple(f"{one:.1f} / {other:.1f}" for one, other in pairs)
    return Figure(name, ours, bare, ours / bare if limit is None else ours, limit, "ms", at_most=True, raw=raw)


def _ms(walk: Walk, connection: Connection, lot: str) -> float:
    start = time.perf_counter()
    walk(connection, lot)
    return (time.perf_counter() - start) * 1000


def _ours(connection: Connection, lot: str) -> int:
    return len(chain.numbers_reached(connection, lot))


def _named_too(connection: Connection, lot: str) -> int:
    return len(chain.reached(connection, lot))


_NUMBER = "SELECT number FROM chain_lots WHERE lot = ?"


def _a_question_a_lot(connection: Connection, lot: str) -> int:
    """The plain way: follow each lot by itself."""
    (start,) = driver.run(connection, _NUMBER, (lot,))[0]
    seen, waiting = {start}, [start]
    for number in waiting:
        for (source,) in driver.run(connection, "SELECT input FROM chain_edges WHERE output = ?", (number,)):
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return len(seen)


def _a_question_a_level(connection: Connection, lot: str) -> int:
    (start,) = driver.run(connection, _NUMBER, (lot,))[0]
    each = "json_each(?) j" if connection.dialect.name == "sqlite" else "json_array_elements_text(?::json) j(value)"
    value = "j.value" if connection.dialect.name == "sqlite" else "j.value::bigint"
    sql = f"SELECT DISTINCT e.input FROM {each} JOIN chain_edges e ON e.output = {value}"
    seen, front = {start}, [start]
    while front:
        rows = driver.run(connection, sql, (json.dumps(front),))
        front = [source for (source,) in rows if source not in seen]
        seen.update(front)
    return len(seen)


@contextmanager
def _filled(engine: Engine) -> Iterator[tuple[str, str]]:
    """A million edges; the first lot of a graph 8 levels deep, and that of one 9,000 deep."""
    edges = sorted(_edges())
    lots = sorted({number for edge in edges for number in edge})
    with writing(engine) as connection:
        driver.insert(connection, chain.chain_lots, [(number, _lot(number)) for number in lots])
        driver.insert(connection, chain.chain_edges, edges)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    yield _lot(1), _lot(1_000_000)
    engine.dispose()


def _edges() -> set[tuple[int, int]]:
    """Lots that take from three others of the next level, a long chain, and many other lots beside them."""
    draw = random.Random(1)
    levels = [[1], *([*range(2 + WIDTH * at, 2 + WIDTH * (at + 1))] for at in range(LEVELS))]
    found = {(1, one) for one in levels[1]}
    for here, there in pairwise(levels[1:]):
        found |= {(one, other) for at, one in enumerate(here) for other in (there[at], *draw.sample(there, 2))}
    found |= {(1_000_000 + step, 1_000_001 + step) for step in range(DEEP - 1)}
    while len(found) < EDGES:
        made = draw.randrange(20_000, 400_000)
        found.add((made, made + draw.randrange(1, 2000)))
    return found


def _lot(number: int) -> str:
    return f"https://{HOST}/01/{9520000000000 + number % 10_000:014d}/10/L{number:08d}"


if __name__ == "__main__":
    for figure in main():
        sides = f"{figure.ours:8.1f} ms  beside {figure.floor:8.1f} ms"
        print(f"{figure.name:70} {sides}   {'; '.join(figure.raw)}", flush=True)
