"""A verdict that is kept is the one that would be given now: of the same records, until time itself changes it."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import ASOF, Clock
from traceapp.core.digital_link import parse_path
from traceapp.db import driver
from traceapp.services.lots.readiness import look_at
from traceapp.services.records.verdicts import assess, gather
from traceapp.services.world import World


def test_what_is_kept_is_what_would_be_judged_on_every_day_on_which_something_ends(shared_demo: World) -> None:
    world = World(shared_demo.settings, clock=Clock(ASOF))
    judged = 0
    with world.read() as connection:
        keyring = world.keyring(connection)
        for (lot,) in driver.run(connection, "SELECT id FROM lots"):
            identity = parse_path(lot.removeprefix(f"https://{world.host}")).identity
            assert identity is not None
            evidence = gather(connection, world.host, identity, world.rulebook).evidence
            moments = [ASOF, ASOF + timedelta(seconds=1)]
            while (ends := assess(evidence, keyring, moments[-1])[1].changes_at) and len(moments) < 12:
                moments += [ends - timedelta(seconds=1), ends, ASOF]
                for moment in moments[-4:]:
                    world.clock = Clock(moment)
                    assert look_at(world, connection, lot) == assess(evidence, keyring, moment)
                    judged += 1
                moments[-1] = ends
    assert judged > 100
    world.engine.dispose()


def test_what_is_planned_is_judged_apart(shared_demo: World) -> None:
    with shared_demo.read() as connection:
        (lot,) = driver.run(connection, "SELECT id FROM lots WHERE lot = 'DM2610B'")[0]
        codes = [
            {one.code for one in look_at(shared_demo, connection, lot, planned_labels=planned)[1].findings}
            for planned in (0, 10**9, 0)
        ]
    assert "mass-balance-exceeded" in codes[1]
    assert codes[0] == codes[2] != codes[1]
