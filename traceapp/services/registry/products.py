"""Changing what is said of a product: its story, where it is bought, and the texts on its page.

A product's record is said anew, whole; the latest word counts and the earlier one stays in the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from traceapp.core.canonical import JsonObject
from traceapp.core.digital_link import parse_path
from traceapp.core.errors import Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.facts import ProductFact, RecordState, RuleBook
from traceapp.core.keys import Keyring
from traceapp.core.registers import say_product
from traceapp.core.statements import details_of, record_uuid
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.db.tables import products
from traceapp.services.log.entries import Receipt
from traceapp.services.records.names import told_by
from traceapp.services.records.signing import Notary, read_document, record
from traceapp.services.records.verdicts import gather, verified
from traceapp.services.registry.registers import (
    clean,
    producer_of,
    require_no_household_named,
    require_own_product,
    role_of,
)

CHANGEABLE = (
    "story",
    "links",
    "name_en",
    "ingredients_vi",
    "warning_vi",
    "storage_vi",
    "standards",
    "story_vi",
    "story_en",
    "price_vnd",
)
"""What a producer may say anew. The name, the contents and the shelf life stand printed on packs: they stay."""
_SPOILT = {RecordState.TAMPERED, RecordState.MISSING}


def product_called(connection: Connection, text: str) -> str:
    """The id of the product with that GTIN or trace code, or of that id; NotFound."""
    compact = "".join(text.split())
    spellings = {text, compact, compact.upper(), compact.zfill(14)}
    found = driver.run_for(connection, "SELECT id FROM products WHERE code IN ({})", spellings)
    found = found or driver.run(connection, "SELECT id FROM products WHERE id = ?", (text,))
    if not found:
        raise NotFound(f"There is no product {text[:60]!r}: give its GTIN or its trace code.")
    return str(found[0][0])


def change_product(
    connection: Connection,
    product: str,
    changes: Mapping[str, Any],
    by: str,
    notary: Notary,
    keyring: Keyring,
    now: datetime,
) -> Receipt:
    """Say a product anew with `changes` (names of CHANGEABLE; None takes one away), everything else as it was.

    InvalidEvent for what may not be changed or published, Forbidden for anybody but the product's producer, RuleBroken
    where the present record does not verify: what was tampered with is never signed again.
    """
    _require_changeable(changes)
    return say_anew(connection, product, changes, by, notary, keyring, now)


def say_anew(
    connection: Connection,
    product: str,
    changes: Mapping[str, Any],
    by: str,
    notary: Notary,
    keyring: Keyring,
    now: datetime,
) -> Receipt:
    """`change_product` for whoever has seen to it that `changes` may be changed: a photo's files have been stored.

    Forbidden and RuleBroken as there.
    """
    if producer_of(connection, product) != by:
        raise Forbidden("Only the producer of a product changes what is said of it.")
    present = _verified(connection, product, notary.host, keyring)
    require_no_household_named(connection, by, changes)
    told = _changed(_details(connection, present), changes)
    statement = say_product(product, by, told, role=role_of(connection, by))
    receipt = record(connection, [statement], notary, now)[0]
    connection.execute(
        update(products).where(products.c.id == product).values(record_id=record_uuid(receipt.record_id))
    )
    return receipt


@shared
def what_is_told(connection: Connection, product: str, host: str, keyring: Keyring) -> JsonObject:
    """What `change_product` takes, as the verified record says it now; RuleBroken where it does not verify."""
    present = _verified(connection, product, host, keyring)
    details = _details(connection, present)
    told = {**details, "links": (details.get("extra") or {}).get("links")}
    return {name: told[name] for name in CHANGEABLE if told.get(name) is not None}


@shared
def own_product_told(
    connection: Connection, code: str, organisation: str, host: str, keyring: Keyring
) -> tuple[JsonObject, JsonObject]:
    """What the record of an organisation's product says, by its code, and what is told of it; Forbidden, NotFound."""
    product = require_own_product(connection, product_called(connection, code), organisation)
    return told_by(connection, product, "ProductRecord"), what_is_told(connection, product, host, keyring)


def _require_changeable(changes: Mapping[str, Any]) -> None:
    odd = sorted(str(name)[:40] for name in changes if name not in CHANGEABLE)
    if odd or not changes:
        raise InvalidEvent(f"Of a product one may change {', '.join(CHANGEABLE)}; got {', '.join(odd) or 'nothing'}.")


def _verified(connection: Connection, product: str, host: str, keyring: Keyring) -> ProductFact:
    """The product as its latest record says it; RuleBroken where any record does not verify."""
    identity = parse_path(product.removeprefix(f"https://{host}")).identity
    if identity is None:
        raise NotFound(f"There is no product {product[:120]}.")
    facts = verified(gather(connection, host, identity, RuleBook("none")).evidence, keyring)
    states = {check.record_id: check.state for check in facts.checks}
    spoilt = _SPOILT & set(states.values())
    if facts.product is None or spoilt or states[facts.product.source.record_id] is not RecordState.GOOD:
        raise RuleBroken(f"The records of {product[:120]} do not verify: run traceapp log check before changing it.")
    return facts.product


def _details(connection: Connection, product: ProductFact) -> JsonObject:
    """What the record that was just verified says, as `say_product` took it."""
    details = details_of(read_document(connection, record_uuid(product.source.record_id)))
    return {name: value for name, value in details.items() if name not in ("id", "type", "organisation")}


def _changed(details: JsonObject, changes: Mapping[str, Any]) -> JsonObject:
    told: JsonObject = {**details, **{name: clean(value) for name, value in changes.items() if name != "links"}}
    if "links" in changes:
        extra = {**(details.get("extra") or {}), "links": clean(changes["links"]) or None}
        told["extra"] = {name: value for name, value in extra.items() if value is not None}
    # What is empty is taken away: JSON-LD drops it, and a record must say in its graph what it says in its JSON.
    return {name: value for name, value in told.items() if value not in (None, {}, [])}
