"""What the service gives the inspector's phone, and what inspectors do in the office."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import cv2
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from sqlalchemy import text

from tests.conftest import HOST
from tests.inspect.conftest import PROGRAM, Officer
from tests.inspect.node import ask
from tests.passwords import AGAIN
from tests.pictures import scene, written
from tests.web.conftest import Page, Site
from traceapp.core.credential import verify_bytes
from traceapp.i18n.inspect import phone_words
from traceapp.services.lots.recalls import notices_of
from traceapp.web.inspector.page import kept_files

LOT = "VS2609A"
REPORT = {
    "key": "ab" * 16,
    "made": "2026-11-21T03:00:00Z",
    "result": "fail",
    "checklist": "pack",
    "checks": {"seal": "fail", "net": "none"},
    "measured": [{"what": "độ đạm", "value": "39,5", "unit": "g/l"}],
    "seal": "NP-77",
    "note": "Nắp hở ở 2 chai.\nĐã niêm phong lại.",
    "unknown": 1,
}


def send(officer: Officer, report: dict[str, Any], **more: Any) -> Any:
    headers = {**PROGRAM, "X-CSRF-Token": officer.csrf}
    data = {"inspection": json.dumps(report), **more}
    return officer.ask("/inspect/send", "POST", headers, data=data).response


def test_the_page_alone_may_use_camera_and_webassembly(demo: Site) -> None:
    answer = demo.ask("/inspect?lang=vi")
    policy = answer.headers["Content-Security-Policy"]
    assert "'wasm-unsafe-eval'" in policy and "unsafe-inline" not in policy and "'unsafe-eval'" not in policy
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    other = demo.ask("/")
    assert "wasm" not in other.headers["Content-Security-Policy"] and "camera=()" in other.headers["Permissions-Policy"]


def test_everything_the_page_keeps_is_there_and_the_worker_names_all_of_it(demo: Site) -> None:
    worker = demo.ask("/inspect/sw.js")
    files = json.loads(re.search(r"const FILES = (\[.*\]);", worker.get_data(as_text=True))[1])  # type: ignore[index]
    assert worker.headers["Service-Worker-Allowed"] == "/inspect"
    assert set(kept_files()) < set(files)
    assert {"/inspect?lang=vi", "/inspect?lang=en", "/inspect/words.json?lang=en"} <= set(files)
    answers = {file: demo.ask(file) for file in files}
    assert {file: one.status_code for file, one in answers.items() if one.status_code != 200} == {}
    page = answers["/inspect?lang=vi"].get_data(as_text=True)
    linked = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert linked <= set(files)
    imported = {
        re.sub(r"[^/]+/\.\./", "", f"/static/inspect/{name.removeprefix('./')}")
        for file, one in answers.items()
        if file.startswith("/static/inspect/")
        for name in re.findall(r"from '(\.[^']+)'", one.get_data(as_text=True))
    }
    assert imported <= set(files)


def test_the_manifest_makes_it_installable_and_takes_shared_bundles(demo: Site) -> None:
    told = json.loads(demo.ask("/inspect/manifest.webmanifest?lang=en").data)
    assert (told["start_url"], told["scope"], told["display"]) == ("/inspect?lang=en", "/inspect", "standalone")
    assert {(one["sizes"], one["purpose"]) for one in told["icons"]} >= {("192x192", "any"), ("512x512", "maskable")}
    assert all(demo.ask(one["src"]).status_code == 200 for one in told["icons"])
    assert told["share_target"]["params"]["files"][0]["name"] == "bundle"


def test_both_languages_say_everything_with_the_same_blanks() -> None:
    vi, en = phone_words("vi"), phone_words("en")
    for part in ("findings", "phrases", "reasons"):
        one, other = vi[part], en[part]
        assert isinstance(one, dict) and isinstance(other, dict)
        assert one.keys() == other.keys()
        blanks = [[set(re.findall(r"{(\w+)(?::[^}]*)?}", str(words[name]))) for name in one] for words in (one, other)]
        assert blanks[0] == blanks[1]


def test_every_word_that_the_phone_asks_for_is_there(demo: Site) -> None:
    words = json.loads(demo.ask("/inspect/words.json?lang=vi").data)
    source = "".join(
        demo.ask(file).get_data(as_text=True) for file in kept_files() if file.startswith("/static/inspect/")
    )
    findings = set(re.findall(r"line\('([a-z/-]+)'", source)) | set(re.findall(r"'(unchecked-[a-z]+)'", source))
    phrases = set(re.findall(r"phrase\('([a-z-]+)'", source)) | set(re.findall(r"tell\('([a-z-]+)'", source))
    problems = set(re.findall(r"(?:malformed|Refusal)\((?:'[a-z-]+', )?[`'][^`\n]*?[`'], '([a-z-]+)'", source))
    assert len(findings) > 25 and len(phrases) > 20 and len(problems) > 10
    assert findings - words["findings"].keys() == set()
    assert phrases - words["phrases"].keys() == set()
    assert problems - words["reasons"].keys() == set()


def test_the_verdict_in_words_is_that_of_the_page_and_counts_no_scan(demo: Site) -> None:
    path = demo.item(LOT, 7)
    signature = demo.signed(LOT, 7).partition("?S=")[2]
    before = demo.rows()
    told = json.loads(demo.ask(f"/inspect/verdict.json?path={path}&S={signature}&lang=vi").data)
    # The key of the day, by which visitors are told apart, is made by whoever asks first.
    assert {**demo.rows(), "scan_day_keys": 0} == {**before, "scan_day_keys": 0}
    assert told["headline"]["code"] == "record-authentic"
    assert {one["code"] for one in told["findings"]} >= {"label-signature-good", "stars-valid", "code-issued"}
    page = demo.page(f"/verify{path}?S={signature}&lang=vi")
    assert told["headline"]["title"].replace("\xa0", " ") in page.words
    assert told["thing"]["made"]
    unknown = demo.ask("/inspect/verdict.json?path=/01/09520000000110/10/NOPE&lang=en")
    assert json.loads(unknown.data)["headline"]["code"] == "product-unknown"
    assert [demo.ask(f"/inspect/verdict.json{query}", accept="application/json").status_code for query in
            ("", "?path=/01/1", "?path=/414/9520000000004", f"?path={path}&S=1")] == [400, 400, 404, 200]  # fmt: skip


def test_the_phone_reads_the_lists_and_refuses_forged_and_future_ones(demo: Site, authority: Officer) -> None:
    order = {"about": "VS2609A", "act": "hold", "reason": "Chờ phiếu kiểm nghiệm"}
    assert authority.send("/portal/orders", order).status == 303
    data = demo.ask("/inspect/lists.json").data
    with demo.world.read() as connection:
        trust = demo.world.trust(connection)
        verify_bytes(data, trust.keyring())
    now = demo.clock().timestamp() * 1000
    url = f"https://{HOST}{demo.item(LOT, 3)}"
    ask_for = {"do": "lists", "data": data, "trust": trust.body, "path": url, "now": now}
    good, early, forged = ask(
        [ask_for, {**ask_for, "now": now - 86_400_000}, {**ask_for, "data": data.replace(b':size":', b':size":1')}]
    )
    assert [one["code"] for one in good["of"]["findings"]] == ["lot-on-hold"]
    assert (early["ok"], early["problem"]) == (False, "clock")
    assert (forged["ok"], forged["problem"]) == (False, "bad-signature")
    assert authority.send("/portal/orders", {**order, "act": "release"}).status == 303
    (after,) = ask([{**ask_for, "data": demo.ask("/inspect/lists.json").data}])
    assert after["of"]["findings"] == []


def test_void_labels_are_found_on_the_list_by_whoever_holds_one(demo: Site) -> None:
    from traceapp.services.labels.runs import void_labels

    world = demo.world
    with world.write() as connection:
        lot = demo.lot_id(LOT)
        from traceapp.services.registry.registers import owner_of_lot

        void_labels(connection, lot, 20, 22, "in nhòe", owner_of_lot(connection, lot)[1], world.notary, world.clock())
        trust = world.trust(connection).body
    data = demo.ask("/inspect/lists.json").data
    now = demo.clock().timestamp() * 1000
    found = ask(
        {"do": "lists", "data": data, "trust": trust, "path": f"https://{HOST}{demo.item(LOT, item)}", "now": now}
        for item in (19, 20, 22, 23)
    )
    assert [one["of"]["isVoid"] for one in found] == [False, True, True, False]


def test_reports_are_taken_once_and_only_from_inspectors(demo: Site, inspector: Officer) -> None:
    report = {**REPORT, "about": demo.item(LOT, 4)}
    assert demo.client.post("/inspect/send", base_url=demo.address, headers=PROGRAM).status_code == 401
    assert demo.ask("/inspect/me.json", accept="application/json").status_code == 401
    me = inspector.ask("/inspect/me.json", headers=PROGRAM).response.get_json()
    assert me["csrf"] == inspector.csrf
    first = send(inspector, report, photo=(io.BytesIO(written(scene(800, 600))), "p.jpg"))
    again = send(inspector, report, photo=(io.BytesIO(written(scene(800, 600))), "p.jpg"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json()["record"] == again.get_json()["record"]
    assert send(inspector, {**report, "note": "khác"}).status_code == 409
    codes = {(one["code"], one["severity"]) for one in demo.verdict(demo.lot(LOT))["findings"]}
    assert ("inspected", "warning") in codes
    page = demo.page(f"/verify{demo.lot(LOT)}?lang=vi")
    assert "Kiểm tra viên đã xem gói số 4" in page.words


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"made": "2026-11-22T04:00:00Z", "key": "01" * 16}, 422),
        ({"made": "yesterday", "key": "02" * 16}, 422),
        ({"about": "/01/09520000000110/10/NOPE", "key": "03" * 16}, 404),
        ({"about": "https://elsewhere.vn/id/1", "key": "04" * 16}, 404),
        ({"about": "/01/09520000000110", "key": "05" * 16}, 422),
        ({"result": "great", "key": "06" * 16}, 422),
        ({"checks": {"seal": 7}, "key": "07" * 16}, 422),
        ({"checks": {f"c{n}": "pass" for n in range(50)}, "key": "08" * 16}, 422),
        ({"key": "short"}, 422),
        ({"note": "a\x00b", "key": "09" * 16}, 400),
        ({"note": "\ud800", "key": "0a" * 16}, 422),
        ({"measured": [{"what": "x" * 99, "value": "1"}], "key": "0b" * 16}, 422),
    ],
)
def test_odd_reports_are_refused_and_nothing_is_written(
    demo: Site, inspector: Officer, change: dict[str, Any], status: int
) -> None:
    before = demo.rows()
    answer = send(inspector, {**REPORT, "about": demo.lot(LOT), **change})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert demo.rows() == before


def test_what_is_no_report_at_all_is_refused(inspector: Officer) -> None:
    headers = {**PROGRAM, "X-CSRF-Token": inspector.csrf}
    for sent in ("", "[]", "{", "null", "[" * 5000):
        assert inspector.ask("/inspect/send", "POST", headers, data={"inspection": sent}).status == 422
    assert inspector.ask("/inspect/send", "POST", PROGRAM, data={"inspection": "{}"}).status == 403
    broken = {"inspection": json.dumps({**REPORT, "key": "0c" * 16, "about": "/01/09520000000110/10/VS2609A"})}
    for photo in (b"GIF89a", b""):
        data = {**broken, "photo": (io.BytesIO(photo), "p.jpg")}
        assert inspector.ask("/inspect/send", "POST", headers, data=data).status == 422


def test_a_report_has_an_address_and_paper_with_a_code_to_itself(demo: Site, inspector: Officer) -> None:
    sent = send(inspector, {**REPORT, "key": "cd" * 16, "about": demo.item(LOT, 5)}).get_json()
    page = demo.page(f"{sent['report']}?lang=vi")
    assert page.status == 200
    for words in ("Không đạt", "Nắp, niêm phong", "39,5 g/l", "NP-77", "Đã niêm phong lại.", "Gói số"):
        assert words in page.words
    assert "passed" not in demo.page(f"{sent['report']}?lang=en").words.split("Not")[0]
    paper = demo.ask(f"{sent['report']}.pdf?lang=vi")
    assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
    assert "sandbox" in paper.headers["Content-Security-Policy"]
    assert demo.ask(f"{sent['report']}.pdf?lang=vi").data == paper.data
    assert b"BeVietnamPro" in paper.data
    record = sent["record"]
    assert demo.ask(f"/inspections/00000000{record[8:]}").status_code == 404
    assert demo.ask(f"/inspections/{record}/photo").status_code in (303, 404)


def test_an_inspector_writes_a_report_in_the_office_without_a_script(demo: Site, inspector: Officer) -> None:
    form = inspector.ask(f"/portal/inspections/new?lang=vi&about={demo.lot(LOT)}&checklist=workshop")
    assert "Điểm kiểm soát tới hạn" in form.words
    values = {"about": LOT, "day": "21/11/2026", "checklist": "workshop", "check-hygiene": "pass", "key": "ef" * 16}
    wrong = inspector.send("/portal/inspections/new", values)
    assert wrong.status == 422 and 'value="VS2609A"' in wrong.response.get_data(as_text=True)
    sent = inspector.send("/portal/inspections/new", {**values, "result": "pass", "note": "Sạch"})
    assert sent.status == 303
    again = inspector.send("/portal/inspections/new", {**values, "result": "pass", "note": "Sạch"})
    assert again.response.headers["Location"] == sent.response.headers["Location"]
    assert "Vệ sinh nơi làm" in inspector.ask(sent.response.headers["Location"]).words
    assert "VS2609A" in inspector.ask("/portal/inspections?lang=vi").words
    for about in ("https://other.vn/01/09520000000110/10/VS2609A", "NOPE", "/01/1"):
        refused = inspector.send(
            "/portal/inspections/new", {**values, "key": "aa" * 16, "result": "pass", "about": about}
        )
        assert refused.status == 422


def test_only_an_authority_gives_orders_and_a_recall_shows_at_once(
    demo: Site, inspector: Officer, authority: Officer
) -> None:
    order = {"about": demo.item(LOT, 9), "act": "recall", "reason": "Lẫn hai lô khi đóng chai"}
    assert inspector.send("/portal/orders", order).status == 403
    assert authority.send("/portal/orders", {**order, "reason": ""}).status == 422
    assert authority.send("/portal/orders", {**order, "about": "/01/09520000000110"}).status == 422
    told = {**order, "action": "Trả lại nơi mua"}
    asked = authority.send("/portal/orders", told)
    assert (asked.status, "Trả lại nơi mua" in asked.words) == (200, True), "first who it is that recalls"
    assert demo.verdict(demo.lot(LOT))["headline"] != "lot-recalled"
    for _ in range(2):
        assert authority.send("/portal/orders", {**told, **AGAIN}).status == 303
    assert demo.verdict(demo.lot(LOT))["headline"] == "lot-recalled"
    with demo.world.read() as connection:
        notices = notices_of(connection, demo.lot_id(LOT))
    assert len({one.holder for one in notices}) == len(notices) >= 1, "whoever holds goods of it is told, once"


def test_the_code_on_the_paper_leads_back_to_the_report() -> None:
    from traceapp.render.report import PaperReport, Part, _Qr, report_pdf

    address = "https://id.example.vn/inspections/0198-x"
    modules = np.array(_Qr(address).modules, dtype=np.uint8)
    picture = np.kron(255 * (1 - modules), np.ones((8, 8), dtype=np.uint8)).astype(np.uint8)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == address
    decomposed = "Bie\u0302n ba\u0309n <b>&"
    report = PaperReport(
        "vi", decomposed, "Đạt", "x", [Part("Trống", ())], "Ghi chú", "a\nb", address, "y", "z", "Trang {page}"
    )
    data = report_pdf(report)
    assert report_pdf(report) == data
    fonts = re.findall(rb"/FontFile2 (\d+) 0 R", data)
    assert fonts and TTFont is not None


def test_a_place_is_inspected_from_the_office_and_its_page_says_so(demo: Site, inspector: Officer) -> None:
    with demo.world.read() as connection:
        named = text("SELECT id FROM facilities WHERE id LIKE :form ORDER BY id")
        place, nameless = (connection.execute(named, {"form": one}).scalars().first() for one in ("%/414/%", "%/id/%"))
    gln = place.rpartition("/")[2]
    chosen = inspector.ask(f"/portal/inspections/places?lang=vi&of={LOT}")
    (link, *_) = chosen.tree.xpath("//ul[@class='rows']/li/a")
    assert link.text_content().strip() in words_of(inspector.ask(link.get("href")))
    for typed in (gln, f"/414/{gln}", place):
        went = inspector.ask("/portal/inspections/places", query_string={"of": typed, "lang": "vi"})
        assert went.response.status_code == 303, typed
    assert inspector.ask("/portal/inspections/places?lang=vi&of=KHONG-CO").response.status_code == 422
    for number, about in enumerate((place, gln, *([nameless] if nameless else []))):
        values = {
            "key": f"{number:032x}", "about": about, "day": "2026-11-20", "checklist": "workshop", "result": "fail",
            "seal": "NP-9", "sample": "M-4", "measured_what": "nhiệt độ", "measured_value": "9", "measured_unit": "°C",
        }  # fmt: skip
        sent = inspector.send("/portal/inspections/new?lang=vi", values)
        assert sent.response.status_code == 303, words_of(sent)
        report = words_of(inspector.ask(sent.response.headers["Location"]))
        assert "NP-9" in report and "M-4" in report and "nhiệt độ" in report
    page = demo.ask(f"/414/{gln}?lang=vi", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert page.count("Không đạt") == 2 and "Tổ kiểm tra" in page and "/inspections/" in page
    english = demo.ask(f"/414/{gln}?lang=en", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "Inspected by an authority" in english and "Not passed" in english
    refused = inspector.send("/portal/inspections/new?lang=vi", {**values, "about": "9520000900999", "key": "f" * 32})
    assert refused.response.status_code == 422


def words_of(page: Page) -> str:
    return str(page.tree.text_content())
