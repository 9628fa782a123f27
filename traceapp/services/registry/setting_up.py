"""How far a producer has come: organisation, facility, product, lot, labels. An index over records, for the portal."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from traceapp.db.tables import facilities, label_runs, lots, organisations, products
from traceapp.services.records.names import told_by


@dataclass(frozen=True, slots=True)
class Progress:
    """What there is of each, and the newest of those that the next step needs. `identity` is the authority's word."""

    facilities: int
    products: int
    lots: int
    label_runs: int
    identity: str
    facility: str | None
    product: str | None
    lot: str | None

    @property
    def next_step(self) -> str:
        """`facility`, `product`, `lot`, `labels`, or `done`."""
        have = {"facility": self.facilities, "product": self.products, "lot": self.lots, "labels": self.label_runs}
        return next((step for step, count in have.items() if not count), "done")


def progress_of(connection: Connection, organisation: str) -> Progress:
    """What an organisation has set up."""
    mine = products.c.organisation == organisation
    of_lots = lots.join(products, products.c.id == lots.c.product)
    state = select(organisations.c.identity_state).where(organisations.c.id == organisation)
    return Progress(
        facilities=_count(connection, select(func.count()).where(facilities.c.organisation == organisation)),
        products=_count(connection, select(func.count()).select_from(products).where(mine)),
        lots=_count(connection, select(func.count()).select_from(of_lots).where(mine)),
        label_runs=_count(
            connection,
            select(func.count()).select_from(label_runs.join(of_lots, lots.c.id == label_runs.c.lot)).where(mine),
        ),
        identity=str(connection.execute(state).scalar() or ""),
        facility=_newest(
            connection,
            select(facilities.c.id)
            .where(facilities.c.organisation == organisation)
            .order_by(facilities.c.record_id.desc()),
        ),
        product=_newest(connection, select(products.c.id).where(mine).order_by(products.c.record_id.desc())),
        lot=_newest(connection, select(lots.c.id).select_from(of_lots).where(mine).order_by(lots.c.record_id.desc())),
    )


def _count(connection: Connection, query: object) -> int:
    return connection.execute(query).scalar() or 0  # type: ignore[call-overload]


def _newest(connection: Connection, query: object) -> str | None:
    return connection.execute(query.limit(1)).scalar()  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Listed:
    """A product in a list."""

    id: str
    code: str
    name: str


def products_listed(connection: Connection, organisation: str) -> list[Listed]:
    """An organisation's products, the newest first, as their own records call them."""
    query = select(products.c.id, products.c.code).where(products.c.organisation == organisation)
    return [
        Listed(row.id, row.code, str(told_by(connection, row.id, "ProductRecord").get("name_vi") or row.code))
        for row in connection.execute(query.order_by(products.c.record_id.desc()))
    ]


def newest_lot(connection: Connection, product: str) -> str | None:
    """The id of a product's newest lot."""
    return _newest(connection, select(lots.c.id).where(lots.c.product == product).order_by(lots.c.record_id.desc()))
