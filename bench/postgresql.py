"""Pages of the portal and scans on PostgreSQL: processor time and answers of the service, the database beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import psycopg

from bench import pages, portal
from bench.figures import Figure
from tests import postgres


def main() -> Iterator[Figure]:
    """The figures of bench/portal.py and bench/pages.py, where PostgreSQL's server is installed."""
    if postgres.find_server() is None:
        print("PostgreSQL's server is not installed: not measured", file=sys.stderr)
        return
    with postgres.server() as url:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE scanned")
        yield from portal.main(f"{url}/postgres")
        yield from pages.on_database(f"{url}/scanned")
