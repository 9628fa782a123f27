"""Who is who: an authority confirms organisations and decides disputes; a producer claims a code that another took."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Flask, Response, request

from traceapp.core.errors import Conflict, InvalidIdentifier, NotFound, RuleBroken, TraceappError
from traceapp.core.identifiers import Gtin
from traceapp.core.places import PROVINCES
from traceapp.i18n import show_instant
from traceapp.services.accounts import claims as service
from traceapp.services.records.names import name_of
from traceapp.web.access import AUTHORITY, PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.forms import Form, PortalSchema, read, text
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

claims = Blueprint("claims", __name__)


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(claims)


class ClaimForm(PortalSchema):
    """A code, and how it came to whoever claims it."""

    code = text(most=20)
    words = text(least=10, most=service.LONGEST_WORDS)


class AnswerForm(PortalSchema):
    """Why the code is the holder's, for whoever decides."""

    words = text(least=service.SHORTEST_WORDS, most=service.LONGEST_WORDS)


@claims.get("/portal/claims/new")
@access(PRODUCER)
def new_claim() -> Response:
    """The form, and the disputes one has already; or the form that answers one of them."""
    if asked := request.args.get("answer", ""):
        return _show(Form(), answering=_against_us(asked))
    return _show(Form(typed={"code": request.args.get("code", "")}))


@claims.post("/portal/claims/new")
@access(PRODUCER)
def make_claim() -> Response:
    """Start a dispute: the other's labels of this product are held until an authority decides."""
    here, member, form = world(), session.member(), read(ClaimForm, request.form)
    code = _code(form)
    if code is None and "code" not in form.problems:
        form = form.with_problem("code", gettext("Mã vạch chưa đúng: chép lại đủ số in dưới vạch (8 đến 14 số)."))
    if form.problems or code is None:
        return _show(form, 422)
    try:
        with here.write() as connection:
            service.claim(
                connection, code, member.declared_by, form.values["words"], member.notary(here.notary), here.clock()
            )
    except NotFound:
        return _show(form.with_problem("code", gettext("Chưa ai khai mã này: khai nó như sản phẩm của mình.")), 404)
    except Conflict:
        return _show(form.with_problem("code", gettext("Đã báo mã này rồi: danh sách bên trên nói đã tới đâu.")), 409)
    except TraceappError as cause:
        return _show(
            form.refused(
                cause, gettext("Chưa báo được: mã là của chính cơ sở này, hoặc đang có nhiều lần báo chưa xong.")
            ),
            422,
        )
    return see_other("/portal/claims/new")


@claims.post("/portal/claims/<claim>/withdraw")
@access(PRODUCER)
def withdraw(claim: str) -> Response:
    """Take one's own claim back."""
    here, member = world(), session.member()
    try:
        with here.write() as connection:
            service.withdraw(connection, claim, member.declared_by, member.notary(here.notary), here.clock())
    except RuleBroken:
        words = gettext("Không rút được nữa: cơ quan quản lý đã quyết định, xem bên dưới.")
        return _show(Form().with_problem("form", words), 409)
    return see_other("/portal/claims/new")


@claims.post("/portal/claims/<claim>/answer")
@access(PRODUCER)
def answer(claim: str) -> Response:
    """Say, in a dispute about one's own code, why it is one's own."""
    here, member, form = world(), session.member(), read(AnswerForm, request.form)
    about = _against_us(claim)
    if form.problems:
        return _show(form, 422, answering=about)
    try:
        with here.write_aside() as connection:
            service.answer(connection, claim, member.declared_by, form.values["words"], here.clock())
    except RuleBroken:
        decided = gettext("Tranh chấp này đã xử lý xong, không nhận thêm lời. Chữ vừa gõ còn ở dưới.")
        return _show(form.with_problem("words", decided), 409, answering=about)
    except Conflict:
        enough = gettext("Đã trả lời đủ số lần. Còn gì nữa thì nói thẳng với cơ quan quản lý.")
        return _show(form.with_problem("words", enough), 409, answering=about)
    return see_other("/portal/claims/new")


def _against_us(claim: str) -> service.Claim:
    """A claim to a code of one's own; NotFound for any other."""
    with world().read() as connection:
        found = service.find(connection, claim)
    if found.holder != session.member().declared_by:
        raise NotFound("There is no such claim against you.")
    return found


@claims.get("/portal/organisations")
@access(AUTHORITY)
def waiting() -> Response:
    """Who waits to be confirmed, and which codes are disputed."""
    return _waiting()


@claims.post("/portal/organisations/confirm")
@access(AUTHORITY)
def confirm() -> Response:
    """Confirm one organisation and its codes, by its id in the form."""
    here, member = world(), session.member()
    if asked := _asked("confirm-organisation", request.form.get("organisation", "")):
        return asked
    try:
        with here.write() as connection:
            service.confirm(
                connection,
                request.form.get("organisation", ""),
                member.declared_by,
                member.notary(here.notary),
                here.clock(),
            )
    except Conflict:
        return _waiting(gettext("Có mã của cơ sở này đang tranh chấp: xử lý tranh chấp trước."), 409)
    return see_other("/portal/organisations")


@claims.post("/portal/claims/<claim>/decide")
@access(AUTHORITY)
def decide(claim: str) -> Response:
    """Whose code it is."""
    here, member = world(), session.member()
    upheld = request.form.get("decision") == "claimant"
    with here.read() as connection:
        disputed = service.find(connection, claim)
    if disputed.state is not service.State.OPEN:
        return _decided()
    if request.form.get("answers", str(len(disputed.answers))) != str(len(disputed.answers)):
        return _waiting(gettext("Bên đã khai vừa trả lời thêm: đọc rồi hãy quyết định."), 409)
    if asked := _asked("decide-claim", disputed.claimant if upheld else disputed.holder, disputed.code):
        return asked
    notary, now = member.notary(here.notary), here.clock()
    try:
        with here.write() as connection:
            service.decide(connection, claim, member.declared_by, notary, now, upheld=upheld)
    except RuleBroken:
        return _decided()
    return see_other("/portal/organisations")


def _decided() -> Response:
    return _waiting(gettext("Tranh chấp này vừa xong: bên báo đã rút, hoặc đã có người quyết định."), 409)


def _asked(name: str, organisation: str, code: str = "") -> Response | None:
    """The page that asks who confirms, until it was answered."""
    with world().read() as connection:
        told = name_of(connection, organisation) or organisation
    confirmed = gettext("Xác nhận %(name)s", name=told)
    what = gettext("Mã %(code)s là của %(name)s", code=code, name=told) if code else confirmed
    return step_up(name, what, back="/portal/organisations")


def _code(form: Form) -> str | None:
    digits = "".join(str(form.values.get("code") or "").split())
    try:
        return str(Gtin(digits.zfill(14))) if len(digits) >= 8 else None
    except InvalidIdentifier:
        return None


def _show(form: Form, status: int = 200, *, answering: service.Claim | None = None) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        found = service.claims_of(connection, member.declared_by)
    return portal_page(
        "claim",
        status=status,
        form=form,
        answering=answering,
        claims=found,
        answers={one.id: _told(one.answers) for one in found if one.holder == member.declared_by},
        states=_states(),
        labels={"code": gettext("Mã vạch GS1"), "words": gettext("Vì sao mã này là của mình")},
    )


def _told(answers: Iterable[service.Answer]) -> list[tuple[str, str]]:
    """When each was said, and what."""
    return [(show_instant(one.at, choose_locale()), one.words) for one in answers]


def _waiting(problem: str = "", status: int = 200) -> Response:
    here = world()
    with here.read() as connection:
        found = service.organisations_waiting(connection)
        disputes = [
            (
                one,
                name_of(connection, one.holder),
                name_of(connection, one.claimant),
                show_instant(one.made, choose_locale()),
                _told(one.answers),
            )
            for one in service.open_claims(connection)
        ]
    return portal_page(
        "organisations", status=status, waiting=found, disputes=disputes, provinces=PROVINCES, problem=problem
    )


def _states() -> dict[str, str]:
    return {
        "open": gettext("đang chờ cơ quan quản lý; chưa in được tem"),
        "upheld": gettext("mã thuộc về bên báo"),
        "refused": gettext("mã thuộc về bên đã khai"),
        "withdrawn": gettext("đã rút"),
    }
