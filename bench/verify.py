"""`traceapp verify` of a bundle of 60 events: the whole process, from nothing to its exit status."""

from __future__ import annotations

import re

from bench.figures import Figure, median_seconds
from bench.servers import run_traceapp
from bench.worlds import environment, folder, made_world, register_farm, season
from traceapp.services.operating.keys import trust_list
from traceapp.services.records.events import capture_many

EVENTS = 60
TIMES = 5


def main() -> list[Figure]:
    """Under a pinned trust file, so that a good bundle is exit status 0; any other raises."""
    with folder() as where:
        with made_world(where) as world:
            farm = register_farm(world, 1)
            with world.write() as connection:
                capture_many(connection, season(farm, EVENTS), world.notary, world.clock())
                (where / "trust.json").write_bytes(trust_list(connection).body)
            path = farm.lots[0].partition(world.host)[2]
        settings = environment(where)
        run_traceapp(["bundle", path, "--output", str(where / "lot.zip")], settings)
        command = ["verify", str(where / "lot.zip"), "--trust", str(where / "trust.json")]
        said = run_traceapp(command, settings)
        verified = re.search(r"(\d+) of (\d+) records verified", said)
        assert verified and verified[1] == verified[2] and int(verified[1]) > EVENTS, said
        took = median_seconds(lambda: run_traceapp(command, settings), TIMES)
    return [Figure("verify a bundle of 60 events", took, None, took, 1.0, "s", at_most=True)]
