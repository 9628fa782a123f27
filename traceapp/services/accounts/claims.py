"""Disputes about product codes, and the authority's word on who is who.

A second claimant's word is a record: from then on the gate holds the product's labels, until an authority confirms the
producer once more, or the claimant takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, insert, select, update

from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.registers import say_claim
from traceapp.db import driver
from traceapp.db.accounts import claim_answers, claims
from traceapp.db.tables import products
from traceapp.db.types import instant_of
from traceapp.services.operating import audit
from traceapp.services.records.names import told_by
from traceapp.services.records.signing import Notary, new_uuid, record
from traceapp.services.registry.registers import clean, confirm_identity, role_of

SHORTEST_WORDS, LONGEST_WORDS = 10, 1000
MOST_ANSWERS = 5
"""Of the holder of a code to one claim: each stays as it was sent, and a later one adds to it."""
MOST_OPEN = 3
"""Disputes one organisation may have open at a time: each holds somebody's labels."""


class State(StrEnum):
    """What became of a claim."""

    OPEN = "open"
    UPHELD = "upheld"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the holder of a code said to a claim, and when."""

    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A dispute as its parties and authorities see it; `words` are the claimant's evidence, on no public page.

    `answers` are the holder's, the first one first. Neither party reads what the other said.
    """

    id: str
    code: str
    holder: str
    claimant: str
    words: str
    made: datetime
    state: State
    answers: tuple[Answer, ...] = ()


def claim(connection: Connection, code: str, claimant: str, words: str, notary: Notary, now: datetime) -> str:
    """Say that a code which another registered is one's own; its labels are held from now on. Returns the claim's id.

    NotFound for a code nobody registered, RuleBroken for one's own or too many claims, Conflict for one made before.
    InvalidEvent for words that are too short or too long.
    """
    row = connection.execute(select(products.c.id, products.c.organisation).where(products.c.code == code)).first()
    if row is None:
        raise NotFound(f"Nobody registered {code[:20]}: register it as your product.")
    _require_allowed(connection, code, row.organisation, claimant)
    told = _said(words)
    record(connection, [say_claim(row.id, claimant=claimant, role=role_of(connection, claimant))], notary, now)
    made = str(new_uuid())
    values = {"code": code, "holder": row.organisation, "claimant": claimant, "words": told, "made": now}
    connection.execute(insert(claims).values(id=made, state=str(State.OPEN), **values))
    audit.note(connection, "code-claimed", row.id, claimant, now)
    return made


def _said(words: str) -> str:
    told = str(clean(words.strip()))
    if not SHORTEST_WORDS <= len(told) <= LONGEST_WORDS:
        raise InvalidEvent(f"Say how the code came to you, in {SHORTEST_WORDS} to {LONGEST_WORDS} characters.")
    return told


def answer(connection: Connection, claim_id: str, holder: str, words: str, now: datetime) -> None:
    """The holder of a claimed code says why it is its own, to be read by whoever decides. The same twice is kept once.

    NotFound for a claim against somebody else, InvalidEvent for words that are too short or too long, RuleBroken once
    it was decided, Conflict after too many answers.
    """
    found = find(connection, claim_id)
    if found.holder != holder:
        raise NotFound("There is no such claim against you.")
    told = _said(words)
    if told in [one.words for one in found.answers]:
        return
    _open_product(connection, found)
    if len(found.answers) >= MOST_ANSWERS:
        raise Conflict(f"You answered {MOST_ANSWERS} times: all of it is with the authority.")
    connection.execute(insert(claim_answers).values(id=str(new_uuid()), claim=found.id, words=told, at=now))
    audit.note(connection, "claim-answered", found.holder, holder, now)


def _require_allowed(connection: Connection, code: str, holder: str, claimant: str) -> None:
    if holder == claimant:
        raise RuleBroken("This code is registered as your own already.")
    mine = select(claims.c.state).where(claims.c.claimant == claimant)
    if connection.execute(mine.where(claims.c.code == code, claims.c.state != str(State.WITHDRAWN))).first():
        raise Conflict("You claimed this code before: an authority decides, or has decided.")
    if (
        connection.execute(
            select(func.count()).select_from(mine.where(claims.c.state == str(State.OPEN)).subquery())
        ).scalar_one()
        >= MOST_OPEN
    ):
        raise RuleBroken(f"You have {MOST_OPEN} open claims: wait until one is decided.")


def withdraw(connection: Connection, claim_id: str, claimant: str, notary: Notary, now: datetime) -> None:
    """The claimant takes it back. NotFound for anybody else's, RuleBroken once it was decided."""
    found = find(connection, claim_id)
    if found.claimant != claimant:
        raise NotFound("There is no such claim of yours.")
    product = _open_product(connection, found)
    said = say_claim(product, claimant=claimant, role=role_of(connection, claimant), withdrawn=True)
    record(connection, [said], notary, now)
    _close(connection, found, State.WITHDRAWN, claimant, now)


def decide(
    connection: Connection, claim_id: str, authority: str, notary: Notary, now: datetime, *, upheld: bool
) -> None:
    """An authority decides: refused, the producer is confirmed once more; upheld, its labels stay held. Forbidden."""
    found = find(connection, claim_id)
    product = _open_product(connection, found)
    if upheld:
        confirm_identity(connection, found.holder, authority, notary, now, state="disputed", product=product)
    else:
        confirm_identity(connection, found.holder, authority, notary, now)
    _close(connection, found, State.UPHELD if upheld else State.REFUSED, authority, now)


def confirm(connection: Connection, organisation: str, authority: str, notary: Notary, now: datetime) -> None:
    """An authority confirms an organisation and its codes. Conflict while one of them is claimed: decide that first.

    Forbidden for anybody but an authority.
    """
    if role_of(connection, authority) != "authority":
        raise Forbidden("Only an authority confirms who an organisation is.")
    waiting = select(claims.c.id).where(claims.c.holder == organisation, claims.c.state == str(State.OPEN))
    if connection.execute(waiting).first():
        raise Conflict("Somebody claims a code of this organisation: decide that first.")
    confirm_identity(connection, organisation, authority, notary, now)
    audit.note(connection, "identity-confirmed", organisation, authority, now)


def _open_product(connection: Connection, found: Claim) -> str:
    if found.state is not State.OPEN:
        raise RuleBroken("This claim was decided already.")
    return str(connection.execute(select(products.c.id).where(products.c.code == found.code)).scalar_one())


def _close(connection: Connection, found: Claim, state: State, by: str, now: datetime) -> None:
    connection.execute(
        update(claims).where(claims.c.id == found.id).values(state=str(state), decided=now, decided_by=by)
    )
    audit.note(connection, f"claim-{state}", found.holder, by, now)


def find(connection: Connection, claim_id: str) -> Claim:
    """A claim by its id; NotFound."""
    return next(iter(_listed(connection, "id = ?", claim_id)), None) or _missing()


def _missing() -> Claim:
    raise NotFound("There is no such claim.")


def open_claims(connection: Connection) -> Sequence[Claim]:
    """Every claim that waits for an authority, the oldest first."""
    return _listed(connection, "state = ?", str(State.OPEN))


def claims_of(connection: Connection, organisation: str) -> Sequence[Claim]:
    """The claims that an organisation made, or that are made against it."""
    return _listed(connection, "claimant = ? OR holder = ?", organisation, organisation)


def _listed(connection: Connection, where: str, *values: str) -> Sequence[Claim]:
    rows = driver.run(connection, f"{_CLAIMS} WHERE {where} ORDER BY made", values)
    said: dict[str, list[Answer]] = {}
    for to, words, at in driver.run_for(connection, _ANSWERS, {row[0] for row in rows}):
        said.setdefault(to, []).append(Answer(words, instant_of(at)))
    return [
        Claim(one, code, holder, claimant, words, instant_of(made), State(state), tuple(said.get(one, ())))
        for one, code, holder, claimant, words, made, state in rows
    ]


_CLAIMS = "SELECT id, code, holder, claimant, words, made, state FROM claims"
_ANSWERS = "SELECT claim, words, at FROM claim_answers WHERE claim IN ({}) ORDER BY claim, at, id"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A producer whose identity nobody confirmed, as it describes itself."""

    id: str
    name: str
    legal_form: str
    ward: str
    province_code: str
    state: str
    codes: tuple[str, ...]


def organisations_waiting(connection: Connection, *, most: int = 200) -> Sequence[Waiting]:
    """Producers that are not confirmed, the newest first; households on a producer's list are that list's to know."""
    return [_waiting(connection, one, state) for one, state in driver.run(connection, _UNCONFIRMED, (most,))]


_UNCONFIRMED = (
    "SELECT id, identity_state FROM organisations WHERE role = 'producer' AND identity_state <> 'confirmed' "
    "AND id NOT IN (SELECT id FROM households) ORDER BY record_id DESC LIMIT ?"
)


def _waiting(connection: Connection, organisation: str, state: str) -> Waiting:
    told = told_by(connection, organisation, "OrganisationRecord")
    rows = driver.run(connection, "SELECT code FROM products WHERE organisation = ?", (organisation,))
    return Waiting(
        organisation,
        str(told.get("name") or ""),
        str(told.get("legal_form") or ""),
        str(told.get("ward") or ""),
        str(told.get("province_code") or ""),
        state,
        tuple(code for (code,) in rows),
    )
