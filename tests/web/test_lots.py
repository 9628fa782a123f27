"""Lots, deliveries, cases, traces, recalls and labels in the portal, through the real application."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from tests.conftest import HOST
from tests.passwords import AGAIN
from tests.web.conftest import PROGRAM, Page, Site, make_world
from tests.web.own_world import OWN_WORLD, once, site_of
from tests.web.signed_in import BROWSER, SignedIn, new_session
from traceapp.adapters.mail import Letter
from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Unavailable
from traceapp.core.facts import Content
from traceapp.db.accounts import accounts
from traceapp.db.tables import organisations, records
from traceapp.services.accounts.people import MemberRole, create_account, join
from traceapp.services.labels.work import claim, work_on
from traceapp.services.lots import lists
from traceapp.services.lots.cases import pack_case
from traceapp.services.lots.recall_letters import settle, take_up, unsent_letters
from traceapp.services.records.names import name_of
from traceapp.web.portal.labels.orders import AT_ONCE

TEA, BLEND, ORANGE = "DM2610B", "DM2610T", "DG1115"
DAY = "2026-11-20"


class Post:
    """A mailer that keeps what it is given; one that `is_down` takes nothing, and nothing goes to whom it `refuses`."""

    def __init__(self, *, is_down: bool = False, refuses: str = "") -> None:
        self.sent: list[Letter] = []
        self.is_down, self.refuses = is_down, refuses

    def send(self, letter: Letter) -> None:
        if self.is_down or letter.to == self.refuses:
            raise Unavailable("The mail server did not take the letter: TimeoutError.")
        self.sent.append(letter)


class Person(SignedIn):
    """Somebody signed in for an organisation."""

    def get(self, path: str, **headers: str) -> Page:
        return self.ask(path, headers={**BROWSER, **headers})

    def post(self, path: str, _headers: dict[str, str] | None = None, **fields: Any) -> Page:
        return self.send(path, fields, headers={**BROWSER, **(_headers or {})})

    def stock_key(self, lot: str, which: str) -> str:
        """A choice of the form that is called `which`, as the page offers it."""
        page = self.get(f"/portal/lots/{which}{self.site.lot(lot)}").response.text
        found = re.findall(r'name="(?:goods|kind\d+)" value="([^"]+)"', page)
        return found[0 if which == "ship" else -1].replace("&#34;", '"')


def sign_in(site: Site, name: str, role: MemberRole = MemberRole.OWNER) -> Person:
    """An account of the organisation whose name begins so."""
    return once(site, (name, role), lambda: _signed_in(site, name, role))


def _signed_in(site: Site, name: str, role: MemberRole) -> Person:
    with site.world.read() as connection:
        organisation = _organisation(connection, name)
    login = f"{abs(hash((name, role))) % 10**9}@example.vn"
    return Person(site, organisation, *new_session(site.world, organisation, login, role))


def _organisation(connection: Any, name: str) -> str:
    ids = connection.execute(select(organisations.c.id)).scalars()
    return next(one for one in ids if name_of(connection, one).startswith(name))


@pytest.fixture(scope="module")
def shared_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests that leave alone what others look at."""
    world = make_world(request, tmp_path_factory.mktemp("lots"), "sqlite")
    yield Site(world)
    world.engine.dispose()


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with site_of(request, "shared_site", tmp_path) as found:
        yield found


@pytest.fixture
def tea(site: Site) -> Person:
    return sign_in(site, "HTX Chè Đồi Mây")


@pytest.fixture
def oranges(site: Site) -> Person:
    return sign_in(site, "HTX Cam Đồi Gió")


@pytest.fixture
def shop(site: Site) -> Person:
    return sign_in(site, "Điểm giới thiệu")


def records_of(site: Site) -> int:
    with site.world.read() as connection:
        return connection.execute(select(func.count()).select_from(records)).scalar() or 0


def test_a_producer_sees_its_lots_and_what_is_left_of_each(tea: Person, site: Site) -> None:
    page = tea.get("/portal/lots")
    assert page.status == 200
    assert {TEA, BLEND, "DM2607A"} <= set(page.words.split())
    assert ORANGE not in page.words
    one = tea.get(f"/portal/lots/view{site.lot(TEA)}")
    assert "gói 200 g" in one.words and "900 gói" in one.words


EVERYTHING = {
    "reason": "vì tôi muốn", "first": "1", "last": "2", "count": "1", "size": "a4-24", "template": "full",
    "kind": "pdf", "codes": "auto", "day": DAY, "sure": "yes", "goods": "x|y|z", "number1": "A", "amount1": "1",
    "to": "x", "amount": "1",
}  # fmt: skip


@OWN_WORLD
def test_a_lot_of_somebody_else_is_nowhere(oranges: Person, shop: Person, site: Site) -> None:
    before = records_of(site)
    path = site.lot(TEA)
    for person in (oranges, shop):
        for screen in ("lots/view", "lots/split", "lots/make", "lots/ship", "lots/pack", "lots/recall", "lots/recalled",
                       "trace/back", "trace/forward", "labels/lot", "labels/preview", "labels/picture"):  # fmt: skip
            assert person.get(f"/portal/{screen}{path}").status in (403, 404), screen
        for screen in ("lots/hold", "lots/release", "lots/split", "lots/make", "lots/ship", "lots/pack", "lots/recall",
                       "lots/recalled", "labels/lot", "labels/again", "labels/void"):  # fmt: skip
            sent = person.post(f"/portal/{screen}{path}", **EVERYTHING)
            assert sent.status in (403, 404, 422), screen
    assert records_of(site) == before


def test_addresses_of_nothing_are_not_found(tea: Person) -> None:
    for path in (
        "/portal/lots/view/01/09520000000127/10/NONE",
        "/portal/lots/view/01/09520000000127",
        "/portal/lots/view/01/09520000000127/10/DM2610B/21/1",
        "/portal/deliveries/0190aaaa-0000-7000-8000-000000000000",
        "/portal/deliveries/x",
        "/portal/notices/999999",
        "/portal/notices/99999999999999999999",
        "/portal/cases/open/00/089312340000000011",
        "/portal/cases/label/00/089312340000000011",
        "/portal/labels/jobs/nothing",
    ):
        assert tea.get(path).status == 404, path
    assert tea.get("/portal/lots/view/01/123/10/A").status == 400


@pytest.mark.parametrize("count", ["²", "٣", "9" * 5000, "-1", ""])
def test_a_count_in_an_address_that_is_none_tells_nothing(tea: Person, count: str) -> None:
    for address in ("/portal/today?signed=", "/portal/import?done="):
        assert tea.get(address + quote(count)).status == 200, address
    told = tea.post("/portal/suspicions", lot="https://id.example.vn/01/1/10/x", item=count, reason="mở hộp")
    assert told.status == 422


def test_every_page_says_which_way_leads_to_it(tea: Person, site: Site) -> None:
    path = site.lot(TEA)
    for address, word in (
        ("/portal", "Hôm nay"),
        ("/portal/diary/written", "Hôm nay"),
        (f"/portal/lots/view{path}", "Lô hàng"),
        (f"/portal/trace/back{path}", "Lô hàng"),
        ("/portal/cases", "Lô hàng"),
        ("/portal/labels", "Tem"),
        ("/portal/certificates", "Khác"),
        ("/portal/account", "Khác"),
    ):
        ways = [one for one in tea.get(address).tree.iter("a") if one.get("aria-current") == "page"]
        assert ["".join(one.itertext()).strip() for one in ways] == [word], address
    assert "Today Lots Labels More" in tea.get("/portal?lang=en").words


def test_what_is_not_ones_own_leads_back_into_the_portal(tea: Person) -> None:
    for path, status in (("/portal/lots/view/01/09520000000127/10/NONE", 404), ("/portal/organisations", 403)):
        page = tea.get(path)
        ways = {one.get("href") for one in page.tree.iter("a")}
        assert page.status == status and "/portal?lang=vi" in ways, path
        assert "Quay lại trang trước" in page.words and "tem trong tay" not in page.words, path


def test_whoever_is_not_signed_in_is_asked_to(site: Site) -> None:
    assert site.ask(f"/portal/lots/view{site.lot(TEA)}").status_code == 303


@OWN_WORLD
def test_a_lot_is_split_with_the_balance_said_before(tea: Person, site: Site) -> None:
    path, key = site.lot(TEA), tea.stock_key(TEA, "split")
    before = records_of(site)
    form = {"goods": key, "day": DAY, "number1": "S1", "amount1": "1.000"}
    told = tea.post(f"/portal/lots/balance/split{path}", **form)
    assert told.status == 200 and "Lô S1" in told.words
    too_much = tea.post(f"/portal/lots/split{path}", **form)
    assert too_much.status == 409
    assert "gói 200 g thiếu 400 gói" in too_much.words and "không công khai" not in too_much.words
    assert "Thực tế đúng như vậy" in too_much.words
    looked = tea.post(f"/portal/lots/split{path}", **{**form, "amount1": "100"}, look="1")
    assert looked.status == 200 and "còn lại 500 gói" in looked.words
    assert records_of(site) == before
    assert tea.post(f"/portal/lots/split{path}", **{**form, "amount1": "100"}).status == 303
    assert "500 gói" in tea.get(f"/portal/lots/view{path}").words
    assert site.page(site.lot("S1")).headline == "record-authentic"
    assert tea.post(f"/portal/lots/split{path}", **{**form, "amount1": "100"}).status == 422


WRONG_PARTS = (
    {"amount1": "-5"},
    {"amount1": "nhiều"},
    {"number1": ""},
    {"number1": "có dấu cách"},
    {"amount1": ""},
    {"day": "2027-01-01"},
    {"day": "31/02/2026"},
    {"goods": ""},
    {"goods": "https://id.example.vn/01/09520000000134/10/DG1115|túi 1 kg|túi"},
    {"number1": "", "amount1": ""},
    {"amount1": "2,5"},
)


def test_what_is_counted_is_split_sent_received_and_made_whole(tea: Person, shop: Person, site: Site) -> None:
    path, key, before = site.lot(TEA), tea.stock_key(TEA, "split"), records_of(site)
    told = "Đếm bằng gói thì viết số nguyên, như 3."
    parts = tea.post(f"/portal/lots/split{path}", goods=key, day=DAY, number1="S9", amount1="2,5", sure="yes")
    assert parts.status == 422 and told in parts.words
    loads = tea.post(f"/portal/lots/ship{path}", to=shop.organisation, kind0=key, send0="2,5", day=DAY)
    assert loads.status == 422 and told in loads.words
    made = tea.post(f"/portal/lots/make{path}", source0=key, take0="2,5", amount="1,5", unit="hộp", goods="hộp quà")
    assert made.status == 422 and told in made.words and "Đếm bằng hộp thì viết số nguyên, như 2." in made.words
    assert (
        "Write a whole number of gói, such as 3."
        in tea.post(f"/portal/lots/split{path}?lang=en", goods=key, day=DAY, number1="S9", amount1="2.5").words
    )
    assert records_of(site) == before


def test_only_goods_that_a_lot_has_are_taken_or_sent_whatever_a_form_says(
    tea: Person, shop: Person, site: Site
) -> None:
    path, before = site.lot(TEA), records_of(site)
    for goods in ("vàng miếng|kg", "gói 200 g|kg"):
        key = f"{site.lot_id(TEA)}|{goods}"
        page = tea.get(f"/portal/lots/make{path}").response.text
        product = re.search(r'<option value="(https://[^"]+/01/[0-9]+)"', page)
        assert product is not None
        form = {"product": product[1], "number": "GOLD-1", "stage": "MIX", "day": DAY, "goods": "x", "unit": "kg"}
        made = tea.post(f"/portal/lots/make{path}", **form, amount="1", source0=key, take0="1", sure="yes")
        assert made.status == 422 and "Chọn một trong các mục có sẵn." in made.words
        sent = tea.post(f"/portal/lots/ship{path}", to=shop.organisation, kind0=key, send0="1", day=DAY, over="yes")
        assert sent.status == 422 and "Chọn một trong các mục có sẵn." in sent.words
    assert records_of(site) == before


def test_what_is_typed_wrong_stays_and_is_told_beside_its_field(tea: Person, site: Site) -> None:
    path, key, before = site.lot(TEA), tea.stock_key(TEA, "split"), records_of(site)
    for wrong in WRONG_PARTS:
        form = {"goods": key, "day": DAY, "number1": "S9", "amount1": "5", "number2": "giữ-lại", **wrong}
        page = tea.post(f"/portal/lots/split{path}", **form)
        assert page.status == 422, wrong
        assert "giữ-lại" in page.response.text
    assert records_of(site) == before


def test_a_quantity_names_a_unit_only_where_all_goods_have_it(tea: Person, site: Site) -> None:
    units = {
        option.rpartition("|")[2] for option in offered(tea.get(f"/portal/lots/split{site.lot('DM2608B')}"), "goods")
    }
    assert units == {"kg", "gói"}
    assert "<span>kg</span>" not in tea.get(f"/portal/lots/split{site.lot('DM2608B')}").response.text
    assert "<span>gói</span>" in tea.get(f"/portal/lots/split{site.lot(TEA)}").response.text


def test_lots_are_mixed_into_a_new_one_and_traced_both_ways(tea: Person, site: Site) -> None:
    path = site.lot(TEA)
    page = tea.get(f"/portal/lots/make{path}").response.text
    sources = dict(re.findall(r'name="(source\d+)" value="([^"]+)"', page))
    packs = next(name for name, key in sources.items() if key.startswith(site.lot_id(TEA)) and "gói 200 g" in key)
    product = re.search(
        r'<option value="(https://[^"]+09520000000127)"|<option value="(https://[^"]+/01/[0-9]+)"', page
    )
    assert product is not None
    form = {
        **sources, f"take{packs.removeprefix('source')}": "10", "stage": "MIX", "product": product[1] or product[2],
        "number": "MIX-1", "goods": "gói quà", "amount": "10", "unit": "gói", "day": DAY,
    }  # fmt: skip
    assert tea.post(f"/portal/lots/balance/make{path}", **form).status == 200
    made = tea.post(f"/portal/lots/make{path}", **form)
    assert made.status in (303, 409)
    if made.status == 409:
        assert tea.post(f"/portal/lots/make{path}", **form, sure="yes").status == 303
    back = tea.get(f"/portal/trace/back{site.lot('MIX-1')}")
    assert "Hàng của 1 lô khác nằm trong lô này." in back.words
    assert "MIX-1" in back.words and TEA in back.words
    assert "MIX-1" in tea.get(f"/portal/trace/forward{path}").words
    for wrong in (
        {"number": "MIX-1"},
        {f"take{packs.removeprefix('source')}": ""},
        {"stage": "SHIP"},
        {"expires": "2020-01-01"},
    ):
        assert tea.post(f"/portal/lots/make{path}", **{**form, **wrong}, sure="yes").status == 422, wrong


def test_goods_of_more_lots_are_added_by_address_and_stay_when_the_form_comes_back(tea: Person, site: Site) -> None:
    one, other = site.lot(TEA), site.lot(BLEND)
    alone = tea.get(f"/portal/lots/make{one}").response.text
    assert f'name="with" value="{other}"' in alone and f'value="{site.lot_id(BLEND)}|' not in alone
    both = tea.get(f"/portal/lots/make{one}?with={other}").response.text
    keys = re.findall(r'name="(source\d+)" value="([^"]+)"', both)
    assert {key.partition("|")[0] for _, key in keys} == {site.lot_id(TEA), site.lot_id(BLEND)}
    wrong = tea.post(f"/portal/lots/make{one}", **dict(keys), take0="1")
    assert wrong.status == 422
    assert re.findall(r'name="(source\d+)" value="([^"]+)"', wrong.response.text) == keys
    for odd in ("x", "/01/09520000000127", site.lot(ORANGE), "%00", "/01/09520000000127/10/NONE"):
        assert tea.get(f"/portal/lots/make{one}?with={odd}").status in (400, 404), odd


def test_goods_are_sent_counted_and_compared(tea: Person, shop: Person, oranges: Person, site: Site) -> None:
    path, key = site.lot(BLEND), tea.stock_key(BLEND, "ship")
    form = {"to": shop.organisation, "kind0": key, "send0": "100", "day": DAY, "vehicle": "20C-123.45"}
    sent = tea.post(f"/portal/lots/ship{path}", **form)
    assert (sent.status, sent.response.headers["Location"].endswith("#hands")) == (303, True), "where it is listed"
    assert re.search(r"\d+ chuyến hàng chờ đếm", shop.get("/portal").words), "a shop starts with what waits for it"
    assert tea.post(f"/portal/lots/ship{path}", **form).status == 409
    assert tea.post(f"/portal/lots/ship{path}", **{**form, "send0": "-5"}).status == 422
    assert tea.post(f"/portal/lots/ship{path}", **{**form, "send0": ""}).status == 422
    assert tea.post(f"/portal/lots/ship{path}", **{**form, "to": tea.organisation}).status == 404
    found = re.search(r"/portal/deliveries/([0-9a-f-]{36})", shop.get("/portal/lots").response.text)
    assert found is not None
    delivery = f"/portal/deliveries/{found[1]}"
    assert "100 gói 200 g" in shop.get(delivery).words
    for somebody in (tea, oranges):
        assert somebody.get(delivery).status == 404
        assert somebody.post(delivery, day=DAY, came0="100").status == 404
    assert shop.post(delivery, day=DAY, came0="").status == 422
    assert shop.post(delivery, day=DAY, came0="0").status == 422
    assert "Đếm bằng gói thì viết số nguyên, như 97." in shop.post(delivery, day=DAY, came0="96,5").words
    assert shop.post(delivery, day=DAY, came0="97", note="ướt ba gói").status == 303
    assert shop.post(delivery, day=DAY, came0="97").status == 409
    for page in (shop.get(delivery), tea.get(f"/portal/lots/view{path}"), shop.get("/portal/deliveries")):
        assert "giao 100 gói, nhận 97 gói, thiếu 3 gói" in page.words
    assert "97 gói" in shop.get(f"/portal/lots/view{path}").words
    public = shop.get(f"/verify{path}").words
    assert "Nơi giữ hàng tự khai" in public and "Người làm ra tự khai" not in public, "the maker did not say it"
    public = site.page(path)
    assert "Điểm giới thiệu" not in public.words and "Nhận hàng" in public.words
    assert public.headline == site.page(path).headline


def test_whoever_is_not_in_a_long_list_is_found_by_name(
    oranges: Person, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_RECEIVERS", 1)
    path, key = site.lot("DG1108"), oranges.stock_key("DG1108", "ship")
    assert "Không thấy trong danh sách?" in oranges.get(f"/portal/lots/ship{path}").words
    form = {"kind0": key, "send0": "1", "day": DAY}
    assert oranges.post(f"/portal/lots/ship{path}", **form).status == 422
    for nobody in ("Ai đó", oranges.organisation):
        unknown = oranges.post(f"/portal/lots/ship{path}", **form, to_name=nobody)
        assert (unknown.status, "Không có cơ sở nào tên như vậy" in unknown.words) == (422, True)
    honey = "htx mat ong da hoa (du lieu mau)"
    assert oranges.post(f"/portal/lots/ship{path}", **form, to_name=honey, over="yes").status == 303
    assert "HTX Mật ong Đá Hoa" in oranges.get(f"/portal/lots/view{path}").words


def test_more_than_is_left_is_asked_about_once_and_then_sent_as_it_was(
    oranges: Person, shop: Person, site: Site
) -> None:
    path, key = site.lot("DG1108"), oranges.stock_key("DG1108", "ship")
    form = {"to": shop.organisation, "kind0": key, "send0": "99.000", "day": DAY}
    before = oranges.get(f"/portal/lots/view{path}").words.count("Chờ bên nhận đếm")
    asked = oranges.post(f"/portal/lots/ship{path}", **form)
    assert (asked.status, "chỉ còn" in asked.words) == (409, True)
    assert oranges.get(f"/portal/lots/view{path}").words.count("Chờ bên nhận đếm") == before
    assert oranges.post(f"/portal/lots/ship{path}", **form, over="yes").status == 303
    assert oranges.get(f"/portal/lots/view{path}").words.count("Chờ bên nhận đếm") == before + 1


def test_labels_are_printed_again_as_anything_they_could_be_printed_first(tea: Person, site: Site) -> None:
    path, before = site.lot(TEA), records_of(site)
    screen = tea.get(f"/portal/labels/again{path}?first=3&last=7")
    first_time = tea.get(f"/portal/labels/lot{path}")
    assert screen.status == 200
    for name in ("size", "template", "kind"):
        assert offered(screen, name) == offered(first_time, name) != []
    assert re.search(r'name="first"[^>]*value="3"', screen.response.text)
    label = tea.get(f"/portal/labels/again/preview{path}?first=3&last=7&size=50x30&template=qr&kind=zpl")
    assert "In lại được 5 tem" in label.words and "50 × 30 mm" in label.words
    for kind, size, begins in (
        ("zpl", "50x30", b"^XA"),
        ("tspl", "50x30", b"SIZE"),
        ("csv", "a4-24", b"HTTPS"),
        ("pdf", "a4-65", b"%PDF"),
    ):
        sent = {"first": "3", "last": "7", "size": size, "template": "qr", "kind": kind}
        job = tea.post(f"/portal/labels/again{path}", **sent)
        assert job.status == 303
        token = job.response.headers["Location"].partition("/jobs/")[2].partition("?")[0]
        file = site.ask(f"/label-jobs/{token}/file")
        assert begins in file.data[:200].upper(), kind
    assert records_of(site) == before, "no number was spent"
    wrong = tea.post(f"/portal/labels/again{path}", **{**sent, "kind": "zpl"})
    assert wrong.status == 422 and "cuộn" in wrong.words


def offered(page: Page, name: str) -> list[str]:
    inputs = (one for one in page.tree.iter("input") if one.get("name") == name)
    options = (one for list_ in page.tree.iter("select") if list_.get("name") == name for one in list_.iter("option"))
    return [str(one.get("value")) for one in (*inputs, *options)]


def test_whole_cases_go_along_and_each_is_told_that_did_not_come(tea: Person, shop: Person, site: Site) -> None:
    path = site.lot(TEA)
    made = [
        tea.post(f"/portal/lots/pack{path}", first=str(at), last=str(at + 3), kind="gtin", day=DAY)
        for at in (20, 24, 28)
    ]
    cases = [one.response.headers["Location"].removeprefix("/portal/cases/open").partition("?")[0] for one in made]
    one, two, three = (case.rpartition("/")[2] for case in cases)
    screen = tea.get(f"/portal/lots/ship{path}")
    assert screen.status == 200 and all(code in screen.words for code in (one, two, three))
    assert "camera=(self)" in screen.response.headers["Permissions-Policy"]
    form = {"to": shop.organisation, "day": DAY, "case": cases[:1], "codes": f"{two}\nkhong-co"}
    wrong = tea.post(f"/portal/lots/ship{path}", **form)
    assert wrong.status == 422 and "Không có thùng nào mã khong-co" in wrong.words
    assert wrong.response.text.count(" checked") == 1 and two in wrong.response.text
    assert tea.post(f"/portal/lots/ship{path}", **{**form, "codes": two}).status == 303
    again = tea.post(f"/portal/lots/ship{path}", **{**form, "codes": ""})
    assert again.status == 422 and "Có thùng đã giao hoặc đã mở rồi" in again.words
    delivery = re.search(r"/portal/deliveries/[0-9a-f-]{36}", shop.get("/portal/deliveries").response.text)
    assert delivery
    waiting = shop.get(delivery[0])
    assert "8 gói 200 g" in waiting.words and all(code in waiting.words for code in (one, two))
    assert shop.post(delivery[0], day=DAY).status == 422
    asked = shop.post(delivery[0], day=DAY, case=cases[1:2], codes=three)
    assert asked.status == 422 and f"Chưa đánh dấu thùng {one}." in asked.words, "a box is easily passed over"
    assert shop.post(delivery[0], day=DAY, case=cases[1:2], codes=three, less="yes").status == 303
    both = shop.get("/portal/deliveries").words
    assert f"Thùng {one}: có giao, không nhận được" in both
    assert f"Thùng {three}: nhận được, bên giao không ghi" in both
    assert "giao 8 gói" not in both, "as many packs came as were sent"
    assert shop.get(f"/portal/cases/open{cases[1]}").status == 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("31/02/2026", "Không có ngày 31/02/2026"),
        ("20 tháng 11", "viết ngày/tháng/năm"),
        ("22/11/2026", "Ngày này chưa tới"),
        ("", "Chưa có ngày"),
    ],
)
def test_a_day_that_is_none_is_told_beside_its_field_and_stays(tea: Person, site: Site, typed: str, words: str) -> None:
    for screen in ("ship", "pack", "split", "make", "recall"):
        page = tea.post(f"/portal/lots/{screen}{site.lot(TEA)}", day=typed, reason="thử", sure="yes")
        (field,) = [one for one in page.tree.iter("input") if one.get("name") == "day"]
        assert (page.status, field.get("value"), field.get("aria-invalid")) == (422, typed, "true"), screen
        beside = page.tree.get_element_by_id("e-day").text_content()
        assert words in beside, (screen, beside)


@pytest.mark.parametrize("typed", ["20/11/2026", "20.11.2026", "20112026", "2026-11-20"])
def test_a_day_is_typed_as_people_write_it_or_as_pickers_do(tea: Person, site: Site, typed: str) -> None:
    page = tea.post(f"/portal/lots/ship{site.lot(TEA)}", day=typed)
    assert page.status == 422 and not page.tree.xpath("//*[@id='e-day']")
    (field,) = [one for one in page.tree.iter("input") if one.get("name") == "day"]
    assert field.get("type") is None and field.get("value") == ("20/11/2026" if "-" in typed else typed)


@OWN_WORLD
def test_a_case_is_packed_scanned_and_opened(tea: Person, oranges: Person, site: Site) -> None:
    path = site.lot(TEA)
    assert tea.post(f"/portal/lots/pack{path}", first="1", last="0", kind="gtin", day=DAY).status == 422
    assert tea.post(f"/portal/lots/pack{path}", first="1", last="99999", kind="gtin", day=DAY).status == 422
    assert tea.post(f"/portal/lots/pack{path}", first="1", last="6", kind="sscc", code="123", day=DAY).status == 422
    packed = tea.post(f"/portal/lots/pack{path}", first="1", last="6", kind="prefix", code="8931234", day=DAY)
    assert packed.status == 303
    code = "/00/089312340000000011"
    assert packed.response.headers["Location"].startswith(f"/portal/cases/open{code}")
    assert tea.post(f"/portal/lots/pack{path}", first="6", last="9", kind="gtin", day=DAY).status == 409
    scanned = site.page(code)
    assert (scanned.status, scanned.headline) == (200, "case")
    assert "6 sản phẩm, tem số 1–6" in scanned.words
    assert f"/verify{path}" in scanned.response.text
    told = site.ask(code, accept=PROGRAM).get_json()
    assert site.ask(code, accept="application/json, text/html;q=0.5").get_json() == told
    assert told["contents"] == [{"lot": site.lot_id(TEA), "first": 1, "last": 6}]
    assert site.ask(f"{code}?linkType=linkset").status_code == 200
    assert site.page("/00/089312340000000028").status == 404
    label = tea.get(f"/portal/cases/label{code}").response
    assert label.data.startswith(b"%PDF") and label.headers["Content-Security-Policy"] == "sandbox"
    for screen in ("open", "label"):
        assert oranges.get(f"/portal/cases/{screen}{code}").status == 404
    assert oranges.post(f"/portal/cases/open{code}").status == 404
    shut = tea.get(f"/portal/cases/open{code}").tree
    acts = shut.xpath("//main//form[@method='post']//button")
    assert acts == shut.xpath("//details[not(@open)]//button") != [], "one tap beside another signs nothing"
    assert [one.text_content() for one in shut.xpath("//h1")] == ["Thùng"], "eighteen digits break in a heading"
    assert tea.post(f"/portal/cases/open{code}").status == 303
    assert tea.post(f"/portal/cases/open{code}").status == 409
    assert "đã mở" in site.page(code).words
    assert tea.get("/portal/cases").status == 200


def test_neighbouring_items_of_a_case_are_shown_as_one_range_and_told_as_recorded(tea: Person, site: Site) -> None:
    world, lot = site.world, site.lot_id(TEA)
    held = [Content(lot, first, last) for first, last in ((4, 6), (1, 3), (8, 8))]
    with world.write() as connection:
        day = vietnamese_date(world.clock())
        case, _ = pack_case(world, connection, held, tea.organisation, day, world.notary, code="/00/089312340000000103")
    code = case.removeprefix(f"https://{HOST}")
    assert "7 sản phẩm, tem số 1–6, 8" in site.page(code).words
    shown = tea.get(f"/portal/cases/open{code}").words
    assert "6 sản phẩm, tem số 1–6" in shown and "1 sản phẩm, tem số 8" in shown
    told = site.ask(code, accept=PROGRAM).get_json()["contents"]
    assert [(one["first"], one["last"]) for one in told] == [(4, 6), (1, 3), (8, 8)]
    assert tea.post(f"/portal/cases/open{code}").status == 303


@OWN_WORLD
def test_labels_are_previewed_issued_printed_again_and_voided(tea: Person, oranges: Person, site: Site) -> None:
    path = site.lot(TEA)
    form = {"count": "5", "size": "a4-24", "template": "full", "kind": "pdf", "codes": "auto"}
    page = tea.get(f"/portal/labels/lot{path}")
    assert "Đã quét thử: đọc được." in page.words
    english = tea.get(f"/portal/labels/lot{path}?lang=en").words
    assert "Size 63.5 × 33.9 mm, A4 sheet of 24" in english and "63,5 × 33,9 mm" in page.words
    picture = tea.get(f"/portal/labels/picture{path}").response
    assert picture.mimetype == "image/svg+xml" and b"<svg" in picture.data
    part = f"/portal/labels/preview{path}?count="
    assert "In được 5 tem" in tea.get(f"{part}5&size=50x30&template=qr&kind=zpl&codes=plain").words
    assert "Chưa in được" in tea.get(f"{part}100000&size=a4-24&template=full&kind=pdf&codes=auto").words
    for count, told in (
        ("0", "Viết số từ 1"),
        ("abc", "Đây chưa phải là số"),
        ("", "chưa điền"),
        ("1.250,5", "số nguyên"),
    ):
        wrong = tea.get(f"{part}{count}&size=a4-8&template=full&kind=pdf&codes=auto").words
        assert told in wrong and "In được" not in wrong, "it is not the usual 24 that were asked for"
        assert "99,1 × 67,7 mm" in wrong, "and the size is the one that was chosen"
    assert "In được" not in tea.post(f"/portal/labels/lot{path}", **{**form, "count": "x"}).words
    issued = tea.post(f"/portal/labels/lot{path}", **form)
    assert issued.status == 303
    job = issued.response.headers["Location"]
    done = tea.get(job)
    assert "5 tem đã sẵn sàng" in done.words
    assert oranges.get(job).status == 404
    assert "<html" not in tea.get(job, **{"HX-Request": "true"}).response.text
    file = re.search(r'href="(/label-jobs/[^"]+/file)"', done.response.text)
    assert file is not None
    assert tea.get(file[1]).response.data.startswith(b"%PDF")
    assert tea.post(job.partition("?")[0] + "/cancel").status == 303
    before = records_of(site)
    again = tea.post(f"/portal/labels/again{path}", **form, first="49", last="52")
    assert again.status == 303 and records_of(site) == before
    for first, last in (("9999", "9999"), ("52", "49"), ("1", "2000000"), ("x", "2")):
        wrong = tea.post(f"/portal/labels/again{path}", **form, first=first, last=last)
        assert wrong.status == 422 and 'aria-invalid="true"' in wrong.response.text, (first, last)
    assert tea.post(f"/portal/labels/void{path}", first="50", last="51", reason="rách").status == 303
    assert tea.post(f"/portal/labels/void{path}", first="50", last="9999", reason="rách").status == 422
    reversed_ = tea.post(f"/portal/labels/void{path}", first="51", last="50", reason="rách")
    assert reversed_.status == 422 and "Số cuối phải từ số đầu trở lên." in reversed_.words
    twice = tea.post(f"/portal/labels/void{path}", first="50", last="51", reason="mất")
    assert twice.status == 409 and "đã hủy từ trước" in twice.words
    more = tea.post(f"/portal/labels/void{path}", first="50", last="52", reason="mất")
    told = tea.get(more.response.headers["Location"].partition("#")[0]).words
    assert "Đã hủy tem số 52. 2 tem khác đã hủy từ trước" in told
    left = re.findall(r"again[^?]+\?first=(\d+)&amp;last=(\d+)", tea.get(f"/portal/labels/lot{path}").response.text)
    assert ("49", "49") in left and all(not int(first) <= 50 <= int(last) for first, last in left)
    wrong = tea.post(f"/portal/labels/again{path}", **form, first="49", last="52")
    assert wrong.status == 422 and "đã hủy" in wrong.words and "In lại được" not in wrong.words
    assert "đã hủy số 50–52" in tea.get(f"/portal/labels/lot{path}").words
    for wrong in (
        {"count": "-5"},
        {"count": "1,5"},
        {"size": "a3"},
        {"template": "case"},
        {"kind": "exe"},
        {"codes": "x"},
    ):
        assert tea.post(f"/portal/labels/lot{path}", **{**form, **wrong}).status == 422, wrong
    too_many = tea.post(f"/portal/labels/lot{path}", **{**form, "count": "100000"})
    assert too_many.status == 409 and "kể cả tem đã cấp" in too_many.words, "it is more than what was asked for"
    (left,) = re.findall(r"Còn in được ([\d.]+) tem", too_many.words)
    assert f"In được {left} tem." in tea.get(f"{part}{left}&size=a4-24&template=full&kind=pdf&codes=auto").words
    over = int(left.replace(".", "")) + 1
    assert "Chưa in được" in tea.get(f"{part}{over}&size=a4-24&template=full&kind=pdf&codes=auto").words


def test_many_labels_are_void_only_after_they_were_counted_again(oranges: Person, site: Site) -> None:
    path = f"/portal/labels/void{site.lot('DG1115')}"
    before, many = records_of(site), {"first": "1", "last": "12", "reason": "cả tờ in lệch"}
    asked = oranges.post(path, **many)
    assert asked.status == 422 and "Hủy cả 12 tem, từ số 1 đến số 12" in asked.words
    assert oranges.post(path, **{**many, "last": "13"}, sure="1-12").status == 422, "it was ticked for others"
    assert records_of(site) == before
    assert oranges.post(path, **many, sure="1-12").status == 303
    assert oranges.post(path, first="13", last="22", reason="rách").status == 303, "a few are not asked about"


def test_an_order_sent_twice_is_issued_once(tea: Person, site: Site) -> None:
    path = site.lot(TEA)
    page = tea.get(f"/portal/labels/lot{path}").response.text
    asked = re.search(r'name="asked" value="([^"]+)"', page)
    assert asked
    form = {"size": "a4-24", "template": "full", "kind": "csv", "codes": "auto", "asked": asked[1]}
    before = records_of(site)
    for _ in range(2):
        assert tea.post(f"/portal/labels/lot{path}", **form, count="3").status == 303
    assert records_of(site) == before + 1
    assert tea.post(f"/portal/labels/lot{path}", **form, count="4").status == 303
    assert records_of(site) == before + 2


def test_a_file_that_is_being_made_is_found_again_on_the_page_of_its_lot(
    tea: Person, oranges: Person, site: Site
) -> None:
    page = f"/portal/labels/lot{site.lot(TEA)}"
    form = {"size": "a4-24", "template": "qr", "kind": "csv", "codes": "plain"}
    assert tea.post(page, **form, count=str(AT_ONCE + 1)).status == 303
    shown = tea.get(page)
    found = re.search(r'href="(/portal/labels/jobs/(\d+))\?', shown.response.text)
    assert found and "Đang làm tệp tem số" in shown.words, "whoever closed the page comes back without its address"
    assert f"0 trong {AT_ONCE + 1} tem" in tea.get(found[1]).words
    assert tea.get(f"{found[1]}/file").status == 409, "there is none yet"
    job = claim(site.world, int(found[2]))
    assert job is not None
    work_on(site.world, job)
    assert f"{AT_ONCE + 1} tem đã sẵn sàng" in tea.get(found[1]).words
    assert len(tea.get(f"{found[1]}/file").response.text.splitlines()) > AT_ONCE
    shown = tea.get(page)
    assert "Đang làm tệp" not in shown.words
    kept = f'href="{found[1]}/file" download'
    assert kept in shown.response.text, "the file is kept for a week"
    first, last = job.first, job.last
    assert tea.post(f"/portal/labels/void{site.lot(TEA)}", first=str(last), last=str(last), reason="Rách").status == 303
    assert kept not in tea.get(page).response.text, f"one of {first} to {last} is void"
    others = (found[1], f"{found[1]}/file", "/portal/labels/jobs/999999")
    assert [oranges.get(one).status for one in others] == [404] * 3


def test_stars_that_end_while_the_pack_is_good_are_told_before_printing(site: Site) -> None:
    sauce = sign_in(site, "Nhà thùng Vịnh Sao")
    told = "Sao OCOP hết hạn 20/12/2028, hàng còn hạn đến 27/08/2029."
    assert told in sauce.get(f"/portal/labels/lot{site.lot('VS2609A')}").words
    assert (
        "Sao OCOP hết hạn"
        not in sign_in(site, "HTX Chè", MemberRole.STAFF).get(f"/portal/labels/lot{site.lot(TEA)}").words
    )


def test_a_blocked_lot_says_why_and_what_to_do(oranges: Person, site: Site) -> None:
    path = site.lot("DG1108")
    assert f'href="/portal/labels/lot{path}?lang=vi"' in oranges.get("/portal/labels").response.text
    page = oranges.get(f"/portal/labels/lot{path}")
    assert "Chưa in được" in page.words and "DG1108" in page.words and "Cách xử lý:" in page.words


def test_a_lot_that_is_held_stands_apart_from_those_that_labels_are_printed_for(oranges: Person, site: Site) -> None:
    path = site.lot("DG1108")
    assert "Lô chưa in được tem" not in oranges.get("/portal/labels").words
    assert oranges.post(f"/portal/lots/hold{path}", reason="Chờ kết quả").status == 303
    page = oranges.get("/portal/labels").words
    assert page.index("Lô chưa in được tem") < page.index("DG1108") < page.index("Đang giữ lại")
    assert oranges.post(f"/portal/lots/release{path}", reason="Đạt").status == 303
    assert "Lô chưa in được tem" not in oranges.get("/portal/labels").words


def test_a_lot_is_held_and_released(oranges: Person, site: Site) -> None:
    path = site.lot(ORANGE)
    assert oranges.post(f"/portal/lots/hold{path}", reason=" ").status == 422
    assert oranges.post(f"/portal/lots/hold{path}", reason="Chờ kết quả").status == 303
    assert site.page(path).headline == "lot-on-hold"
    assert "Lô này đang giữ lại." in oranges.get(f"/portal/lots/ship{path}").words
    assert oranges.post(f"/portal/lots/release{path}", reason="Đạt").status == 303
    assert site.page(path).headline != "lot-on-hold"


@OWN_WORLD
def test_a_recall_is_rehearsed_then_meant_and_its_holders_answer(tea: Person, shop: Person, site: Site) -> None:
    path, key = site.lot(BLEND), tea.stock_key(BLEND, "ship")
    assert tea.post(f"/portal/lots/ship{path}", to=shop.organisation, kind0=key, send0="100", day=DAY).status == 303
    before = records_of(site)
    mock = tea.get(f"/portal/lots/recall{path}")
    assert "1 lô, 1 điểm bán, 210 sản phẩm" in mock.words
    form = {"reason": "Vượt ngưỡng chì", "action": "Mang lại nơi mua", "day": DAY}
    unticked = tea.post(f"/portal/lots/recall{path}", **form)
    assert (unticked.status, "Đọc kỹ rồi đánh dấu ô này." in unticked.words) == (422, True)
    assert tea.post(f"/portal/lots/recall{path}", **{**form, "day": "2027-01-01"}, sure="yes").status == 422
    assert records_of(site) == before
    post = Post()
    site.world.__dict__["mailer"] = post
    asked = tea.post(f"/portal/lots/recall{path}", **form, sure="yes")
    assert (asked.status, "Xác nhận đúng là mình" in asked.words, "Vượt ngưỡng chì" in asked.words) == (200, True, True)
    assert records_of(site) == before and not post.sent, "nothing is recorded before somebody proved who they are"
    assert tea.post(f"/portal/lots/recall{path}", **form, sure="yes", **AGAIN).status == 303
    recorded = records_of(site)
    assert tea.post(f"/portal/lots/recall{path}", **form, sure="yes", **AGAIN).status == 303
    assert records_of(site) == recorded, "sent twice, it is recorded and told once"
    assert [BLEND in one.text and "/portal/notices/" in one.text for one in post.sent] == [True]
    assert site.page(path).headline == "lot-recalled"
    found = re.search(r"/portal/notices/(\d+)", shop.get("/portal/lots").response.text)
    assert found is not None
    notice = f"/portal/notices/{found[1]}"
    assert "Vượt ngưỡng chì" in shop.get(notice).words
    assert tea.get(notice).status == 404 and tea.post(notice).status == 404
    assert [shop.post(notice).status for _ in range(2)] == [303, 303]
    assert "1 nơi trả lời" in tea.get(f"/portal/lots/recalled{path}").words
    assert shop.get("/portal/notices").status == 200
    assert "Lô này đã thu hồi." in tea.get(f"/portal/lots/ship{path}").words, "whoever sends it on is told"


def test_how_far_a_recall_goes_is_told_in_numbers_as_everywhere(site: Site) -> None:
    honey = sign_in(site, "HTX Mật ong")
    assert "1.100 sản phẩm" in honey.get(f"/portal/lots/recall{site.lot('DH2511')}").words
    assert "Packs: 1,100" in honey.get(f"/portal/lots/recall{site.lot('DH2511')}?lang=en").words


def test_an_authority_finds_a_lot_by_its_number_or_its_label(site: Site) -> None:
    office = sign_in(site, "Chi cục")
    found = office.get("/portal/recall?code=DM2607A")
    assert found.response.headers["Location"].startswith(f"/portal/lots/recall{site.lot('DM2607A')}")
    typed = office.get("/portal/recall?code=dm2607a")
    assert typed.response.headers["Location"] == found.response.headers["Location"], "a phone types small letters"
    label = f"https://{HOST}{site.lot('DM2607A')}"
    assert office.get(f"/portal/recall?code={label}").status == 303
    assert office.get(found.response.headers["Location"]).status == 200
    for nothing in ("NONE", "https://id.example.vn/01/09520000000127", "https://id.example.vn/01/1/10/A"):
        assert office.get(f"/portal/recall?code={nothing}").status == 422, nothing
    assert office.get("/portal/recall").status == 200


def test_an_officer_is_named_beside_the_producer_in_what_it_types(site: Site) -> None:
    officer = sign_in(site, "HTX Chè Đồi Mây", MemberRole.OFFICER)
    assert officer.post(f"/portal/lots/hold{site.lot(TEA)}", reason="Thử").status == 303
    with site.world.read() as connection:
        body = connection.execute(
            select(records.c.body).where(records.c.type == "HoldRecord").order_by(records.c.record_id.desc())
        ).scalar()
    assert b"traceapp:assistedBy" in (body or b"")
    assert officer.post(f"/portal/lots/release{site.lot(TEA)}", reason="Xong").status == 303
    form = {"count": "2", "size": "a4-24", "template": "full", "kind": "pdf", "codes": "auto"}
    assert officer.post(f"/portal/labels/lot{site.lot(TEA)}", **form).status == 303
    with site.world.read() as connection:
        run = connection.execute(
            select(records.c.body).where(records.c.type == "LabelRunRecord").order_by(records.c.record_id.desc())
        ).scalar()
        parties = connection.execute(select(accounts.c.party).where(accounts.c.party.is_not(None))).scalars().all()
    document = json.loads(bytes(run or b"{}"))
    assert document["traceapp:declaredBy"]["id"] == officer.organisation
    assert document["traceapp:assistedBy"]["id"] in parties


def test_every_screen_speaks_english(site: Site) -> None:
    tea, path = sign_in(site, "HTX Chè Đồi Mây", MemberRole.STAFF), site.lot(TEA)
    for screen in ("lots", f"lots/view{path}", f"lots/split{path}", f"lots/make{path}", f"lots/ship{path}",
                   f"lots/pack{path}", f"lots/recall{path}", f"trace/back{path}", "deliveries", "cases", "notices",
                   "labels", f"labels/lot{path}"):  # fmt: skip
        page = tea.get(f"/portal/{screen}?lang=en")
        assert (page.status, page.lang) == (200, "en"), screen


def test_a_page_carries_the_drawings_of_the_parts_that_come_later(tea: Person, site: Site) -> None:
    form = {"count": "2", "size": "a4-24", "template": "full", "kind": "pdf", "codes": "auto"}
    job = tea.post(f"/portal/labels/lot{site.lot(TEA)}", **form).response.headers["Location"]
    for path in (job, f"/portal/labels/lot{site.lot(TEA)}", f"/portal/lots/split{site.lot(TEA)}"):
        carried = set(re.findall(r'<symbol id="([\w-]+)"', tea.get(path).response.text))
        assert {"s-good", "s-bad", "s-warn", "s-info", "i-save"} <= carried, path


def test_what_a_receiver_sends_on_is_not_in_what_its_maker_takes_out(
    tea: Person, shop: Person, oranges: Person, site: Site
) -> None:
    path = site.lot(TEA)
    form = {"day": DAY, "over": "yes", "again": "yes"}
    first = {**form, "to": shop.organisation, "kind0": tea.stock_key(TEA, "ship"), "send0": "9", "paper": "GIAO-1"}
    assert tea.post(f"/portal/lots/ship{path}", **first).status == 303
    waiting = re.findall(r"/portal/deliveries/[0-9a-f-]{36}", shop.get("/portal/deliveries").response.text)
    (mine,) = [one for one in dict.fromkeys(waiting) if "9 gói" in shop.get(one).words]
    assert shop.post(mine, day=DAY, came0="8", note="NHAN-1").status == 303
    onward = {**form, "to": oranges.organisation, "kind0": shop.stock_key(TEA, "ship"), "send0": "2"}
    assert shop.post(f"/portal/lots/ship{path}", **onward, paper="GIAO-2", vehicle="29A-555.55").status == 303
    with zipfile.ZipFile(io.BytesIO(tea.get("/portal/export/all.zip").response.data)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".json")).decode()
        diary = archive.read("tables/diary.csv").decode()
    assert "GIAO-1" in everything and "NHAN-1" in everything, "both counts of its own delivery are its to keep"
    assert "GIAO-2" not in everything and "29A-555.55" not in everything
    assert "Nhận hàng" not in diary, "what others say is not in its own diary"


def recall_it(person: Person, path: str, reason: str) -> str:
    """Recall the lot of that path; returns the address of the notice that tells who was told."""
    done = person.post(f"/portal/lots/recall{path}", reason=reason, day=DAY, sure="yes", **AGAIN)
    assert done.status == 303
    return str(done.response.headers["Location"])


def letters_left(page: Page) -> int:
    """How many letters of a recall its page says did not go."""
    found = re.search(r"(\d+) thư báo chưa gửi được\.", page.words)
    assert bool(found) == ("Gửi lại thư chưa gửi được" in page.words), "there is a way to send what did not go"
    return int(found[1]) if found else 0


@OWN_WORLD
def test_letters_of_a_recall_that_did_not_go_are_told_to_who_recalls_and_sent_once_more(
    tea: Person, shop: Person, site: Site
) -> None:
    path = site.lot(TEA)
    assert TEA in shop.get("/portal/lots").words, "goods of it were sent there"
    site.world.__dict__["mailer"] = Post(is_down=True)
    page = tea.get(recall_it(tea, path, "Nhãn in sai"))
    assert letters_left(page) and "Gọi điện cho nơi chưa trả lời." in page.words
    assert TEA in shop.get("/portal/notices").words, "the notice waits for its holder all the same"
    again = f"/portal/lots/recalled{path}"
    still = tea.get(tea.post(again).response.headers["Location"])
    assert letters_left(still) == letters_left(page), "the server is down as before"
    up = site.world.__dict__["mailer"] = Post()
    sent = tea.get(tea.post(again).response.headers["Location"])
    assert letters_left(sent) == 0 and "Không còn thư báo nào chờ gửi." in sent.words
    assert len(up.sent) == letters_left(page)
    tea.post(again)
    assert len(up.sent) == letters_left(page), "nobody gets a second letter"


@OWN_WORLD
def test_only_those_whose_letter_did_not_go_are_written_to_again(tea: Person, shop: Person, site: Site) -> None:
    with site.world.write() as connection:
        for name in ("an@example.vn", "binh@example.vn", "0900000001"):
            account = create_account(connection, name, name, None, "vi", site.clock())
            join(connection, account, shop.organisation, MemberRole.STAFF, "cli", site.world.notary, site.clock())
    path, post = site.lot(TEA), Post(refuses="binh@example.vn")
    site.world.__dict__["mailer"] = post
    page = tea.get(recall_it(tea, path, "Nhãn in sai"))
    first = [one.to for one in post.sent]
    assert letters_left(page) == 1 and "an@example.vn" in first and "binh@example.vn" not in first
    post.refuses = ""
    tea.post(f"/portal/lots/recalled{path}")
    assert [one.to for one in post.sent] == [*first, "binh@example.vn"]


@OWN_WORLD
def test_a_letter_that_somebody_is_sending_and_a_notice_that_was_answered_send_no_other(
    tea: Person, shop: Person, site: Site
) -> None:
    path, post = site.lot(TEA), Post(is_down=True)
    site.world.__dict__["mailer"] = post
    page = tea.get(recall_it(tea, path, "Nhãn in sai"))
    lot, now = f"https://{HOST}{path}", site.clock()
    with site.world.write_aside() as connection:
        waiting = unsent_letters(connection, lot)
        assert len(waiting) == letters_left(page)
        assert [take_up(connection, one, now) for one in waiting] == [True] * len(waiting)
        assert [take_up(connection, one, now) for one in waiting] == [False] * len(waiting), "of two senders one has it"
    post.is_down = False
    tea.post(f"/portal/lots/recalled{path}")
    assert not post.sent
    with site.world.write_aside() as connection:
        for one in waiting:
            settle(connection, one, now, went=False)
    notices = {one.notice for one in waiting if one.account == shop.account}
    assert [shop.post(f"/portal/notices/{notice}").status for notice in notices] == [303]
    tea.post(f"/portal/lots/recalled{path}")
    assert len(post.sent) == len(waiting) - 1, "who answered needs no letter"


@OWN_WORLD
def test_an_authority_whose_letters_did_not_go_is_led_to_where_they_are_sent_again(
    tea: Person, shop: Person, site: Site
) -> None:
    office, path = sign_in(site, "Chi cục"), site.lot(TEA)
    order = {"about": path, "act": "recall", "reason": "Vượt ngưỡng chì"}
    site.world.__dict__["mailer"] = Post(is_down=True)
    told = office.post("/portal/orders", **order, **AGAIN).response.headers["Location"]
    assert letters_left(office.get(told))
    post = site.world.__dict__["mailer"] = Post()
    assert letters_left(tea.get(tea.post(f"/portal/lots/recalled{path}").response.headers["Location"])) == 0
    assert len(post.sent) >= 2, "its maker sends the letters too, and gets one"
