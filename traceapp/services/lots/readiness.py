"""What a product or a lot still lacks, judged as its public page is: from verified records."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from traceapp.core.digital_link import parse_path
from traceapp.core.errors import NotFound
from traceapp.core.evidence import Evidence
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.rules import disclosure, producer
from traceapp.core.verdict import Verdict
from traceapp.db.parts import shared
from traceapp.services.records.kept_verdicts import kept_verdicts
from traceapp.services.records.verdicts import gather
from traceapp.services.world import World


@shared
def look_at(world: World, connection: Connection, thing: str, *, planned_labels: int = 0) -> tuple[Facts, Verdict]:
    """Facts and verdict of a product or lot by its id; NotFound for what is neither."""
    evidence = replace(_evidence(world, connection, thing, sprays=True), planned_labels=planned_labels)
    return kept_verdicts(world).assess(evidence, world.keyring(connection), world.clock())


@shared
def facts_of(world: World, connection: Connection, thing: str) -> Facts:
    """The facts alone, for whom no verdict is wanted, without the sprays of other lots; NotFound as above."""
    evidence = _evidence(world, connection, thing, sprays=False)
    return kept_verdicts(world).facts(evidence, world.keyring(connection))


def lacks_of(world: World, connection: Connection, thing: str) -> tuple[Facts, tuple[Finding, ...]]:
    """Those facts, and what the rules say of them that ask whether everything is disclosed, and by whom."""
    facts, now = facts_of(world, connection, thing), world.clock()
    return facts, (*disclosure.judge(facts, now), *producer.judge(facts, now))


@shared
def _evidence(world: World, connection: Connection, thing: str, *, sprays: bool) -> Evidence:
    identity = parse_path(thing.removeprefix(f"https://{world.host}")).identity
    if identity is None:
        raise NotFound(f"There is no product or lot {thing[:120]}.")
    return gather(connection, world.host, identity, world.rulebook, sprays=sprays).evidence
