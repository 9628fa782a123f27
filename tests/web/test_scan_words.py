"""What a visitor may say of a scan: where it was, that nothing is left; by forms on the item's own page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.patience import A_MOMENT, patience
from tests.web.conftest import ON_ONE_DATABASE, PROGRAM, Page, Site
from tests.web.test_scans import counted, locked
from traceapp.core.scans.memory import Memory
from traceapp.services.world import World

LOT = "VS2609A"
READER = "198.51.100.7"


def send(site: Site, path: str, remote: str = READER, lang: str = "vi", **more: Any) -> TestResponse:
    """A form as a browser sends it; `headers` and `data` as given."""
    return site.client.post(
        f"{path}?lang={lang}", base_url=site.address, environ_overrides={"REMOTE_ADDR": remote}, **more
    )


def memory(site: Site) -> Memory:
    with site.world.scans.transaction() as cursor:
        rows = cursor.run("SELECT memory FROM scan_items WHERE item LIKE '%VS2609A#1'", {})
    return Memory.read(bytes(rows[0][0])) if rows else Memory()


def actions(page: Page) -> list[str]:
    return [form.get("action", "") for form in page.tree.iter("form") if form.get("method") == "post"]


@ON_ONE_DATABASE
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_an_items_page_has_the_form_and_no_other_page(site: Site, lang: str) -> None:
    item = site.item(LOT, 1)
    for path in (item, f"/verify{item}"):
        for _ in range(2):
            page = site.page(f"{path}?lang={lang}")
            assert actions(page) == [f"/scans/place{item}?lang={lang}", f"/scans/used-up{item}?lang={lang}"]
    codes = [option.get("value") for option in page.tree.iter("option")]
    assert len(codes) == 35
    for path in (site.lot(LOT), "/01/09520000000110", f"{site.lot(LOT)}/21/MADEUP", "/"):
        assert actions(site.page(path)) == []


@ON_ONE_DATABASE
def test_the_forms_addresses_are_those_of_the_item_that_was_scanned(site: Site) -> None:
    one, two = site.item(LOT, 1), site.item(LOT, 2)
    site.ask(one)
    assert one not in site.ask(two).text
    assert actions(site.page(two))[0].startswith(f"/scans/place{two}")


def test_a_place_that_was_chosen_is_counted_and_said_back(site: Site) -> None:
    item = site.item(LOT, 1)
    site.ask(item)
    before = counted(site)
    answer = Page(send(site, f"/scans/place{item}", data={"province": "79"}))
    assert answer.status == 200
    assert "Đã ghi: TP. Hồ Chí Minh" in answer.words
    assert [(visit.province, visit.chosen) for visit in memory(site).visits] == [(79, True)]
    assert counted(site) == before
    assert answer.response.headers["Cache-Control"] == "private, no-store"
    english = Page(send(site, f"/scans/place{item}", lang="en", data={"province": "01"}))
    assert (english.lang, "Counted: Hà Nội" in english.words) == ("en", True)


def test_who_has_used_up_a_pack_may_say_so(site: Site) -> None:
    item = site.item(LOT, 1)
    site.ask(item)
    assert "dùng hết" in Page(send(site, f"/scans/used-up{item}")).words
    assert memory(site).used_up == int(site.clock().timestamp())
    assert "first-scan" in site.page(item).codes, "nobody else is told of it"


def test_who_has_not_scanned_is_asked_to_scan(site: Site) -> None:
    item = site.item(LOT, 1)
    site.ask(item, remote="203.0.113.1")
    for path, data in ((f"/scans/place{item}", {"province": "79"}), (f"/scans/used-up{item}", {})):
        answer = Page(send(site, path, data=data))
        assert answer.status == 200
        assert "Chưa ghi được" in answer.words
    assert (memory(site).used_up, memory(site).visits[0].province) == (0, 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Origin": "null"}, 200),
        ({"Origin": "https://id.example.vn"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://id.example.vn"}, 403),
    ],
)
def test_a_form_of_another_sites_page_is_refused(read_only: Site, headers: dict[str, str], status: int) -> None:
    item = read_only.item(LOT, 9)
    read_only.ask(item)
    assert send(read_only, f"/scans/place{item}", headers=headers, data={"province": "79"}).status_code == status
    assert send(read_only, f"/scans/used-up{item}", headers=headers).status_code == status


def test_what_makes_no_sense_is_refused_with_the_reason(read_only: Site) -> None:
    item, lot = read_only.item(LOT, 1), read_only.lot(LOT)
    refused = {
        (f"/scans/place{item}", ""): (400, "no province"),
        (f"/scans/place{item}", "99"): (400, "choose one of the 34"),
        (f"/scans/place{item}", "x" * 5000): (400, "no province"),
        (f"/scans/place{lot}", "79"): (404, "is no item"),
        (f"/scans/place{lot}/21/MADEUP", "79"): (404, "never issued"),
        ("/scans/place/01/09520000000111", "79"): (400, "check digit"),
        ("/scans/place/99/1", "79"): (400, "no known key"),
        ("/scans/place/414/9520000900021", "79"): (404, "is no item"),
    }
    for (path, province), (status, reason) in refused.items():
        answer = send(read_only, path, data={"province": province}, headers={"Accept": PROGRAM})
        assert (answer.status_code, reason in answer.get_json()["detail"]) == (status, True), path
    assert send(read_only, f"/scans/used-up{lot}").status_code == 404
    for path in (f"/scans/place{item}", f"/scans/used-up{item}"):
        assert read_only.ask(path).status_code == 405
    huge = send(read_only, f"/scans/place{item}", data={"province": "7" * 3_000_000})
    assert huge.status_code == 413


def test_while_the_scans_are_locked_a_word_is_refused_at_once(site: Site) -> None:
    item = site.item(LOT, 1)
    site.ask(item)
    with locked(site), patience(site.world.scans) as waits:
        assert send(site, f"/scans/place{item}", data={"province": "79"}).status_code == 503
    assert waits == [A_MOMENT]
    assert send(site, f"/scans/place{item}", data={"province": "79"}).status_code == 200


def test_the_operators_table_tells_where_a_scan_was(site: Site, tmp_path: Path) -> None:
    table = tmp_path / "networks.csv"
    table.write_text("198.51.100.0/24,01\n203.0.113.0/24,79\n", encoding="utf-8")
    worker = Site(World(replace(site.world.settings, ip_provinces=table), clock=site.world.clock))
    item = site.item(LOT, 1)
    worker.ask(item)
    assert [(visit.province, visit.chosen) for visit in memory(site).visits] == [(1, False)]
    site.clock.tick(minutes=35)
    page = worker.page(item, remote="203.0.113.5")
    assert page.headline == "copy-suspected"
    assert "cách nhau hơn 1.000 km cùng quét trong vòng 40 phút" in page.words
    assert "Tỉnh, thành2" in page.words, "no place is named where few scanned"
    assert worker.page(site.item(LOT, 2), remote="203.0.113.5").headline != "copy-suspected"
    worker.world.engine.dispose()


@ON_ONE_DATABASE
def test_a_forged_address_tells_no_place_and_makes_no_other_visitor(site: Site, tmp_path: Path) -> None:
    table = tmp_path / "networks.csv"
    table.write_text("198.51.100.0/24,01\n203.0.113.0/24,79\n", encoding="utf-8")
    worker = Site(World(replace(site.world.settings, ip_provinces=table), clock=site.world.clock))
    item = site.item(LOT, 1)
    for number in range(60):
        worker.ask(item, X_Forwarded_For=f"203.0.113.{number}")
    assert worker.page(item, X_Forwarded_For="203.0.113.99").headline != "copy-suspected"
    assert {visit.province for visit in memory(site).visits} == {1}
    worker.world.engine.dispose()


def test_numbers_stand_beside_what_a_household_does(site: Site) -> None:
    item = site.item(LOT, 1)
    site.ask(item)
    site.ask(item, remote="203.0.113.1")
    words = site.page(item, remote="203.0.113.2").words
    assert "Tem đã được quét 3 lượt" in words
    assert "24 giờ qua 3, 7 ngày qua 3; một nhà thường quét 1 đến 5 lượt" in words
    suspected = site.page(site.item("DH2511", 7)).words
    assert "57 lượt quét trong 24 giờ, ở 3 tỉnh, thành. Một nhà thường quét 1 đến 5 lượt." in suspected
