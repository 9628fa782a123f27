"""What each row of a table becomes: statements to sign, and the row of the index that points at each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Table

from traceapp.core.digital_link import Identity
from traceapp.core.folding import fold
from traceapp.core.identifiers import Gtin, TraceCode
from traceapp.core.quantities import name_key
from traceapp.core.registers import (
    HOUSEHOLD,
    is_household,
    say_certificate,
    say_facility,
    say_organisation,
    say_product,
)
from traceapp.core.sheets.rows import Reading, Row, Values
from traceapp.core.statements import Statement, thing_url
from traceapp.db import driver
from traceapp.db.imports import households
from traceapp.db.tables import certificates, facilities, organisations, products
from traceapp.services.certificates.statements import free_status_indexes, holder_of
from traceapp.services.records.signing import Notary, new_uuid
from traceapp.services.registry.registers import legal_form_of, personal_names_of
from traceapp.services.tables.known import Known

IndexRow = tuple[Table, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One statement, and the rows of tables that get its record's id as their last value."""

    statement: Statement
    rows: tuple[IndexRow, ...]


@dataclass(frozen=True, slots=True)
class Importer:
    """Who imports, with what is known of it."""

    known: Known
    by: str
    role: str
    notary: Notary

    @property
    def host(self) -> str:
        """The service's identity."""
        return self.notary.host


LEGAL_FORM = f"{HOUSEHOLD.capitalize()} sản xuất"
_HOUSEHOLD_FIELDS = ("code", "name", "tax_code", "phone", "province_code", "ward", "ward_code", "scale", "group")


def recorded_households(importer: Importer) -> Iterator[Values]:
    """Households on the list already, as rows."""
    for told in importer.known.households.values():
        yield {name: told.get(name) for name in _HOUSEHOLD_FIELDS}


def prepare_households(importer: Importer, reading: Reading) -> Iterator[Prepared]:
    """Each is an organisation of its own, declared by whoever lists it: code and commune stand in the record."""
    for row in reading.rows:
        household = thing_url(importer.host, new_uuid())
        details = {**_filled(row.values), "role": "producer", "legal_form": LEGAL_FORM}
        statement = say_organisation(household, details, declared_by=importer.by, role=importer.role)
        yield Prepared(
            statement,
            (
                (organisations, (household, "producer", "unconfirmed")),
                (households, (household, importer.by, row.values["code"])),
            ),
        )


def recorded_plots(importer: Importer) -> Iterator[Values]:
    """Places registered already, as rows; one without a code of its own is known by its GLN."""
    for told in importer.known.places.values():
        yield {"code": told.get("code"), "gln": told.get("gln"), "name": told.get("name")}


def prepare_plots(importer: Importer, reading: Reading) -> Iterator[Prepared]:
    """Facilities with a code. The exact position, and what a household calls its place, are personal."""
    own = is_household(legal_form_of(importer.known.connection, importer.by))
    listed = {fold(str(told.get("code"))) for told in importer.known.households.values()}
    for row in reading.faulty:
        _is_of_listed(reading, row, listed)
    for row in reading.rows:
        if not _is_of_listed(reading, row, listed):
            continue
        told = _filled(row.values)
        whose = told.get("household")
        place = f"https://{importer.host}/414/{told['gln']}" if "gln" in told else thing_url(importer.host, new_uuid())
        position = (told["latitude"], told["longitude"]) if "latitude" in told else None
        statement = say_facility(
            place, importer.by, told, role=importer.role, position=position, household=own or whose is not None
        )
        yield Prepared(statement, ((facilities, (place, importer.by)),))


def _is_of_listed(reading: Reading, row: Row, listed: Collection[str]) -> bool:
    """Whether the household that a row names, if any, is on the list; noted otherwise."""
    whose = row.values["household"]
    if not whose or fold(whose) in listed:
        return True
    reading.refuse(row.number, "household", "no-such-household", text=whose)
    return False


def recorded_products(importer: Importer) -> Iterator[Values]:
    """Products registered already, as rows."""
    for told in importer.known.products.values():
        yield {"code": told.get("code"), "name_vi": told.get("name_vi")}


def prepare_products(importer: Importer, reading: Reading) -> Iterator[Prepared]:
    """Products, unless somebody else has the code or a household is named."""
    connection = importer.known.connection
    names = [name_key(name) for name in personal_names_of(connection, importer.by)]
    codes = {row.values["code"] for row in (*reading.rows, *reading.faulty)} - {None}
    taken = {row[0] for row in driver.run_for(connection, "SELECT code FROM products WHERE code IN ({})", codes)}
    for row in reading.faulty:
        _may_be_said(reading, row, taken, names)
    for row in reading.rows:
        if not _may_be_said(reading, row, taken, names):
            continue
        told = _filled(row.values)
        code = told["code"]
        product = f"https://{importer.host}{Identity(Gtin(code) if code.isdigit() else TraceCode(code)).path}"
        statement = say_product(product, importer.by, told, role=importer.role)
        yield Prepared(statement, ((products, (product, code, importer.by)),))


def _may_be_said(reading: Reading, row: Row, taken: Collection[str], names: Collection[str]) -> bool:
    """Whether nobody has its code and it names no household; noted otherwise."""
    before = reading.fault_count
    if row.values["code"] in taken:
        reading.refuse(row.number, "code", "taken")
    told = _filled(row.values).values()
    if any(name in name_key(str(value)) for value in told for name in names):
        reading.refuse(row.number, "name_vi", "household-named")
    return reading.fault_count == before


def recorded_certificates(importer: Importer) -> Iterator[Values]:
    """Certificates about its things, or issued by it, as rows."""
    for told in importer.known.certificates():
        yield {"number": told.get("number"), "scheme": told.get("scheme")}


_OWN = frozenset({"co so", "don vi", "to chuc", "toan co so", "producer", "organisation"})


def prepare_certificates(importer: Importer, reading: Reading) -> Iterator[Prepared]:
    """Certificates declared by their holder."""
    yield from _prepare_papers(
        importer, reading, lambda row: _holder(importer, row), lambda row: _issuer(importer, row)
    )


def prepare_register(importer: Importer, reading: Reading) -> Iterator[Prepared]:
    """Certificates that whoever imports them issued: confirmed from the start."""
    yield from _prepare_papers(importer, reading, lambda row: _anything(importer, row), lambda _: importer.by)


Finder = Callable[[Row], str | None]
"""The id of what a cell of a row names; None where there is nothing in the cell, _Unknown where it leads nowhere."""


def _prepare_papers(importer: Importer, reading: Reading, about_of: Finder, issuer_of: Finder) -> Iterator[Prepared]:
    for row in reading.faulty:
        _parties(importer, reading, row, about_of, issuer_of)
    indexes = free_status_indexes(importer.known.connection)
    for row in reading.rows:
        parties = _parties(importer, reading, row, about_of, issuer_of)
        if parties is None:
            continue
        about, issuer = parties
        certificate, index = thing_url(importer.host, new_uuid()), next(indexes)
        details = {name: value for name, value in _filled(row.values).items() if name not in ("about", "issuer")}
        statement = say_certificate(
            certificate, about, issuer, details, declared_by=importer.by, role=importer.role, status_index=index
        )
        state = str(statement.subject["traceapp:state"])
        yield Prepared(statement, ((certificates, (certificate, about, issuer, state, index)),))


def _parties(
    importer: Importer, reading: Reading, row: Row, about_of: Finder, issuer_of: Finder
) -> tuple[str, str] | None:
    """What a paper is about, and who issued it; None where that cannot be told, which is noted."""
    about, issuer = _found(reading, row, about_of), _found(reading, row, issuer_of)
    if about is None or issuer is None:
        return None
    if holder_of(importer.known.connection, about) == issuer:
        reading.refuse(row.number, "about", "own-issuer")
        return None
    return about, issuer


def _found(reading: Reading, row: Row, find: Finder) -> str | None:
    try:
        return find(row)
    except _Unknown as cause:
        reading.refuse(row.number, cause.column, cause.problem, **cause.values)
        return None


class _Unknown(Exception):
    """A reference that leads nowhere."""

    def __init__(self, column: str, problem: str, **values: str) -> None:
        super().__init__(f"{column}: {problem}")
        self.column, self.problem, self.values = column, problem, values


def _holder(importer: Importer, row: Row) -> str | None:
    text = row.values["about"]
    if text is None:
        return None
    if fold(text) in _OWN:
        return importer.by
    wanted = {fold(text), fold(text.zfill(14))}
    for product, told in importer.known.products.items():
        if fold(str(told.get("code"))) in wanted or fold(str(told.get("name_vi"))) in wanted:
            return product
    found = importer.known.place_called(text)
    if len(found) != 1:
        raise _Unknown("about", "which-place" if found else "no-such-thing", text=text[:60])
    return found[0]


def _issuer(importer: Importer, row: Row) -> str | None:
    text, issuers = row.values["issuer"], importer.known.issuers
    if text is None:
        return None
    found = issuers.get(fold(text), (text if text in {one for one, _ in issuers.values()} else None, ""))[0]
    if found is None:
        choices = ", ".join(sorted(name for _, name in issuers.values())[:8])
        raise _Unknown("issuer", "no-such-issuer", text=text[:60], choices=choices)
    return found


_ANYTHING = (
    "SELECT id FROM products WHERE code IN (?, ?) UNION SELECT id FROM facilities WHERE id = ? "
    "UNION SELECT id FROM organisations WHERE id = ?"
)


def _anything(importer: Importer, row: Row) -> str | None:
    """A product by its code, a facility by its GLN, an organisation by its GLN or id: whoever they belong to."""
    text = row.values["about"]
    if text is None:
        return None
    compact = "".join(text.split())
    place, party = (f"https://{importer.host}/{key}/{compact.zfill(13)}" for key in ("414", "417"))
    spellings = (compact.upper(), compact.zfill(14), place, party if compact.isdigit() else text)
    found = driver.run(importer.known.connection, _ANYTHING, spellings)
    if len(found) != 1:
        raise _Unknown("about", "no-such-thing", text=text[:60])
    return str(found[0][0])


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says, as records hold it: days as ISO, lists as lists, nothing that is empty."""
    return {name: _plain(value) for name, value in values.items() if value not in (None, "", ())}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value
