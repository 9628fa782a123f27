"""`/portal/certificates`: one's own papers, their calendar, asking their issuers for a word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, request

from traceapp.adapters.papers import LARGEST, Paper, store_paper
from traceapp.adapters.papers import read_paper as read_file
from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, NotFound, PhotoRefused, RuleBroken, TraceappError
from traceapp.core.expiry import REMINDERS
from traceapp.core.sheets.certificate_forms import FORMS
from traceapp.core.statements import thing_url
from traceapp.i18n import show_amount, show_date
from traceapp.i18n.names import told_name
from traceapp.services.certificates.desk import ask_confirmation
from traceapp.services.certificates.lists import Listed, Named, certificate_for, held_by, named
from traceapp.services.certificates.papers import erase_paper
from traceapp.services.certificates.statements import declare_certificate
from traceapp.services.tables.known import Known
from traceapp.web.access import AUTHORITY, CERTIFIER, COUNCIL, LABORATORY, PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.bodies import drawing
from traceapp.web.language import choose_locale
from traceapp.web.portal import charts
from traceapp.web.portal.certificates.form import read_paper
from traceapp.web.portal.certificates.words import (
    When,
    farmed_words,
    field_words,
    kind_words,
    scheme_word,
    state_word,
    title_of,
    when_words,
)
from traceapp.web.portal.forms import Form, files_again
from traceapp.web.portal.parts import spoken
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.message_page import words_of_problem
from traceapp.web.words import gettext

certificates = Blueprint("certificates", __name__)
MOST_SENT = LARGEST + 200_000
SPAN = 370
"""Days that the calendar shows."""
_SANDBOX = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(certificates)


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One certificate in a list."""

    id: str
    title: str
    about: str
    issuer: str
    css: str
    state: str
    when: When
    stars: int


@certificates.get("/portal/certificates")
@access(PRODUCER)
def listed() -> Response:
    """Every paper, those that end first on top, and the year to come."""
    here, organisation = world(), session.member().declared_by
    today = vietnamese_date(here.clock())
    with here.read() as connection:
        lines, calendar = _held(connection, organisation, today)
    return portal_page("certificates", lines=lines, calendar=calendar, reminders=REMINDERS)


@spoken
def _held(connection: Any, organisation: str, today: date) -> tuple[list[PaperLine], tuple[charts.Mark, ...]]:
    """An organisation's papers, in a list and on the line of the year."""
    papers = held_by(connection, organisation)
    return [line_of(one, today) for one in named(connection, papers, choose_locale())], calendar_of(papers, today)


@certificates.get("/portal/certificates/new")
@certificates.get("/portal/certificates/new/<scheme>")
@access(PRODUCER)
def new(scheme: str = "") -> Response:
    """Which kind of paper; then its form, also where it was sent to: one that came back changes its language there."""
    if scheme and scheme not in FORMS:
        raise NotFound(f"There is no scheme {scheme[:40]!r}.")
    scheme = scheme or request.args.get("scheme", "")
    if scheme not in FORMS:
        return portal_page("certificate_schemes", schemes=[(one, scheme_word(one)) for one in FORMS])
    return _form(scheme, Form())


@certificates.post("/portal/certificates/new/<scheme>")
@access(PRODUCER, most_bytes=MOST_SENT)
def declare(scheme: str) -> Response:
    """Record a paper as its holder types it; its scan or photo beside it."""
    if scheme not in FORMS:
        raise NotFound(f"There is no scheme {scheme[:40]!r}.")
    here, member = world(), session.member()
    form, details = read_paper(scheme, request.form)
    if form.problems:
        return _form(scheme, form, 422)
    try:
        paper = _paper()
        with here.write() as connection:
            certificate, _ = declare_certificate(
                connection,
                form.values["about"],
                form.values["issuer"],
                details,
                member.declared_by,
                member.notary(here.notary),
                here.clock(),
                paper=paper,
            )
            if request.form.get("ask"):
                ask_confirmation(connection, certificate, member.declared_by, here.clock())
    except Conflict:
        # Sent twice: the list shows the one that was recorded.
        return see_other(f"/portal/certificates?lang={choose_locale()}")
    except PhotoRefused as cause:
        return _form(scheme, form.with_problem("paper", _no_paper(cause)), 422)
    except RuleBroken as cause:
        words = gettext("Tệp PDF hỏng hoặc nặng quá: lưu lại, hoặc chụp ảnh giấy.")
        return _form(scheme, form.with_problem("paper", words if choose_locale() == "vi" else str(cause)), 422)
    except TraceappError as cause:
        words = gettext("Chưa ghi được giấy này: xem lại nơi cấp và các ngày.")
        return _form(scheme, form.refused(cause, words if choose_locale() == "vi" else ""), 422)
    return see_other(f"/portal/certificates/{certificate.rpartition('/')[2]}")


def _no_paper(cause: PhotoRefused) -> str:
    if cause.problem == "kind":
        return gettext("Tệp này không phải PDF, cũng không phải ảnh JPEG, PNG, WebP. Chụp ảnh giấy rồi chọn ảnh đó.")
    return words_of_problem(cause.problem, cause.numbers)


@spoken
def one_paper(
    connection: Any, certificate: str, organisation: str, today: date
) -> tuple[Listed, PaperLine, list[tuple[str, str]]]:
    """One certificate for its holder or its issuer, in a line and in rows; Forbidden for anybody else, NotFound."""
    found = certificate_for(connection, certificate, organisation)
    return found, line_of(named(connection, [found], choose_locale())[0], today), rows_of(found)


@certificates.post("/portal/certificates/<uuid:name>/ask")
@access(PRODUCER)
def ask(name: UUID) -> Response:
    """Ask the issuer to confirm."""
    here, member = world(), session.member()
    certificate = thing_url(here.host, name)
    try:
        with here.write_aside() as connection:
            ask_confirmation(connection, certificate, member.declared_by, here.clock())
    except (Conflict, RuleBroken):
        # From an older page: the paper's own page tells where it stands by now.
        pass
    return see_other(f"/portal/certificates/{name}")


@certificates.post("/portal/certificates/<uuid:name>/erase-paper")
@access(PRODUCER)
def erase(name: UUID) -> Response:
    """Take the paper away; the record stays."""
    here, member = world(), session.member()
    with here.write_aside() as connection:
        erase_paper(connection, thing_url(here.host, name), member.declared_by, here.papers_dir, here.clock())
    return see_other(f"/portal/certificates/{name}")


@certificates.get("/portal/papers/<uuid:name>")
@access(PRODUCER, CERTIFIER, COUNCIL, AUTHORITY, LABORATORY)
def paper(name: UUID) -> Response:
    """The paper itself, for its holder and its issuer: a PDF is handed over, never shown here."""
    here, organisation = world(), session.member().declared_by
    with here.read() as connection:
        found = certificate_for(connection, thing_url(here.host, name), organisation)
    if found.paper is None:
        raise NotFound("This certificate has no paper here.")
    data = read_file(here.papers_dir, found.paper)
    is_pdf = found.paper_kind == "pdf"
    headers = {**_SANDBOX, "Content-Disposition": f"{'attachment' if is_pdf else 'inline'}; filename={found.paper}"}
    return Response(data, mimetype="application/pdf" if is_pdf else "image/webp", headers=headers)


def _paper() -> Paper | None:
    sent = request.files.get("paper")
    data = sent.read() if sent else b""
    if not data:
        return None
    with drawing():
        return store_paper(world().papers_dir, data)


def _form(scheme: str, form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        known = Known(connection, member.declared_by)
        issuers = [(one, name) for one, name in known.issuers.values() if one != member.organisation]
        about = list(_abouts(known, scheme, member.organisation_name))
    return portal_page(
        "certificate_form",
        status=status,
        form=files_again(form),
        scheme=scheme,
        scheme_name=scheme_word(scheme),
        fields=FORMS[scheme].fields,
        needed=FORMS[scheme].needed,
        about=about,
        issuers=sorted(issuers, key=lambda one: one[1]),
        labels=field_words(),
        kinds=list(kind_words().items()),
        farmed=list(farmed_words().items()),
    )


def _abouts(known: Known, scheme: str, own_name: str) -> list[tuple[str, str]]:
    """What a certificate of that scheme may be about: (id, name)."""
    kinds = FORMS[scheme].about
    found = [(known.organisation, own_name)] if "organisation" in kinds else []
    if "product" in kinds:
        found += [(one, told_name(told, choose_locale())) for one, told in known.products.items()]
    if "facility" in kinds:
        found += [(one, str(told.get("name") or told.get("code") or "")) for one, told in known.places.items()]
    return found


def line_of(one: Named, today: date) -> PaperLine:
    """A certificate as a list shows it."""
    paper = one.paper
    css, state = state_word(paper)
    when = when_words(paper, today)
    standing = paper.state in ("declared", "confirmed")
    stars = paper.told.get("stars") or 0
    return PaperLine(
        id=paper.id.rpartition("/")[2],
        title=title_of(paper),
        about=one.about,
        issuer=one.issuer,
        css=when.css if standing and when.reminder is not None else css,
        state=state,
        when=when,
        stars=int(stars) if standing and when.reminder != 0 else 0,
    )


def rows_of(paper: Listed) -> list[tuple[str, str]]:
    """(label, value) of everything that a paper says."""
    lang, words, kinds = choose_locale(), field_words(), {**kind_words(), **farmed_words()}
    units, rows = {"area_ha": "ha", "expected_t": gettext("tấn")}, []
    for name, label in words.items():
        value = paper.told.get(name)
        if name in ("scheme", "about", "issuer", "paper") or value in (None, "", []):
            continue
        if name in ("issued", "expires", "first_issued"):
            shown = show_date(str(value))
        elif isinstance(value, list):
            shown = "; ".join(show_date(str(day)) for day in value)
        elif isinstance(value, int | float):
            shown = show_amount(value, units.get(name, ""), lang)
        else:
            shown = kinds.get(str(value), str(value))
        rows.append((label, shown))
    return rows


def calendar_of(papers: list[Listed], today: date) -> tuple[charts.Mark, ...]:
    """The ends of papers on a line of the year to come."""
    days = [
        (one.ends, when_words(one, today).css, f"{show_date(one.ends)}: {title_of(one)}")
        for one in papers
        if one.ends and one.state in ("declared", "confirmed")
    ]
    return charts.marks(days, today - timedelta(days=5), SPAN)
