"""Certificates: declared by producers, confirmed, suspended and revoked by the issuer named in them and nobody else.

Whoever declared one may take it back before (taking_back.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from traceapp.adapters.papers import Paper
from traceapp.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from traceapp.core.facts import CertificateState
from traceapp.core.own.keys import HOLDERS
from traceapp.core.registers import say_certificate, say_certificate_state
from traceapp.core.statements import Statement, record_uuid, thing_url
from traceapp.core.status_list import LENGTH
from traceapp.db import driver
from traceapp.db.certificates import certificate_papers
from traceapp.db.parts import shared
from traceapp.db.tables import certificates
from traceapp.services.log.entries import Receipt
from traceapp.services.records.own_keys import has_own_key, standing_state
from traceapp.services.records.signing import Notary, new_uuid, record, said_already
from traceapp.services.registry.registers import role_of

ISSUERS = HOLDERS

_NEXT: Mapping[CertificateState, frozenset[CertificateState]] = {
    CertificateState.DECLARED: frozenset({CertificateState.CONFIRMED, CertificateState.REVOKED}),
    CertificateState.CONFIRMED: frozenset({CertificateState.SUSPENDED, CertificateState.REVOKED}),
    CertificateState.SUSPENDED: frozenset({CertificateState.CONFIRMED, CertificateState.REVOKED}),
    CertificateState.REVOKED: frozenset(),
    CertificateState.WITHDRAWN: frozenset(),
}


def declare_certificate(
    connection: Connection,
    about: str,
    issuer: str,
    details: Mapping[str, Any],
    by: str,
    notary: Notary,
    now: datetime,
    *,
    paper: Paper | None = None,
) -> tuple[str, Receipt]:
    """A certificate as its holder types it (declared), or as its issuer enters it (confirmed). Returns its id.

    `about` is the organisation, facility or product it is for, which must be `by`'s own unless `by` is the issuer.
    Forbidden for an issuer that is the holder itself, or none by its role; Conflict for
    one that was just entered so. `paper` is what was stored of it.
    """
    _require_may_enter(connection, about, issuer, by)
    certificate = thing_url(notary.host, new_uuid())
    index = next(free_status_indexes(connection))
    statement = say_certificate(
        certificate,
        about,
        issuer,
        details,
        declared_by=by,
        role=role_of(connection, by),
        status_index=index,
        paper=paper.sha256 if paper else None,
    )
    _require_new(connection, about, statement)
    receipt = record(connection, [statement], notary, now)[0]
    values = {"id": certificate, "about": about, "issuer": issuer, "state": statement.subject["traceapp:state"]}
    pointing = {"status_index": index, "record_id": record_uuid(receipt.record_id)}
    connection.execute(insert(certificates).values({**values, **pointing}))
    if paper:
        _keep_paper(connection, certificate, paper, now)
    return certificate, receipt


def _keep_paper(connection: Connection, certificate: str, paper: Paper, now: datetime) -> None:
    values = {"certificate": certificate, "file": paper.file, "kind": paper.kind, "size": paper.size, "at": now}
    connection.execute(insert(certificate_papers).values(values))


def set_certificate_state(
    connection: Connection,
    certificate: str,
    state: CertificateState,
    by: str,
    notary: Notary,
    now: datetime,
    *,
    reason: str | None = None,
) -> Receipt:
    """The issuer confirms, suspends, reinstates or revokes. Forbidden for anybody else, RuleBroken for an odd order."""
    statement = next_statement(connection, certificate, state, by, notary.host, reason=reason)
    receipt = record(connection, [statement], notary, now)[0]
    follow_state(connection, certificate, state, receipt)
    return receipt


def next_statement(
    connection: Connection,
    certificate: str,
    state: CertificateState,
    by: str,
    host: str,
    *,
    reason: str | None = None,
    declaration: tuple[str, str] | None = None,
) -> Statement:
    """What the issuer may say next of a certificate, which is locked until it is said. Forbidden, RuleBroken."""
    row = connection.execute(select(certificates).where(certificates.c.id == certificate).with_for_update()).first()
    if row is None:
        raise NotFound(f"There is no certificate {certificate[:120]}.")
    if row.issuer != by:
        raise Forbidden("Only the issuer named in a certificate confirms, suspends or revokes it.")
    standing = state_today(connection, host, certificate, row.issuer, row.state)
    if state not in _NEXT[standing]:
        raise RuleBroken(f"This certificate is {standing}; it cannot become {state}.")
    return say_certificate_state(
        certificate,
        row.about,
        state,
        by=by,
        role=role_of(connection, by),
        status_index=row.status_index,
        reason=reason,
        declaration=declaration,
    )


@shared
def state_today(connection: Connection, host: str, certificate: str, issuer: str, indexed: str) -> CertificateState:
    """The state that the next word is about: `indexed`, or what is left of it where the issuer lost its own key."""
    found = standing_state(connection, host, certificate, issuer) if has_own_key(connection, issuer) else None
    return found or CertificateState(indexed)


def follow_state(connection: Connection, certificate: str, state: CertificateState, receipt: Receipt) -> None:
    """The index follows what was recorded."""
    connection.execute(
        update(certificates)
        .where(certificates.c.id == certificate)
        .values(state=str(state), record_id=record_uuid(receipt.record_id))
    )


def status_indexes(connection: Connection, *states: CertificateState) -> list[int]:
    """Status list indexes of all certificates in one of these states."""
    wanted = [str(state) for state in states]
    found = connection.execute(select(certificates.c.status_index).where(certificates.c.state.in_(wanted)))
    return list(found.scalars())


def _require_may_enter(connection: Connection, about: str, issuer: str, by: str) -> None:
    holder = holder_of(connection, about)
    if by not in (issuer, holder):
        raise Forbidden("A certificate is entered by whoever holds it or whoever issued it.")
    _require_issuer(connection, issuer, holder)


def _require_new(connection: Connection, about: str, statement: Statement) -> None:
    twin = said_already(connection, about, statement)
    state = select(certificates.c.state).where(certificates.c.id == twin["credentialSubject"]["id"]) if twin else None
    # One that was refused or taken back may be entered again as it was.
    ended = (None, CertificateState.REVOKED, CertificateState.WITHDRAWN)
    if state is not None and connection.execute(state).scalar() not in ended:
        raise Conflict("Just this certificate was entered already: it is not entered twice.")


def _require_issuer(connection: Connection, issuer: str, holder: str) -> None:
    """Its word turns "declared" into "confirmed": it must be somebody else, and certify by trade."""
    if issuer == holder:
        raise Forbidden("Nobody certifies itself: name the organisation that issued the certificate.")
    role = role_of(connection, issuer)
    if role not in ISSUERS:
        raise Forbidden(f"A {role} does not issue certificates: name a {', '.join(sorted(ISSUERS))}.")


@shared
def holder_of(connection: Connection, about: str) -> str:
    """The organisation that a thing belongs to, or that it is; NotFound."""
    rows = driver.run(connection, _HOLDER, (about, about, about))
    if not rows:
        raise NotFound(f"There is nothing called {about[:120]} that a certificate could be about.")
    return str(rows[0][0])


_HOLDER = (
    "SELECT id FROM organisations WHERE id = ? UNION ALL SELECT organisation FROM products WHERE id = ? "
    "UNION ALL SELECT organisation FROM facilities WHERE id = ?"
)


def free_status_indexes(connection: Connection) -> Iterator[int]:
    """Random indexes that no certificate has: indexes in sequence would tell how many there are."""
    given: set[int] = set()
    while True:
        index = secrets.randbelow(LENGTH)
        taken = select(certificates.c.id).where(certificates.c.status_index == index)
        if index not in given and connection.execute(taken).first() is None:
            given.add(index)
            yield index
