"""The certificates of a holder, and those of an issuer, for their lists and calendars: as they were typed, unverified.

States come from the index, which follows what issuers signed; what pages show is read from verified records elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from traceapp.core.canonical import JsonObject
from traceapp.core.dates import civil_date
from traceapp.core.errors import Forbidden, InvalidEvent, NotFound
from traceapp.core.expiry import first_day_without
from traceapp.db import driver
from traceapp.i18n.names import told_name
from traceapp.services.certificates.statements import holder_of
from traceapp.services.records.names import told_by, told_of
from traceapp.services.records.signing import said_in

STANDING = ("declared", "confirmed")
"""States of a certificate that holds until it ends."""
_THINGS = (
    "SELECT ? AS id UNION SELECT id FROM products WHERE organisation = ? "
    "UNION SELECT id FROM facilities WHERE organisation = ?"
)
_ROWS = (
    "SELECT c.id, c.about, c.issuer, c.state, q.state, q.reason, p.file, p.kind FROM certificates c "
    "LEFT JOIN certificate_requests q ON q.certificate = c.id LEFT JOIN certificate_papers p ON p.certificate = c.id "
)
_SAID = (
    "SELECT s.subject, r.body FROM record_subjects s JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id WHERE r.type = 'CertificateRecord' AND s.subject IN ({}) "
    "ORDER BY s.leaf_index"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A surveillance visit; `result` is kept or lacking."""

    day: date
    result: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One certificate. `told` is what its first record says; `ends` the first day on which it does not hold.

    `asked` is waiting, confirmed or refused, None where nobody asked its issuer; `reason` is the last one given.
    """

    id: str
    about: str
    issuer: str
    state: str
    told: JsonObject
    asked: str | None
    reason: str | None
    paper: str | None
    paper_kind: str | None
    visits: tuple[Visit, ...] = ()

    @property
    def scheme(self) -> str:
        """Its scheme."""
        return str(self.told.get("scheme", ""))

    @property
    def number(self) -> str:
        """Its number."""
        return str(self.told.get("number", ""))

    @property
    def issued(self) -> date:
        """The day of its issue."""
        return civil_date(str(self.told.get("issued")))

    @property
    def ends(self) -> date | None:
        """The first day on which it does not hold; None where it names none."""
        expires = self.told.get("expires")
        return first_day_without(self.scheme, self.issued, civil_date(str(expires)) if expires else None)

    @property
    def is_standing(self) -> bool:
        """Whether nobody took it back, revoked or suspended it."""
        return self.state in STANDING

    @property
    def is_reminded_of(self) -> bool:
        """Whether its end is worth a letter: it stands, and its issuer did not decline to confirm it."""
        return self.is_standing and not (self.state == "declared" and self.asked == "refused")

    @property
    def is_withdrawn(self) -> bool:
        """Whether whoever declared it took it back: it is no certificate any more, and stands last in lists."""
        return self.state == "withdrawn"

    def days_left(self, today: date) -> int | None:
        """Days until it ends, 0 or less once it has."""
        return (self.ends - today).days if self.ends else None


def is_followed(paper: Listed, papers: Iterable[Listed]) -> bool:
    """Whether a later confirmed decision about the same product took this OCOP decision's place."""
    if paper.scheme != "OCOP" or paper.ends is None:
        return False
    later = (one for one in papers if (one.scheme, one.about, one.state) == ("OCOP", paper.about, "confirmed"))
    return any(one.ends is not None and one.ends > paper.ends for one in later)


def is_replaced(paper: Listed, papers: Iterable[Listed]) -> bool:
    """Whether a later one of the same scheme about the same thing holds where this one was taken back."""
    kind = (paper.scheme, paper.about)
    later = (one for one in papers if (one.scheme, one.about) == kind and one.issued > paper.issued)
    return paper.state == "revoked" and any(one.is_standing for one in later)


@dataclass(frozen=True, slots=True)
class Named:
    """A certificate with what it is about and who issued it, by name."""

    paper: Listed
    about: str
    issuer: str


def named(connection: Connection, papers: Iterable[Listed], lang: str) -> list[Named]:
    """These certificates with names, those of products in the reader's language."""
    known = list(papers)
    things = {thing for one in known for thing in (one.about, one.issuer)}
    told = told_of(connection, things, ["ProductRecord", "FacilityRecord", "OrganisationRecord"])
    names = {thing: told_name(said, lang) or str(said.get("name") or "") for thing, said in told.items()}
    return [
        Named(one, names.get(one.about, ""), str(one.told.get("issuer_as_named") or names.get(one.issuer, "")))
        for one in known
    ]


def held_by(connection: Connection, organisation: str) -> list[Listed]:
    """The certificates of an organisation, its products and its places; those that end first come first."""
    things = [row[0] for row in driver.run(connection, _THINGS, (organisation,) * 3)]
    return _listed(connection, driver.run_for(connection, _ROWS + "WHERE c.about IN ({})", things))


def issued_by(connection: Connection, issuer: str) -> list[Listed]:
    """The certificates that name an issuer; those that end first come first."""
    return _listed(connection, driver.run(connection, _ROWS + "WHERE c.issuer = ?", (issuer,)))


def every_standing(connection: Connection) -> Iterator[Listed]:
    """Every certificate that holds until it ends, some hundreds at a time."""
    found = driver.run(connection, f"SELECT id FROM certificates WHERE state IN {STANDING} ORDER BY id")  # noqa: S608
    for start in range(0, len(found), driver.CHUNK):
        yield from listed_of(connection, [row[0] for row in found[start : start + driver.CHUNK]])


def listed_of(connection: Connection, names: Collection[str]) -> list[Listed]:
    """These certificates; those that end first come first."""
    return _listed(connection, driver.run_for(connection, _ROWS + "WHERE c.id IN ({})", names))


def has_follower(connection: Connection, paper: Listed) -> bool:
    """`is_followed` among all that is known of the same thing; asked only about what may be followed."""
    if paper.scheme != "OCOP":
        return False
    return is_followed(paper, _listed(connection, driver.run(connection, _ROWS + "WHERE c.about = ?", (paper.about,))))


def certificate_for(connection: Connection, certificate: str, organisation: str) -> Listed:
    """One certificate for its holder or its issuer; Forbidden for anybody else, NotFound."""
    rows = driver.run(connection, _ROWS + "WHERE c.id = ?", (certificate,))
    found = _listed(connection, rows)
    if not found:
        raise NotFound(f"There is no certificate {certificate[:120]}.")
    if organisation not in (found[0].issuer, holder_of(connection, found[0].about)):
        raise Forbidden("This certificate is of others: its holder and its issuer see it here.")
    return found[0]


def thing_name(connection: Connection, about: str, lang: str) -> str:
    """What a certificate is about, by name; a household's that was erased is empty."""
    for record_type in ("ProductRecord", "FacilityRecord", "OrganisationRecord"):
        told = told_by(connection, about, record_type)
        if name := told_name(told, lang) or told.get("name"):
            return str(name)
    return ""


def _listed(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> list[Listed]:
    known = list(rows)
    said: dict[str, list[JsonObject]] = {}
    for subject, body in driver.run_for(connection, _SAID, {row[0] for row in known}):
        said.setdefault(subject, []).append(said_in(body)[1])
    found = [_one(row, said.get(row[0], [])) for row in known]
    return sorted(found, key=lambda one: (one.is_withdrawn, one.ends or date.max, one.scheme, one.number))


def _one(row: tuple[Any, ...], said: list[JsonObject]) -> Listed:
    certificate, about, issuer, state, asked, refused, paper, kind = row
    own = [one for one in said if one.get("id") == certificate]
    told = next((one for one in own if one.get("type") == "traceapp:Certificate"), {})
    reasons = [one.get("reason") for one in own if one.get("type") == "traceapp:CertificateState"]
    reason = refused if asked == "refused" else (reasons[-1] if reasons else None)
    return Listed(certificate, about, issuer, state, told, asked, reason, paper, kind, tuple(_visits(own)))


def _visits(said: list[JsonObject]) -> Iterator[Visit]:
    for one in said:
        if one.get("type") == "traceapp:CertificateVisit":
            try:
                yield Visit(civil_date(one["day"]), str(one["result"]), one.get("note"))
            except (KeyError, InvalidEvent):
                continue
