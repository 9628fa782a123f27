"""The chain of lots: made of each other, sent and received, packed into cases, traced and recalled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.builders import goods
from tests.check_log import heads
from tests.services.cast import Cast
from traceapp.core.cases import sscc_of
from traceapp.core.errors import Conflict, Forbidden, GateRefused, InvalidEvent, NotFound, RuleBroken
from traceapp.core.events import Goods, Stage
from traceapp.core.facts import Content
from traceapp.core.handing_over import CaseDifference
from traceapp.core.identifiers import Lot
from traceapp.core.statements import record_uuid
from traceapp.db import chain, chain_build, notes
from traceapp.db.chain import case_contents, cases, chain_edges, shipments
from traceapp.db.parts import Glance, Told
from traceapp.services.labels.runs import void_labels
from traceapp.services.log.check import check_log
from traceapp.services.log.entries import Receipt
from traceapp.services.lots import handing_over, loads
from traceapp.services.lots.cases import cases_of, find_case, loose_items, next_sscc, pack_case, unpack_case
from traceapp.services.lots.handing_over import Shipment
from traceapp.services.lots.making import Foreseen, NewLot, foresee, make_lots, stock_of
from traceapp.services.lots.recalls import mark_seen, notices_of, notices_to, reach_of, recall_with_notices
from traceapp.services.lots.trace import trace
from traceapp.services.records.events import correct
from traceapp.services.records.index_rows import IndexRows
from traceapp.services.records.signing import read_document
from traceapp.services.records.verified import facts_joining
from traceapp.services.registry.registers import owner_of_lot, register_organisation

DAY = date(2026, 10, 20)
ONE_DATABASE = pytest.mark.parametrize("kind", ["sqlite"])
"""For what no statement of a database decides."""
DRIED = "chè tươi"
INVENTED = (
    "test_a_trace_through_two_thousand_lots_in_a_row",
    "test_an_edge_that_no_record_tells_of",
)
"""Tests that write edges which no record tells of."""


@pytest.fixture(autouse=True)
def audited(cast: Cast, kind: str, request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did, each row of the index is afterwards what the records say."""
    yield
    if kind == "sqlite" and not request.node.name.startswith(INVENTED):
        with cast.world.read() as connection:
            index = IndexRows()
            check_log(connection, cast.world.host, cast.world.keyring(connection), None, index)
            index.require_same(connection)


def new_lot(cast: Cast, number: str, *inputs: Goods, out: str = "chè tươi, 5 kg", **more: Any) -> NewLot:
    described = {"product": cast.product, "stage": Stage.PACKHOUSE, "day": DAY, **more}
    return NewLot(number=Lot(number), inputs=inputs, outputs=(goods(out),), **described)


def taken(cast: Cast, amount: str, lot: str | None = None) -> Goods:
    return goods(f"{DRIED}, {amount}", from_lot=lot or cast.lot)


def make(cast: Cast, *new: NewLot, by: str | None = None) -> None:
    with cast.world.write() as connection:
        make_lots(cast.world, connection, new, by or cast.producer, cast.world.notary)


def foreseen(cast: Cast, *new: NewLot, by: str | None = None) -> tuple[Foreseen, ...]:
    with cast.world.read() as connection:
        return foresee(cast.world, connection, new, by or cast.producer)


def lot_named(cast: Cast, number: str) -> str:
    return f"{cast.product}/10/{number}"


def send(cast: Cast, to: str, said: str, by: str | None = None, lot: str | None = None, **more: Any) -> Receipt:
    with cast.world.write() as connection:
        return handing_over.ship(
            connection, lot or cast.lot, by or cast.producer, to, [goods(said)], DAY, cast.world.notary,
            cast.world.clock(), **more,
        )  # fmt: skip


def take_in(cast: Cast, sent: Receipt, by: str, *said: str, note: str | None = None) -> Receipt:
    with cast.world.write() as connection:
        counted = [goods(one) for one in said]
        record = record_uuid(sent.record_id)
        return handing_over.receive(
            connection, record, by, counted, DAY, cast.world.notary, cast.world.clock(), note=note
        )


def shipped(cast: Cast, organisation: str, *, waiting: bool = True) -> list[handing_over.Shipment]:
    with cast.world.read() as connection:
        keyring = cast.world.keyring(connection)
        listed = handing_over.incoming if waiting else handing_over.received
        return listed(connection, cast.world.host, organisation, keyring)


def pack(
    cast: Cast, first: int, last: int, by: str | None = None, lot: str | None = None, code: str | None = None
) -> str:
    with cast.world.write() as connection:
        held = [Content(lot or cast.lot, first, last)]
        return pack_case(cast.world, connection, held, by or cast.producer, DAY, cast.world.notary, code=code)[0]


def unpack(cast: Cast, case: str, by: str | None = None) -> Receipt:
    with cast.world.write() as connection:
        return unpack_case(cast.world, connection, case, by or cast.producer, DAY, cast.world.notary)


def case_of(cast: Cast, case: str) -> Any:
    with cast.world.read() as connection:
        return find_case(connection, cast.world.host, case, cast.world.keyring(connection))


def a_shop(cast: Cast, name: str = "Điểm OCOP số 01") -> str:
    with cast.world.write() as connection:
        told = {"role": "shop", "name": name, "ward": "Xã Tân Cương"}
        return register_organisation(connection, told, cast.world.notary, cast.world.clock())[0]


def index(cast: Cast) -> list[Any]:
    """All that is filed of the chain."""
    with cast.world.read() as connection:
        edges = connection.execute(text(
            "SELECT o.lot, i.lot FROM chain_edges e JOIN chain_lots o ON o.number = e.output "
            "JOIN chain_lots i ON i.number = e.input"
        )).all()  # fmt: skip
        found = [sorted(map(tuple, edges))]
        return [
            *found,
            *(sorted(map(tuple, connection.execute(select(one)))) for one in (shipments, cases, case_contents)),
        ]


# Lots made of lots


def test_a_lot_is_split_into_two_and_the_rest_stays(cast: Cast) -> None:
    cast.harvest()
    make(
        cast,
        new_lot(cast, "L1-A", taken(cast, "5 kg")),
        new_lot(cast, "L1-B", taken(cast, "6 kg"), out="chè tươi, 6 kg"),
    )
    with cast.world.read() as connection:
        (left,) = stock_of(cast.world, connection, cast.lot, cast.producer)
        assert owner_of_lot(connection, lot_named(cast, "L1-A")) == (cast.product, cast.producer)
    assert left.left.in_unit("kg") == 9.0
    assert cast.codes(lot_named(cast, "L1-A")) >= {"mass-balance-ok", "record-authentic"}


@ONE_DATABASE
def test_lots_are_merged_and_the_recall_of_one_reaches_the_mixture(cast: Cast) -> None:
    cast.harvest()
    make(cast, new_lot(cast, "L2", taken(cast, "10 kg"), out="chè tươi, 10 kg"))
    mixed = new_lot(
        cast,
        "M1",
        taken(cast, "4 kg"),
        taken(cast, "4 kg", lot_named(cast, "L2")),
        out="chè phối, 8 kg",
        stage=Stage.MIX,
    )
    make(cast, mixed)
    with cast.world.write() as connection:
        recall_with_notices(
            cast.world, connection, lot_named(cast, "L2"), cast.producer, cast.world.notary, day=DAY, reason_vi="Ẩm"
        )
    assert "input-recalled" in cast.codes(lot_named(cast, "M1"))
    assert "input-recalled" not in cast.codes(cast.lot)


@ONE_DATABASE
def test_what_will_be_left_and_what_will_be_wrong_is_told_before_anything_is_signed(cast: Cast) -> None:
    cast.harvest()
    before = heads(cast.world)
    (fine,) = foreseen(cast, new_lot(cast, "L1-A", taken(cast, "5 kg")))
    assert not fine.exceeded
    assert [one.left.in_unit("kg") for one in fine.left] == [15.0]
    (more,) = foreseen(cast, new_lot(cast, "L1-A", taken(cast, "21 kg"), out="chè tươi, 21 kg"))
    assert more.exceeded
    first, second = foreseen(
        cast,
        new_lot(cast, "L1-A", taken(cast, "15 kg"), out="chè tươi, 15 kg"),
        new_lot(cast, "L1-B", taken(cast, "6 kg"), out="chè tươi, 6 kg"),
    )
    assert (first.exceeded, second.exceeded) == (False, True)
    assert heads(cast.world) == before


@ONE_DATABASE
def test_more_than_remains_is_recorded_as_it_was_and_gets_no_labels(cast: Cast) -> None:
    cast.harvest()
    make(cast, new_lot(cast, "L1-A", taken(cast, "21 kg"), out="chè tươi, 21 kg"))
    made = lot_named(cast, "L1-A")
    assert "mass-balance-exceeded" in cast.codes(made)
    with pytest.raises(GateRefused, match="mass-balance-exceeded"):
        cast.issue(1, lot=made)


@ONE_DATABASE
def test_what_is_foreseen_is_what_the_page_then_says(cast: Cast) -> None:
    cast.harvest()
    for number, (amount, out) in enumerate(
        [("5 kg", "chè tươi, 5 kg"), ("8 kg", "chè khô, 2 kg"), ("16 kg", "chè tươi, 9 kg")]
    ):
        new = new_lot(cast, f"F{number}", taken(cast, amount), out=out, stage=Stage.PROCESS)
        (before,) = foreseen(cast, new)
        make(cast, new)
        said = [one for one in cast.verdict(new.id).findings if one.code.startswith("mass-balance")]
        assert [(one.code, dict(one.data)) for one in said] == [(one.code, dict(one.data)) for one in before.findings]


@ONE_DATABASE
def test_a_new_lot_is_registered_with_how_it_was_made_or_not_at_all(cast: Cast) -> None:
    cast.harvest()
    before = heads(cast.world)
    for wrong, problem in (
        (new_lot(cast, "L1", taken(cast, "5 kg")), Conflict),
        (new_lot(cast, "L1-A", taken(cast, "5 kg"), day=date(2026, 12, 1)), InvalidEvent),
        (new_lot(cast, "L1-A", goods("chè tươi, -5 kg", from_lot=cast.lot)), InvalidEvent),
        (new_lot(cast, "L1-A", taken(cast, "5 kg", f"{cast.product}/10/NONE")), NotFound),
        (new_lot(cast, "L1-A", taken(cast, "5 kg", cast.other_lot)), NotFound),
    ):
        with pytest.raises(problem):
            make(cast, wrong)
    with pytest.raises(NotFound, match="among yours"):
        make(cast, new_lot(cast, "L1-A", taken(cast, "5 kg")), by=cast.other_producer)
    with pytest.raises(InvalidEvent, match="comes out"):
        make(cast, NewLot(cast.product, Lot("L1-A"), Stage.MIX, DAY, (taken(cast, "5 kg"),), ()))
    with pytest.raises(InvalidEvent, match="at a time"):
        make(cast)
    assert heads(cast.world) == before


def test_a_lot_cannot_go_round_in_a_circle(cast: Cast) -> None:
    cast.harvest()
    make(cast, new_lot(cast, "L2", taken(cast, "5 kg")))
    make(cast, new_lot(cast, "L3", taken(cast, "1 kg", lot_named(cast, "L2")), out="chè tươi, 1 kg"))
    before = heads(cast.world)
    back = cast.event("MIX", "2026-10-21", inputs=[goods("chè tươi, 1 kg", from_lot=lot_named(cast, "L3"))])
    with pytest.raises(RuleBroken, match="round in a circle"):
        cast.capture(back)
    there = cast.event(
        "MIX", "2026-10-21", lot=cast.other_lot, by=cast.other_producer, place=None, inputs=[taken(cast, "1 kg")]
    )
    with pytest.raises(RuleBroken, match="round in a circle"):
        cast.capture(there, cast.event("MIX", "2026-10-21", inputs=[goods("x, 1 kg", from_lot=cast.other_lot)]))
    assert heads(cast.world) == before


# Tracing


def test_a_trace_leads_back_to_every_source_and_forward_to_every_use(cast: Cast) -> None:
    cast.harvest()
    make(cast, new_lot(cast, "A", taken(cast, "5 kg")), new_lot(cast, "B", taken(cast, "5 kg")))
    made_of = [taken(cast, "2 kg", lot_named(cast, one)) for one in "AB"]
    make(cast, new_lot(cast, "C", *made_of, out="chè phối, 4 kg", stage=Stage.MIX))
    with cast.world.read() as connection:
        keyring = cast.world.keyring(connection)
        back = trace(connection, cast.world.host, lot_named(cast, "C"), keyring)
        on = trace(connection, cast.world.host, cast.lot, keyring, forward=True)
    assert [(one.number, one.distance) for one in back.lots] == [("C", 0), ("A", 1), ("B", 1), ("L1", 2)]
    assert {one.number for one in on.lots} == {"L1", "A", "B", "C"}
    assert back.lots[1].goods == ((lot_named(cast, "C"), made_of[0]),)
    assert (back.lots[0].product, back.lots[0].organisation) == ("Trà búp Đồi Mây", "HTX Chè Đồi Mây")
    assert back.following[lot_named(cast, "C")] == (lot_named(cast, "A"), lot_named(cast, "B"))
    assert (back.total, back.left_out) == (4, 0)


@ONE_DATABASE
def test_only_the_nearest_lots_are_shown_and_the_others_counted(cast: Cast) -> None:
    cast.harvest()
    make(cast, *(new_lot(cast, f"N{number}", taken(cast, "1 kg"), out="chè tươi, 1 kg") for number in range(6)))
    with cast.world.read() as connection:
        found = trace(connection, cast.world.host, cast.lot, cast.world.keyring(connection), forward=True, most=4)
    assert (len(found.lots), found.total, found.left_out) == (4, 7, 3)


@ONE_DATABASE
def test_an_edge_that_no_record_tells_of_is_not_shown(cast: Cast) -> None:
    """The index says where to look; a row that somebody slipped in joins nothing."""
    cast.harvest()
    with cast.world.write() as connection:
        chain.add_edges(connection, [(cast.lot, cast.other_lot)])
    with cast.world.read() as connection:
        found = trace(connection, cast.world.host, cast.lot, cast.world.keyring(connection))
    assert [one.id for one in found.lots] == [cast.lot]


@ONE_DATABASE
def test_an_edge_that_no_record_tells_of_any_more_is_not_shown(cast: Cast) -> None:
    cast.harvest()
    inputs = [taken(cast, "1 kg")]
    wrong = cast.capture(cast.event("MIX", lot=cast.other_lot, by=cast.other_producer, place=None, inputs=inputs))[0]
    with cast.world.write() as connection:
        correct(connection, wrong.record_id, None, cast.other_producer, cast.world.notary, cast.world.clock())
        chain.add_edges(connection, [(cast.other_lot, cast.lot)])
    with cast.world.read() as connection:
        found = trace(connection, cast.world.host, cast.other_lot, cast.world.keyring(connection))
    assert [one.id for one in found.lots] == [cast.other_lot]


def test_an_entry_that_was_taken_back_joins_no_lots(cast: Cast) -> None:
    cast.harvest()
    wrong = cast.capture(
        cast.event(
            "MIX", "2026-10-05", lot=cast.other_lot, by=cast.other_producer, place=None, inputs=[taken(cast, "1 kg")]
        )
    )[0]
    assert index(cast)[0] == [(cast.other_lot, cast.lot)]
    with cast.world.write() as connection:
        correct(connection, wrong.record_id, None, cast.other_producer, cast.world.notary, cast.world.clock())
    assert index(cast)[0] == []


def test_a_trace_rests_on_what_joins_lots_and_not_on_their_diaries(cast: Cast) -> None:
    cast.harvest()
    make(cast, new_lot(cast, "A", taken(cast, "5 kg")))
    looked, world = Glance(cast.world.parts, cast.world.clock()), cast.world
    noted, looks = notes.take(looked), list(looked.everything)
    with world.read() as connection:
        trace(connection, world.host, cast.lot, world.keyring(connection), forward=True)
    notes.leave()
    told = Told(noted, looked.now, looks)
    cast.capture(cast.event("FERT"))
    assert Glance(world.parts, world.clock()).is_told(told)
    make(cast, new_lot(cast, "B", taken(cast, "1 kg")))
    assert not Glance(world.parts, world.clock()).is_told(told)


@ONE_DATABASE
def test_joined_are_only_so_many_things_as_one_statement_takes(cast: Cast) -> None:
    many = [f"{cast.product}/10/{number}" for number in range(501)]
    with cast.world.read() as connection, pytest.raises(ValueError, match="500 things at most, not 501"):
        facts_joining(connection, cast.world.host, many, ["TraceEvent"], cast.world.keyring(connection))


def test_the_index_made_anew_is_the_index_there_was(cast: Cast) -> None:
    shop = a_shop(cast)
    cast.harvest()
    cast.issue(30)
    make(cast, new_lot(cast, "A", taken(cast, "5 kg")))
    take_in(cast, send(cast, shop, "chè tươi, 2 kg"), shop, "chè tươi, 2 kg")
    send(cast, shop, "chè tươi, 3 kg")
    pack(cast, 1, 10)
    unpack(cast, pack(cast, 11, 20))
    before = index(cast)
    assert [len(one) for one in before] == [1, 2, 2, 1]
    with cast.world.write() as connection:
        chain_build.rebuild(connection)
    assert index(cast) == before


# Sent and received


def test_what_is_sent_waits_for_the_receivers_own_count(cast: Cast) -> None:
    cast.harvest()
    sent = send(cast, cast.other_producer, "chè tươi, 10 kg", paper="PX-12")
    (waiting,) = shipped(cast, cast.other_producer)
    assert (waiting.lot, waiting.goods, waiting.differences) == (cast.lot, (goods("chè tươi, 10 kg"),), ())
    assert waiting.name_of(cast.producer) == "HTX Chè Đồi Mây"
    take_in(cast, sent, cast.other_producer, "chè tươi, 9.5 kg", note="ướt một bao")
    assert shipped(cast, cast.other_producer) == []
    (received,) = shipped(cast, cast.other_producer, waiting=False)
    (difference,) = received.differences
    assert (difference.sent, difference.received, difference.missing) == (10.0, 9.5, True)


@ONE_DATABASE
def test_more_than_was_sent_is_recorded_as_it_was_counted(cast: Cast) -> None:
    cast.harvest()
    sent = send(cast, cast.other_producer, "chè tươi, 10 kg")
    take_in(cast, sent, cast.other_producer, "chè tươi, 12 kg")
    assert not shipped(cast, cast.other_producer, waiting=False)[0].differences[0].missing
    assert "mass-balance-exceeded" not in cast.codes()


@ONE_DATABASE
def test_nothing_came_is_said_with_a_note(cast: Cast) -> None:
    cast.harvest()
    sent = send(cast, cast.other_producer, "chè tươi, 10 kg")
    with pytest.raises(InvalidEvent, match="in a note"):
        take_in(cast, sent, cast.other_producer)
    take_in(cast, sent, cast.other_producer, note="xe không đến")
    assert shipped(cast, cast.other_producer, waiting=False)[0].differences[0].received == 0.0


def test_a_delivery_is_received_once_and_by_its_receiver_alone(cast: Cast) -> None:
    cast.harvest()
    sent = send(cast, cast.other_producer, "chè tươi, 10 kg")
    for somebody in (cast.producer, cast.authority):
        with pytest.raises(NotFound, match="no such delivery"):
            take_in(cast, sent, somebody, "chè tươi, 10 kg")
    take_in(cast, sent, cast.other_producer, "chè tươi, 10 kg")
    with pytest.raises(Conflict, match="received already"):
        take_in(cast, sent, cast.other_producer, "chè tươi, 10 kg")


def test_the_same_load_sent_twice_must_be_meant(cast: Cast) -> None:
    cast.harvest()
    send(cast, cast.other_producer, "chè tươi, 11 kg")
    with pytest.raises(Conflict, match="second load"):
        send(cast, cast.other_producer, "chè tươi, 11 kg")
    send(cast, cast.other_producer, "chè tươi, 11 kg", again=True)
    assert "mass-balance-exceeded" in cast.codes()


@ONE_DATABASE
def test_only_what_one_holds_is_sent_and_to_somebody_else(cast: Cast) -> None:
    cast.harvest()
    with pytest.raises(NotFound, match="among yours"):
        send(cast, cast.producer, "chè tươi, 1 kg", by=cast.other_producer)
    with pytest.raises(RuleBroken, match="somebody else"):
        send(cast, cast.producer, "chè tươi, 1 kg")
    with pytest.raises(NotFound, match="no organisation"):
        send(cast, "https://id.example.vn/id/nobody", "chè tươi, 1 kg")
    with pytest.raises(Forbidden):
        cast.capture(cast.event("SHIP", "2026-10-20", by=cast.other_producer, place=None, inputs=["chè tươi, 1 kg"]))


def test_goods_go_on_from_hand_to_hand(cast: Cast) -> None:
    shop = a_shop(cast)
    cast.harvest()
    take_in(cast, send(cast, cast.other_producer, "chè tươi, 10 kg"), cast.other_producer, "chè tươi, 10 kg")
    take_in(cast, send(cast, shop, "chè tươi, 4 kg", by=cast.other_producer), shop, "chè tươi, 4 kg")
    with cast.world.read() as connection:
        (theirs,) = stock_of(cast.world, connection, cast.lot, cast.other_producer)
        ours = stock_of(cast.world, connection, cast.lot, cast.producer)
        with pytest.raises(NotFound):
            stock_of(cast.world, connection, cast.lot, cast.certifier)
        keyring = cast.world.keyring(connection)
        seen = handing_over.of_lot(connection, cast.world.host, cast.lot, cast.producer, keyring)
    assert theirs.left.in_unit("kg") == 6.0
    assert [one.left.in_unit("kg") for one in ours] == [10.0]
    assert [one.receiver for one in seen] == [cast.other_producer]
    assert "mass-balance-ok" in cast.codes()


@ONE_DATABASE
def test_who_received_what_stands_in_no_public_record_or_page(cast: Cast) -> None:
    cast.harvest()
    sent = send(cast, cast.other_producer, "chè tươi, 10 kg", vehicle="20C-123.45")
    came = take_in(cast, sent, cast.other_producer, "chè tươi, 10 kg")
    with cast.world.read() as connection:
        for one in (sent, came):
            document = read_document(connection, record_uuid(one.record_id))
            assert document["traceapp:disclosure"] == "restricted"
            assert "20C-123.45" not in str(document)
    assert cast.other_producer not in cast.facts().organisations


def test_a_delivery_that_was_taken_back_waits_no_longer(cast: Cast) -> None:
    cast.harvest()
    sent = send(cast, cast.other_producer, "chè tươi, 10 kg")
    with cast.world.write() as connection:
        correct(connection, sent.record_id, None, cast.producer, cast.world.notary, cast.world.clock())
    assert shipped(cast, cast.other_producer) == []
    sent = send(cast, cast.other_producer, "chè tươi, 10 kg")
    came = take_in(cast, sent, cast.other_producer, "chè tươi, 1 kg")
    with cast.world.write() as connection:
        correct(connection, came.record_id, None, cast.other_producer, cast.world.notary, cast.world.clock())
    assert len(shipped(cast, cast.other_producer)) == 1


# Cases


def test_a_case_holds_items_and_gives_them_back(cast: Cast) -> None:
    cast.harvest()
    cast.issue(50)
    case = pack(cast, 1, 24)
    assert case.startswith(f"https://{cast.world.host}/01/19520000000124/21/")
    found = case_of(cast, case)
    assert (found.contents, found.count, found.unpacked, found.owner) == (
        (Content(cast.lot, 1, 24),),
        24,
        None,
        cast.producer,
    )
    with cast.world.read() as connection:
        assert loose_items(cast.world, connection, cast.lot) == [(25, 50)]
        (row,) = cases_of(connection, cast.producer)
        assert (row.packed, row.items, row.lots) == (True, 24, (cast.lot,))
    unpack(cast, case)
    found = case_of(cast, case)
    assert (found.contents, found.last, found.unpacked) == ((), (Content(cast.lot, 1, 24),), DAY)
    with pytest.raises(Conflict, match="unpacked already"):
        unpack(cast, case)
    pack(cast, 1, 24, code=case.removeprefix(f"https://{cast.world.host}"))
    assert case_of(cast, case).count == 24


def test_an_item_lies_in_one_case_and_needs_a_label(cast: Cast) -> None:
    cast.harvest()
    cast.issue(50)
    pack(cast, 10, 20)
    for first, last in ((20, 30), (1, 10), (12, 13), (1, 50)):
        with pytest.raises(Conflict, match="lie in the case"):
            pack(cast, first, last)
    with pytest.raises(RuleBroken, match="not all issued"):
        pack(cast, 45, 51)
    with cast.world.write() as connection:
        void_labels(connection, cast.lot, 40, 41, "rách", cast.producer, cast.world.notary, cast.world.clock())
    with pytest.raises(RuleBroken, match="are void"):
        pack(cast, 38, 45)
    with cast.world.read() as connection:
        assert loose_items(cast.world, connection, cast.lot) == [(1, 9), (21, 39), (42, 50)]


def test_a_case_has_a_code_of_its_own_and_an_owner(cast: Cast) -> None:
    cast.harvest()
    cast.issue(50)
    with cast.world.read() as connection:
        code = next_sscc(connection, cast.world.host, "8931234")
    assert code == sscc_of("8931234", 1)
    case = pack(cast, 1, 5, code=f"/00/{code}")
    with pytest.raises(Conflict, match="packed already"):
        pack(cast, 6, 9, code=f"/00/{code}")
    with cast.world.read() as connection:
        assert next_sscc(connection, cast.world.host, "8931234") == sscc_of("8931234", 2)
    for somebody in (cast.other_producer, cast.authority):
        with pytest.raises(NotFound, match="among yours"):
            unpack(cast, case, somebody)
        with pytest.raises(NotFound, match="among yours"):
            pack(cast, 6, 9, by=somebody)
    with pytest.raises(NotFound, match="nobody packed it"):
        case_of(cast, f"https://{cast.world.host}/00/{sscc_of('8931234', 9)}")


@ONE_DATABASE
def test_whoever_received_the_goods_opens_their_case_unseen(cast: Cast) -> None:
    shop = a_shop(cast)
    cast.harvest()
    cast.issue(50)
    case = pack(cast, 1, 5)
    take_in(cast, send(cast, shop, "chè tươi, 1 kg"), shop, "chè tươi, 1 kg")
    opened = unpack(cast, case, shop)
    with cast.world.read() as connection:
        document = read_document(connection, record_uuid(opened.record_id))
    assert document["traceapp:disclosure"] == "restricted"
    assert case_of(cast, case).unpacked == DAY


@ONE_DATABASE
def test_a_packing_that_was_taken_back_never_was(cast: Cast) -> None:
    cast.harvest()
    cast.issue(50)
    with cast.world.write() as connection:
        held = [Content(cast.lot, 1, 5)]
        case, said = pack_case(cast.world, connection, held, cast.producer, DAY, cast.world.notary)
        correct(connection, said.record_id, None, cast.producer, cast.world.notary, cast.world.clock())
    with pytest.raises(NotFound):
        case_of(cast, case)
    with cast.world.read() as connection:
        assert loose_items(cast.world, connection, cast.lot) == [(1, 50)]


# Recalls


def test_a_mock_recall_counts_lots_receivers_and_items_and_records_nothing(cast: Cast) -> None:
    shop, other_shop = a_shop(cast), a_shop(cast, "Điểm OCOP số 02")
    cast.harvest()
    cast.issue(40)
    with cast.world.write() as connection:
        for first, last in ((39, 39), (39, 40)):
            void_labels(connection, cast.lot, first, last, "rách", cast.producer, cast.world.notary, cast.world.clock())
    make(cast, new_lot(cast, "A", taken(cast, "5 kg")))
    packed = cast.event("PACK", "2026-10-21", lot=cast.other_lot, by=cast.other_producer, place=None,
                        inputs=[taken(cast, "1 kg", lot_named(cast, "A"))], outputs=["gói 200 g, 5 gói"])  # fmt: skip
    cast.capture(packed)
    take_in(cast, send(cast, shop, "chè tươi, 2 kg"), shop, "chè tươi, 2 kg")
    send(cast, other_shop, "gói 200 g, 2 gói", by=cast.other_producer, lot=cast.other_lot)
    before = heads(cast.world)
    with cast.world.read() as connection:
        reach = reach_of(connection, cast.lot, cast.producer)
    assert set(reach.lots) == {cast.lot, lot_named(cast, "A"), cast.other_lot}
    assert (reach.receivers, reach.direct, reach.makers) == ({shop, other_shop}, {shop}, {cast.other_producer})
    # The 100 packs that each of two lots says it has, 38 of which have labels in use, and 5 kg that are no count.
    assert reach.items == 200
    assert heads(cast.world) == before
    with cast.world.read() as connection, pytest.raises(NotFound):
        reach_of(connection, cast.lot, cast.other_producer)


def test_a_recall_tells_everybody_who_holds_goods_of_the_lot(cast: Cast) -> None:
    shop = a_shop(cast)
    cast.harvest()
    taking = cast.event(
        "MIX", "2026-10-21", lot=cast.other_lot, by=cast.other_producer, place=None, inputs=[taken(cast, "1 kg")]
    )
    cast.capture(taking)
    send(cast, shop, "chè tươi, 2 kg")
    with cast.world.write() as connection:
        recall_with_notices(
            cast.world, connection, cast.lot, cast.authority, cast.world.notary, day=DAY, reason_vi="Vượt ngưỡng chì"
        )
    assert cast.verdict().headline == "lot-recalled"
    with cast.world.read() as connection:
        told = {one.holder for one in notices_of(connection, cast.lot)}
        (notice,) = notices_to(connection, shop)
    assert told == {cast.producer, cast.other_producer, shop}
    with cast.world.write_aside() as connection:
        for somebody in (cast.producer, cast.other_producer):
            with pytest.raises(NotFound):
                mark_seen(connection, notice.id, somebody, cast.world.clock())
        assert mark_seen(connection, notice.id, shop, cast.world.clock()).seen == cast.world.clock()
        with pytest.raises(Conflict, match="answered already"):
            mark_seen(connection, notice.id, shop, cast.world.clock())


def test_a_trace_through_two_thousand_lots_in_a_row_is_one_question(cast: Cast) -> None:
    names = [f"{cast.product}/10/D{number}" for number in range(2000)]
    with cast.world.write() as connection:
        chain.add_edges(connection, list(pairwise(names)))
        assert len(chain.reached(connection, names[0])) == len(names)
        assert chain.reached(connection, names[-1], forward=True)[0] == names[-1]
        assert chain.would_close_circle(connection, (names[-1], names[0]))
        assert not chain.would_close_circle(connection, (names[0], names[-1]))
        assert connection.execute(select(chain_edges.c.input)).first() is not None


# Whole cases


def load(cast: Cast, to: str, cases: list[str], *loose: str, by: str | None = None, lot: str | None = None) -> Receipt:
    world = cast.world
    with world.write() as connection:
        lines = [goods(one) for one in loose]
        return loads.send(world, connection, lot or cast.lot, by or cast.producer, to, lines, cases, DAY, world.notary)


def unload(cast: Cast, sent: Receipt, cases: list[str], *loose: str, by: str | None = None, note: str = "") -> Shipment:
    world, receiver = cast.world, by or cast.other_producer
    with world.write() as connection:
        keyring = world.keyring(connection)
        found = handing_over.find_incoming(connection, world.host, record_uuid(sent.record_id), receiver, keyring)
        lines = [goods(one) for one in loose]
        loads.take_in(world, connection, found, lines, cases, DAY, world.notary, note=note)
        return handing_over.find_incoming(connection, world.host, found.record_id, receiver, keyring)


def here(cast: Cast, by: str, lot: str | None = None) -> list[str]:
    with cast.world.read() as connection:
        return [one.id for one in loads.cases_here(cast.world, connection, lot or cast.lot, by)]


def packed_cases(cast: Cast) -> list[str]:
    """Three cases of ten packs each."""
    cast.harvest()
    cast.capture(cast.event("PACK", "2026-10-19", outputs=["gói 100 g, 40 gói"], inputs=["chè tươi, 10 kg"]))
    cast.issue(30)
    return [pack(cast, 1, 10), pack(cast, 11, 20), pack(cast, 21, 30)]


def test_several_kinds_and_whole_cases_go_in_one_load_and_are_compared_one_by_one(cast: Cast) -> None:
    first, second, third = packed_cases(cast)
    sent = load(cast, cast.other_producer, [first, second], "chè tươi, 2 kg", "gói 100 g, 5 gói")
    assert here(cast, cast.producer) == [third]
    (waiting,) = shipped(cast, cast.other_producer)
    assert waiting.goods == (goods("chè tươi, 2 kg"), goods("gói 100 g, 25 gói"))
    assert waiting.loose == (goods("chè tươi, 2 kg"), goods("gói 100 g, 5 gói"))
    assert waiting.cases == (first, second)
    done = unload(cast, sent, [first], "chè tươi, 2 kg", "gói 100 g, 4 gói")
    (less,) = done.differences
    assert (less.sent, less.received) == (25.0, 14.0)
    assert done.case_differences == CaseDifference((second,), ())
    assert here(cast, cast.other_producer) == [first]
    with cast.world.read() as connection:
        assert find_case(connection, cast.world.host, first, cast.world.keyring(connection)).count == 10, "still packed"


@ONE_DATABASE
def test_a_case_goes_on_from_hand_to_hand_and_only_from_whoever_has_it(cast: Cast) -> None:
    first, second, _ = packed_cases(cast)
    sent = load(cast, cast.other_producer, [first])
    for somebody in (cast.producer, cast.other_producer):
        with pytest.raises((Conflict, NotFound), match=r"is not here|among yours"):
            load(cast, a_shop(cast), [first], by=somebody)
    assert unload(cast, sent, [first]).case_differences == CaseDifference((), ())
    with pytest.raises(Conflict, match="is not here"):
        load(cast, a_shop(cast), [second], by=cast.other_producer)
    load(cast, cast.producer, [first], by=cast.other_producer)
    assert here(cast, cast.other_producer) == []


@ONE_DATABASE
def test_a_case_that_nobody_named_may_come_and_one_of_other_goods_may_not(cast: Cast) -> None:
    first, second, third = packed_cases(cast)
    sent = load(cast, cast.other_producer, [first])
    unpack(cast, third)
    done = unload(cast, sent, [first, second])
    assert done.case_differences == CaseDifference((), (second,))
    assert done.differences[0].received == 20.0
    sent = load(cast, cast.other_producer, [], "chè tươi, 1 kg")
    with pytest.raises(NotFound, match="nobody packed it"):
        unload(cast, sent, [f"{first}9"], "chè tươi, 1 kg")
    with pytest.raises(InvalidEvent, match="at most 200"):
        unload(cast, sent, [f"{first}{at}" for at in range(201)])
    with pytest.raises(InvalidEvent, match="at most 200"):
        load(cast, cast.other_producer, [f"{first}{at}" for at in range(201)])


@ONE_DATABASE
def test_a_crate_that_came_back_and_was_packed_again_may_go_again(cast: Cast) -> None:
    packed_cases(cast)
    cast.issue(10)
    crate = pack(cast, 31, 40, code="/00/095200000000000017")
    unload(cast, load(cast, cast.other_producer, [crate]), [crate])
    unpack(cast, crate, by=cast.other_producer)
    assert pack(cast, 31, 40, code="/00/095200000000000017") == crate
    assert crate in here(cast, cast.producer)
    assert crate not in here(cast, cast.other_producer)


@ONE_DATABASE
def test_a_case_is_known_by_its_address_its_sscc_or_its_serial(cast: Cast) -> None:
    first, *_ = packed_cases(cast)
    cast.issue(10)
    crate = pack(cast, 31, 40, code="/00/095200000000000017")
    world = cast.world
    with world.read() as connection:
        serial = first.rpartition("/")[2]
        spelled = (first, first.replace("https://id.example.vn", "http://ID.EXAMPLE.VN") + "?x=1", serial.lower())
        assert {loads.case_of_code(world, connection, one, [first]) for one in spelled} == {first}
        digits = ("095200000000000017", "00095200000000000017", "(00)095200000000000017", "0952 0000 0000 000017")
        assert {loads.case_of_code(world, connection, one) for one in digits} == {crate}
        for wrong in ("", "095200000000000024", "xyz", "https://elsewhere.example/nothing", serial):
            with pytest.raises(NotFound, match="There is no case"):
                loads.case_of_code(world, connection, wrong)
