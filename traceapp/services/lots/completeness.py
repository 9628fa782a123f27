"""How much of what must be public each product of a producer tells, judged as its newest lot's page is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from traceapp.services.lots.readiness import lacks_of
from traceapp.services.registry.setting_up import newest_lot
from traceapp.services.tables.known import Known
from traceapp.services.world import World


@dataclass(frozen=True, slots=True)
class Completeness:
    """One product: how many of the items asked of it are there, and the keys of those that are not."""

    code: str
    name: str
    name_en: str
    have: int
    of: int
    missing: tuple[str, ...]


def completeness_of(world: World, connection: Connection, organisation: str, most: int) -> Iterator[Completeness]:
    """The first `most` products of an organisation."""
    for product, told in list(Known(connection, organisation).products.items())[:most]:
        _, findings = lacks_of(world, connection, newest_lot(connection, product) or product)
        for found in (one for one in findings if one.code.startswith("disclosure-")):
            missing = tuple(one["key"] for one in found.data["missing"])
            names = str(told.get("name_vi")), str(told.get("name_en") or "")
            yield Completeness(str(told.get("code")), *names, len(found.data["have"]), found.data["of"], missing)
