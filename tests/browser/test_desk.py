"""The desk of the portal in a browser: every screen fits phone and desk in both themes, and a table goes in by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.browser.measures import COVERED, OVERFLOW, barriers, barriers_in_the_dark, too_wide
from tests.browser.test_portal_setup import SMALL_TARGETS
from tests.own_keys import OwnBody, private_key
from tests.passwords import PASSWORD
from tests.services.sheets import HOUSEHOLD, table
from tests.web.signed_in import new_session
from tests.worlds import Copies, Originals
from traceapp.app import create_app
from traceapp.core.facts import CertificateState
from traceapp.services.certificates.lists import issued_by
from traceapp.services.operating.setup import initialise
from traceapp.services.registry.organisations import organisation_called
from traceapp.services.world import World

LONG = "Trần Nguyễn Bảo Ngọc, phụ trách sản xuất và nhãn hàng"
PHONE, DESK = {"width": 360, "height": 640}, {"width": 1280, "height": 800}


class Desk:
    """The demonstration, served, with somebody signed in for three of its organisations."""

    def __init__(self, url: str, world: World) -> None:
        self.url, self.world = url, world
        self.candy = self._sign_in("Cơ sở Kẹo dừa Ba Rạch (dữ liệu mẫu)", "keo@example.vn")
        self.honey = self._sign_in("HTX Mật ong Đá Hoa (dữ liệu mẫu)", "mat@example.vn")
        self.certifier = self._sign_in("Tổ chức chứng nhận XYZ-Mẫu", "xyz@example.vn")
        self.tea = self._sign_in(
            "HTX Chè Đồi Mây (dữ liệu mẫu)", "tran.nguyen.bao.ngoc.phutrach@hoptacxachedoimay.example.vn", LONG
        )
        self.inspector = self._sign_in(
            "Tổ kiểm tra số 3 – Sở NN&MT (dữ liệu mẫu)", "doan.kiem.tra.lien.nganh.2026@nongnghiep.example.vn", LONG
        )
        self.authority = self._sign_in(
            "Chi cục Chất lượng nông sản (dữ liệu mẫu)", "chicuc.quanlychatluong@nongnghiep.example.vn", LONG
        )

    def _sign_in(self, name: str, login: str, person: str = "Chị Lan") -> str:
        with self.world.read() as connection:
            organisation = organisation_called(connection, name)
        return new_session(self.world, organisation, login, name=person)[1]

    def page(self, chromium: Any, token: str, *, js: bool = True) -> Any:
        context = chromium.new_context(viewport=PHONE, locale="vi-VN", bypass_csp=js, java_script_enabled=js)
        context.add_cookies([{"name": "traceapp", "value": token, "url": self.url}])
        return context.new_page()


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, shared_copies: Copies, originals: Originals, port: int
) -> Iterator[Desk]:
    url = f"http://127.0.0.1:{port}"
    world = shared_copies.copy(originals("demo", "sqlite")[0], tmp_path_factory.mktemp("desk"), TRACEAPP_BASE_URL=url)
    # Its address has another port: init adds it to the hosts of its labels.
    initialise(world)
    server = make_server("127.0.0.1", port, create_app(world), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Desk(url, world)
    server.shutdown()
    world.engine.dispose()


def require_good(page: Any, axe: str, path: str) -> None:
    """The page that lies open fits a phone and a desk and bars nobody's way, in the light and in the dark."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert page.evaluate(OVERFLOW) <= 0, (path, size)
        assert page.evaluate(SMALL_TARGETS) == [], (path, size)
        assert barriers(page, axe) == [], (path, size)
    page.set_viewport_size(PHONE)
    assert barriers_in_the_dark(page) == [], path


SCREENS = [
    ("candy", ("overview", "certificates", "certificates/new?scheme=VIETGAP", "import", "export", "shops")),
    ("honey", ("overview", "messages")),
    ("certifier", ("certifier", "certifier/key")),
]


@pytest.mark.parametrize(("who", "paths"), SCREENS, ids=[who for who, _ in SCREENS])
def test_every_screen_fits_and_hinders_nobody(
    desk: Desk, chromium: Any, axe: str, who: str, paths: tuple[str, ...]
) -> None:
    page = desk.page(chromium, getattr(desk, who))
    for path in paths:
        page.goto(f"{desk.url}/portal/{path}")
        require_good(page, axe, path)
    page.context.close()


def test_a_table_goes_in_and_a_certificate_is_confirmed_without_javascript(desk: Desk, chromium: Any) -> None:
    page = desk.page(chromium, desk.candy, js=False)
    page.goto(f"{desk.url}/portal/import")
    file = {"name": "ho.xlsx", "mimeType": "application/octet-stream", "buffer": table("households", HOUSEHOLD)}
    page.set_input_files("#f-households", file)
    page.click("form[action^='/portal/import/households'] button")
    page.wait_for_load_state()
    assert "1 dòng mới" in page.inner_text("main")
    page.click("text=Ghi và ký 1 dòng")
    page.wait_for_load_state()
    assert "Đã ghi 1 dòng." in page.inner_text("main")
    page.context.close()
    page = desk.page(chromium, desk.certifier, js=False)
    page.goto(f"{desk.url}/portal/certifier")
    page.click("text=HACCP-MAU-0107")
    page.check("input[value=confirm]")
    page.click("button:has-text('Ký')")
    page.fill("input[name=step-up-password]", PASSWORD)
    page.click("button:has-text('Xác nhận bằng mật khẩu')")
    page.wait_for_load_state()
    assert "Nơi cấp đã xác nhận" in page.inner_text("main")
    assert re.search(r"/portal/certifier/[0-9a-f-]{36}$", page.url)
    page.context.close()


def test_the_screens_of_an_own_key_fit_and_hinder_nobody(desk: Desk, chromium: Any, axe: str) -> None:
    world, page = desk.world, desk.page(chromium, desk.certifier)
    with world.read() as connection:
        organisation = organisation_called(connection, "Tổ chức chứng nhận XYZ-Mẫu")
        certificate = next(one.id for one in issued_by(connection, organisation) if one.state == "confirmed")
    body = OwnBody(world, organisation, private_key(9))
    body.register()
    body.offered(certificate, CertificateState.SUSPENDED, "Kiểm tra lại")
    for path in ("certifier/key", f"certifier/{certificate.rpartition('/')[2]}"):
        page.goto(f"{desk.url}/portal/{path}")
        assert "Khóa riêng" in page.inner_text("main") or "khóa riêng" in page.inner_text("main")
        require_good(page, axe, path)
    page.context.close()


def test_recovery_codes_stand_on_one_line_each_to_be_copied(desk: Desk, chromium: Any) -> None:
    page = desk.page(chromium, desk.honey)
    page.goto(f"{desk.url}/portal/account")
    page.click("text=Tạo mười mã mới")
    page.fill("input[name=step-up-password]", PASSWORD)
    page.click("text=Xác nhận bằng mật khẩu")
    page.wait_for_load_state()
    lines = page.evaluate("""[...document.querySelectorAll('.codes li')].map(one => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return range.getClientRects().length;
    })""")
    assert lines == [1] * 10
    page.context.close()


ADDRESSES = "[...document.querySelectorAll('main a, nav a')].map(one => one.getAttribute('href'))"
CUT_OFF = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth + 1).length"
"""Tables of which a phone shows a part only."""
NO_PAGE = re.compile(r"\.(pdf|zip|xlsx|csv|json|svg)\b|/(photo|papers|text)\b")
NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|/(01|10|21|t|00)/[^/?]+|/\d{14}|=[^&]*|(?<=/new/)[A-Z]+")


@pytest.mark.parametrize(
    ("who", "lang"),
    [
        ("tea", "vi"),
        ("tea", "en"),
        ("certifier", "vi"),
        ("certifier", "en"),
        ("inspector", "vi"),
        ("authority", "vi"),
        ("authority", "en"),
    ],
)
def test_no_page_runs_over_and_nothing_lies_over_the_field_one_is_in(
    desk: Desk, chromium: Any, who: str, lang: str
) -> None:
    page = desk.page(chromium, getattr(desk, who))
    waiting, seen, found = [f"/portal?lang={lang}"], {"/portal"}, []
    while waiting:
        path = waiting.pop()
        page.goto(desk.url + path, wait_until="domcontentloaded")
        for address in page.evaluate(ADDRESSES):
            address, alike = address.partition("#")[0], NAMED.sub("", address.partition("#")[0])
            if address.startswith("/portal") and alike not in seen and not NO_PAGE.search(address):
                seen.add(alike)
                waiting.append(address)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        over, covered = page.evaluate(OVERFLOW) + page.evaluate(CUT_OFF), page.evaluate(COVERED)
        wide = too_wide(page)
        if over > 0 or covered or wide:
            found.append((path, over, covered, wide))
    assert found == []
    assert len(seen) > MOST_ALIKE[who], "its ways lead on"
    page.context.close()


MOST_ALIKE = {"tea": 40, "certifier": 5, "inspector": 5, "authority": 8}


def test_whoever_changes_the_language_in_the_middle_of_a_form_loses_nothing(desk: Desk, chromium: Any) -> None:
    page = desk.page(chromium, desk.candy)
    page.goto(f"{desk.url}/portal/certificates/new?scheme=OCOP&lang=vi")
    page.fill("#f-number", "QĐ 7")
    page.check("[name=stars][value='4']")
    page.select_option("#f-issuer", index=1)
    issuer = page.input_value("#f-issuer")
    page.click("a[hreflang=en]")
    page.wait_for_url("**lang=en")
    assert (page.input_value("#f-number"), page.input_value("#f-issuer")) == ("QĐ 7", issuer)
    assert page.is_checked("[name=stars][value='4']")
    page.click("button.btn:not([type])")
    page.get_by_text("Not saved yet.").wait_for()
    page.fill("#f-decision", "7/QĐ")
    page.click("a[hreflang=vi]")
    page.wait_for_url("**lang=vi")
    assert (page.input_value("#f-number"), page.input_value("#f-decision")) == ("QĐ 7", "7/QĐ"), "one that came back"
    page.goto(f"{desk.url}/portal/certificates/new?scheme=OCOP&lang=vi")
    assert page.input_value("#f-number") == "", "for that once"
    page.context.close()
