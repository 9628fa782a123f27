"""Holding, releasing, recalling and inspecting: who may, and what the page and the labels make of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from tests.builders import goods
from tests.services.cast import Cast
from traceapp.core.errors import Conflict, Forbidden, GateRefused, InvalidEvent, NotFound
from traceapp.db.tables import audit
from traceapp.services.lots.acts import hold, inspect, recall, release

DAY = date(2026, 11, 20)


def act(cast: Cast, what: Callable[..., Any], by: str, lot: str | None = None, reason: str = "Chờ kết quả") -> None:
    with cast.world.write() as connection:
        what(connection, lot or cast.lot, reason, by, cast.world.notary, cast.world.clock())


def call_back(cast: Cast, by: str, lot: str | None = None, reason: str = "Vượt ngưỡng chì") -> None:
    with cast.world.write() as connection:
        recall(connection, lot or cast.lot, by, cast.world.notary, cast.world.clock(), day=DAY, reason_vi=reason)


def look_at(cast: Cast, by: str, result: str = "pass", lot: str | None = None) -> None:
    with cast.world.write() as connection:
        inspect(
            connection, lot or cast.lot, by, cast.world.notary, cast.world.clock(), day=DAY, result=result, note=None
        )


def test_a_held_lot_shows_it_and_gets_no_labels_until_it_is_released(cast: Cast) -> None:
    cast.harvest()
    act(cast, hold, cast.producer)
    assert "lot-on-hold" in cast.codes()
    with pytest.raises(GateRefused, match="lot-on-hold"):
        cast.issue(1)
    act(cast, release, cast.producer)
    assert "lot-on-hold" not in cast.codes()
    cast.issue(1)


def test_a_recalled_lot_shows_it_and_gets_no_labels(cast: Cast) -> None:
    cast.harvest()
    call_back(cast, cast.producer)
    assert cast.verdict().headline == "lot-recalled"
    with pytest.raises(GateRefused, match="lot-recalled"):
        cast.issue(1)


def test_the_producer_and_an_authority_may_hold_release_and_recall(cast: Cast) -> None:
    for who in (cast.producer, cast.authority):
        act(cast, hold, who)
        act(cast, release, who)
        call_back(cast, who)


def test_nobody_else_may(cast: Cast) -> None:
    for somebody in (cast.other_producer, cast.certifier, cast.laboratory, cast.council, cast.inspector):
        for what in (hold, release):
            with pytest.raises(Forbidden, match="by its producer or by an authority"):
                act(cast, what, somebody)
        with pytest.raises(Forbidden, match="by its producer or by an authority"):
            call_back(cast, somebody)
    assert not cast.codes() & {"lot-on-hold", "lot-recalled"}


def test_what_an_authority_holds_only_an_authority_releases(cast: Cast) -> None:
    act(cast, hold, cast.authority)
    with pytest.raises(Forbidden, match="held by an authority"):
        act(cast, release, cast.producer)
    act(cast, hold, cast.producer)
    with pytest.raises(Forbidden, match="held by an authority"):
        act(cast, release, cast.producer)
    assert "lot-on-hold" in cast.codes()
    act(cast, release, cast.authority)
    act(cast, hold, cast.producer)
    act(cast, release, cast.producer)
    assert "lot-on-hold" not in cast.codes()


def test_the_same_said_twice_is_recorded_once_and_again_once_something_came_between(cast: Cast) -> None:
    act(cast, hold, cast.producer)
    with pytest.raises(Conflict, match="not recorded twice"):
        act(cast, hold, cast.producer)
    act(cast, release, cast.producer)
    act(cast, hold, cast.producer)
    assert "lot-on-hold" in cast.codes()


def test_a_lot_nobody_registered_and_somebody_unknown_are_refused(cast: Cast) -> None:
    with pytest.raises(NotFound, match="no lot"):
        act(cast, hold, cast.producer, lot=f"{cast.product}/10/NONE")
    with pytest.raises(NotFound, match="no organisation"):
        act(cast, hold, "https://id.example.vn/id/nobody")


def test_a_reason_must_be_given(cast: Cast) -> None:
    for what in (hold, release):
        with pytest.raises(InvalidEvent, match="Say why"):
            act(cast, what, cast.producer, reason="  ")
    with pytest.raises(InvalidEvent, match="Say why"):
        call_back(cast, cast.producer, reason="\t")


def test_only_an_inspectorate_or_an_authority_inspects(cast: Cast) -> None:
    for somebody in (cast.producer, cast.other_producer, cast.certifier, cast.laboratory, cast.council):
        with pytest.raises(Forbidden, match="Only an inspectorate"):
            look_at(cast, somebody)
    assert "inspected" not in cast.codes()
    for who in (cast.inspector, cast.authority):
        look_at(cast, who)
    assert len(cast.verdict().find("inspected")) == 2


def test_an_inspection_ends_in_pass_or_fail(cast: Cast) -> None:
    with pytest.raises(InvalidEvent, match="no result of an inspection"):
        look_at(cast, cast.inspector, result="fine, I think")
    with pytest.raises(NotFound, match="no lot"):
        look_at(cast, cast.inspector, lot=f"{cast.product}/10/NONE")


def test_every_act_on_a_lot_stands_in_the_audit_trail(cast: Cast) -> None:
    act(cast, hold, cast.producer)
    act(cast, release, cast.producer)
    call_back(cast, cast.authority)
    with cast.world.read() as connection:
        lines = list(connection.execute(select(audit.c.line).order_by(audit.c.seq)).scalars())
    assert [word for line in lines for word in (b"hold", b"release", b"recall") if b'"action":"%s"' % word in line] == [
        b"hold",
        b"release",
        b"recall",
    ]


def test_a_recall_reaches_lots_made_from_the_recalled_one(cast: Cast) -> None:
    cast.harvest()
    taken = [goods("chè tươi, 1 kg", from_lot=cast.lot)]
    cast.capture(cast.event("MIX", lot=cast.other_lot, by=cast.other_producer, place=None, inputs=taken))
    call_back(cast, cast.producer)
    assert "input-recalled" in cast.codes(cast.other_lot)
