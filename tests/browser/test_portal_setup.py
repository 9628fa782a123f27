"""From nothing to a sheet of labels on a phone, counted as a person's taps and letters; and what the pages weigh."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.browser.measures import HIDDEN_BUT_SEEN, OVERFLOW, barriers
from tests.conftest import settings_for
from tests.pictures import scene, written
from traceapp.adapters.mail import Letter
from traceapp.app import create_app
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

PHONE = {"width": 360, "height": 640}
SECONDS_A_TAP = 1.5
SECONDS_A_LETTER = 0.25
MOST_ACTS = 40
MOST_SECONDS = 180
MOST_BYTES = 150_000
PASSWORD = "trâu mộng bờ ao"
# Boxes to tick are small, the label around each is not.
SMALL_TARGETS = """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .map(one => [one.outerHTML.slice(0, 90), (one.closest('label') || one).getBoundingClientRect(), one.className])
  .filter(([, box, kind]) => box.width && !['skip', 'hide'].includes(kind))
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([html, box]) => html + ' ' + box.width + 'x' + box.height)"""


@dataclass
class Portal:
    """A service on this machine, and the letters it wrote."""

    url: str
    world: World
    letters: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)

    @property
    def code(self) -> str:
        found = re.search(r"\d{6}", self.letters[-1].text)
        assert found
        return found[0]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    world = World(settings_for(folder, TRACEAPP_BASE_URL=f"http://localhost:{port}"))
    initialise(world)
    made = Portal(f"http://localhost:{port}", world)
    world.__dict__["mailer"] = made
    server = make_server("127.0.0.1", port, create_app(world), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    world.engine.dispose()


@dataclass
class Thumb:
    """A person at a page: every tap and every field typed into is counted, with the time a person takes."""

    page: Any
    taps: int = 0
    fields: int = 0
    letters: int = 0
    waited: float = 0

    def tap(self, selector: str) -> None:
        start = time.monotonic()
        self.page.click(selector)
        self.page.wait_for_load_state()
        self.waited += time.monotonic() - start
        self.taps += 1

    def type(self, name: str, text: str) -> None:
        self.page.fill(f"#f-{name}", text)
        self.fields += 1
        self.letters += len(text)

    def choose(self, name: str, value: str) -> None:
        """Opening a list and choosing from it are two taps."""
        self.page.select_option(f"#f-{name}", value)
        self.taps += 2

    def attach(self, name: str, photo: Path) -> None:
        """The button, the camera's shutter, and its tick."""
        self.page.set_input_files(f"#f-{name}", str(photo))
        self.taps += 3

    @property
    def acts(self) -> int:
        return self.taps + self.fields

    @property
    def seconds(self) -> float:
        """A field is tapped before it is typed into."""
        return self.acts * SECONDS_A_TAP + self.letters * SECONDS_A_LETTER + self.waited


def new_page(chromium: Any, **options: Any) -> Any:
    context = chromium.new_context(viewport=PHONE, locale="vi-VN", **options)
    page = context.new_page()
    page.set_default_timeout(60_000)
    return page


def send(thumb: Thumb) -> None:
    thumb.tap(".send .btn")


def sign_up(thumb: Thumb, portal: Portal, login: str) -> None:
    thumb.page.goto(f"{portal.url}/signup")
    thumb.type("name", "Nguyễn Thị Lan")
    thumb.type("login", login)
    thumb.type("password", PASSWORD)
    send(thumb)
    thumb.type("code", portal.code)
    send(thumb)


def test_from_nothing_to_a_sheet_of_24_labels_in_three_minutes_at_a_persons_pace(
    chromium: Any, portal: Portal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "tra.jpg"
    photo.write_bytes(written(scene()))
    thumb = Thumb(new_page(chromium))
    page = thumb.page
    sign_up(thumb, portal, "lan.tancuong@example.vn")
    thumb.tap("text=Hộ kinh doanh")
    thumb.type("name", "Trà Bà Lan")
    thumb.choose("province_code", "19")
    thumb.type("ward", "Xã Tân Cương")
    send(thumb)
    thumb.tap("summary >> text=Ghim lên bản đồ")
    thumb.tap("input[type=image]")
    send(thumb)
    thumb.attach("photo", photo)
    thumb.type("name_vi", "Trà búp Tân Cương")
    thumb.type("net_value", "200")
    thumb.type("shelf_life", "12")
    thumb.type("standards", "TCCS 01:2026")
    send(thumb)
    thumb.type("quantity", "50")
    send(thumb)
    send(thumb)
    with page.expect_download() as download:
        page.click("text=Tải tờ tem PDF")
        thumb.taps += 1
    data = Path(download.value.path()).read_bytes()
    assert data.startswith(b"%PDF-") and len(data) > 10_000
    page.goto(f"{portal.url}/portal")
    assert "Chưa ai xác nhận cơ sở này là ai" in page.inner_text("main")
    with capsys.disabled():
        print(
            f"\n  set up at 360 px: {thumb.taps} taps + {thumb.fields} fields = {thumb.acts} (most {MOST_ACTS}), "
            f"{thumb.letters} letters, {thumb.seconds:.0f} s at a person's pace (most {MOST_SECONDS})"
        )
    assert thumb.acts <= MOST_ACTS
    assert thumb.seconds <= MOST_SECONDS
    page.context.close()


PAGES = (
    "/portal",
    "/portal/more",
    "/portal/people",
    "/portal/account",
    "/portal/checklist",
    "/portal/claims/new",
    "/portal/setup",
    "/portal/setup/organisation",
    "/portal/setup/facility",
    "/portal/setup/product",
    "/portal/setup/lot",
    "/portal/setup/labels",
)


@pytest.fixture(scope="module")
def signed_in(chromium: Any, portal: Portal) -> Iterator[Any]:
    """A producer's browser, with a product and nothing else."""
    page = new_page(chromium)
    thumb = Thumb(page)
    sign_up(thumb, portal, "hoa@example.vn")
    thumb.tap("text=Hợp tác xã")
    thumb.type("name", "HTX Trà Hoa")
    thumb.choose("province_code", "19")
    thumb.type("ward", "Xã Tân Cương")
    send(thumb)
    send(thumb)
    thumb.type("name_vi", "Trà búp")
    thumb.type("net_value", "200")
    send(thumb)
    thumb.type("quantity", "50")
    send(thumb)
    yield page
    page.context.close()


def test_no_page_has_a_barrier_a_small_target_or_runs_over(signed_in: Any, portal: Portal, axe: str) -> None:
    for scheme, paths in (("light", PAGES), ("dark", ("/portal", "/portal/checklist", "/portal/setup/organisation"))):
        signed_in.emulate_media(color_scheme=scheme)
        for path in paths:
            signed_in.goto(portal.url + path)
            signed_in.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            assert barriers(signed_in, axe) == [], path
            assert signed_in.evaluate(OVERFLOW) == 0, path
            assert signed_in.evaluate(SMALL_TARGETS) == [], path


def test_the_doors_have_no_barrier_either(chromium: Any, portal: Portal, axe: str) -> None:
    page = new_page(chromium)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    for path in ("/login", "/signup", "/reset"):
        page.goto(portal.url + path)
        assert barriers(page, axe) == [], path
        assert page.evaluate(OVERFLOW) == 0, path
    page.click(".send .btn")
    page.wait_for_load_state()
    page.goto(f"{portal.url}/login")
    page.fill("#f-login", "ai@example.vn")
    page.fill("#f-password", "sai rồi nhé")
    page.click(".send .btn")
    page.wait_for_selector("[role=alert]")
    assert barriers(page, axe) == []
    assert [one for one in said if "422" not in one] == []
    page.context.close()


def test_what_is_hidden_until_a_script_shows_it_is_not_seen(chromium: Any, signed_in: Any, portal: Portal) -> None:
    doors, state = ("/login", "/signup", "/reset"), signed_in.context.storage_state()
    stranger, plain = new_page(chromium), new_page(chromium, java_script_enabled=False)
    producer = new_page(chromium, java_script_enabled=False, storage_state=state)
    for page, paths in ((stranger, doors), (plain, doors), (producer, PAGES)):
        for path in paths:
            page.goto(portal.url + path)
            assert page.evaluate(HIDDEN_BUT_SEEN) == [], path
        page.context.close()


def test_a_page_weighs_little_the_first_time(chromium: Any, signed_in: Any, portal: Portal) -> None:
    for path in ("/portal", "/portal/checklist"):
        page = new_page(chromium, storage_state=signed_in.context.storage_state(), service_workers="block")
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")
        arrived: list[float] = []
        tools.on("Network.loadingFinished", lambda one, to=arrived: to.append(one["encodedDataLength"]))
        page.goto(portal.url + path, wait_until="networkidle")
        assert 10_000 < sum(arrived) <= MOST_BYTES, (path, arrived)
        page.context.close()


def with_finger(page: Any) -> Any:
    """A phone that knows its owner's finger: what its browser asks it from now on is answered."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return tools


def test_a_photo_is_chosen_in_the_pages_words_and_its_name_is_shown(signed_in: Any, portal: Portal) -> None:
    signed_in.goto(f"{portal.url}/portal/setup/product")
    assert signed_in.inner_text(".file").split("\n") == ["Chụp, chọn ảnh", "Chưa chọn"]
    photo = {"name": "tra-bup.jpg", "mimeType": "image/jpeg", "buffer": written(scene())}
    signed_in.set_input_files("#f-photo", photo)
    assert "tra-bup.jpg" in signed_in.inner_text(".file")


def test_an_invitations_link_is_sent_on_with_one_tap(signed_in: Any, portal: Portal, axe: str) -> None:
    signed_in.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=portal.url)
    signed_in.goto(f"{portal.url}/portal/people")
    signed_in.click("[aria-labelledby=invite] button.btn")
    signed_in.wait_for_selector("#share button")
    assert barriers(signed_in, axe) == [] and signed_in.evaluate(OVERFLOW) == 0
    signed_in.evaluate("Object.defineProperty(navigator, 'share', { value: undefined })")
    signed_in.click("#share button")
    signed_in.wait_for_selector("#share p:not([hidden])")
    assert signed_in.evaluate("navigator.clipboard.readText()") == signed_in.inner_text(".copyable")


def test_a_passkey_is_made_and_signs_in_without_a_password(signed_in: Any, portal: Portal) -> None:
    tools = with_finger(signed_in)
    signed_in.goto(f"{portal.url}/portal/account")
    with signed_in.expect_navigation():
        signed_in.click("#new-passkey button")
    assert "Bỏ khóa này" in signed_in.inner_text("main")
    signed_in.click("#new-passkey button")
    signed_in.wait_for_selector("#new-passkey .error:not([hidden])")
    assert "Máy này có khóa rồi" in signed_in.inner_text("#new-passkey .error"), "trying again would not help"
    signed_in.click("footer button")
    signed_in.wait_for_url("**/login**")
    with signed_in.expect_navigation(url="**/portal"):
        signed_in.click("#passkey button")
    assert "HTX Trà Hoa" in signed_in.inner_text("main")
    with portal.world.read() as connection:
        lines = [bytes(row[0]).decode() for row in connection.exec_driver_sql("SELECT line FROM account_trail")]
    assert sum('"passkey"' in line and '"sign-in"' in line for line in lines) == 1
    signed_in.goto(f"{portal.url}/portal/account")
    signed_in.click("button:has-text('Bỏ khóa này') >> nth=-1")
    signed_in.wait_for_load_state()
    assert "Xác nhận đúng là mình" in signed_in.inner_text("main")
    touch(signed_in, "#step-up button")
    assert "Bỏ khóa này" not in signed_in.inner_text("main"), "taken away by whose it is"
    tools.detach()


def test_one_touch_enrols_one_cosigns_a_lot_and_one_recalls_it(signed_in: Any, portal: Portal, axe: str) -> None:
    tools = with_finger(signed_in)
    signed_in.goto(f"{portal.url}/portal/account")
    with signed_in.expect_navigation():
        signed_in.click("#new-passkey button")
    signed_in.click("button:has-text('Dùng để ký thêm hồ sơ') >> nth=-1")
    signed_in.wait_for_load_state()
    assert barriers(signed_in, axe) == [] and signed_in.evaluate(OVERFLOW) == 0
    touch(signed_in, "#step-up button")
    assert "Đang ký thêm hồ sơ" in signed_in.inner_text("main")
    signed_in.goto(f"{portal.url}/portal/setup/lot")
    signed_in.fill("#f-number", "KY-1")
    signed_in.fill("#f-quantity", "20")
    signed_in.click(".send .btn")
    signed_in.wait_for_selector("#cosign button")
    assert barriers(signed_in, axe) == [] and signed_in.evaluate(SMALL_TARGETS) == []
    touch(signed_in, "#cosign button")
    assert signed_in.query_selector("#cosign") is None, "it is offered once"
    with portal.world.read() as connection:
        lot = str(connection.exec_driver_sql("SELECT id FROM lots WHERE lot = 'KY-1'").scalar_one())
    path = lot.partition(portal.world.host)[2]
    signed_in.goto(portal.url + path)
    assert "ký thêm bằng khóa của máy mình" in signed_in.inner_text("main")
    signed_in.goto(f"{portal.url}/portal/lots/recall{path}")
    signed_in.fill("#f-reason", "Lẫn hai mẻ")
    signed_in.check("#f-sure")
    signed_in.click("main .btn:has-text('Thu hồi và báo')")
    signed_in.wait_for_load_state()
    assert "Lẫn hai mẻ" in signed_in.inner_text("main") and signed_in.evaluate(SMALL_TARGETS) == []
    touch(signed_in, "#step-up button")
    signed_in.goto(portal.url + path)
    assert signed_in.query_selector("[data-headline=lot-recalled]")
    with portal.world.read() as connection:
        lines = [bytes(row[0]).decode() for row in connection.exec_driver_sql("SELECT line FROM account_trail")]
    assert [one for one in lines if '"act":"recall"' in one and '"how":"passkey"' in one]
    tools.detach()


def touch(page: Any, button: str) -> None:
    """One tap, and the finger that the browser asks for."""
    with page.expect_navigation():
        page.click(button)
