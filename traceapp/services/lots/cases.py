"""Packing items into cases and taking them out again.

A case holds numbered items of lots whose labels were issued and are not void; an item lies in one case at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from traceapp.core.cases import case_gtin, held_now, overlap, say_case, sscc_of
from traceapp.core.digital_link import DigitalLink, Identity
from traceapp.core.errors import Conflict, InvalidIdentifier, NotFound, RuleBroken
from traceapp.core.facts import CaseFact, Content, Correction, Facts
from traceapp.core.identifiers import CROCKFORD, Gtin, Serial, Sscc, TraceCode
from traceapp.core.keys import Keyring
from traceapp.db import chain, driver
from traceapp.db.parts import shared
from traceapp.services.log.entries import Receipt
from traceapp.services.lots.handing_over import holds
from traceapp.services.lots.making import identity_of
from traceapp.services.lots.readiness import facts_of
from traceapp.services.records.signing import Notary, record
from traceapp.services.records.verified import facts_about
from traceapp.services.registry.registers import owner_of_lot, role_of
from traceapp.services.world import World

MOST_LISTED = 500
_SERIAL_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its verified records tell it. `contents` lie in it now, `last` lay in it before it was opened."""

    id: str
    path: str
    owner: str
    packed: date
    contents: tuple[Content, ...]
    last: tuple[Content, ...]
    unpacked: date | None = None

    @property
    def count(self) -> int:
        """How many items lie in it."""
        return sum(one.count for one in self.contents)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list: its id, whether it is packed, and how many items of which lots lie in it."""

    id: str
    packed: bool
    items: int
    lots: tuple[str, ...]


def pack_case(
    world: World,
    connection: Connection,
    contents: Sequence[Content],
    by: str,
    day: date,
    notary: Notary,
    *,
    code: str | None = None,
) -> tuple[str, Receipt]:
    """Pack items into a case; returns its id. `code` is a path such as /00/{sscc}; without it a serial is drawn under
    the GTIN-14 of the first lot's product.

    NotFound for a lot that is not `by`'s, RuleBroken for items without a valid label, Conflict for items or a code
    that another case has.
    """
    for lot in {one.lot for one in contents}:
        if owner_of_lot(connection, lot)[1] != by:
            raise NotFound(f"There is no lot {lot[:120]} among yours.")
    case = f"https://{world.host}{code or _drawn(world, connection, contents[0].lot)}"
    _require_unused(connection, case, by)
    statement = say_case(case, contents, unpacked=False, day=day, by=by, role=role_of(connection, by))
    for one in contents:
        _require_labelled(world, connection, one)
        if other := chain.case_holding(connection, one.lot, one.first, one.last):
            raise Conflict(f"Items {one.first} to {one.last} lie in the case {other} in part: unpack it first.")
    return case, record(connection, [statement], notary, world.clock())[0]


def unpack_case(world: World, connection: Connection, case: str, by: str, day: date, notary: Notary) -> Receipt:
    """Take everything out of a case. NotFound unless it is `by`'s, or holds goods that `by` received; Conflict twice.

    Who opened it is the public's business only where its owner did.
    """
    found = find_case(connection, world.host, case, world.keyring(connection))
    owned = found.owner == by
    if not owned and not any(holds(connection, one.lot, by) for one in found.last):
        raise NotFound(f"There is no case {case[:120]} among yours.")
    if not found.contents:
        raise Conflict("This case was unpacked already.")
    statement = say_case(
        found.id, found.contents, unpacked=True, day=day, by=by, role=role_of(connection, by), restricted=not owned
    )
    return record(connection, [statement], notary, world.clock())[0]


@shared
def find_case(connection: Connection, host: str, case: str, keyring: Keyring) -> Case:
    """A case by its id, from its verified records; NotFound where none speaks of it."""
    said = facts_about(connection, host, {case}, ["TraceEvent", "CorrectionRecord"], keyring)
    gone = {(one.corrects, one.source.declared_by) for one in said if isinstance(one, Correction)}
    told = [
        one
        for one in said
        if isinstance(one, CaseFact) and one.case == case and (one.source.record_id, one.source.declared_by) not in gone
    ]
    packings = [one for one in told if not one.unpacked]
    if not packings:
        raise NotFound(f"Nothing is known of the case {case[:120]}: nobody packed it here.")
    now, opened = held_now(told), told[-1].unpacked
    return Case(
        id=case,
        path=case.removeprefix(f"https://{host}"),
        owner=packings[0].source.declared_by,
        packed=packings[-1].day,
        contents=now,
        last=now or packings[-1].contents,
        unpacked=told[-1].day if opened else None,
    )


def may_be_case(link: DigitalLink) -> bool:
    """Whether a scanned path has the form of a case's code: an SSCC, or a GTIN and a serial without a lot."""
    if link.key == "00":
        return True
    identity = link.identity
    return identity is not None and identity.serial is not None and identity.lot is None and identity.variant is None


def case_of_link(connection: Connection, host: str, link: DigitalLink, keyring: Keyring) -> Case | None:
    """The case that a scanned path names; None for a path of something else. NotFound for an SSCC unknown here."""
    case = f"https://{host}{link.path}"
    if not may_be_case(link):
        return None
    known = driver.run(connection, "SELECT 1 FROM record_subjects WHERE subject = ? LIMIT 1", (case,))
    return find_case(connection, host, case, keyring) if known or link.key == "00" else None


_OWN = "SELECT id, packed FROM cases WHERE owner = ? {} ORDER BY record_id DESC LIMIT ? OFFSET ?"
_WITH_LOT = _OWN.format("AND id IN (SELECT case_id FROM case_contents WHERE lot = ?)")


def count_cases(connection: Connection, owner: str) -> int:
    """How many cases an organisation has, with those that were unpacked."""
    return int(driver.run(connection, "SELECT count(*) FROM cases WHERE owner = ?", (owner,))[0][0])


def cases_of(connection: Connection, owner: str, page: int = 1, a_page: int = MOST_LISTED) -> list[CaseRow]:
    """A page of the cases of an organisation, newest first; the first page is 1."""
    rows = driver.run(connection, _OWN.format(""), (owner, a_page, (page - 1) * a_page))
    return _with_contents(connection, rows)


@shared
def own_cases_with(connection: Connection, owner: str, lot: str) -> list[CaseRow]:
    """Its cases in which something of a lot lies, newest first."""
    return _with_contents(connection, driver.run(connection, _WITH_LOT, (owner, lot, MOST_LISTED, 0)))


def _with_contents(connection: Connection, rows: list[driver.Row]) -> list[CaseRow]:
    held: dict[str, list[tuple[str, int]]] = {}
    lying = "SELECT case_id, lot, last - first + 1 FROM case_contents WHERE case_id IN ({}) ORDER BY lot, first"
    for case, lot, count in driver.run_for(connection, lying, [case for case, _ in rows]):
        held.setdefault(case, []).append((lot, count))
    return [
        CaseRow(
            case,
            bool(packed),
            sum(count for _, count in held.get(case, ())),
            tuple(dict.fromkeys(lot for lot, _ in held.get(case, ()))),
        )
        for case, packed in rows
    ]


def loose_items(world: World, connection: Connection, lot: str) -> list[tuple[int, int]]:
    """Ranges of a lot's items that have a valid label and lie in no case, in order."""
    facts = _facts(world, connection, lot)
    runs = [(run.first, run.first + run.count - 1) for run in facts.label_runs]
    void = [(one.first, one.last) for one in facts.label_voids]
    packed = driver.run(connection, "SELECT first, last FROM case_contents WHERE lot = ? ORDER BY first", (lot,))
    return _without(runs, sorted([*void, *((first, last) for first, last in packed)]))


def next_sscc(connection: Connection, host: str, prefix: str) -> Sscc:
    """The next SSCC under a company's GS1 prefix: one more than the last that was used here."""
    first = sscc_of(prefix, 1)
    stem = f"https://{host}/00/{first[: 1 + len(prefix)]}"
    sql = "SELECT id FROM cases WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1"
    rows = driver.run(connection, sql, (stem, f"{stem}:"))
    last = int(rows[0][0][-17:-1][len(prefix) :]) if rows else 0
    return sscc_of(prefix, last + 1)


def _drawn(world: World, connection: Connection, lot: str) -> str:
    """A path of a new case: the product's case GTIN with a serial nobody can guess."""
    product = identity_of(world, lot).product
    serial = Serial("".join(secrets.choice(CROCKFORD) for _ in range(_SERIAL_LENGTH)))
    if isinstance(product, TraceCode):
        return Identity(product, serial=serial).path
    return Identity(_case_gtin(world, connection, lot, product), serial=serial).path


def _case_gtin(world: World, connection: Connection, lot: str, product: Gtin) -> Gtin:
    """What the producer says of its cases, else the indicator 1."""
    facts = _facts(world, connection, lot)
    said = facts.product.extra.get("gtin_case") if facts.product else None
    try:
        return Gtin(said) if isinstance(said, str) else case_gtin(product)
    except InvalidIdentifier:
        return case_gtin(product)


def _require_unused(connection: Connection, case: str, by: str) -> None:
    rows = driver.run(connection, "SELECT owner, packed FROM cases WHERE id = ?", (case,))
    if rows and rows[0][0] != by:
        raise Conflict("That code belongs to a case of somebody else: read the digits on the carton again.")
    if rows and rows[0][1]:
        raise Conflict("That case is packed already: unpack it first, or take a new code.")


def _require_labelled(world: World, connection: Connection, content: Content) -> None:
    """RuleBroken unless every item has a label that counts."""
    facts = _facts(world, connection, content.lot)
    if facts.lot is None:
        raise NotFound(f"There is no lot {content.lot[:120]} whose record verifies.")
    runs = sorted((run.first, run.first + run.count - 1) for run in facts.label_runs)
    issued = sum(
        min(last, content.last) - max(first, content.first) + 1
        for first, last in runs
        if first <= content.last and last >= content.first
    )
    if issued != content.count:
        raise RuleBroken(f"Items {content.first} to {content.last} were not all issued: pack what has labels.")
    for void in facts.label_voids:
        if overlap(content, Content(void.lot, void.first, void.last)):
            raise RuleBroken(f"Labels {void.first} to {void.last} are void: leave those items out.")


def _facts(world: World, connection: Connection, lot: str) -> Facts:
    return facts_of(world, connection, lot)


def _without(whole: Iterable[tuple[int, int]], taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges less other ranges."""
    left = []
    for first, last in sorted(whole):
        for start, end in taken:
            if start > last or end < first:
                continue
            if start > first:
                left.append((first, start - 1))
            first = max(first, end + 1)
        if first <= last:
            left.append((first, last))
    return left
