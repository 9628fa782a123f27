"""The diary on a phone: four taps for yesterday's work, entries that wait for signal, and nothing that bars the way."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from tests.browser.measures import OVERFLOW, SMALL_TARGETS, barriers, barriers_in_the_dark
from tests.conftest import ASOF, Clock, settings_for
from tests.pictures import scene, written
from tests.services.cast import Cast, put_on_stage
from tests.web.signed_in import new_session
from traceapp.app import create_app
from traceapp.core.dates import vietnamese_date
from traceapp.core.diary.control_points import ControlPoint, Limit
from traceapp.core.typed import typed_day
from traceapp.i18n import show_date
from traceapp.services.diary.entries import Kept, open_entries
from traceapp.services.diary.past import Asked, Past, read_past
from traceapp.services.diary.signing import set_point
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

MOST_TAPS = 4
KEEPS_PAGES = {
    "test_entries_made_without_signal_wait_and_arrive_once_in_order_with_their_time",
    "test_whoever_has_to_sign_in_again_loses_nothing_and_nobody_else_sees_it",
    "test_signing_out_leaves_no_page_behind",
    "test_a_page_kept_since_yesterday_says_so_offers_todays_date_and_takes_another_line",
    "test_what_a_busy_server_did_not_take_waits_and_another_organisations_entry_is_not_sent_for_this_one",
    "test_a_page_that_lay_open_until_its_token_was_old_still_gets_its_entry_through",
    "test_the_start_page_opens_without_signal_and_what_waits_goes_out_by_itself_when_the_server_is_back",
    "test_what_the_server_refuses_can_be_read_and_is_thrown_away_by_a_second_tap_only",
    "test_a_plot_whose_spray_waits_in_the_phone_is_not_said_to_be_free",
}
PATIENCE = 120
"""Seconds in which what has to come has come on the busiest machine; nobody waits so long where it does."""
KEPT_SINCE_YESTERDAY = """caches.open('traceapp-diary-2').then(async cache => {
    for (const one of await cache.keys()) {
        const answer = await cache.match(one), headers = new Headers(answer.headers);
        headers.set('X-Kept-At', Date.now() - 86400000);
        await cache.put(one, new Response(answer.body, { headers }));
    }
})"""
OF_NO_STAGE = """new Promise(done => {
    const opening = indexedDB.open('traceapp-diary', 1);
    opening.onsuccess = () => {
        const change = opening.result.transaction('waiting', 'readwrite'), store = change.objectStore('waiting');
        store.getAll().onsuccess = ({ target }) => store.put({ ...target.result[0], stage: 'NONE' });
        change.oncomplete = () => { opening.result.close(); done() };
    };
})"""
SEEN_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
READY = "document.documentElement.dataset.offline === 'ready'"


@dataclass
class Farm:
    """A producer's service on this machine: reachable, until it is cut off."""

    cast: Cast
    url: str
    token: str
    server: BaseWSGIServer | None = None
    busy: bool = False

    @property
    def world(self) -> World:
        return self.cast.world

    @cached_property
    def app(self) -> Flask:
        return create_app(self.world)

    def connect(self) -> None:
        self.server = make_server("127.0.0.1", int(self.url.rpartition(":")[2]), self.answer, threaded=True)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, environ: Any, start: Any) -> Any:
        if self.busy and environ["REQUEST_METHOD"] == "POST":
            start("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]
        return self.app(environ, start)

    def cut_off(self) -> None:
        assert self.server
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def open(self) -> tuple[Kept, ...]:
        with self.world.read() as connection:
            return open_entries(connection, self.cast.producer)

    def past(self) -> Past:
        with self.world.read() as connection:
            asked = Asked(vietnamese_date(self.world.clock()))
            return read_past(connection, self.world.host, self.cast.producer, self.world.keyring(connection), asked)

    def sign_in(self, *, who: str = "lan@example.vn") -> str:
        return new_session(self.world, self.cast.producer, who)[1]


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Farm]:
    url = f"http://localhost:{port}"
    world = World(settings_for(tmp_path_factory.mktemp("farm"), TRACEAPP_BASE_URL=url), clock=Clock(ASOF))
    initialise(world)
    cast = put_on_stage(world)
    with world.write() as connection:
        cooking = ControlPoint("CCP1", "sao", "biological", (Limit("nhiệt độ", "°C", least=115),))
        set_point(connection, cast.producer, cooking, world.clock())
    day = (ASOF - timedelta(days=1)).date().isoformat()
    cast.capture(cast.event("FERT", day, plot="A1", product_name="Phân chuồng", dose="3 kg/gốc"))
    made = Farm(cast, url, "")
    made.token = made.sign_in()
    made.connect()
    yield made
    if made.server:
        made.cut_off()
    world.engine.dispose()


@pytest.fixture
def phone(chromium: Any, farm: Farm, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A phone that is signed in; it keeps pages for later only where a test asks for that."""
    workers = "allow" if request.function.__name__ in KEEPS_PAGES else "block"
    context = chromium.new_context(viewport={"width": 360, "height": 640}, locale="vi-VN", service_workers=workers)
    context.add_cookies([{"name": "traceapp", "value": farm.token, "url": farm.url}])
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda one: page.complaints.append(one.text) if "Security Policy" in one.text else None)
    page.on("pageerror", lambda one: page.complaints.append(str(one)))
    yield page
    assert page.complaints == []
    context.close()


@contextmanager
def written_without_signal(phone: Any, farm: Farm, method: str, do: str = "check") -> Iterator[None]:
    """One fertilising that waits in the phone, written while the service was away; it is there again at the end."""
    phone.goto(f"{farm.url}/portal/today")
    until(phone, READY)
    farm.cut_off()
    try:
        phone.goto(f"{farm.url}/portal/diary/new/FERT")
        phone.locator("[name=lot]").first.check()
        phone.locator("#f-method").fill(method)
        phone.locator(f"button[value={do}]").click()
        until(phone, "document.querySelectorAll('[data-queue] li').length === 1")
        yield
    finally:
        farm.connect()


def until(page: Any, so: str | Callable[[], bool], *, opening: str = "") -> None:
    """Wait until a script on the page, or a question to the service, says yes; Playwright's own way needs eval.

    `opening` is opened anew while it does not: where the server was slow, the phone showed the page it had kept.
    """
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        try:
            if opening:
                page.goto(opening)
            if _becomes_so(page, so, seconds=5 if opening else PATIENCE):
                return
        except Exception as moved:  # the page may be loading another at this moment
            if not re.search("context|navig|ERR_ABORTED", str(moved)):
                raise
    pytest.fail(f"it did not come to {so}: {page.locator('main').inner_text()[:800]}")


def _becomes_so(page: Any, so: str | Callable[[], bool], *, seconds: float) -> bool:
    last = time.monotonic() + seconds
    while not (page.evaluate(so) if isinstance(so, str) else so()):
        if time.monotonic() > last:
            return False
        page.wait_for_timeout(50)
    return True


def test_yesterdays_work_is_written_again_with_four_taps_at_most(phone: Any, farm: Farm) -> None:
    phone.goto(f"{farm.url}/portal/today")
    taps = 0
    for place in (".stage.wide:has-text('hôm qua')", "button[value=check]", "form[action*='/sign'] button"):
        phone.locator(place).click()
        phone.wait_for_load_state()
        taps += 1
    assert taps <= MOST_TAPS
    assert "Đã ký" in phone.locator("main").inner_text()
    last = farm.past().facts[-1].event
    assert (last.start.isoformat(), last.kde["product_name"], last.plots) == ("2026-11-21", "Phân chuồng", ("A1",))
    assert set(last.kde["copied"]) == {"dose", "plots", "product_name"}, "nobody touched what it took over"


def test_touching_a_field_takes_over_what_it_offers(phone: Any, farm: Farm) -> None:
    phone.goto(f"{farm.url}/portal/diary/new/FERT")
    assert not phone.locator("[name=kept][value=dose]").is_checked()
    phone.locator("#f-dose").click()
    assert phone.locator("[name=kept][value=dose]").is_checked()
    assert not phone.locator("[name=kept][value=product_name]").is_checked()


def test_a_value_beyond_its_limit_opens_what_was_done_about_it_at_once(phone: Any, farm: Farm) -> None:
    phone.goto(f"{farm.url}/portal/diary/new/CCP?ccp=CCP1")
    assert not phone.locator("#f-corrective_action").is_visible()
    phone.locator("#f-checks-1-value").fill("109,5")
    assert phone.locator("#f-corrective_action").is_visible()
    phone.locator("#f-checks-1-value").fill("1.109,5")
    assert not phone.locator("#f-corrective_action").is_visible()


def test_entries_made_without_signal_wait_and_arrive_once_in_order_with_their_time(
    phone: Any, farm: Farm, tmp_path: Path
) -> None:
    picture = tmp_path / "field.jpg"
    picture.write_bytes(written(scene()))
    before = len(farm.open())
    phone.goto(f"{farm.url}/portal/today")
    until(phone, READY)
    farm.cut_off()
    try:
        for pest in ("rầy xanh", "nhện đỏ"):
            phone.goto(f"{farm.url}/portal/diary/new/PPP")
            for name, value in {"active": "Abamectin", "phi_days": "14", "pest": pest, "plots-new": "A1"}.items():
                phone.locator(f"[name='{name}']").fill(value)
            phone.locator("[name=lot]").first.check()
            phone.locator("#f-photo").set_input_files(picture)
            phone.locator("button[value=check]").click()
            until(phone, "location.pathname === '/portal/today'")
        until(phone, "document.querySelectorAll('[data-queue] li').length === 2")
        assert "2 mục đang nằm trong máy, chờ sóng" in phone.locator("[data-waiting]").inner_text()
        assert "A1 · " in phone.locator("[data-queue] li").first.inner_text()
        phone.goto(f"{farm.url}/portal/diary/plan")
        assert "Đang mất sóng" in phone.locator("main").inner_text()
    finally:
        farm.connect()
    farm.world.clock.tick(hours=2)  # type: ignore[attr-defined]
    phone.goto(f"{farm.url}/portal/today")
    until(phone, lambda: len(farm.open()) == before + 2)
    until(phone, "document.querySelectorAll('.tick').length >= 2", opening=f"{farm.url}/portal/today")
    arrived = farm.open()[before:]
    assert [one.typed["pest"] for one in arrived] == ["rầy xanh", "nhện đỏ"]
    assert all(one.state == "checked" for one in arrived)
    assert arrived[0].made_at < arrived[1].made_at < arrived[0].received_at, "its own clock is wrong by far"
    phone.evaluate("navigator.serviceWorker.ready.then(one => one.active.postMessage({type: 'flush'}, []))")
    until(phone, "document.querySelector('[data-waiting] .note').hidden", opening=f"{farm.url}/portal/today")
    assert len(farm.open()) == before + 2
    phone.locator("form[action*='/portal/diary/sign'] button").click()
    phone.wait_for_load_state()
    assert "Đã ký" in phone.locator("main").inner_text()
    photos = [fact.event.kde.get("photo") for fact in farm.past().facts]
    assert sum(photo is not None for photo in photos) == 2


def test_whoever_has_to_sign_in_again_loses_nothing_and_nobody_else_sees_it(phone: Any, farm: Farm) -> None:
    context = phone.context
    with written_without_signal(phone, farm, "rải gốc"):
        before = len(farm.open())
    context.clear_cookies()
    phone.evaluate(SEEN_AGAIN)
    until(phone, "!document.querySelector('[data-sign-in]').hidden")
    assert "chờ sóng" not in phone.locator("[data-waiting]").inner_text(), "it waits for its writer"
    assert "mất sóng" not in phone.locator("main").inner_text().lower()
    phone.goto(f"{farm.url}/portal/today")
    assert "/login" in phone.url
    until(phone, "!document.getElementById('left').hidden")
    assert "1 mục ghi lúc mất sóng còn trong máy này" in phone.locator("#left").inner_text()
    until(phone, "caches.keys().then(names => names.filter(one => one.startsWith('traceapp-diary')).length === 0)")
    farm.cut_off()
    # In a tab of its own: a browser's page of an error arrives by itself, and would come between what follows.
    beside = context.new_page()
    try:
        with pytest.raises(Exception, match=r"ERR_|interrupted"):
            beside.goto(f"{farm.url}/portal/today")
    finally:
        farm.connect()
        beside.close()
    other = farm.sign_in(who="another@example.vn")
    context.add_cookies([{"name": "traceapp", "value": other, "url": farm.url}])
    phone.goto(f"{farm.url}/portal/today")
    until(phone, READY)
    assert phone.locator("[data-waiting] .note").is_hidden(), "another account neither sees nor sends it"
    assert len(farm.open()) == before
    context.add_cookies([{"name": "traceapp", "value": farm.token, "url": farm.url}])
    phone.goto(f"{farm.url}/portal/today")
    until(phone, lambda: len(farm.open()) == before + 1)
    until(phone, "document.querySelectorAll('.tick, #drafts ~ ul li').length === 1", opening=f"{farm.url}/portal/today")
    assert [one.typed.get("method") for one in farm.open()] == ["rải gốc"]


def test_a_page_that_lay_open_until_its_token_was_old_still_gets_its_entry_through(phone: Any, farm: Farm) -> None:
    before = len(farm.open())
    phone.goto(f"{farm.url}/portal/today")
    until(phone, READY)
    phone.goto(f"{farm.url}/portal/diary/new/SHIP")
    phone.locator("[name=lot]").first.check()
    phone.locator("#f-to").fill("chợ phiên")
    phone.evaluate("document.querySelector('form[data-entry] [name=csrf]').value = 'of another session'")
    phone.locator("button[value=check]").click()
    until(phone, lambda: len(farm.open()) == before + 1)
    shown = f"document.querySelectorAll('.tick, #drafts ~ ul li').length === {before + 1}"
    until(phone, shown, opening=f"{farm.url}/portal/today")
    assert farm.open()[-1].typed["to"] == "chợ phiên"


def test_a_page_kept_since_yesterday_says_so_offers_todays_date_and_takes_another_line(phone: Any, farm: Farm) -> None:
    tomorrow = vietnamese_date(farm.world.clock() + timedelta(days=1))
    phone.goto(f"{farm.url}/portal/today")
    until(phone, READY)
    phone.goto(f"{farm.url}/portal/diary/new/PROCESS")
    assert phone.input_value("#f-start") == typed_day(vietnamese_date(farm.world.clock()))
    farm.cut_off()
    phone.evaluate(KEPT_SINCE_YESTERDAY)
    try:
        phone.goto(f"{farm.url}/portal/diary/new/PROCESS")
        assert phone.input_value("#f-start") == typed_day(tomorrow)
        phone.locator("#f-inputs button[value=more]").click()
        phone.locator("[name='inputs-2-name']").fill("muối")
        phone.goto(f"{farm.url}/portal/diary/more")
        phone.locator("a[href*='/new/CCP']").click()
        phone.locator("a[href*='ccp=CCP1']").click()
        phone.locator("#f-checks-1-value").fill("109,5")
        assert phone.locator("#f-corrective_action").is_visible()
        phone.goto(f"{farm.url}/portal/today")
        assert "trang này giữ trong máy từ" in phone.locator("main").inner_text()
    finally:
        farm.connect()
    phone.goto(f"{farm.url}/portal/today")
    assert "giữ trong máy" not in phone.locator("main").inner_text()


def test_what_a_busy_server_did_not_take_waits_and_another_organisations_entry_is_not_sent_for_this_one(
    phone: Any, farm: Farm
) -> None:
    phone.goto(f"{farm.url}/portal/today")
    until(phone, READY)
    before = len(farm.open())
    phone.goto(f"{farm.url}/portal/diary/new/FERT")
    phone.locator("[name=lot]").first.check()
    phone.locator("#f-method").fill("rải mùn")
    elsewhere = "one => { one.value = `${one.value.split(' ')[0]} https://example.vn/other` }"
    phone.locator("form[data-entry] [name=account]").evaluate(elsewhere)
    phone.locator("form[data-entry] [name=for]").evaluate("one => { one.value = 'HTX Khác' }")
    farm.busy = True
    try:
        phone.locator("button[value=check]").click()
        until(phone, "location.pathname === '/portal/today'")
    finally:
        farm.busy = False
    until(phone, "document.querySelectorAll('[data-queue] li').length === 1", opening=f"{farm.url}/portal/today")
    assert "Ghi cho HTX Khác" in phone.locator("[data-queue]").inner_text()
    assert len(farm.open()) == before


def test_the_start_page_opens_without_signal_and_what_waits_goes_out_by_itself_when_the_server_is_back(
    phone: Any, farm: Farm
) -> None:
    before = len(farm.open())
    with written_without_signal(phone, farm, "rải vôi", do="draft"):
        phone.goto(f"{farm.url}/portal")
        assert "Hôm nay làm gì?" in phone.locator("main").inner_text()
    phone.evaluate(SEEN_AGAIN)
    until(phone, lambda: len(farm.open()) == before + 1)
    until(phone, "!document.querySelector('[data-arrived]').hidden")
    assert "1 mục ghi lúc mất sóng đã gửi xong" in phone.locator("main").inner_text()
    phone.goto(f"{farm.url}/portal/today")
    until(phone, "document.querySelector('[data-waiting] .note').hidden")
    assert phone.locator("[data-arrived]").is_hidden(), "it is told once"


def test_what_the_server_refuses_can_be_read_and_is_thrown_away_by_a_second_tap_only(phone: Any, farm: Farm) -> None:
    with written_without_signal(phone, farm, "rải tro"):
        phone.evaluate(OF_NO_STAGE)
    refused = "document.querySelector('[data-queue] li p') && !document.querySelector('[data-queue] li p').hidden"
    until(phone, refused, opening=f"{farm.url}/portal/today")
    told = phone.locator("[data-waiting]").inner_text()
    assert "1 mục đang nằm trong máy, chưa gửi được" in told
    assert "chờ sóng" not in told, "it does not go out by itself"
    assert "rải tro" in told
    phone.locator("[data-queue] button").click()
    assert "mất luôn" in phone.locator("[data-queue] button").inner_text()
    phone.locator("[data-queue] button").click()
    until(phone, "document.querySelector('[data-waiting] .note').hidden")


def test_a_plot_whose_spray_waits_in_the_phone_is_not_said_to_be_free(phone: Any, farm: Farm) -> None:
    day = vietnamese_date(farm.world.clock())
    for plot in ("T7", "T8"):
        farm.cast.capture(farm.cast.event("PLOT", day.isoformat(), plot=plot))
    farm.cast.capture(farm.cast.event("PPP", day.isoformat(), plot="T9", active="Abamectin", phi_days=60))
    phone.goto(f"{farm.url}/portal/today")
    until(phone, READY)
    plots = phone.locator("[data-plots]")
    before = len(farm.open())
    said = plots.text_content()
    assert "T7: hái được" in said and "T8: hái được" in said and "T9: còn 60 ngày" in said
    farm.cut_off()
    try:
        for plot, days in (("t7", "14"), ("T8; T10", "theo nhãn"), ("T9", "7")):
            phone.goto(f"{farm.url}/portal/diary/new/PPP")
            phone.locator("[name=lot]").first.check()
            for offered in phone.locator("[name=plots]:checked").all():
                offered.uncheck()
            for name, value in {"active": "Abamectin", "phi_days": days, "pest": "rầy", "plots-new": plot}.items():
                phone.locator(f"[name='{name}']").fill(value)
            phone.locator("button[value=check]").click()
            until(phone, "location.pathname === '/portal/today'")
        until(phone, "document.querySelectorAll('[data-uncounted] li').length === 4")
        said = plots.inner_text()
        for plot in ("T7", "T8", "T9"):
            assert phone.locator(f"[data-plot='{plot}']").is_hidden(), plot
        assert "còn 60 ngày" not in said and "T7: hái được" not in said
        lines = [one.inner_text() for one in phone.locator("[data-uncounted] li").all()]
        t7, t8, t10, t9 = lines
        assert "t7: chưa biết ngày hái" in t7
        assert f"sớm nhất là {show_date(day + timedelta(days=14))}" in t7
        assert "sớm nhất" not in t8 and "sớm nhất" not in t10, "nobody knows how long"
        assert f"sớm nhất là {show_date(day + timedelta(days=60))}" in t9, "the longer wait holds"
    finally:
        farm.connect()
    phone.goto(f"{farm.url}/portal/today")
    until(phone, lambda: len(farm.open()) == before + 3)
    until(phone, "document.querySelector('[data-uncounted]').hidden", opening=f"{farm.url}/portal/today")
    assert "T7: còn 14 ngày" in plots.text_content().replace("t7", "T7")


def test_signing_out_leaves_no_page_behind(phone: Any, farm: Farm) -> None:
    token = farm.sign_in(who="leaving@example.vn")
    phone.context.add_cookies([{"name": "traceapp", "value": token, "url": farm.url}])
    phone.goto(f"{farm.url}/portal/today")
    until(phone, READY)
    assert phone.evaluate("caches.keys()") == ["traceapp-diary-2"]
    phone.locator("form[action='/logout'] button").click()
    until(phone, "caches.keys().then(names => names.length === 0)")


def test_the_diary_fits_a_phone_and_axe_finds_no_barrier(chromium: Any, farm: Farm, axe: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 640}, locale="vi-VN", service_workers="block")
    context.add_cookies([{"name": "traceapp", "value": farm.token, "url": farm.url}])
    page = context.new_page()
    for path in ("today", "diary/new/CCP?ccp=CCP1", "diary/more", "diary/new/PROCESS", "diary/plan?ccp=CCP1"):
        page.goto(f"{farm.url}/portal/{path}")
        assert page.evaluate(OVERFLOW) <= 0, path
        small = [one for one in page.evaluate(SMALL_TARGETS) if "checkbox" not in one and "radio" not in one]
        assert small == [], path
        assert barriers(page, axe) == [], path
        assert barriers_in_the_dark(page) == [], path
    page.goto(f"{farm.url}/portal/diary/new/HARVEST")
    page.locator("button[value=check]").click()
    page.wait_for_load_state()
    assert page.locator(".wrong").count() >= 2
    assert barriers(page, axe) == []
    assert barriers_in_the_dark(page) == []
    page.evaluate("document.documentElement.style.fontSize = '160%'")
    assert page.evaluate(OVERFLOW) <= 0
    context.close()
