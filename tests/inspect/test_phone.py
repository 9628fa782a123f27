"""The inspector's phone in Chromium: a camera shows a label, the service stops answering, reports wait."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import qrcode
from PIL import Image
from werkzeug.serving import BaseWSGIServer, make_server

from tests.browser.measures import OVERFLOW, SMALL_TARGETS, barriers, barriers_in_the_dark
from tests.browsers import CHROMIUM, NO_SANDBOX
from tests.conftest import settings_for
from tests.core.cast import PRIVATE, trust_bytes
from tests.inspect.conftest import Officer
from tests.web.conftest import Site
from traceapp.app import create_app
from traceapp.core.bundle import pack, unpack
from traceapp.core.credential import Signer
from traceapp.core.keys import Role
from traceapp.core.label import label_url, sign_label
from traceapp.demo.load import load_demo
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

LOT = "VS2609A"
PHONE = {"width": 360, "height": 740}
WAIT = 60_000


@dataclass
class Service:
    """The demonstration, answering or not, at one address."""

    world: World
    port: int
    server: BaseWSGIServer | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def begin(self) -> None:
        if self.server is None:
            self.server = make_server("127.0.0.1", self.port, create_app(self.world), threaded=True)
            Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def label(self, item: int = 3, *, signed: bool = True) -> str:
        return self.world.label_maker.url(Site(self.world).item(LOT, item), signed=signed)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("phone")
    world = World(settings_for(folder, TRACEAPP_BASE_URL=f"http://localhost:{port}"))
    initialise(world)
    load_demo(world)
    running = Service(world, port)
    running.begin()
    yield running
    running.end()
    world.engine.dispose()


def film(text: str, path: Path, frames: int = 20) -> None:
    """A video of a label held before a camera by a hand that is not quite still. Motion JPEG, 4:2:0."""
    symbol = qrcode.QRCode(border=4, box_size=1)
    symbol.add_data(text)
    symbol.make(fit=True)
    drawn = symbol.make_image().get_image().convert("RGB")
    side = 440 // drawn.width * drawn.width
    label = drawn.resize((side, side), Image.Resampling.NEAREST)
    video = io.BytesIO()
    for number in range(frames):
        frame = Image.new("RGB", (640, 480), (200, 195, 180))
        frame.paste(label.rotate(number % 5 - 2, fillcolor=(200, 195, 180)), (100 + number % 7, 20 + number % 4))
        frame.save(video, "JPEG", quality=92, subsampling=2)
    path.write_bytes(video.getvalue())


@pytest.fixture(scope="module")
def browser(playwright: Any, service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium whose camera shows the label of one pack."""
    video = tmp_path_factory.mktemp("video") / "label.mjpeg"
    film(service.label(), video)
    arguments = [*NO_SANDBOX, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    chromium = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*arguments, f"--use-file-for-fake-video-capture={video}"]
    )
    yield chromium
    chromium.close()


class Phone:
    """A page in a context of its own; nothing on it may break its own policy."""

    def __init__(self, browser: Any, service: Service, **options: Any) -> None:
        self.service = service
        self.context = browser.new_context(viewport=PHONE, permissions=["camera"], **options)
        self.page = self.context.new_page()
        self.broken: list[str] = []
        self.page.on("pageerror", lambda one: self.broken.append(str(one)))
        self.page.on("console", lambda one: self.broken.append(one.text) if "Content Security" in one.text else None)

    def open(self, query: str = "?lang=vi") -> None:
        self.page.goto(f"{self.service.url}/inspect{query}")
        self.page.wait_for_selector("html[data-ready]", timeout=WAIT)

    def install(self) -> None:
        """Open it until it lies on the phone, with keys and lists."""
        self.open()
        self.page.wait_for_selector("html[data-offline]", timeout=WAIT)
        self.page.locator("#held dd").nth(1).get_by_text("lô", exact=False).wait_for(timeout=WAIT)

    def scan(self) -> None:
        self.page.locator("#scan").click()
        self.page.locator("#head").wait_for(timeout=WAIT)

    def type(self, code: str) -> None:
        if self.page.locator("#reading").is_hidden():
            self.page.evaluate("document.getElementById('reading').hidden = false")
        self.page.evaluate("delete document.documentElement.dataset.checked")
        self.page.locator("#code").fill(code)
        self.page.locator("#typed button").click()
        self.page.wait_for_selector("html[data-checked]", timeout=WAIT)

    def give(self, files: Any, to: str = "#bundle") -> None:
        self.page.evaluate("delete document.documentElement.dataset.checked")
        self.page.locator(to).set_input_files(files)
        self.page.wait_for_selector("html[data-checked]", timeout=WAIT)

    def bundle(self, data: bytes) -> None:
        self.give({"name": "lot.zip", "mimeType": "application/zip", "buffer": data})

    @property
    def headline(self) -> str:
        found: str = self.page.locator("#head").get_attribute("data-headline")
        return found

    @property
    def codes(self) -> set[str]:
        return set(self.page.eval_on_selector_all("[data-finding]", "all => all.map(one => one.dataset.finding)"))

    def words(self, selector: str = "main") -> str:
        return " ".join(self.page.inner_text(selector).split())


@pytest.fixture
def phone(browser: Any, service: Service) -> Iterator[Phone]:
    service.begin()
    made = Phone(browser, service)
    yield made
    made.context.close()
    assert made.broken == []


def test_the_camera_reads_a_label_and_after_the_service_stopped_it_is_still_verified(phone: Phone) -> None:
    phone.install()
    phone.scan()
    phone.page.wait_for_selector("html[data-online]", timeout=WAIT)
    assert phone.headline == "record-authentic"
    assert {"label-signature-good", "stars-valid", "code-issued"} <= phone.codes
    phone.service.end()
    phone.page.reload()
    phone.page.wait_for_selector("html[data-ready]", timeout=WAIT)
    phone.scan()
    assert phone.headline == "label-signature-good"
    assert {"key-in-list", "lists-clear", "unchecked-copy", "unchecked-recall", "unchecked-papers"} <= phone.codes
    words = phone.words()
    assert "Nước mắm" in words
    assert "theo máy chủ, lần có mạng trước" in words
    assert phone.page.locator("svg.hem rect").count() == 2
    phone.page.reload()
    phone.page.wait_for_selector("html[data-ready]", timeout=WAIT)
    assert phone.page.locator("#scan").is_visible()


def test_a_photo_of_a_label_is_read_too(phone: Phone) -> None:
    phone.open()
    picture = io.BytesIO()
    symbol = qrcode.make(phone.service.label(4)).get_image().convert("RGB")
    symbol.save(picture, "PNG")
    phone.give({"name": "l.png", "mimeType": "image/png", "buffer": picture.getvalue()}, "#photo")
    phone.page.wait_for_selector("html[data-online]", timeout=WAIT)
    assert "label-signature-good" in phone.codes
    empty = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(empty, "PNG")
    phone.page.locator("#again").click()
    phone.page.locator("#photo").set_input_files({"name": "e.png", "mimeType": "image/png", "buffer": empty.getvalue()})
    phone.page.get_by_text("Trong ảnh không đọc được mã nào").wait_for(timeout=WAIT)


def test_without_a_connection_each_label_gets_its_own_honest_answer(phone: Phone) -> None:
    phone.install()
    phone.context.set_offline(True)
    good = phone.service.label(5)
    forged = good[:-1] + str((int(good[-1]) + 1) % 10)
    key = phone.service.world.key_store.load(Role.LABEL)
    foreign = label_url(
        "id.other.vn", "/01/09520000000110/10/X", sign_label(key, "id.other.vn", "/01/09520000000110/10/X")
    )
    expected = {
        good: ("label-signature-good", "Chữ ký trên tem đúng"),
        forged: ("label-signature-bad", "nội dung này"),
        phone.service.label(5, signed=False): ("label-plain", "không có mạng thì không kiểm được gì"),
        foreign: ("foreign-label", "id.other.vn"),
        "https://example.vn/hello": ("not-a-label", "không nêu sản phẩm"),
        "https://x.vn/01/09520000000111": ("not-a-label", "Số kiểm tra"),
    }
    for code, (finding, words) in expected.items():
        phone.type(code)
        assert (phone.headline if finding != "label-plain" else finding, finding in phone.codes) == (finding, True)
        assert words in phone.words()
    phone.type(foreign)
    assert phone.page.locator("#open-page, #report-it").evaluate_all("all => all.every(one => one.hidden)")
    assert phone.page.locator('a[href*="id.other.vn"]').count() == 0


def test_a_bundle_is_verified_without_a_connection_and_an_altered_one_refused(phone: Phone) -> None:
    service = phone.service
    data = phone.context.request.get(f"{service.url}/bundle{Site(service.world).lot(LOT)}").body()
    phone.install()
    phone.context.set_offline(True)
    phone.bundle(data)
    assert {"bundle-good", "bundle-until", "lists-clear"} <= phone.codes
    assert "Nước mắm" in phone.words() and "theo gói hồ sơ" in phone.words()
    read = unpack(data)
    uuid, body = max(read.records.items())
    files = {
        "trust.json": read.trust,
        "label.txt": f"{read.label}\n".encode(),
        **{f"records/{name}.json": one for name, one in read.records.items()},
        **{f"entries/{name}.json": one for name, one in read.entries.items()},
        **{f"proofs/{name}.tlog-proof": one for name, one in read.proofs.items()},
    }
    altered = re.sub(rb'"validFrom":"\d{4}', b'"validFrom":"2025', body)
    phone.bundle(pack({**files, f"records/{uuid}.json": altered}))
    assert phone.headline == "record-tampered"
    refusals = {
        b"PK": "không phải gói hồ sơ",
        data + b"x": "không còn đúng dạng",
        pack({name: one for name, one in files.items() if uuid not in name or "proofs" in name}): "thiếu mục",
        pack({**files, "trust.json": read.trust.replace(b'"traceapp:version":', b'"traceapp:version":9')}): "Chữ ký",
    }
    for wrong, words in refusals.items():
        phone.bundle(wrong)
        assert phone.headline == "bundle-refused"
        assert words in phone.words()


def test_reports_made_without_a_connection_are_kept_and_sent_once(phone: Phone) -> None:
    service = phone.service
    officer = Officer(Site(service.world, service.url), "inspectorate")
    phone.install()
    service.end()
    phone.page.reload()
    phone.page.wait_for_selector("html[data-ready]", timeout=WAIT)
    phone.type(service.label(6))
    phone.page.locator("#report-it").click()
    phone.page.locator("#report-form button").last.click()
    assert "Chọn kết luận" in phone.words("#report")
    phone.page.get_by_label("Không đạt").first.check()
    phone.page.locator("#note").fill("Nắp hở")
    picture = io.BytesIO()
    Image.linear_gradient("L").resize((900, 700)).convert("RGB").save(picture, "JPEG")
    with phone.page.expect_file_chooser() as asked:
        phone.page.get_by_text("Chụp ảnh", exact=True).click()
    asked.value.set_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    phone.page.locator("input[name=result][value=fail]").check()
    phone.page.locator("#report-form button").last.click()
    phone.page.get_by_text("1 biên bản nằm trong máy này").wait_for(timeout=WAIT)
    phone.page.reload()
    phone.page.get_by_text("1 biên bản nằm trong máy này").wait_for(timeout=WAIT)
    service.begin()
    phone.page.locator("#send").click()
    phone.page.locator("#sign-in").wait_for(timeout=WAIT)
    assert reports_of(service) == 0
    phone.context.add_cookies([{"name": "traceapp", "value": officer.token, "url": service.url}])
    phone.page.locator("#send").click()
    phone.page.get_by_text("Đã gửi 1 biên bản").wait_for(timeout=WAIT)
    assert reports_of(service) == 1
    phone.page.reload()
    phone.page.get_by_text("Không còn biên bản nào chờ gửi").wait_for(timeout=WAIT)
    assert reports_of(service) == 1
    assert "VS2609A" in phone.context.request.get(f"{service.url}/portal/inspections").text()


_SMALL = SMALL_TARGETS.replace("one.getBoundingClientRect()", "(one.closest('label') ?? one).getBoundingClientRect()")
"""A choice is as large as the label around it."""


def _fulfil(body: bytes, route: Any) -> None:
    route.fulfill(body=body)


def reports_of(service: Service) -> int:
    return Site(service.world, service.url).rows()["inspection_sends"]


def test_a_trust_file_that_does_not_follow_the_pinned_one_is_refused_and_said(phone: Phone) -> None:
    phone.install()
    with phone.service.world.read() as connection:
        own = phone.service.world.trust(connection).body
    other = "id.other.vn"
    foreign = trust_bytes(host=other, hosts=[other], version=9, root=Signer.of_host(other, PRIVATE[Role.ROOT]))
    refused = {
        own.replace(b'"traceapp:version":1', b'"traceapp:version":0'): "cũ hơn bản 1",
        own.replace(b'"validUntil":"20', b'"validUntil":"21'): "cùng mang số bản 1",
        foreign: "là của id.other.vn",
        b"<html>": "không đúng dạng",
    }
    for body, words in refused.items():
        phone.page.unroute("**/traceapp-trust.json")
        phone.page.route("**/traceapp-trust.json", partial(_fulfil, body))
        phone.page.locator("#renew").click()
        phone.page.get_by_text("Danh sách khóa mới bị từ chối").wait_for(timeout=WAIT)
        phone.page.get_by_text(words).wait_for(timeout=WAIT)
    phone.page.unroute("**/traceapp-trust.json")
    phone.page.locator("#renew").click()
    phone.page.get_by_text("Danh sách khóa mới bị từ chối").wait_for(state="detached", timeout=WAIT)
    phone.context.set_offline(True)
    phone.type(phone.service.label(7))
    assert phone.headline == "label-signature-good"


def test_a_clock_that_is_wrong_by_a_day_is_said_and_lists_from_the_future_are_refused(
    browser: Any, service: Service
) -> None:
    service.begin()
    made = Phone(browser, service)
    made.page.add_init_script("const now = Date.now; Date.now = () => now() - 86400000;")
    made.open()
    made.page.get_by_text("Danh sách thu hồi mới bị từ chối").wait_for(timeout=WAIT)
    assert "xem lại đồng hồ" in made.words()
    made.type(service.label(7))
    assert "clock-off" in made.codes or made.page.wait_for_selector("html[data-online]", timeout=WAIT)
    made.context.close()


def test_the_page_is_accessible_and_fits_a_small_phone(browser: Any, service: Service, axe: str) -> None:
    service.begin()
    made = Phone(browser, service, bypass_csp=True)
    made.install()
    made.context.set_offline(True)
    states = [lambda: None, lambda: made.type(service.label(8)), lambda: made.page.locator("#report-it").click(),
              lambda: made.type("https://x.vn/y"), lambda: made.type(service.label(8)[:-1] + "x")]  # fmt: skip
    for state in states:
        state()
        assert barriers(made.page, axe) == []
        assert barriers_in_the_dark(made.page) == []
        assert made.page.evaluate(OVERFLOW) <= 0
        assert made.page.evaluate(_SMALL) == []
    made.context.close()
