"""Between holders and issuers: asking for a confirmation, answering, looking after what was certified."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from traceapp.core.counted import Counted
from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.facts import CertificateState
from traceapp.core.identifiers import nfc
from traceapp.core.registers import say_certificate_visit
from traceapp.core.statements import Statement
from traceapp.db import driver
from traceapp.db.certificates import certificate_requests
from traceapp.db.tables import certificates
from traceapp.db.types import instant_of
from traceapp.services.certificates.statements import holder_of, set_certificate_state
from traceapp.services.log.entries import Receipt
from traceapp.services.operating import audit
from traceapp.services.records.signing import Notary, record, require_unsaid
from traceapp.services.registry.registers import role_of

LONGEST_REASON = 500
WAITING, CONFIRMED, REFUSED = "waiting", "confirmed", "refused"


def ask_confirmation(connection: Connection, certificate: str, by: str, now: datetime) -> None:
    """The holder asks the issuer to confirm. Forbidden, Conflict while it waits, RuleBroken when it is not declared."""
    row = _certificate(connection, certificate)
    if holder_of(connection, row.about) != by:
        raise Forbidden("Only the holder of a certificate asks for its confirmation.")
    if row.state != CertificateState.DECLARED:
        raise RuleBroken(f"This certificate is {row.state}: there is nothing to ask for.")
    if _request_state(connection, certificate) == WAITING:
        raise Conflict("This certificate waits for its issuer already.")
    connection.execute(delete(certificate_requests).where(certificate_requests.c.certificate == certificate))
    values = {"certificate": certificate, "issuer": row.issuer, "state": WAITING, "asked": now}
    connection.execute(insert(certificate_requests).values(values))


def waiting_for(connection: Connection, issuer: str) -> list[tuple[str, datetime]]:
    """(certificate, asked at) of what waits for an issuer's word, the oldest first."""
    return [(paper, instant_of(asked)) for paper, asked in driver.run(connection, _WAITING, (issuer, WAITING))]


_WAITING = (
    "SELECT certificate, asked FROM certificate_requests WHERE issuer = ? AND state = ? ORDER BY asked, certificate"
)


def say_state(
    connection: Connection,
    certificate: str,
    state: CertificateState,
    by: str,
    notary: Notary,
    now: datetime,
    *,
    reason: str = "",
) -> Receipt:
    """The issuer confirms, suspends, reinstates or revokes; suspending and revoking need a reason, which is public."""
    told = told_reason(state, reason)
    receipt = set_certificate_state(connection, certificate, state, by, notary, now, reason=told)
    answer_request(connection, certificate, state, told, now)
    return receipt


def told_reason(state: CertificateState, reason: str) -> str | None:
    """The reason as it is recorded; InvalidEvent where one is needed and none, or too long a one, is given."""
    needed = state in (CertificateState.SUSPENDED, CertificateState.REVOKED, CertificateState.WITHDRAWN)
    return _reason(reason) if reason or needed else None


def answer_request(
    connection: Connection, certificate: str, state: CertificateState, reason: str | None, now: datetime
) -> None:
    """Whoever asked for the issuer's word has it."""
    _decide(connection, certificate, CONFIRMED if state == CertificateState.CONFIRMED else REFUSED, reason, now)


def refuse_confirmation(connection: Connection, certificate: str, by: str, reason: str, now: datetime) -> None:
    """The issuer does not confirm, and tells the holder alone why: nothing is recorded. RuleBroken, Forbidden."""
    row = _certificate(connection, certificate)
    if row.issuer != by:
        raise Forbidden("Only the issuer named in a certificate answers for it.")
    if _request_state(connection, certificate) != WAITING:
        raise RuleBroken("Nobody waits for this certificate's confirmation.")
    _decide(connection, certificate, REFUSED, _reason(reason), now)
    audit.note(connection, "certificate-refused", certificate, by, now)


def visit(
    connection: Connection,
    certificate: str,
    by: str,
    notary: Notary,
    now: datetime,
    *,
    day: date,
    result: str,
    note: str = "",
) -> Receipt:
    """The issuer records a surveillance visit. Forbidden for anybody else, InvalidEvent for a day to come, Conflict for
    the same said twice.
    """
    statement = visit_statement(connection, certificate, by, now, day=day, result=result, note=note)
    require_unsaid(connection, certificate, statement)
    return record(connection, [statement], notary, now)[0]


def visit_statement(
    connection: Connection,
    certificate: str,
    by: str,
    now: datetime,
    *,
    day: date,
    result: str,
    note: str = "",
    declaration: tuple[str, str] | None = None,
) -> Statement:
    """What the issuer says of a visit; raises what `visit` raises."""
    row = _certificate(connection, certificate)
    if row.issuer != by:
        raise Forbidden("Only the issuer named in a certificate looks after it.")
    if row.state not in (CertificateState.CONFIRMED, CertificateState.SUSPENDED):
        raise RuleBroken(f"This certificate is {row.state}: confirm it first.")
    if day > vietnamese_date(now):
        raise InvalidEvent(f"{day} lies after today: record the visit when it has taken place.")
    return say_certificate_visit(
        certificate,
        row.about,
        day,
        result=result,
        note=_reason(note) if note.strip() else None,
        by=by,
        role=role_of(connection, by),
        declaration=declaration,
    )


def _certificate(connection: Connection, certificate: str) -> Row[Any]:
    row = connection.execute(select(certificates).where(certificates.c.id == certificate)).first()
    if row is None:
        raise NotFound(f"There is no certificate {certificate[:120]}.")
    return row


def _request_state(connection: Connection, certificate: str) -> str | None:
    query = select(certificate_requests.c.state).where(certificate_requests.c.certificate == certificate)
    found: str | None = connection.execute(query).scalar()
    return found


def _decide(connection: Connection, certificate: str, state: str, reason: str | None, now: datetime) -> None:
    connection.execute(
        update(certificate_requests)
        .where(certificate_requests.c.certificate == certificate)
        .values(state=state, reason=reason, decided=now)
    )


def _reason(text: str) -> str:
    kept = nfc(" ".join(text.split()))
    if not 0 < len(kept) <= LONGEST_REASON:
        raise InvalidEvent(f"The reason has {Counted(len(kept)):character|characters}: write 1 to {LONGEST_REASON}.")
    return kept
