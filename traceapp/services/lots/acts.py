"""Holding, releasing and recalling lots; inspecting them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from traceapp.core.acts import say_hold, say_inspection, say_recall
from traceapp.core.errors import Forbidden, InvalidEvent
from traceapp.core.statements import Statement
from traceapp.services.log.entries import Receipt
from traceapp.services.operating import audit
from traceapp.services.records.signing import Notary, documents_about, record, require_unsaid
from traceapp.services.registry.registers import owner_of_lot, role_of

RESULTS = ("pass", "fail")


def hold(connection: Connection, lot: str, reason: str, by: str, notary: Notary, now: datetime) -> Receipt:
    """Hold a lot back: its labels are refused until it is released. Conflict for the same said twice, as below."""
    role = _require_right(connection, lot, by)
    statement = say_hold(lot, released=False, reason=_given(reason), by=by, role=role)
    return _act(connection, "hold", lot, statement, notary, now)


def release(connection: Connection, lot: str, reason: str, by: str, notary: Notary, now: datetime) -> Receipt:
    """Release a held lot. What an authority holds, only an authority releases (Forbidden)."""
    role = _require_right(connection, lot, by)
    if role != "authority" and _held_by_authority(connection, lot):
        raise Forbidden("This lot is held by an authority: only an authority releases it.")
    statement = say_hold(lot, released=True, reason=_given(reason), by=by, role=role)
    return _act(connection, "release", lot, statement, notary, now)


def recall(
    connection: Connection,
    lot: str,
    by: str,
    notary: Notary,
    now: datetime,
    *,
    day: date,
    reason_vi: str,
    reason_en: str | None = None,
    action_vi: str | None = None,
    action_en: str | None = None,
) -> Receipt:
    """Recall a lot, by its producer or an authority. It shows on the next scan."""
    role = _require_right(connection, lot, by)
    words = {"reason_vi": _given(reason_vi), "reason_en": reason_en, "action_vi": action_vi, "action_en": action_en}
    return _act(connection, "recall", lot, say_recall(lot=lot, day=day, by=by, role=role, **words), notary, now)


def inspect(
    connection: Connection,
    lot: str,
    by: str,
    notary: Notary,
    now: datetime,
    *,
    day: date,
    result: str,
    note: str | None,
) -> Receipt:
    """An inspector's finding on a lot. Forbidden for anybody but an inspectorate or authority.

    InvalidEvent for a result that there is not.
    """
    owner_of_lot(connection, lot)
    role = role_of(connection, by)
    if role not in ("inspectorate", "authority"):
        raise Forbidden("Only an inspectorate or an authority inspects.")
    if result not in RESULTS:
        raise InvalidEvent(f"{result[:40]!r} is no result of an inspection: use one of {', '.join(RESULTS)}.")
    statement = say_inspection(lot=lot, day=day, result=result, note=note, by=by, role=role)
    return record(connection, [statement], notary, now)[0]


def _require_right(connection: Connection, lot: str, by: str) -> str:
    _, owner = owner_of_lot(connection, lot)
    role = role_of(connection, by)
    if by != owner and role != "authority":
        raise Forbidden("A lot is held, released and recalled by its producer or by an authority.")
    return role


def _held_by_authority(connection: Connection, lot: str) -> bool:
    """Whether the last word of an authority on this lot is that it is held."""
    said = documents_about(connection, lot, "HoldRecord")
    by_authority = (one for one in said if one["traceapp:declaredBy"]["traceapp:role"] == "authority")
    last = next(by_authority, None)
    return last is not None and last["credentialSubject"]["traceapp:action"] == "hold"


def _act(connection: Connection, action: str, lot: str, statement: Statement, notary: Notary, now: datetime) -> Receipt:
    require_unsaid(connection, lot, statement)
    receipt = record(connection, [statement], notary, now)[0]
    audit.note(connection, action, lot, statement.declared_by, now, record=receipt.record_id)
    return receipt


def _given(reason: str) -> str:
    if not reason.strip():
        raise InvalidEvent("Say why: the reason is shown on the page.")
    return reason.strip()
