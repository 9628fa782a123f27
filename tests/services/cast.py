"""A small cast, really registered: who they are by role, one product, one lot, and what they do all day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tests.builders import event as event_fact
from traceapp.core.digital_link import Identity, parse_path
from traceapp.core.events import Event
from traceapp.core.facts import Facts
from traceapp.core.identifiers import Gtin, Lot
from traceapp.core.verdict import Verdict
from traceapp.services.labels.runs import LabelRun, issue_labels
from traceapp.services.log.entries import Receipt
from traceapp.services.records.events import capture_many
from traceapp.services.records.verdicts import assess, gather
from traceapp.services.registry.registers import (
    confirm_identity,
    register_facility,
    register_lot,
    register_organisation,
    register_product,
)
from traceapp.services.world import World

HOUSEHOLD = "Nhà Bà Tư Cẩn"
PACKS = 100


@dataclass
class Cast:
    """Ids of what is registered in `world`: two producers with a product and a lot each, and whoever judges them."""

    world: World
    producer: str
    other_producer: str
    certifier: str
    laboratory: str
    council: str
    inspector: str
    authority: str
    place: str
    product: str
    lot: str
    other_lot: str
    household_record: str

    def event(self, stage: str = "FERT", start: str = "2026-10-01", **what: Any) -> Event:
        """Something that happened to the lot, by its producer unless said otherwise."""
        said = {"lot": self.lot, "by": self.producer, "place": self.place, **what}
        return event_fact(stage, start, **said).event

    def capture(self, *events: Event) -> tuple[Receipt, ...]:
        """Record events in one transaction."""
        with self.world.write() as connection:
            return capture_many(connection, events, self.world.notary, self.world.clock())

    def harvest(self, packs: int = PACKS, **what: Any) -> Receipt:
        """Bring in goods for that many packs of 200 g."""
        described = {"start": "2026-10-01", "plot": "A1", **what}
        return self.capture(self.event("HARVEST", outputs=[f"chè tươi, {packs * 200} g"], **described))[0]

    def issue(
        self, count: int, *, lot: str | None = None, by: str | None = None, signed: bool = False
    ) -> tuple[LabelRun, Receipt]:
        """Issue labels in a transaction of its own."""
        with self.world.write() as connection:
            return issue(self.world, connection, lot or self.lot, count, by or self.producer, signed=signed)

    def verdict(self, lot: str | None = None) -> Verdict:
        """What the lot's page judges now."""
        return look(self.world, lot or self.lot)[1]

    def facts(self, lot: str | None = None) -> Facts:
        """What the lot's page rests on."""
        return look(self.world, lot or self.lot)[0]

    def codes(self, lot: str | None = None) -> set[str]:
        """Codes of the findings on the lot's page."""
        return {finding.code for finding in self.verdict(lot).findings}


def issue(
    world: World, connection: Connection, lot: str, count: int, by: str, *, signed: bool = False
) -> tuple[LabelRun, Receipt]:
    """Issue labels in a transaction that the caller holds."""
    return issue_labels(
        connection,
        lot,
        count,
        by,
        world.notary,
        world.keyring(connection),
        world.rulebook,
        world.clock(),
        signed=signed,
        serial_key=world.key_store.current_serial(),
    )


def identity_of(world: World, thing: str) -> Identity:
    """The identity of a product, lot or item by its id."""
    found = parse_path(thing.removeprefix(f"https://{world.host}")).identity
    assert found is not None
    return found


def look(world: World, thing: str, connection: Connection | None = None) -> tuple[Facts, Verdict]:
    """Facts and verdict of a product or lot, as its page has them; over `connection` where one is given."""
    if connection is None:
        with world.read() as own:
            return look(world, thing, own)
    gathered = gather(connection, world.host, identity_of(world, thing), world.rulebook)
    return assess(gathered.evidence, world.keyring(connection), world.clock())


def put_on_stage(world: World) -> Cast:
    """Register the cast."""
    with world.write() as connection:
        return _Casting(world, connection).cast()


class _Casting:
    def __init__(self, world: World, connection: Connection) -> None:
        self._world = world
        self._connection = connection
        self._now = world.clock()

    def cast(self) -> Cast:
        authority, _ = self._organisation("authority", "Chi cục Chất lượng nông sản")
        producer, _ = self._organisation("producer", "HTX Chè Đồi Mây", phone="0900 000 002", public_contact_ok=True)
        other, household = self._organisation("producer", HOUSEHOLD, legal_form="Hộ kinh doanh")
        for one in (producer, other):
            confirm_identity(self._connection, one, authority, self._world.notary, self._now)
        place = self._place(producer)
        product = self._product(producer, "09520000000127", "Trà búp Đồi Mây")
        other_product = self._product(other, "09520000000134", "Trà sen")
        return Cast(
            world=self._world,
            producer=producer,
            other_producer=other,
            certifier=self._organisation("certifier", "Tổ chức XYZ-Mẫu")[0],
            laboratory=self._organisation("laboratory", "Phòng thử nghiệm Mẫu")[0],
            council=self._organisation("council", "Hội đồng OCOP cấp tỉnh")[0],
            inspector=self._organisation("inspectorate", "Tổ kiểm tra số 3")[0],
            authority=authority,
            place=place,
            product=product,
            lot=self._lot(product, "L1"),
            other_lot=self._lot(other_product, "X1"),
            household_record=household,
        )

    def _organisation(self, role: str, name: str, **details: Any) -> tuple[str, str]:
        described = {"role": role, "name": name, "ward": "Xã Tân Cương", **details}
        organisation, receipt = register_organisation(self._connection, described, self._world.notary, self._now)
        return organisation, receipt.record_id

    def _place(self, producer: str) -> str:
        details = {"name": "Đồi chè Đồi Mây", "gln": "9520000900021", "latitude": 21.5, "longitude": 105.8}
        return register_facility(
            self._connection, producer, details, self._world.notary, self._now, position=(21.54321, 105.81234)
        )[0]

    def _product(self, owner: str, gtin: str, name: str) -> str:
        details = {"name_vi": name, "net": "200 g", "net_value": 200, "net_unit": "g"}
        return register_product(self._connection, owner, Gtin(gtin), details, self._world.notary, self._now)[0]

    def _lot(self, product: str, number: str) -> str:
        details = {"made": date(2026, 10, 9).isoformat(), "quantity": PACKS, "unit": "gói"}
        return register_lot(self._connection, product, Lot(number), details, self._world.notary, self._now)[0]


def only(values: Sequence[Any] | Iterable[Any]) -> Any:
    """The one value there is."""
    (found,) = tuple(values)
    return found


def repository() -> Path:
    """The project's own folder, from where its modules are run."""
    return Path(__file__).resolve().parents[2]
