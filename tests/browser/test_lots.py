"""Traces, deliveries, recalls and labels on a phone and on a desk: nothing too wide, too small or unreadable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.browser.measures import OVERFLOW, SMALL_TARGETS, barriers, barriers_in_the_dark, too_wide
from tests.builders import goods
from tests.conftest import ASOF, Clock, settings_for
from tests.services.cast import Cast, put_on_stage
from tests.web.signed_in import new_session
from traceapp.app import create_app
from traceapp.core.events import Stage
from traceapp.core.facts import Content
from traceapp.core.identifiers import Lot
from traceapp.core.statements import record_uuid
from traceapp.services.lots import handing_over
from traceapp.services.lots.cases import pack_case
from traceapp.services.lots.making import NewLot, make_lots
from traceapp.services.lots.recalls import recall_with_notices
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

DAY = date(2026, 11, 2)
WIDE = "trace|lots$|lots/view|labels/lot"
"""Screens that are laid out otherwise on a desk."""
PHONE, DESK = {"width": 360, "height": 640}, {"width": 1280, "height": 800}


@dataclass
class Yard:
    """A producer whose lots were mixed, sent and packed, and a receiver; both served on this machine."""

    cast: Cast
    url: str
    tokens: dict[str, str]
    case: str
    delivery: str

    @property
    def lot(self) -> str:
        return self.cast.lot.removeprefix(f"https://{self.cast.world.host}")

    def page(self, chromium: Any, who: str = "producer") -> Any:
        context = chromium.new_context(viewport=PHONE, locale="vi-VN")
        context.add_cookies([{"name": "traceapp", "value": self.tokens[who], "url": self.url}])
        return context.new_page()


def fill(cast: Cast) -> tuple[str, str]:
    """Lots of a season: two splits, a blend of both, one that another producer took, a delivery, a case, a recall."""
    world, lot = cast.world, cast.lot
    cast.harvest()
    cast.issue(48)

    def made(number: str, *inputs: Any, out: str, stage: Stage = Stage.PACKHOUSE) -> NewLot:
        return NewLot(cast.product, Lot(number), stage, DAY, inputs, (goods(out),))

    def part(name: str, amount: str, of: str) -> Any:
        return goods(f"{name}, {amount}", from_lot=of)

    named = {one: f"{cast.product}/10/{one}" for one in ("L1-A", "L1-B", "PHOI-1", "PHOI-2")}
    with world.write() as connection:
        by, notary = cast.producer, world.notary
        tea = "chè tươi"
        halves = [made(one, part(tea, "6 kg", lot), out="chè tươi, 6 kg") for one in ("L1-A", "L1-B")]
        make_lots(world, connection, halves, by, notary)
        both = [part(tea, "2 kg", named[one]) for one in ("L1-A", "L1-B")]
        blends = [made(one, *both, out="chè phối, 4 kg", stage=Stage.MIX) for one in ("PHOI-1", "PHOI-2")]
        make_lots(world, connection, blends, by, notary)
        sent = handing_over.ship(connection, lot, by, cast.other_producer, [goods("chè tươi, 5 kg")], DAY, notary, ASOF)
        case, _ = pack_case(world, connection, [Content(lot, 1, 24)], by, DAY, notary)
    cast.capture(
        cast.event("MIX", "2026-11-03", lot=cast.other_lot, by=cast.other_producer, place=None,
                   inputs=[part("chè phối", "1 kg", named["PHOI-1"])], outputs=["trà sen, 1 kg"])
    )  # fmt: skip
    with world.write() as connection:
        reason = "Kết quả kiểm nghiệm vượt ngưỡng"
        recall_with_notices(world, connection, named["PHOI-1"], cast.producer, world.notary, day=DAY, reason_vi=reason)
    return case.removeprefix(f"https://{world.host}"), record_uuid(sent.record_id)


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Yard]:
    url = f"http://localhost:{port}"
    world = World(settings_for(tmp_path_factory.mktemp("yard"), TRACEAPP_BASE_URL=url), clock=Clock(ASOF))
    initialise(world)
    cast = put_on_stage(world)
    case, delivery = fill(cast)
    tokens = {
        name: new_session(world, organisation, f"{name}@example.vn")[1]
        for name, organisation in (("producer", cast.producer), ("other", cast.other_producer))
    }
    server = make_server("127.0.0.1", int(url.rpartition(":")[2]), create_app(world), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Yard(cast, url, tokens, case, delivery)
    server.shutdown()
    world.engine.dispose()


def screens(yard: Yard) -> list[tuple[str, str]]:
    """Every screen with who looks at it."""
    mine = [
        "lots", f"lots/view{yard.lot}", f"lots/split{yard.lot}", f"lots/make{yard.lot}", f"lots/ship{yard.lot}",
        f"lots/pack{yard.lot}", f"lots/recall{yard.lot}", f"lots/recalled{yard.lot.replace('L1', 'PHOI-1')}",
        f"trace/back{yard.lot.replace('L1', 'PHOI-2')}", f"trace/forward{yard.lot}", "deliveries", "cases",
        f"cases/open{yard.case}", "labels", f"labels/lot{yard.lot}",
    ]  # fmt: skip
    theirs = ["lots", "deliveries", f"deliveries/{yard.delivery}", "notices", "notices/1"]
    return [*((f"/portal/{one}", "producer") for one in mine), *((f"/portal/{one}", "other") for one in theirs)]


def faults(page: Any) -> tuple[int, list[str]]:
    """By how much it is too wide, and what is too small to press."""
    # A box or a dot is pressed by the label around it, a lot of the drawing by its whole row.
    small = [one for one in page.evaluate(SMALL_TARGETS) if not re.search('type="(radio|checkbox)"|<rect', one)]
    return page.evaluate(OVERFLOW), small


def test_no_screen_is_too_wide_too_small_or_bars_the_way(yard: Yard, chromium: Any, axe: str) -> None:
    pages = {who: yard.page(chromium, who) for who in yard.tokens}
    wrong: dict[str, Any] = {}
    for path, who in screens(yard):
        page = pages[who]
        page.set_viewport_size(PHONE)
        answer = page.goto(f"{yard.url}{path}")
        found = (answer.status, faults(page), barriers(page, axe), barriers_in_the_dark(page))
        if found != (200, (0, []), [], []):
            wrong[path] = found
        if re.search(WIDE, path):
            page.set_viewport_size(DESK)
            if (found := (faults(page), barriers(page, axe), barriers_in_the_dark(page))) != ((0, []), [], []):
                wrong[f"{path} on a desk"] = found
    assert wrong == {}


def test_the_page_of_a_case_bars_nobodys_way(yard: Yard, chromium: Any, axe: str) -> None:
    page = yard.page(chromium)
    page.goto(f"{yard.url}{yard.case}")
    assert "24 sản phẩm" in page.inner_text("main")
    assert (page.evaluate(OVERFLOW), barriers(page, axe)) == (0, [])


def test_a_notice_of_a_recall_is_printed_to_be_read_from_where_one_stands(yard: Yard, chromium: Any) -> None:
    page = yard.page(chromium, "other")
    page.goto(f"{yard.url}/portal/notices/1")
    page.emulate_media(media="print")
    size = "one => parseFloat(getComputedStyle(one).fontSize)"
    assert page.locator(".notice-paper dd").first.evaluate(size) >= 16
    assert page.locator(".notice-paper h1").evaluate(size) >= 24
    assert page.locator("header").is_hidden()


def test_the_trace_is_drawn_with_every_lot_readable_on_a_narrow_phone(yard: Yard, chromium: Any) -> None:
    page = yard.page(chromium)
    page.goto(f"{yard.url}/portal/trace/forward{yard.lot}")
    texts = page.evaluate("""[...document.querySelectorAll('svg.trace text')].map(one => {
        const box = one.getBoundingClientRect(), of = one.ownerSVGElement.getBoundingClientRect();
        return [one.textContent, parseFloat(getComputedStyle(one).fontSize), box.right <= of.right + 1, box.top];
    })""")
    assert {"L1", "L1-A", "L1-B", "PHOI-1", "PHOI-2", "X1"} <= {words for words, *_ in texts}
    assert [words for words, size, fits, _ in texts if size < 15 or not fits] == []
    lines = sorted(top for *_, top in texts)
    assert all(later - earlier > 8 for earlier, later in pairwise(lines))
    assert too_wide(page) == []


def test_the_balance_follows_what_is_typed(yard: Yard, chromium: Any) -> None:
    page = yard.page(chromium)
    page.goto(f"{yard.url}/portal/lots/split{yard.lot}")
    page.fill("#f-amount1", "1")
    page.wait_for_selector("#balance >> text=còn lại 2 kg")
    page.fill("#f-amount1", "1.250,5")
    page.wait_for_selector("#balance .note.warn")
    page.click("text=Tách và ký")
    page.wait_for_selector("#f-sure")
    assert page.input_value("#f-amount1") == "1.250,5"


def test_labels_are_printed_from_the_first_look_to_the_file(yard: Yard, chromium: Any) -> None:
    page = yard.page(chromium)
    page.goto(f"{yard.url}/portal/labels/lot{yard.lot}")
    assert page.evaluate("document.querySelector('.label-preview img').naturalWidth") > 0
    before = page.get_attribute(".label-preview img", "src")
    page.select_option("#f-size", "a4-65")
    page.wait_for_selector("#preview >> text=38,1 × 21,2 mm")
    assert page.get_attribute(".label-preview img", "src") != before
    page.fill("#f-count", "10000")
    page.wait_for_selector("#preview .note.bad")
    page.fill("#f-count", "6")
    page.wait_for_selector("#preview .note.good")
    page.click("text=Cấp số và in")
    with page.expect_download() as download:
        page.click("text=Tải tệp PDF")
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def test_a_delivery_is_counted_without_any_script(yard: Yard, chromium: Any) -> None:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False, locale="vi-VN")
    context.add_cookies([{"name": "traceapp", "value": yard.tokens["other"], "url": yard.url}])
    page = context.new_page()
    page.goto(f"{yard.url}/portal/deliveries/{yard.delivery}")
    page.fill("#f-came0", "4,5")
    page.click("text=Ghi đã nhận")
    page.wait_for_load_state()
    assert re.search(r"giao 5 kg, nhận 4,5 kg, thiếu 0,5 kg", page.inner_text("main"))
