"""From a lot to what is printed: new items, items printed again, or the code of the whole lot for its cases.

Whatever is asked, the gate is asked first: bad lots get no labels, not even the same ones again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import BinaryIO

from sqlalchemy import Connection

from traceapp.core.counted import Counted
from traceapp.core.digital_link import Identity, parse_path
from traceapp.core.errors import InvalidEvent, NotFound, RuleBroken
from traceapp.core.facts import Facts
from traceapp.render.outputs import Order, Written, fits, write_labels
from traceapp.render.sheets import LabelText
from traceapp.services.labels.runs import MOST_LABELS, LabelMaker, LabelRun, issue_labels, require_gate
from traceapp.services.labels.text import label_text
from traceapp.services.operating import audit
from traceapp.services.records.signing import Notary
from traceapp.services.registry.registers import owner_of_lot
from traceapp.services.world import World

ANY_SERIAL = "0" * 13
Watch = Callable[[Iterator[str]], Iterator[str]]


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
    notary: Notary | None = None,
) -> Batch:
    """Issue the next `count` items of a lot; `signed` None means wherever a signed code fits.

    `notary` is the one of a member who is named in the record beside the producer.
    """
    identity = _identity(world, lot)
    if signed is None:
        signed = _takes_signature(world, identity, order, text)
    run, _ = issue_labels(
        connection,
        lot,
        count,
        owner_of_lot(connection, lot)[1],
        notary or world.notary,
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


def old_batch(
    world: World, connection: Connection, lot: str, first: int, count: int, *, signed: bool | None, by: str = "cli"
) -> Batch:
    """Items that were issued before, to be printed again under the serials they have; noted in the audit trail.

    NotFound unless all were issued; RuleBroken where one is void, or was issued with the other kind of code.
    """
    batch = issued_batch(world, connection, lot, first, count)
    if signed not in (None, batch.signed):
        raise _other_kind(batch.signed)
    audit.note(connection, "labels-reprint", lot, by, world.clock(), first=first, last=batch.last)
    return batch


def issued_batch(world: World, connection: Connection, lot: str, first: int, count: int) -> Batch:
    """The same items for whoever asks the gate once more and writes them down nowhere.

    NotFound and RuleBroken as in `old_batch`.
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
    if len({part.signed for part in parts}) > 1:
        raise _other_kind(parts[0].signed)
    return Batch(identity.lot_path, parts)


def _other_kind(signed: bool) -> RuleBroken:
    kinds = "có chữ ký số" if signed else "không kèm chữ ký số"
    return RuleBroken(f"Các tem này được cấp {kinds}: in lại đúng loại đã cấp, mỗi loại một lần in.")


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


def wanted_batch(
    world: World,
    connection: Connection,
    lot: str,
    count: int,
    order: Order,
    text: LabelText,
    *,
    signed: bool | None = None,
    from_item: int | None = None,
    notary: Notary | None = None,
    by: str = "cli",
) -> Batch:
    """New items, items from `from_item` on printed again, or the lot's own code where `order` is for its cases.

    InvalidEvent for such an order with items or signatures.
    """
    if order.template == "case":
        if from_item is not None or signed:
            raise InvalidEvent("A case carries the code of its lot, without items to sign or to print again.")
        return case_batch(world, connection, lot, count)
    if from_item is not None:
        return old_batch(world, connection, lot, from_item, count, signed=signed, by=by)
    return new_batch(world, connection, lot, count, order, text, signed=signed, notary=notary)


def words_of(world: World, connection: Connection, lot: str, *, case: bool = False) -> LabelText:
    """What the labels of a lot say, from verified facts. GateRefused where it may have none.

    A case says its own GTIN, and not what one pack in it holds.
    """
    text = label_text(_facts(world, connection, _identity(world, lot)), world.clock())
    return replace(text, net=None) if case else replace(text, gtin=None)


def write_batch(
    world: World, text: LabelText, batch: Batch, order: Order, out: BinaryIO, watch: Watch = iter
) -> Written:
    """Write a batch. RuleBroken where it does not fit or cannot be read back; then `out` is worth nothing.

    Every address passes through `watch`, which may count them and may raise; a list beside the labels passes again.
    """
    maker = world.label_maker
    return write_labels(out, order, lambda: watch(batch.urls(maker)), text, file_stem(batch.path), batch.first)


def file_stem(path: str) -> str:
    """What files of a lot are called: its number, where that is a file's name."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", path.rpartition("/")[2])


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
        raise InvalidEvent(f"{Counted(count):label|labels} cannot be printed: ask for 1 to {MOST_LABELS:,} at a time.")
