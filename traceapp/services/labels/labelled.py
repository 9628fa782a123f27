"""What a label run puts under certificates that expect so many tonnes a year, as VietGAP's do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from traceapp.core.dates import midnight, vietnamese_date, year_begun
from traceapp.core.facts import Facts, Labelled
from traceapp.core.quantities import measure
from traceapp.core.statements import details_of
from traceapp.db.tables import label_runs, lots, products, records
from traceapp.services.records.signing import parse_document

_GRAMS_A_TONNE = 1_000_000


def labelled_by(connection: Connection, facts: Facts, count: int, now: datetime) -> tuple[Labelled, ...]:
    """For each certificate in force that expects tonnes: those of `count` labels, and those of its year with them.

    A voided label stays counted: this is a warning, and one that is in the waste may have left on a pack.
    """
    own = _tonnes(facts, count)
    if own is None:
        return ()
    return tuple(_labelled(connection, facts, now, own))


def _labelled(connection: Connection, facts: Facts, now: datetime, own: float) -> Iterator[Labelled]:
    today = vietnamese_date(now)
    for certificate in facts.certificates:
        ended = certificate.expires is not None and certificate.expires <= today
        if certificate.expected_t is None or ended or certificate.issued > today:
            continue
        since = midnight(year_begun(certificate.issued, today))
        earlier = sum(_earlier(connection, facts, certificate.id, since))
        yield Labelled(certificate.id, own, round(earlier + own, 6))


def _earlier(connection: Connection, facts: Facts, certificate: str, since: datetime) -> Iterator[float]:
    """The tonnes of each run of the producer that was put under the certificate."""
    query = (
        select(records.c.body)
        .join(label_runs, label_runs.c.record_id == records.c.record_id)
        .join(lots, lots.c.id == label_runs.c.lot)
        .join(products, products.c.id == lots.c.product)
        .where(products.c.organisation == (facts.product and facts.product.organisation))
        .where(records.c.record_time >= since)
    )
    for body in connection.execute(query).scalars():
        stated = details_of(parse_document(body)).get("labelled", ())
        yield from (one["tonnes"] for one in stated if one["certificate"] == certificate)


def _tonnes(facts: Facts, count: int) -> float | None:
    """What so many packs weigh; None where the product has no net weight."""
    product = facts.product
    if product is None or product.net_value is None or not product.net_unit:
        return None
    pack = measure(product.net_value, product.net_unit)
    return round(float(pack.amount) * count / _GRAMS_A_TONNE, 6) if pack.dimension == "g" else None
