"""Setting an organisation up: what a form knows, said through the services that sign it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select, update

from traceapp.core.dates import vietnamese_date
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.identifiers import TRACE_CODE_BITS, Gtin, Lot, TraceCode, trace_code
from traceapp.db import driver
from traceapp.db.accounts import sessions
from traceapp.db.tables import products
from traceapp.services.accounts import people
from traceapp.services.accounts.people import Member, MemberRole
from traceapp.services.records.events import capture
from traceapp.services.registry.registers import register_lot, register_organisation, register_product
from traceapp.services.world import World

LEGAL_FORMS = ("Hộ kinh doanh", "Hợp tác xã", "Tổ hợp tác", "Công ty")


@dataclass(frozen=True, slots=True)
class FirstLot:
    """What the form for a lot knows: `quantity` packs, packed at `place` on `made`."""

    product: str
    number: str
    made: date
    expires: date | None
    quantity: int
    unit: str
    place: str | None


def found_organisation(
    world: World, connection: Connection, member: Member, details: Mapping[str, Any], *, as_officer: bool
) -> str:
    """A producer with this member as its owner, or with a helping officer who is named in its records from the first.

    Returns its id; the session acts for it from now on.
    """
    now, role = world.clock(), MemberRole.OFFICER if as_officer else MemberRole.OWNER
    notary = replace(world.notary, account=member.account)
    if as_officer:
        notary = replace(notary, assisted_by=people.party_of(connection, member.account, world.notary, now))
    organisation, _ = register_organisation(connection, {**details, "role": "producer"}, notary, now)
    people.join(connection, member.account, organisation, role, member.account, world.notary, now)
    connection.execute(update(sessions).where(sessions.c.token == member.session).values(organisation=organisation))
    return organisation


def new_code(connection: Connection) -> TraceCode:
    """A trace code that nobody has, for a product without a GTIN."""
    while True:
        code = trace_code(secrets.randbits(TRACE_CODE_BITS))
        if connection.execute(select(products.c.id).where(products.c.code == str(code))).first() is None:
            return code


def add_product(
    world: World, connection: Connection, member: Member, code: Gtin | None, details: Mapping[str, Any]
) -> str:
    """A new product of the member's organisation; without a GTIN it gets a trace code. Conflict for a GTIN in use."""
    product, _ = register_product(
        connection,
        member.declared_by,
        code or new_code(connection),
        details,
        member.notary(world.notary),
        world.clock(),
    )
    return product


def next_lot_number(connection: Connection, product: str, day: date) -> str:
    """A number that the product has not used: the day, and a letter from the second lot on."""
    base = f"{day:%y%m%d}"
    used = {lot for (lot,) in driver.run(connection, "SELECT lot FROM lots WHERE product = ?", (product,))}
    endings = chain([""], map(chr, range(ord("B"), ord("Z") + 1)), (f"-{n}" for n in range(27, 1000)))
    return next(f"{base}{ending}" for ending in endings if f"{base}{ending}" not in used)


def add_lot(world: World, connection: Connection, member: Member, first: FirstLot, name: str) -> str:
    """A new lot, and the packing that made it where a place is given. Conflict for a number in use."""
    now, notary = world.clock(), member.notary(world.notary)
    details = {
        "made": first.made.isoformat(),
        "expires": first.expires.isoformat() if first.expires else None,
        "quantity": first.quantity,
        "unit": first.unit,
    }
    lot, _ = register_lot(connection, first.product, Lot(first.number), details, notary, now)
    if first.place:
        packed = Event(
            lot=lot,
            stage=Stage.PACK,
            start=first.made,
            end=first.made,
            actor=member.declared_by,
            place=first.place,
            outputs=(Goods(name, first.quantity, first.unit),),
            label_vi="Đóng gói",
            label_en="Packing",
        )
        capture(connection, packed, notary, now)
    return lot


def expiry_of(made: date, shelf_life_days: int | None) -> date | None:
    """The last good day of a lot."""
    return made + timedelta(days=shelf_life_days) if shelf_life_days else None


def today(world: World) -> date:
    """The civil date in Vietnam."""
    return vietnamese_date(world.clock())
