"""Taking a certificate back: whoever declared it says that it does not hold, as long as its issuer has said nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from traceapp.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from traceapp.core.facts import CertificateState
from traceapp.core.registers import say_certificate_state
from traceapp.db.certificates import certificate_requests
from traceapp.db.tables import certificates
from traceapp.services.certificates.desk import told_reason
from traceapp.services.certificates.own_words import declaration_of
from traceapp.services.certificates.statements import follow_state, state_today
from traceapp.services.log.entries import Receipt
from traceapp.services.records.signing import Notary, parse_document, record
from traceapp.services.registry.registers import role_of
from traceapp.services.tables.known import declared_by


def take_back(
    connection: Connection, certificate: str, by: str, notary: Notary, now: datetime, *, reason: str
) -> Receipt:
    """Say that a certificate does not hold, and why, which is public. Whoever was asked to confirm it waits no longer.

    Raises what `require_may_take_back` does, InvalidEvent without a reason.
    """
    told = told_reason(CertificateState.WITHDRAWN, reason)
    locked = select(certificates).where(certificates.c.id == certificate).with_for_update()
    row = _taken_back(connection, notary.host, connection.execute(locked).first(), certificate, by)
    statement = say_certificate_state(
        certificate,
        row.about,
        CertificateState.WITHDRAWN,
        by=by,
        role=role_of(connection, by),
        status_index=row.status_index,
        reason=told,
    )
    receipt = record(connection, [statement], notary, now)[0]
    follow_state(connection, certificate, CertificateState.WITHDRAWN, receipt)
    connection.execute(delete(certificate_requests).where(certificate_requests.c.certificate == certificate))
    return receipt


def require_may_take_back(connection: Connection, host: str, certificate: str, by: str) -> None:
    """Forbidden for anybody but who declared it, Conflict where it was taken back already, RuleBroken once its issuer
    has spoken, NotFound.
    """
    found = connection.execute(select(certificates).where(certificates.c.id == certificate)).first()
    _taken_back(connection, host, found, certificate, by)


def _taken_back(connection: Connection, host: str, row: Row[Any] | None, certificate: str, by: str) -> Row[Any]:
    if row is None:
        raise NotFound(f"There is no certificate {certificate[:120]}.")
    if declared_by(parse_document(declaration_of(connection, host, certificate)[2])) != by:
        raise Forbidden("Only whoever declared a certificate takes it back.")
    state = state_today(connection, host, certificate, row.issuer, row.state)
    if state is CertificateState.WITHDRAWN:
        raise Conflict("This certificate was taken back already.")
    if state is not CertificateState.DECLARED:
        raise RuleBroken(f"This certificate is {state}: only its issuer suspends or revokes it now.")
    return row
