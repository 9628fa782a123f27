"""The pages of the portal (bench/portal.py) on PostgreSQL: processor time of the service, not of the database."""

from __future__ import annotations

import sys

from bench import portal
from bench.figures import Figure
from tests import postgres


def main() -> list[Figure]:
    """The same figures, where PostgreSQL's server is installed."""
    if postgres.find_server() is None:
        print("PostgreSQL's server is not installed: not measured", file=sys.stderr)
        return []
    with postgres.server() as url:
        return portal.main(f"{url}/postgres")
