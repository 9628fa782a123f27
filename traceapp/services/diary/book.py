"""What a producer wrote and signed, however long ago, a page at a time: the entries written last come first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from traceapp.core.events import Stage
from traceapp.core.evidence import events_stated, read_records
from traceapp.core.facts import EventFact, ProductFact
from traceapp.core.keys import Keyring
from traceapp.core.list_subjects import stage_subject
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.services.diary.past import newest_about
from traceapp.services.records.kept_readings import read_kept
from traceapp.services.records.verified import facts_about, stored_about, stored_of

A_PAGE = 25


@dataclass(frozen=True, slots=True)
class Written:
    """One signed entry, what its product is called, and whether it was taken back since."""

    fact: EventFact
    product: str
    product_en: str
    taken_back: bool


@shared
def count_written(connection: Connection, organisation: str, stages: Collection[Stage]) -> int:
    """How many entries of these stages an organisation ever signed."""
    subjects = [stage_subject(organisation, stage) for stage in stages]
    counted = driver.run_for(connection, "SELECT count(*) FROM record_subjects WHERE subject IN ({})", subjects)
    return sum(int(count) for (count,) in counted)


@shared
def written(
    connection: Connection, host: str, organisation: str, keyring: Keyring, stages: Collection[Stage], page: int
) -> list[Written]:
    """A page of them, as far as their records verify; the first page is 1."""
    subjects = [stage_subject(organisation, stage) for stage in stages]
    rows = newest_about(connection, subjects, A_PAGE, (page - 1) * A_PAGE)
    found = stored_of(connection, host, rows)
    taken_back = stored_about(connection, host, [one.record_id for one in found], ["CorrectionRecord"])
    read = read_records([*found, *taken_back], keyring, reader=read_kept)
    standing = {fact.source.record_id for fact in events_stated(read)}
    facts = [fact for _, fact in read if isinstance(fact, EventFact) and fact.source.declared_by == organisation]
    names = _products(connection, host, {_product_of(fact) for fact in facts}, keyring)
    return [
        Written(fact, *names.get(_product_of(fact), ("", "")), fact.source.record_id not in standing)
        for fact in reversed(facts)
    ]


def _product_of(fact: EventFact) -> str:
    return fact.event.lot.rpartition("/10/")[0]


def _products(connection: Connection, host: str, products: set[str], keyring: Keyring) -> dict[str, tuple[str, str]]:
    """What products are called, in both languages."""
    said = facts_about(connection, host, products, ["ProductRecord"], keyring)
    return {one.id: (one.name_vi, one.name_en or "") for one in said if isinstance(one, ProductFact)}
