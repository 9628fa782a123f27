"""From a lot to what is printed: new items, items printed again, or the code of the whole lot for its cases.

Whatever is asked, the gate is asked first: bad lots get no labels, not even the same ones again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import BinaryIO

from sqlalchemy import Connection

from traceapp.core.digital_link import Identity, parse_path
from traceapp.core.errors import InvalidEvent, NotFound, RuleBroken
from traceapp.core.facts import Facts
from traceapp.render.outputs import Order, Written, fits, write_labels
from traceapp.render.sheets import LabelText
from traceapp.services import audit
from traceapp.services.label_text import label_text
from traceapp.services.labels import MOST_LABELS, LabelMaker, LabelRun, issue_labels, require_gate
from traceapp.services.registers import owner_of_lot
from traceapp.services.world import World

ANY_SERIAL = "0" * 13


@dataclass(frozen=True)
class Batch:
    """Labels to be written: items of runs, or `copies` of the code of the lot itself."""

    path: str
    runs: tuple[LabelRun, ...] = ()
    copies: int = 0

    def urls(self, maker: LabelMaker) -> Iterator[str]:
        """Every address in order; nothing is kept in memory."""
        if self.copies:
            return repeat(maker.url(self.path, signed=False), self.copies)
        return chain.from_iterable(maker.urls(run) for run in self.runs)

    @property
    def count(self) -> int:
        """How many labels."""
        return self.copies or sum(run.count for run in self.runs)

    @property
    def first(self) -> int:
        """The first item; 1 for codes of a lot."""
        return self.runs[0].first if self.runs else 1

    @property
    def last(self) -> int:
        """The last item."""
        return self.runs[-1].first + self.runs[-1].count - 1 if self.runs else self.copies

    @property
    def signed(self) -> bool:
        """Whether each label carries a signature."""
        return bool(self.runs) and self.runs[0].signed


def new_batch(
    world: World,
    connection: Connection,
    lot: str,
    count: int,
    order: Order,
    text: LabelText,
    *,
    signed: bool | None,
) -> Batch:
    """Issue the next `count` items of a lot; `signed` None means wherever a signed code fits."""
    identity = _identity(world, lot)
    if signed is None:
        signed = _takes_signature(world, identity, order, text)
    run, _ = issue_labels(
        connection,
        lot,
        count,
        owner_of_lot(connection, lot)[1],
        world.notary,
        world.keyring(connection),
        world.rulebook,
        world.clock(),
        signed=signed,
        serial_key=world.key_store.current_serial(),
    )
    return Batch(identity.lot_path, (run,))


def _takes_signature(world: World, identity: Identity, order: Order, text: LabelText) -> bool:
    if order.format == "csv":
        return True
    url = world.label_maker.url(f"{identity.lot_path}/21/{ANY_SERIAL}", signed=True)
    return fits(order, url, text)


def old_batch(world: World, connection: Connection, lot: str, first: int, count: int, *, signed: bool | None) -> Batch:
    """Items that were issued before, to be printed again under the serials they have; noted in the audit trail.

    NotFound unless all were issued; RuleBroken where one is void, or was issued with the other kind of code.
    """
    _require_count(count)
    identity, last = _identity(world, lot), first + count - 1
    facts = _facts(world, connection, identity)
    parts = tuple(_parts(facts, lot, first, last))
    if first < 1 or sum(part.count for part in parts) != count:
        raise NotFound(f"Items {first} to {last} of this lot were not all issued; print again what was issued.")
    for void in facts.label_voids:
        if void.lot == lot and void.first <= last and void.last >= first:
            which = f"{void.first}–{void.last}" if void.last > void.first else f"{void.first}"
            raise RuleBroken(f"Tem số {which} đã hủy ({void.reason}): in lại các số khác.")
    if len({part.signed for part in parts} | ({signed} if signed is not None else set())) > 1:
        kinds = "có chữ ký số" if parts[0].signed else "không kèm chữ ký số"
        raise RuleBroken(f"Các tem này được cấp {kinds}: in lại đúng loại đã cấp, mỗi loại một lần in.")
    audit.note(connection, "labels-reprint", lot, "cli", world.clock(), first=first, last=last)
    return Batch(identity.lot_path, parts)


def _parts(facts: Facts, lot: str, first: int, last: int) -> Iterator[LabelRun]:
    """What the signed runs hold of these items: a row of a table proves nothing."""
    for run in sorted((run for run in facts.label_runs if run.lot == lot), key=lambda run: run.first):
        start, end = max(run.first, first), min(run.first + run.count - 1, last)
        if start <= end:
            yield LabelRun(run.id, lot, start, end - start + 1, run.signed, run.serial_key_id, run.printed_path)


def case_batch(world: World, connection: Connection, lot: str, count: int) -> Batch:
    """`count` copies of the lot's own code for its cases: no item is spent."""
    _require_count(count)
    identity = _identity(world, lot)
    _facts(world, connection, identity)
    return Batch(identity.lot_path, copies=count)


def words_of(world: World, connection: Connection, lot: str, *, case: bool = False) -> LabelText:
    """What the labels of a lot say, from verified facts. GateRefused where it may have none.

    A case says its own GTIN, and not what one pack in it holds.
    """
    text = label_text(_facts(world, connection, _identity(world, lot)), world.clock())
    return replace(text, net=None) if case else replace(text, gtin=None)


def write_batch(world: World, text: LabelText, batch: Batch, order: Order, out: BinaryIO) -> Written:
    """Write a batch. RuleBroken where it does not fit or cannot be read back; then `out` is worth nothing."""
    maker = world.label_maker
    stem = re.sub(r"[^A-Za-z0-9._-]", "_", batch.path.rpartition("/")[2])
    return write_labels(out, order, lambda: batch.urls(maker), text, stem, batch.first)


def _facts(world: World, connection: Connection, identity: Identity) -> Facts:
    keyring = world.keyring(connection)
    return require_gate(connection, identity, world.host, keyring, world.rulebook, world.clock(), 0)


def _identity(world: World, lot: str) -> Identity:
    identity = parse_path(lot.removeprefix(f"https://{world.host}")).identity
    if identity is None:
        raise NotFound(f"There is no lot {lot[:120]}.")
    return identity


def _require_count(count: int) -> None:
    if not 1 <= count <= MOST_LABELS:
        raise InvalidEvent(f"{count} labels cannot be printed: ask for 1 to {MOST_LABELS:,} at a time.")
