"""The diary in the portal: forms that keep everything typed, one signature, entries that come in from a phone."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import HOST
from tests.pictures import scene, written
from tests.web.conftest import Page, Site, make_world
from tests.web.own_world import OWN_WORLD, once, site_of
from tests.web.signed_in import BROWSER, SignedIn, new_session
from traceapp.core.dates import vietnamese_date
from traceapp.core.diary.fields import FORMS
from traceapp.core.diary.past import typed_values
from traceapp.core.events import Event, Stage
from traceapp.services.accounts.people import MemberRole
from traceapp.services.diary.past import Asked, Past, read_past
from traceapp.services.registry.registers import owner_of_lot
from traceapp.web.portal.diary.rows import rows_of as told_in_rows

PROGRAM = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
SPRAY = {
    "start": "20/11/2026",
    "plots": "DG-15",
    "active": "Abamectin",
    "trade": "Thuốc mẫu",
    "phi_days": "14",
    "dose": "0,25",
    "dose-unit": "l/ha",
    "operator": "TV-04",
}
DOSES = {"PPP": "l/ha", "FERT": "kg/ha", "VETDRUG": "ml/con"}


class Producer(SignedIn):
    """Somebody signed in for the producer of a lot of the demonstration."""

    def __init__(self, site: Site, lot: str, role: MemberRole = MemberRole.OWNER) -> None:
        with site.world.read() as connection:
            organisation = owner_of_lot(connection, site.lot_id(lot))[1]
        super().__init__(site, organisation, *new_session(site.world, organisation, f"{lot}-{role}@example.vn", role))
        self.lot = lot

    def arrive(self, body: Any, **headers: str) -> Page:
        return self.ask("/portal/diary/arrive", "POST", {**PROGRAM, "X-CSRF-Token": self.csrf, **headers}, json=body)

    def write(self, stage: str, number: str = "", **values: Any) -> Page:
        """Send a new entry; its key is of its own unless it is given."""
        key = f"key-{stage}-{uuid4().hex}"
        lot = self.site.lot_id(number or self.lot)
        return self.send(f"/portal/diary/new/{stage}", {"key": key, "lot": lot, "do": "check", **values})

    def sign(self, page: Page) -> Page:
        """Sign what was just checked."""
        place = page.response.headers["Location"].partition("?")[0]
        review = self.ask(place)
        assert review.status == 200, review.words
        version = attribute(review, "input", "version")
        return self.send(f"{place}/sign", {"version": version})

    def past(self) -> Past:
        world = self.site.world
        with world.read() as connection:
            asked = Asked(vietnamese_date(world.clock()))
            return read_past(connection, world.host, self.organisation, world.keyring(connection), asked)


def attribute(page: Page, tag: str, name: str) -> str:
    return next(one.get("value", "") for one in page.tree.iter(tag) if one.get("name") == name)


def values_of(page: Page) -> dict[str, str]:
    """What stands in the page's inputs."""
    return {
        str(one.get("name")): one.get("value", "") for one in page.tree.iter("input") if one.get("type") != "checkbox"
    }


@pytest.fixture(scope="module")
def shared_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration with people in it: no page differs by the database, so one of them is enough."""
    world = make_world(request, tmp_path_factory.mktemp("diary-site"), "sqlite")
    yield Site(world)
    world.engine.dispose()


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with site_of(request, "shared_site", tmp_path) as found:
        yield found


@pytest.fixture
def cam(site: Site) -> Producer:
    return once(site, "cam", lambda: Producer(site, "DG1108"))


@pytest.fixture
def sprayed(cam: Producer) -> Producer:
    """The same, after a spray was signed that keeps its plot waiting."""
    assert cam.sign(cam.write("PPP", **SPRAY)).status == 303
    return cam


@pytest.fixture
def keo(site: Site) -> Producer:
    return once(site, "keo", lambda: Producer(site, "BR1104"))


@pytest.fixture
def che(site: Site) -> Producer:
    return once(site, "che", lambda: Producer(site, "DM2610B", MemberRole.OFFICER))


@OWN_WORLD
def test_the_first_screen_says_which_plots_may_be_harvested_and_what_to_write(cam: Producer) -> None:
    page = cam.ask("/portal/today")
    assert page.status == 200
    for words in ("Hôm nay làm gì?", "Thứ Bảy, 21/11/2026", "DG-15: hái được", "cách ly xong 11/11/2026", "Phun thuốc"):
        assert words in page.words, words
    assert page.response.headers["Cache-Control"] == "no-store"
    english = cam.ask("/portal/today?lang=en")
    assert "DG-15" in english.words and not re.search("Hái được|Thửa nào|Nháp|Chờ ký", english.words)


@pytest.mark.parametrize("stage", FORMS)
def test_every_stage_has_its_form_in_both_languages(cam: Producer, stage: Stage) -> None:
    lang = "en" if len(stage) % 2 else "vi"
    page = cam.ask(f"/portal/diary/new/{stage}?lang={lang}")
    assert page.status == 200 and page.lang == lang
    names = {one.get("name") for tag in ("input", "textarea", "select") for one in page.tree.iter(tag)}
    for one in FORMS[stage].fields:
        assert any(str(name).startswith(one.name) for name in names), one.name


def test_whoever_makes_fish_sauce_is_not_offered_to_spray_before_what_they_do(site: Site) -> None:
    sauce = Producer(site, "VS2609A")
    ways = [str(one.get("href")) for one in sauce.ask("/portal/today").tree.iter("a")]
    stages = {one.partition("?")[0].rpartition("/")[2] for one in ways if "/portal/diary/new/" in one}
    assert stages == {"PACK", "SHIP", "CCP", "DRAW", "FERMENT"}


def test_a_form_offers_what_is_said_of_its_own_stage(cam: Producer) -> None:
    units = {stage: cam.ask(f"/portal/diary/new/{stage}").tree.find(".//*[@id='f-dose-unit']") for stage in DOSES}
    assert {stage: one.get("placeholder") for stage, one in units.items() if one is not None} == DOSES
    assert "ml/ha" not in cam.ask("/portal/diary/new/VETDRUG").response.text, "no animal is given litres a hectare"
    hint = cam.ask("/portal/diary/new/SHIP").tree.find(".//*[@id='h-vehicle']")
    assert hint is not None and hint.text == "Không hiện ra công khai, xóa được.", "a lorry has no worker's code"


@OWN_WORLD
def test_a_spray_is_written_looked_at_again_and_signed_and_its_plot_waits(cam: Producer) -> None:
    checked = cam.write("PPP", **SPRAY)
    assert checked.status == 303
    review = cam.ask(checked.response.headers["Location"])
    assert "DG-15 được thu hoạch từ 04/12/2026" in review.words and "TV-04" in review.words
    assert "Chờ ký" in cam.ask("/portal/today").words
    signed = cam.sign(checked)
    assert signed.status == 303
    done = cam.ask(signed.response.headers["Location"])
    assert "Đã ký, lô DG1108" in done.words
    today = cam.ask("/portal/today")
    assert "DG-15: còn 13 ngày" in today.words and "04/12/2026" in today.words
    fact = cam.past().facts[-1]
    assert (fact.event.kde["dose"], fact.event.kde["operator"], fact.source.assisted_by) == ("0,25 l/ha", "TV-04", None)


@OWN_WORLD
def test_a_harvest_too_soon_after_a_spray_is_asked_about_once_naming_the_day_and_its_labels_are_refused(
    sprayed: Producer,
) -> None:
    picked = {"start": "21/11/2026", "plots": "DG-15", "outputs-1-name": "cam", "outputs-1-quantity": "1.250,5"}
    asked = sprayed.write("HARVEST", **picked, **{"outputs-1-unit": "kg"})
    assert asked.status == 422
    assert "Thửa DG-15 được thu hoạch từ 04/12/2026" in asked.words
    values = {**values_of(asked), "plots": "DG-15", "lot": sprayed.site.lot_id("DG1108")}
    assert values["outputs-1-quantity"] == "1.250,5"
    token = next(one.get("value", "") for one in asked.tree.iter("input") if one.get("name") == "sure")
    action = next(one.get("action", "") for one in asked.tree.iter("form") if "data-entry" in one.attrib)
    sure = sprayed.send(action, {**values, "sure": token, "do": "check"})
    assert sure.status == 303
    assert "Hái trước ngày được phép" in sprayed.ask(sure.response.headers["Location"]).words
    assert sprayed.sign(sure).status == 303
    assert "phi-broken" in sprayed.site.page(sprayed.site.lot("DG1108")).codes
    assert sprayed.past().facts[-1].event.outputs[0].quantity == 1250.5


def test_everything_typed_comes_back_with_words_beside_what_is_wrong(cam: Producer) -> None:
    page = cam.write("PPP", **{**SPRAY, "start": "31/02/2026", "dose": "−5", "phi_days": ""})
    assert page.status == 422
    assert "Không có ngày 31/02/2026" in page.words
    assert "−5 không dùng được: số phải lớn hơn 0" in page.words
    assert "Còn 3 chỗ cần sửa" in page.words
    found = values_of(page)
    assert (found["start"], found["dose"], found["dose-unit"], found["trade"]) == (
        "31/02/2026",
        "−5",
        "l/ha",
        "Thuốc mẫu",
    )
    english = cam.send("/portal/diary/new/FERT?lang=en", {"key": "key-english0", "start": "x", "do": "check"})
    assert english.status == 422 and "is not a date" in english.words
    assert cam.write("PPP", **{**SPRAY, "trade": "<script>alert(1)</script>"}).status == 303
    assert "<script>alert" not in cam.ask("/portal/today").response.text


@OWN_WORLD
def test_a_last_value_is_offered_marked_and_stays_marked_until_it_is_touched(sprayed: Producer) -> None:
    form = sprayed.ask("/portal/diary/new/PPP")
    offered = values_of(form)
    assert (offered["trade"], offered["start"]) == ("Thuốc mẫu", "21/11/2026")
    claimed = [one.get("value", "") for one in form.tree.iter("input") if one.get("name") == "copied"]
    assert {"trade", "active", "dose", "phi_days", "plots", "operator"} <= set(claimed)
    assert form.words.count("lấy từ") == 1, "from when it is stands there once"
    marks = {one.get("value"): one.getparent().text_content() for one in form.tree.xpath("//input[@name='kept']")}
    assert marks.keys() == set(claimed) and marks["dose"] == "Vẫn đúng: Liều dùng", "each field has a mark of its own"
    blank = sprayed.ask("/portal/diary/new/STORE")
    assert "nét đứt" not in blank.words and not blank.tree.xpath("//input[@name='kept']")
    values = {**SPRAY, "start": "21/11/2026", "from": offered["from"], "copied": claimed, "kept": ["dose", "plots"]}
    checked = sprayed.write("PPP", **{**values, "pest": "nhện"})
    review = sprayed.ask(checked.response.headers["Location"])
    assert "4 chỗ lấy nguyên từ lần trước" in review.words
    sprayed.sign(checked)
    assert sprayed.past().facts[-1].event.kde["copied"] == ["active", "operator", "phi_days", "trade"]


def test_whom_goods_were_sent_to_is_offered_by_name(che: Producer) -> None:
    offered = values_of(che.ask("/portal/diary/new/SHIP"))
    assert offered["to"].startswith("Điểm giới thiệu và bán OCOP"), offered["to"]
    sent = next(one for one in che.past().facts if one.stage is Stage.SHIP)
    corrected = che.ask(f"/portal/diary/correct/{sent.source.record_id.rpartition('/')[2]}")
    assert values_of(corrected)["to"].startswith("https://"), "a correction keeps whom it was"
    assert "Điểm giới thiệu và bán OCOP" in corrected.words


def test_pressing_twice_makes_one_entry(cam: Producer) -> None:
    cam.site.clock.tick(seconds=1)
    pressed = {"key": "key-pressed-twice", "start": "20/11/2026", "outlet": "chợ"}
    first = cam.write("SELL", **pressed)
    cam.site.clock.tick(seconds=1)
    again = cam.write("SELL", **pressed)
    assert first.status == again.status == 303
    assert first.response.headers["Location"] == again.response.headers["Location"]


def test_a_dose_is_told_back_as_the_reader_writes_numbers(che: Producer) -> None:
    checked = che.write("PPP", **{**SPRAY, "dose": "1250,5", "dose-unit": "l/sào"})
    place = checked.response.headers["Location"].partition("?")[0]
    for lang, told in (("vi", "1.250,5 l/sào"), ("en", "1,250.5 l/sào")):
        assert told in che.ask(f"{place}?lang={lang}").words


def sent_signed_out(person: Producer, path: str, values: dict[str, Any], page: str) -> Page:
    """What stands where a form is looked at again that was sent from `page` when the session had ended."""
    with person.signed_out():
        person.send(path, values, headers={**BROWSER, "Referer": f"https://{HOST}{page}"})
    return person.ask("/portal/kept-form")


def rows_of(page: Page) -> list[str]:
    return [" ".join(one.text_content().split()) for one in page.tree.xpath("//main//ul[@class='rows']/li")]


def test_a_form_that_was_sent_too_late_is_told_in_its_own_words(cam: Producer) -> None:
    lot = cam.site.lot_id("DG1108")
    values = {**SPRAY, "plots": ["DG-15", "DG-12"], "lot": lot, "key": "key-too-late", "from": "x", "copied": "dose"}
    kept = sent_signed_out(cam, "/portal/diary/new/PPP", values, "/portal/diary/new/PPP?lang=en")
    rows = rows_of(kept)
    assert rows[0].startswith("Ngày phun20/11/2026") and "Liều dùng0,25 l/ha" in rows
    assert any(row.startswith("Thửa nào?") and "DG-15" in row and "DG-12" in row for row in rows)
    assert any(row.startswith("Lô nào?DG1108") for row in rows), "a choice is told as the form tells it"
    assert len(kept.tree.xpath("//main//input[@name='plots']")) == 2, "and sent on as it was"


def test_a_form_of_another_page_is_told_in_the_words_of_that_page(cam: Producer) -> None:
    cam.write("FERT", start="20/11/2026", plots="DG-12", product_name="Phân chuồng")
    today = cam.ask("/portal/today")
    entry, words = today.tree.xpath("(//input[@name='entry'])[1]/@value | (//input[@name='entry'])[1]/@aria-label")
    kept = sent_signed_out(cam, "/portal/diary/sign", {"entry": entry}, "/portal/today")
    assert rows_of(kept) == [words]
    elsewhere = sent_signed_out(cam, "/portal/diary/sign", {"entry": entry}, "https://example.com/portal/today")
    assert rows_of(elsewhere) == [entry], "where the form stood is not known, and nothing is lost"


def test_a_number_that_may_be_two_is_asked_about_in_both_languages(che: Producer, keo: Producer) -> None:
    sent = {"start": "17/11/2026", "plots": "TC-1", "product_name": "Urê", "dose": "1,125", "dose-unit": "kg/ha"}
    assert "1,125 có thể là hai số: viết 1125, hoặc 1,1250 nếu là số lẻ." in che.write("FERT", **sent).words
    told = che.send("/portal/diary/new/FERT?lang=en", {"key": "two-numbers", "do": "check", **sent}).words
    assert "1,125 may be two numbers: write 1125, or 1.1250 if it has a fraction." in told
    plan = keo.send("/portal/diary/plan", {"ccp": "CCP9", "what-1": "muối", "min-1": "1,000"})
    assert plan.status == 422 and "1,000 có thể là hai số: viết 1000, hoặc 1,0 nếu là số lẻ." in plan.words


@OWN_WORLD
def test_a_point_typed_on_a_page_in_english_is_asked_about_until_it_is_put_right(che: Producer) -> None:
    sent = {"start": "17/11/2026", "plots": "TC-1", "product_name": "Urê", "dose": "1.125", "dose-unit": "kg/ha"}
    sent |= {"lot": che.site.lot_id(che.lot), "key": "a-point-in-english", "do": "check"}
    asked = che.send("/portal/diary/new/FERT?lang=en", sent)
    assert asked.status == 422
    assert "1.125 may be two numbers: write 1125, or 1.1250 if it has a fraction." in asked.words
    again = che.send("/portal/diary/new/FERT?lang=en", {**sent, "key": "a-point-put-right", "dose": "1.1250"})
    assert "two numbers" not in again.words
    here = che.send("/portal/diary/new/FERT?lang=vi", {**sent, "key": "a-point-in-vietnamese"})
    assert "hai số" not in here.words and "1.125 kg/ha khác xa lần trước" in here.words


def test_a_plant_is_bought_whole_and_a_pack_may_be_opened(che: Producer) -> None:
    sent = {"start": "17/11/2026", "product_name": "Giống", "quantity": "2,5", "quantity-unit": "cây giống"}
    asked = che.write("SEED", **sent)
    assert asked.status == 422
    beside = asked.tree.get_element_by_id("e-quantity").text_content()
    assert "2,5 không dùng được: cây, con, quả, củ… thì viết số nguyên, như 14." in beside
    assert che.write("SEED", **{**sent, "quantity-unit": "gói"}).status == 303


def test_a_recorded_dose_is_shown_and_corrected_as_it_was_meant_however_it_was_written(che: Producer) -> None:
    world = che.site.world
    for dose, told, typed in (("1,125 kg/ha", "1,125 kg/ha", "1,1250"), ("1e9 l", "1e9 l", "1e9")):
        day = vietnamese_date(world.clock())
        kde = {"product_name": "Urê", "dose": dose, "plots": ["TC-1"]}
        event = Event(che.site.lot_id(che.lot), Stage.FERT, day, day, che.organisation, kde=kde)
        shown = told_in_rows(event, (), "DM2610B", "", "vi")
        assert ("Liều dùng", told) in [(one.name, one.value) for one in shown]
        assert typed_values(event)["dose"] == typed


def test_what_was_left_empty_is_no_answer(cam: Producer) -> None:
    kept = sent_signed_out(cam, "/portal/setup/facility", {"name": "Vườn mới", "province_code": ""}, "")
    assert len(rows_of(kept)) == 1 and rows_of(kept)[0].endswith("Vườn mới")


def test_many_answers_are_folded(cam: Producer) -> None:
    lines = {f"outputs-{at}-{part}": f"{at}" for at in range(1, 21) for part in ("name", "quantity", "unit")}
    kept = sent_signed_out(cam, "/portal/diary/new/HARVEST", lines, "/portal/diary/new/HARVEST")
    assert "8 chỗ khác đã điền" in kept.words and len(rows_of(kept)) == 20
    assert len(kept.tree.xpath("//main//details//li")) == 8


@pytest.mark.parametrize("page", ["/portal/kept-form", "/portal/%6bept-form/", "/portal/nowhere", ""])
def test_a_form_whose_page_shows_none_is_kept_all_the_same(cam: Producer, page: str) -> None:
    kept = sent_signed_out(cam, "/portal/kept-form", {"words": "Vườn trên đồi"}, page)
    assert kept.status == 200 and rows_of(kept) == ["Vườn trên đồi"]


def test_whoever_goes_back_to_change_an_entry_changes_that_one_until_it_is_signed(cam: Producer) -> None:
    page = {"key": "key-went-back", "lot": cam.site.lot_id(cam.lot), "start": "20/11/2026", "do": "check"}
    first = cam.send("/portal/diary/new/SELL", {**page, "outlet": "chợ huyện"})
    place = first.response.headers["Location"].partition("?")[0]
    again = cam.send("/portal/diary/new/SELL", {**page, "outlet": "chợ xã"})
    assert again.status == 303 and again.response.headers["Location"].partition("?")[0] == place
    assert "chợ xã" in cam.ask(place).words and "chợ huyện" not in cam.ask("/portal/today").words
    third = cam.send("/portal/diary/new/SELL", {**page, "outlet": "chợ tỉnh"})
    assert third.status == 409 and "chợ xã" in third.words and "chợ tỉnh" in third.words, "both versions"
    cam.sign(again)
    late = cam.send("/portal/diary/new/SELL", {**page, "outlet": "chợ tỉnh"})
    assert late.status == 409 and "đã ký rồi" in late.words
    found = values_of(late)
    assert found["outlet"] == "chợ tỉnh" and found["key"] != page["key"]
    assert cam.send("/portal/diary/new/SELL", {**page, "outlet": "chợ tỉnh", "key": found["key"]}).status == 303


@OWN_WORLD
def test_a_dose_with_a_slipped_comma_is_asked_about(sprayed: Producer) -> None:
    page = sprayed.write("PPP", **{**SPRAY, "dose": "25"})
    assert page.status == 422 and "25 l/ha khác xa lần trước (0,25)" in page.words


@OWN_WORLD
def test_yesterdays_entry_is_written_again_from_one_button(sprayed: Producer) -> None:
    assert sprayed.sign(sprayed.write("SELL", start="20/11/2026", outlet="chợ")).status == 303
    page = sprayed.ask("/portal/today")
    again = next(one.get("href", "") for one in page.tree.iter("a") if "wide" in one.get("class", ""))
    assert "repeat" in again, "several things were done that day"
    listed = sprayed.ask(again)
    spray = next(one.get("href", "") for one in listed.tree.iter("a") if "new/PPP?from=" in one.get("href", ""))
    form = sprayed.ask(spray)
    assert values_of(form)["trade"] == "Thuốc mẫu" and values_of(form)["start"] == "21/11/2026"
    assert sprayed.ask("/portal/diary/more").words.count("Bón phân") == 1


def test_a_value_beyond_its_limit_brings_the_form_back_with_what_was_done_about_it(keo: Producer) -> None:
    points = keo.ask("/portal/diary/new/CCP")
    assert "nấu" in points.words and "dò kim loại" in points.words
    form = keo.ask("/portal/diary/new/CCP?ccp=CCP1")
    assert "cần từ 115 °C" in form.words
    closed = next(one for one in form.tree.iter("div") if "data-opens" in one.attrib)
    assert "hidden" in closed.attrib
    measured = {"start": "21/11/2026", "ccp": "CCP1", "checks-1-value": "109", "checks-2-value": "35", "by": "NV-08"}
    asked = keo.write("CCP", **measured)
    assert asked.status == 422 and "Ngoài giới hạn: nhiệt độ 109 °C (cần từ 115)" in asked.words
    assert [one for one in asked.tree.iter("div") if "data-opens" in one.attrib] == []
    assert values_of(asked)["checks-1-value"] == "109"
    done = keo.write("CCP", **measured, corrective_action="Nấu lại", verified_by="QA-02", disposition="reworked")
    assert done.status == 303
    assert "Nấu lại" in keo.ask(done.response.headers["Location"]).words
    keo.sign(done)
    assert keo.past().facts[-1].event.kde["checks"][0] == {
        "what": "nhiệt độ", "unit": "°C", "min": 115, "value": 109
    }  # fmt: skip


def test_the_plan_is_changed_on_purpose_and_entries_follow_it(keo: Producer) -> None:
    point = {
        "ccp": "CCP1",
        "step": "nấu",
        "hazard": "biological",
        "what-1": "nhiệt độ",
        "unit-1": "°C",
        "min-1": "118,5",
    }
    opened = values_of(keo.ask("/portal/diary/plan?ccp=CCP1"))["version"]
    assert keo.send("/portal/diary/plan", {**point, "version": opened}).status == 303
    stale = keo.send("/portal/diary/plan", {**point, "min-1": "90", "version": opened})
    assert stale.status == 409 and {"118,5", "90"} <= {one.text_content() for one in stale.tree.iter("dd")}
    assert "cần từ 118,5 °C" in keo.ask("/portal/diary/new/CCP?ccp=CCP1").words
    shown = keo.ask("/portal/diary/plan?ccp=CCP1")
    assert values_of(shown)["min-1"] == "118,5"
    for wrong in ({"min-1": "nóng"}, {"what-1": ""}, {"ccp": ""}):
        page = keo.send("/portal/diary/plan", {**point, "version": values_of(shown)["version"], **wrong})
        assert page.status == 422 and values_of(page)["step"] == "nấu"
    assert keo.send("/portal/diary/plan", {"ccp": "CCP1", "do": "drop", "version": opened}).status == 409
    assert (
        keo.send("/portal/diary/plan", {"ccp": "CCP1", "do": "drop", "version": values_of(shown)["version"]}).status
        == 303
    )
    assert "cần từ 115 °C" in keo.ask("/portal/diary/new/CCP?ccp=CCP1").words


@OWN_WORLD
def test_two_tabs_get_both_versions(cam: Producer) -> None:
    kept = cam.write("PPP", **{**SPRAY, "pest": "bọ trĩ"})
    place = kept.response.headers["Location"].partition("?")[0]
    form = values_of(cam.ask(f"{place}?edit=1"))
    lot = {"lot": cam.site.lot_id("DG1108"), "plots": "DG-15", "do": "check"}
    assert cam.send(place, {**form, **lot, "pest": "rệp"}).status == 303
    both = cam.send(place, {**form, **lot, "pest": "sâu"})
    assert both.status == 409 and "rệp" in both.words and "sâu" in both.words
    assert "Liều dùng, đơn vị" in both.words, "a number and its unit are not called the same"
    mine = {one.get("name", ""): one.get("value", "") for one in both.tree.iter("input")}
    assert cam.send(place, mine).status == 303
    assert values_of(cam.ask(f"{place}?edit=1"))["pest"] == "sâu"
    version = attribute(cam.ask(place), "input", "version")
    moved = cam.send(f"{place}/sign", {"version": form["version"]})
    assert moved.status == 409 and "vừa được sửa ở chỗ khác" in moved.words and "sâu" in moved.words
    assert cam.send(f"{place}/drop", {"version": version}).status == 303
    assert cam.ask(place).status == 404


def test_an_unfinished_entry_is_put_aside_and_another_line_keeps_it(cam: Producer) -> None:
    aside = cam.write("HARVEST", **{"outputs-1-name": "cam", "do": "draft"})
    assert aside.status == 303 and "/portal/today" in aside.response.headers["Location"]
    assert "còn chỗ phải xem" in cam.ask("/portal/today").words
    more = cam.write("HARVEST", **{"outputs-1-name": "cam xanh", "do": "more"})
    assert "outputs-2-name" in values_of(more) and values_of(more)["outputs-1-name"] == "cam xanh"


def test_an_unfinished_entry_is_thrown_away_from_its_own_form(cam: Producer) -> None:
    wrong = cam.write("HARVEST", start="31/02/2026")
    place = next(one.get("action", "") for one in wrong.tree.iter("form") if "/drop" in one.get("action", ""))
    again = cam.ask(place.partition("/drop")[0])
    assert again.status == 200 and "Bỏ mục này" in again.words
    assert cam.send(place, {"version": attribute(again, "input", "version")}).status == 303
    assert cam.ask(place.partition("/drop")[0]).status == 404
    assert "Bỏ mục này" not in cam.ask("/portal/diary/new/HARVEST").words


def test_what_waits_to_be_signed_says_the_day_and_plots_that_will_be_signed(cam: Producer) -> None:
    day, plots = SPRAY["start"], {"plots": "", "plots-new": "QX-1;QX-2"}
    kept = cam.write("PPP", **{**SPRAY, **plots, "start": day.replace("/", "")})
    assert kept.status == 303
    told = cam.ask("/portal/today").words
    assert f"{day} · DG1108 · QX-1, QX-2" in told and day.replace("/", "") not in told


def test_a_signed_entry_is_corrected_by_a_new_one_with_its_reason(cam: Producer) -> None:
    fact = next(fact for fact in cam.past().facts if fact.stage is Stage.PPP)
    record = fact.source.record_id.rpartition("/")[2]
    form = cam.ask(f"/portal/diary/correct/{record}")
    assert "Đính chính một mục đã ký" in form.words and values_of(form)["active"] == "Abamectin"
    values = {**values_of(form), "plots": "DG-15", "lot": cam.site.lot_id("DG1108"), "phi_days": "7", "do": "check"}
    refused = cam.send(f"/portal/diary/correct/{record}", {**values, "key": "key-correct-0"})
    assert refused.status == 422 and "Lý do" in refused.words
    right = cam.send(f"/portal/diary/correct/{record}", {**values, "reason": "Đọc nhầm nhãn"})
    assert cam.sign(right).status == 303
    assert cam.past().fact(record) is None
    last = max(cam.past().facts, key=lambda one: one.source.leaf_index)
    withdrawn = last.source.record_id.rpartition("/")[2]
    nothing = cam.send(f"/portal/diary/correct/{withdrawn}", {"do": "withdraw", "dose": "7,5"})
    assert "Lý do" in nothing.words and values_of(nothing)["dose"] == "7,5", "what was typed is still there"
    assert nothing.status == 422
    gone = cam.send(f"/portal/diary/correct/{withdrawn}", {"do": "withdraw", "reason": "Hôm ấy mưa, không phun"})
    assert gone.status == 303 and cam.past().fact(withdrawn) is None


def correcting(cam: Producer, record: str, key: str, **values: str) -> str:
    """The place of another draft that corrects a record."""
    form = values_of(cam.ask(f"/portal/diary/correct/{record}"))
    about = {"plots": "DG-15", "lot": cam.site.lot_id("DG1108"), "key": key, "do": "check", "reason": "Ghi nhầm"}
    sent = cam.send(f"/portal/diary/correct/{record}", {**form, **about, **values})
    assert sent.status == 303, sent.words
    return sent.response.headers["Location"].partition("?")[0]


def test_a_draft_that_corrects_what_was_corrected_since_says_so_and_what_to_do(cam: Producer) -> None:
    cam.sign(cam.write("PPP", **{**SPRAY, "pest": "sâu vẽ bùa"}))
    record = max(cam.past().facts, key=lambda one: one.source.leaf_index).source.record_id.rpartition("/")[2]
    first, second = (correcting(cam, record, f"key-twice-{at}", phi_days=f"1{at}") for at in (1, 2))
    ready = {place: attribute(cam.ask(place), "input", "version") for place in (first, second)}
    assert cam.send(f"{first}/sign", {"version": ready[first]}).status == 303
    newer = max(cam.past().facts, key=lambda one: one.source.leaf_index).source.record_id.rpartition("/")[2]
    told = cam.send(f"{second}/sign", {"version": ready[second]})
    assert told.status == 409
    for page in (told, cam.ask(second), cam.ask(f"{second}?edit=1")):
        assert "Mục này đã có người đính chính trước." in page.words
        links = {str(one.get("href")).partition("?")[0] for one in page.tree.iter("a")}
        assert {f"/portal/diary/correct/{newer}", f"/records/{newer}"} <= links
        assert "Bỏ mục này" in page.words
    assert f"{second}/sign" not in cam.ask(second).response.text
    assert "This entry was corrected before." in cam.ask(f"{second}?lang=en").words
    ticked = f"{second.rpartition('/')[2]}:{ready[second]}"
    assert cam.send("/portal/diary/sign", {"entry": ticked}).response.headers["Location"].startswith(second)
    cam.send(f"/portal/diary/correct/{newer}", {"do": "withdraw", "reason": "Không phun"})
    assert "Mục này đã được rút lại." in cam.ask(second).words
    assert cam.send(f"{second}/drop", {"version": ready[second]}).status == 303


def test_a_correction_sent_after_another_keeps_what_was_typed_and_is_offered_for_the_newer(cam: Producer) -> None:
    cam.sign(cam.write("PPP", **{**SPRAY, "pest": "bọ trĩ"}))
    record = max(cam.past().facts, key=lambda one: one.source.leaf_index).source.record_id.rpartition("/")[2]
    form = values_of(cam.ask(f"/portal/diary/correct/{record}"))
    first = correcting(cam, record, "key-came-first", phi_days="15")
    cam.send(f"{first}/sign", {"version": attribute(cam.ask(first), "input", "version")})
    newer = max(cam.past().facts, key=lambda one: one.source.leaf_index).source.record_id.rpartition("/")[2]
    typed = {**form, "plots": "DG-15", "lot": cam.site.lot_id("DG1108"), "phi_days": "16", "reason": "Nhãn ghi 16"}
    late = cam.send(f"/portal/diary/correct/{record}", {**typed, "key": "key-came-late"})
    assert late.status == 409 and "đã có người đính chính trước" in late.words
    assert values_of(late)["phi_days"] == "16" and "Nhãn ghi 16" in late.response.text
    assert f'action="/portal/diary/correct/{newer}?lang=vi"' in late.response.text
    assert cam.send(f"/portal/diary/correct/{newer}", {**typed, "key": "key-came-late"}).status == 303
    cam.send(f"/portal/diary/correct/{newer}", {"do": "withdraw", "reason": "Không phun"})
    gone = cam.send(f"/portal/diary/correct/{newer}", {**typed, "key": "key-came-last"})
    assert gone.status == 409 and "đã được rút lại" in gone.words and values_of(gone)["phi_days"] == "16"
    assert 'action="/portal/diary/new/PPP?lang=vi"' in gone.response.text


def test_of_two_corrections_ticked_together_one_is_signed_and_the_other_shown(cam: Producer) -> None:
    cam.sign(cam.write("PPP", **{**SPRAY, "pest": "rệp sáp"}))
    record = max(cam.past().facts, key=lambda one: one.source.leaf_index).source.record_id.rpartition("/")[2]
    places = [correcting(cam, record, f"key-both-{at}", phi_days=f"1{at}") for at in (1, 2)]
    ticked = [f"{one.rpartition('/')[2]}:{attribute(cam.ask(one), 'input', 'version')}" for one in places]
    done = cam.send("/portal/diary/sign", {"entry": ticked})
    assert done.status == 303 and done.response.headers["Location"].startswith(places[1])
    assert "Đã ký, lô" in cam.ask(places[0]).words
    assert "Mục này đã có người đính chính trước." in cam.ask(places[1]).words
    cam.send(f"{places[1]}/drop", {"version": ticked[1].partition(":")[2]})


def test_an_entry_just_like_one_of_the_same_day_is_asked_about_once(cam: Producer) -> None:
    told, same = "đã ghi một mục giống hệt.", {**SPRAY, "pest": "rầy chổng cánh"}
    first = cam.write("PPP", **same)
    assert first.status == 303
    again = {**same, "key": "key-once-more", "do": "check", "lot": cam.site.lot_id("DG1108")}
    asked = cam.send("/portal/diary/new/PPP", again)
    assert asked.status == 422 and f"Ngày 20/11/2026 {told}" in asked.words
    assert (
        "An entry just like this one was written for 20/11/2026."
        in cam.send("/portal/diary/new/PPP?lang=en", {**again, "key": "key-in-english"}).words
    )
    assert told not in cam.ask(first.response.headers["Location"]).words, "the first of them is not asked"
    for other in ({"dose": "0,3"}, {"start": "19/11/2026"}, {"lot": cam.site.lot_id("DG1115")}):
        assert cam.send("/portal/diary/new/PPP", {**again, "key": f"key-{next(iter(other))}-1", **other}).status == 303
    assert cam.sign(first).status == 303
    signed = cam.send("/portal/diary/new/PPP", {**again, "key": "key-after-that", "operator": "TV-05"})
    assert signed.status == 422 and told in signed.words, "signed ones count, and who did it is not in their records"
    sure = attribute(signed, "input", "sure")
    twice = cam.send("/portal/diary/new/PPP", {**again, "key": "key-it-was-so", "sure": sure})
    assert twice.status == 303 and cam.sign(twice).status == 303
    waited = waiting(cam, "0193-said-twice")
    waited["fields"] |= {name: [text] for name, text in same.items()}
    came = cam.arrive(waited).response.get_json()
    assert (came["state"], came["ready"]) == ("draft", False)
    assert told in cam.ask(came["url"]).words


def test_an_officer_who_types_is_named_beside_the_producer(che: Producer) -> None:
    written_down = che.write("FERT", start="20/11/2026", plots="DM-05", product_name="Phân mẫu")
    che.sign(written_down)
    fact = che.past().facts[-1]
    assert fact.source.declared_by == che.organisation and fact.source.assisted_by


def test_a_photo_is_kept_for_its_own_producer_and_a_useless_one_costs_nothing_typed(
    cam: Producer, keo: Producer
) -> None:
    picture = written(scene())
    upload = {**SPRAY, "pest": "nhện", "photo": (BytesIO(picture), "a.jpg")}
    kept = cam.write("PPP", **upload)
    place = kept.response.headers["Location"].partition("?")[0]
    photo = cam.ask(f"{place}/photo")
    assert photo.response.mimetype == "image/webp" and photo.response.data[:4] == b"RIFF"
    assert keo.ask(f"{place}/photo").status == 404 and keo.ask(place).status == 404
    bad = cam.write("PPP", **{**SPRAY, "photo": (BytesIO(b"<svg/>"), "a.svg")})
    assert bad.status == 422 and "không phải ảnh" in bad.words and values_of(bad)["trade"] == "Thuốc mẫu"


def test_several_entries_are_signed_with_one_press(keo: Producer) -> None:
    for number in (1, 2):
        keo.write("SHIP", start="20/11/2026", to=f"chợ {number}")
    page = keo.ask("/portal/today")
    ticked = [one.get("value", "") for one in page.tree.iter("input") if one.get("name") == "entry"]
    assert len(ticked) >= 2
    signed = keo.send("/portal/diary/sign", {"entry": ticked})
    assert f"Đã ký {len(ticked)} mục" in keo.ask(signed.response.headers["Location"]).words
    assert keo.send("/portal/diary/sign", {}).status == 303
    assert keo.send("/portal/diary/sign", {"entry": ["x:y"]}).status == 404


def test_more_packs_than_are_left_of_a_lot_are_asked_about_once_and_recorded_as_they_went(keo: Producer) -> None:
    """700 were packed; a draft counts for those that come after it, and asks nothing more of itself."""
    first = keo.write("SHIP", start="20/11/2026", to="chợ Mới", qty="690")
    assert first.status == 303
    keo.site.clock.tick(seconds=1)
    told = {"start": "21/11/2026", "to": "chợ Cũ", "qty": "20"}
    asked = keo.write("SHIP", **told)
    assert asked.status == 422 and "Giao 20, mà lô này chỉ còn 10. Đếm lại, và xem có đúng lô không." in asked.words
    page = keo.ask("/portal/today")
    assert (page.status, "Chờ ký" in page.words) == (200, True)
    assert keo.sign(first).status == 303
    action = next(one.get("action", "") for one in asked.tree.iter("form") if "data-entry" in one.attrib)
    english = keo.ask(f"{action.partition('?')[0]}?lang=en").words
    assert "20 sent, but this lot has only 10 left. Count again" in english
    token = next(one.get("value", "") for one in asked.tree.iter("input") if one.get("name") == "sure")
    sure = keo.send(action, {**values_of(asked), **told, "lot": keo.site.lot_id("BR1104"), "sure": token})
    assert sure.status == 303, "what happened is recorded"
    keo.sign(sure)
    signed = keo.past().facts[-1]
    assert signed.event.kde["qty"] == 20
    assert "chỉ còn 0" in keo.write("SHIP", start="21/11/2026", to="chợ", qty="1").words
    path = f"/portal/diary/correct/{signed.source.record_id.rpartition('/')[2]}"
    form = {**values_of(keo.ask(path)), **told, "lot": keo.site.lot_id("BR1104"), "do": "check", "reason": "Đếm lại"}
    assert keo.send(path, {**form, "qty": "9"}).status == 303, "10 without what is corrected, 1 of them drafted"


def test_what_was_weighed_or_is_sent_without_a_number_is_not_asked_about(cam: Producer, keo: Producer) -> None:
    assert cam.write("SHIP", start="20/11/2026", to="chợ", qty="9000").status == 303
    assert keo.write("SHIP", start="20/11/2026", to="chợ xa").status == 303


# What waited in a phone


def waiting(cam: Producer, key: str = "0193-arrived", **more: Any) -> dict[str, Any]:
    fields = {name: [text] for name, text in SPRAY.items()}
    fields |= {"lot": [cam.site.lot_id("DG1108")], "pest": [key]}
    return {"key": key, "stage": "PPP", "made_at": "2026-11-21T01:02:03.456Z", "fields": fields, **more}


def test_an_entry_that_waited_arrives_once_with_the_time_it_was_made(cam: Producer) -> None:
    first = cam.arrive(waiting(cam, photo=base64.b64encode(written(scene())).decode()))
    assert first.status == 200, first.response.text
    answer = first.response.get_json()
    assert (answer["state"], answer["ready"]) == ("checked", True)
    assert cam.arrive(waiting(cam, photo=base64.b64encode(written(scene())).decode())).response.get_json() == answer
    other = waiting(cam)
    other["fields"]["phi_days"] = ["3"]
    beside = cam.arrive(other).response.get_json()
    assert (beside["state"], beside["entry"] == answer["entry"]) == ("draft", False), "what it says is not lost"
    assert cam.arrive(other).response.get_json() == beside
    version = attribute(cam.ask(answer["url"]), "input", "version")
    cam.send(f"{answer['url']}/sign", {"version": version})
    noted = [fact.event.kde.get("noted_at") for fact in cam.past().facts]
    assert "2026-11-21T01:02:03Z" in noted


def test_an_unfinished_entry_arrives_as_a_draft_and_a_change_of_one_meets_its_version(cam: Producer) -> None:
    unfinished = waiting(cam, "0193-unfinished")
    unfinished["fields"]["phi_days"] = [""]
    answer = cam.arrive(unfinished).response.get_json()
    assert (answer["state"], answer["ready"]) == ("draft", False)
    changed = waiting(cam, "0193-a-change", entry=answer["entry"])
    changed["fields"]["version"] = ["1"]
    assert cam.arrive(changed).response.get_json()["state"] == "checked"
    changed["fields"]["phi_days"] = ["21"]
    beside = cam.arrive({**changed, "key": "0193-overtaken"}).response.get_json()
    assert beside["state"] == "draft" and beside["entry"] != answer["entry"], "both versions are there"
    assert cam.arrive({**changed, "key": "0193-overtaken"}).response.get_json() == beside


def test_an_entry_whose_answer_was_lost_is_the_same_though_the_phone_draws_its_photo_anew(cam: Producer) -> None:
    first, again = (base64.b64encode(written(scene(), quality=quality)).decode() for quality in (90, 60))
    form = waiting(cam, "0193-drawn-anew")["fields"]
    picture = (BytesIO(base64.b64decode(first)), "anh.jpg")
    lot = {"lot": form.pop("lot")[0], "key": "0193-drawn-anew", "photo": picture}
    sent = cam.send("/portal/diary/new/PPP", {name: text[0] for name, text in form.items()} | lot)
    answer = cam.arrive(waiting(cam, "0193-drawn-anew", photo=again)).response.get_json()
    assert answer["url"] in sent.response.headers["Location"]


def test_a_change_whose_answer_was_lost_is_made_once(cam: Producer) -> None:
    answer = cam.arrive(waiting(cam, "0193-to-change")).response.get_json()
    changed = waiting(cam, "0193-the-change", entry=answer["entry"])
    changed["fields"] |= {"phi_days": ["21"], "version": ["2"]}
    first = cam.arrive(changed).response.get_json()
    assert first["entry"] == answer["entry"]
    assert cam.arrive(changed).response.get_json() == first


@pytest.mark.parametrize("odd", [{"photo": "AAAA"}, {"entry": "gone"}, {"lot": "none"}, {"corrects": "none"}])
def test_what_somebody_wrote_without_signal_is_not_lost_for_one_thing_that_is_odd(
    cam: Producer, odd: dict[str, str]
) -> None:
    body = waiting(cam, f"0193-odd-{next(iter(odd))}", **odd)
    if "lot" in odd:
        body["fields"]["lot"] = [odd["lot"]]
    answer = cam.arrive(body).response.get_json()
    assert answer["state"] == "draft"
    assert values_of(cam.ask(answer["url"]))["trade"] == "Thuốc mẫu"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"key": "0193-wrong", "stage": "RECALL", "made_at": "2026-11-21T01:02:03Z", "fields": {}},
        {"key": "0193-wrong", "stage": "PPP", "made_at": "hôm qua", "fields": {}},
        {"key": "0193-wrong", "stage": "PPP", "made_at": "2026-11-21T01:02:03Z", "fields": {"a": "b"}},
        {"key": "0193-wrong", "stage": "PPP", "made_at": "2026-11-21T01:02:03Z", "fields": {"version": ["x"]}},
        {"key": "0193-wrong", "stage": "PPP", "made_at": "2026-11-21T01:02:03Z", "fields": {}, "photo": "%%%"},
        {"key": "0193/wrong", "stage": "PPP", "made_at": "2026-11-21T01:02:03Z", "fields": {}},
    ],
)
def test_what_cannot_be_read_is_refused_with_words_and_nothing_kept(cam: Producer, body: Any) -> None:
    before = cam.site.rows()["diary_entries"]
    answer = cam.arrive(body)
    assert 400 <= answer.status < 500
    assert answer.response.get_json()["words"]
    assert cam.site.rows()["diary_entries"] == before


def test_only_this_sessions_own_pages_send_entries(cam: Producer) -> None:
    body = waiting(cam, "0193-foreign")
    assert cam.arrive(body, **{"X-CSRF-Token": "forged"}).status == 403
    assert cam.arrive(body, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    stranger = cam.site.ask("/portal/diary/session", accept="application/json")
    assert stranger.status_code == 401
    signed_out = cam.site.client.post("/portal/diary/arrive", json=body, base_url=cam.site.address, headers=PROGRAM)
    assert signed_out.status_code == 401
    mine = cam.ask("/portal/diary/session", headers=PROGRAM).response.get_json()
    now = cam.site.clock().isoformat()
    assert mine == {"account": f"{cam.account} {cam.organisation}", "csrf": cam.csrf, "now": now}


def test_the_worker_is_for_the_portal_alone_and_pages_allow_no_foreign_script(cam: Producer) -> None:
    worker = cam.site.ask("/portal/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/portal"
    assert worker.mimetype == "text/javascript" and b"eval" not in worker.data
    page = cam.ask("/portal/diary/new/PPP")
    policy = page.response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert "style=" not in page.response.text and "onclick" not in page.response.text
    assert cam.ask("/portal/diary/offline").status == 200


def test_strangers_and_unknown_stages_are_told_so(cam: Producer) -> None:
    assert cam.ask("/portal/diary/new/RECALL").status == 404
    assert cam.ask("/portal/diary/correct/nothing").status == 404
    assert cam.site.ask("/portal/today").status_code == 303


def test_who_has_no_plot_and_picks_nothing_is_not_told_of_plots(site: Site, cam: Producer) -> None:
    sauce = Producer(site, "VS2609A", MemberRole.STAFF)
    assert "Thửa nào hái được" not in sauce.ask("/portal/today").words
    assert "Thửa nào hái được" in cam.ask("/portal/today").words
