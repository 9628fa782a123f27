"""The desk of the portal: certificates and their issuers, tables, messages, shops, and everything taken along."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import ASOF
from tests.passwords import AGAIN
from tests.pictures import scene, written
from tests.services.sheets import HOUSEHOLD, table
from tests.web.conftest import Page, Site, make_world
from tests.web.signed_in import SignedIn, new_session
from traceapp.adapters.spreadsheets import read_table
from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import parse_path
from traceapp.core.events import Goods
from traceapp.core.facts import Suspicion
from traceapp.core.sheets.layouts import LAYOUTS
from traceapp.core.sheets.rows import read_grid
from traceapp.db.accounts import accounts
from traceapp.db.tables import lots, products, records
from traceapp.services.accounts.reminder_wishes import stop_address
from traceapp.services.certificates.lists import issued_by
from traceapp.services.log.heads import size_of
from traceapp.services.lots.handing_over import ship
from traceapp.services.messages.inbox import Letter, ask, report
from traceapp.services.registry.organisations import organisation_called
from traceapp.services.scans.suspicions import Suspected
from traceapp.web.portal import overview
from traceapp.web.portal.certificates import desk as certificate_desk

PDF = b"%PDF-1.7\n" + b"x" * 100 + b"\n%%EOF\n"
ANOTHER = "Cơ sở Kẹo dừa Ba Rạch (dữ liệu mẫu)"


@pytest.fixture(scope="module")
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = make_world(request, tmp_path_factory.mktemp("desk"), "sqlite")
    yield Site(world)
    world.engine.dispose()


def person(site: Site, name: str, login: str) -> SignedIn:
    with site.world.read() as connection:
        organisation = organisation_called(connection, name)
    return SignedIn(site, organisation, *new_session(site.world, organisation, login))


@pytest.fixture(scope="module")
def producer(desk: Site) -> SignedIn:
    return person(desk, "HTX Cam Đồi Gió (dữ liệu mẫu)", "cam@example.vn")


@pytest.fixture(scope="module")
def honey(desk: Site) -> SignedIn:
    return person(desk, "HTX Mật ong Đá Hoa (dữ liệu mẫu)", "mat@example.vn")


@pytest.fixture(scope="module")
def certifier(desk: Site) -> SignedIn:
    return person(desk, "Tổ chức chứng nhận XYZ-Mẫu", "xyz@example.vn")


@pytest.fixture(scope="module")
def consumer(desk: Site) -> Site:
    return desk


def log_size(site: Site) -> int:
    with site.world.read() as connection:
        return size_of(connection)


def choices(page: Page, name: str) -> dict[str, str]:
    """The values of a field that may be chosen, by their words."""
    found = {}
    for element in page.tree.iter():
        if element.tag == "select" and element.get("name") == name:
            found |= {"".join(one.itertext()): one.get("value", "") for one in element if one.get("value")}
        if element.tag == "label" and any(one.get("name") == name for one in element.iter("input")):
            found["".join(element.itertext()).strip()] = next(element.iter("input")).get("value", "")
    return found


# Certificates


def haccp(person: SignedIn, **values: Any) -> Page:
    form = person.ask("/portal/certificates/new?scheme=HACCP")
    given = {
        "about": person.organisation,
        "issuer": choices(form, "issuer")["Tổ chức chứng nhận XYZ-Mẫu"],
        "number": "HC-77",
        "issued": "2026-01-10",
        "expires": "2029-01-10",
        **values,
    }
    return person.send("/portal/certificates/new/HACCP", given)


def test_a_certificate_goes_from_its_holder_to_its_issuer_and_back(producer: SignedIn, certifier: SignedIn) -> None:
    sent = haccp(producer, paper=(io.BytesIO(PDF), "giay.pdf"), ask="yes")
    assert sent.status == 303
    own = sent.response.headers["Location"]
    assert "Đang chờ nơi cấp xác nhận" in producer.ask(own).words
    assert "HC-77" in certifier.ask("/portal/certifier").words
    theirs = own.replace("/certificates/", "/certifier/")
    refused = certifier.send(theirs, {"act": "refuse"})
    assert (refused.status, "Ghi lý do" in refused.words) == (422, True)
    assert certifier.send(theirs, {"act": "refuse", "reason": "Sai số giấy, xem lại."}).status == 303
    assert "Nơi cấp không xác nhận: Tổ chức chứng nhận XYZ-Mẫu. Sai số giấy, xem lại." in producer.ask(own).words
    assert "nơi cấp chưa xác nhận" in producer.ask("/portal/overview").words
    assert producer.send(f"{own}/ask", {}).status == 303
    assert certifier.send(theirs, {"act": "confirm", **AGAIN}).status == 303
    assert "Nơi cấp đã xác nhận" in producer.ask(own).words
    assert certifier.send(theirs, {"act": "confirm", **AGAIN}).status == 409
    day = {"day": "2026-11-20", "result": "lacking", "note": "Sổ thiếu chữ ký"}
    assert certifier.send(f"{theirs}/visit", day).status == 303
    assert "20/11/2026: Còn điều phải sửa. Sổ thiếu chữ ký" in producer.ask(own).words
    assert certifier.send(f"{theirs}/visit", {**day, "day": "2027-01-01"}).status == 422
    for act, state in (
        ("suspend", "Đang bị đình chỉ"),
        ("reinstate", "Nơi cấp đã xác nhận"),
        ("revoke", "Đã bị thu hồi"),
    ):
        assert certifier.send(theirs, {"act": act, "reason": "Kiểm tra lại hồ sơ", **AGAIN}).status == 303
        assert state in producer.ask(own).words


def test_an_issuer_takes_a_paper_back_in_public_that_it_never_issued(producer: SignedIn, certifier: SignedIn) -> None:
    own = haccp(producer, number="HC-BỊA", ask="yes").response.headers["Location"]
    theirs = own.replace("/certificates/", "/certifier/")
    assert set(choices(certifier.ask(theirs), "act").values()) == {"confirm", "refuse", "revoke"}
    assert certifier.send(theirs, {"act": "refuse", "reason": "Không có số này"}).status == 303
    page = "/verify/01/09520000000134/10/DG1115"
    assert "HC-BỊA" in producer.ask(page).words, "refusing tells the holder alone"
    assert set(choices(certifier.ask(theirs), "act").values()) == {"confirm", "revoke"}
    assert certifier.send(theirs, {"act": "revoke", "reason": "Không có số này", **AGAIN}).status == 303
    assert "HACCP đã bị nơi cấp thu hồi" in producer.ask(page).words


def test_a_paper_is_handed_over_in_a_sandbox_to_its_holder_and_issuer_alone(
    producer: SignedIn, certifier: SignedIn, honey: SignedIn
) -> None:
    own = haccp(producer, number="HC-78", paper=(io.BytesIO(PDF), "x.exe")).response.headers["Location"]
    paper = own.replace("/portal/certificates/", "/portal/papers/")
    for reader in (producer, certifier):
        answer = reader.ask(paper).response
        assert answer.data == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert honey.ask(paper).status == 403
    assert honey.send(f"{own}/erase-paper", {}).status == 403
    assert honey.ask(own).status == 403
    assert producer.ask(own.replace("certificates", "certifier")).status == 403
    assert producer.send(f"{own}/erase-paper", {}).status == 303
    assert producer.ask(paper).status == 404
    assert producer.send(f"{own}/erase-paper", {}).status == 404


def test_a_photo_of_a_paper_is_drawn_anew_and_its_hash_is_keyed(producer: SignedIn, desk: Site) -> None:
    photo = written(scene(1200, 900))
    own = haccp(producer, number="HC-79", paper=(io.BytesIO(photo), "giay.jpg")).response.headers["Location"]
    answer = producer.ask(own.replace("certificates", "papers")).response
    assert (answer.mimetype, answer.data[8:12]) == ("image/webp", b"WEBP")
    with desk.world.read() as connection:
        bodies = connection.execute(select(records.c.body).where(records.c.type == "CertificateRecord")).scalars()
        body = next(bytes(one).decode() for one in bodies if "HC-79" in bytes(one).decode())
    assert "traceapp:paper" in body
    assert hashlib.sha256(answer.data).hexdigest() not in body


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"paper": (io.BytesIO(b"MZ not a paper"), "a.pdf")}, "Tệp này không phải PDF, cũng không phải ảnh"),
        ({"paper": (io.BytesIO(b"%PDF-1.7 cut"), "a.pdf")}, "Tệp PDF hỏng"),
        ({"expires": "2026-01-10"}, "Ngày hết hạn phải sau ngày cấp"),
        ({"number": ""}, "Chỗ này chưa điền"),
        ({"surveillance": "hôm qua"}, "Viết như 05/06/2026"),
        ({"issuer": "https://id.example.vn/id/nobody"}, "Chưa ghi được giấy này"),
        ({"about": "https://id.example.vn/01/09520000000127"}, "Chưa ghi được giấy này"),
    ],
)
def test_a_certificate_that_cannot_be_is_refused_and_keeps_what_was_typed(
    producer: SignedIn, desk: Site, values: dict[str, Any], words: str
) -> None:
    before = log_size(desk)
    page = haccp(producer, **{"number": "HC-80", **values})
    assert page.status == 422
    assert words in page.words
    assert log_size(desk) == before


def test_a_paper_that_was_chosen_is_asked_for_again_where_its_form_comes_back(producer: SignedIn) -> None:
    page = haccp(producer, issued="31/02/2026", paper=(io.BytesIO(PDF), "giay.pdf"))
    assert (page.status, "Chọn lại tệp này" in page.words) == (422, True)
    assert "Chọn lại tệp" not in haccp(producer, issued="31/02/2026").words


def test_stars_need_the_score_that_goes_with_them(producer: SignedIn) -> None:
    form = producer.ask("/portal/certificates/new?scheme=OCOP")
    council = next(value for words, value in choices(form, "issuer").items() if "tỉnh" in words)
    about = next(iter(choices(form, "about").values()))
    given = {"about": about, "issuer": council, "number": "1", "decision": "1/QĐ", "issued": "2026-11-01", "stars": "4"}
    assert "Điểm không khớp số sao" in producer.send("/portal/certificates/new/OCOP", {**given, "score": "92"}).words
    sent = producer.send("/portal/certificates/new/OCOP", {**given, "score": "92", "kind": "potential-5"})
    assert "Còn hạn đến 01/11/2029" in producer.ask(sent.response.headers["Location"]).words
    assert producer.send("/portal/certificates/new/GLOBALGAP", {**given, "ggn": "1"}).status == 422
    assert producer.send("/portal/certificates/new/XYZ", given).status == 404
    assert "Giấy nào?" in producer.ask("/portal/certificates/new?scheme=XYZ").words


def test_the_number_of_a_decision_is_typed_once(producer: SignedIn) -> None:
    form = producer.ask("/portal/certificates/new?scheme=OCOP")
    council = next(value for words, value in choices(form, "issuer").items() if "tỉnh" in words)
    about = next(iter(choices(form, "about").values()))
    given = {"about": about, "issuer": council, "issued": "2026-10-05", "stars": "4", "number": " "}
    empty = producer.send("/portal/certificates/new/OCOP", {**given, "decision": ""})
    assert empty.status == 422 and "Xem lại: Số quyết định Mọi" in empty.words
    sent = producer.send("/portal/certificates/new/OCOP", {**given, "decision": "77/QĐ-UBND"})
    assert "OCOP 77/QĐ-UBND" in producer.ask(sent.response.headers["Location"]).words
    other = {**given, "decision": "78/QĐ-UBND", "number": "GCN 5"}
    sent = producer.send("/portal/certificates/new/OCOP", other)
    assert "OCOP GCN 5" in producer.ask(sent.response.headers["Location"]).words


def test_a_certificate_about_to_end_is_spoken_of(desk: Site) -> None:
    candy = person(desk, ANOTHER, "keo@example.vn")
    page = candy.ask("/portal/overview")
    assert "HACCP-MAU-0107. Còn 72 ngày, đến 01/02/2027" in page.words
    assert "Còn 72 ngày" in candy.ask("/portal/certificates").words


def test_a_certificate_that_its_issuer_suspends_or_takes_back_is_told_before_the_next_labels(
    desk: Site, certifier: SignedIn
) -> None:
    nuoc_mam = person(desk, "Nhà thùng Vịnh Sao (dữ liệu mẫu)", "mam@example.vn")
    own = next(
        str(one.get("href"))
        for one in nuoc_mam.ask("/portal/certificates").tree.iter("a")
        if "".join(one.itertext()).startswith("HACCP-MAU-0042")
    )
    theirs = own.partition("?")[0].replace("/certificates/", "/certifier/")
    labels = "/portal/labels/lot/01/09520000000110/10/VS2609A"
    for act, state in (("suspend", "Đang bị đình chỉ"), ("revoke", "Đã bị thu hồi")):
        assert certifier.send(theirs, {"act": act, "reason": "Bể ủ không che", **AGAIN}).status == 303
        assert f"HACCP-MAU-0042: {state}. Bể ủ không che" in nuoc_mam.ask("/portal/overview").words
        assert "HACCP" in nuoc_mam.ask(labels).words and "Bể ủ không che" in nuoc_mam.ask(labels).words
    haccp(nuoc_mam, number="HC-70", issued="2024-01-10", expires="2026-01-10")
    assert "HACCP-MAU-0042" in nuoc_mam.ask("/portal/overview").words, "one from before takes nobody's place"
    haccp(nuoc_mam, number="HC-78")
    assert "HACCP-MAU-0042" not in nuoc_mam.ask("/portal/overview").words, "another one took its place"


# Tables


def upload(person: SignedIn, kind: str, data: bytes, name: str = "a.xlsx") -> Page:
    return person.send(f"/portal/import/{kind}", {"file": (io.BytesIO(data), name)})


def test_a_table_is_looked_at_and_taken_with_a_second_press_once(producer: SignedIn, desk: Site) -> None:
    before = log_size(desk)
    page = upload(producer, "households", table("households", HOUSEHOLD))
    assert page.status == 200
    assert "1 dòng mới, không ô nào sai" in page.words
    assert log_size(desk) == before
    draft = re.search(r'name="draft" value="([^"]+)"', page.response.text)
    assert draft
    taken = producer.send("/portal/import/households/take", {"draft": draft[1]})
    assert taken.response.headers["Location"] == "/portal/import?done=1"
    assert log_size(desk) == before + 1
    shown = producer.ask("/portal/import?done=1").words
    assert "Đã ghi 1 dòng." in shown
    assert "Hộ sản xuất: 1 dòng" in shown
    again = producer.send("/portal/import/households/take", {"draft": draft[1]})
    assert (again.status, log_size(desk)) == (404, before + 1)
    same = upload(producer, "households", table("households", HOUSEHOLD))
    assert "Không có dòng nào mới." in same.words
    assert 'name="draft"' not in same.response.text


def test_every_faulty_cell_is_shown_and_nothing_is_recorded(producer: SignedIn, desk: Site) -> None:
    before = log_size(desk)
    page = upload(producer, "plots", table("plots", {"code": "A1", "name": "Vườn"}, {"code": "A2", "area_ha": "-5"}))
    assert page.status == 422
    assert "Dòng 3, cột Tên: còn trống. Cột này phải có." in page.words
    assert "Dòng 3, cột Diện tích (ha): “-5” phải lớn hơn 0." in page.words
    assert log_size(desk) == before


def test_what_is_no_table_gets_its_words_beside_the_field(producer: SignedIn) -> None:
    page = upload(producer, "plots", b"MZ\x90", "thua.xlsx")
    assert (page.status, "Đây là chương trình" in page.words) == (422, True)
    assert "Chưa chọn tệp." in producer.send("/portal/import/plots", {}).words
    assert upload(producer, "register", b"x").status == 404
    heavy = upload(producer, "plots", b"x" * 9_000_000)
    assert heavy.status == 413 and "chữ đã gõ thường vẫn còn" in heavy.words


def test_letters_that_were_lost_are_told_with_their_row_and_what_to_do(producer: SignedIn) -> None:
    lost = "Mã hộ;Họ tên chủ hộ\nH1;Nguyễn Thị Đào\n".encode("cp1252", "replace")
    page = upload(producer, "households", lost, "ho.csv")
    assert page.status == 422 and "Dòng 2: chữ có dấu đã mất" in page.words and "CSV UTF-8" in page.words
    assert "Tệp trống." in upload(producer, "households", b"", "ho.csv").words, "a file was chosen"


def test_a_certifier_imports_its_register(certifier: SignedIn) -> None:
    row = {
        "scheme": "VietGAP",
        "number": "VG-901",
        "about": "9520000900038",
        "issued": "01/06/2026",
        "expires": "01/06/2029",
    }
    without = upload(certifier, "register", table("register", {**row, "number": "VG-902", "expires": ""}))
    assert "ngày đầu tiên" not in without.words, "nothing is asked of what nobody wrote"
    page = upload(certifier, "register", table("register", row))
    assert "Hết hạn là ngày đầu tiên không còn hiệu lực: giấy ghi đến 30/11 thì điền 01/12." in page.words
    assert "Hết hạn (ngày đầu tiên không còn hiệu lực)" in page.words
    draft = re.search(r'name="draft" value="([^"]+)"', page.response.text)
    assert draft
    assert certifier.send("/portal/import/register/take", {"draft": draft[1]}).status == 303
    assert "VG-901" in certifier.ask("/portal/certifier").words


def test_an_issuer_turns_the_pages_of_what_it_issued(desk: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_desk, "A_PAGE", 4)
    council = person(desk, "Hội đồng OCOP cấp tỉnh (dữ liệu mẫu)", "giay@example.vn")
    with desk.world.read() as connection:
        issued = [one.number for one in issued_by(connection, council.organisation) if one.asked != "waiting"]
    first, second = council.ask("/portal/certifier").words, council.ask("/portal/certifier?page=2").words
    assert f"Hết hạn sau ({len(issued) - 4})" in first and "Hết hạn trước" in second
    assert [number in first for number in issued[:5]] == [True] * 4 + [False]
    assert issued[4] in second and issued[0] not in second
    assert council.ask("/portal/certifier?page=99").status == 404


def test_templates_are_handed_out_in_both_forms(producer: SignedIn) -> None:
    for kind in ("households", "diary"):
        for form in ("xlsx", "csv"):
            answer = producer.ask(f"/portal/import/{kind}.{form}").response
            assert "attachment" in answer.headers["Content-Disposition"]
            assert read_grid(LAYOUTS[kind], read_table(answer.data)).unknown == ()
    assert producer.ask("/portal/import/cattle.xlsx").status == 404


# Taking along


def test_everything_of_ones_own_can_be_taken_and_nothing_of_others(producer: SignedIn, desk: Site) -> None:
    answer = producer.ask("/portal/export/all.zip").response
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        signed = [json.loads(archive.read(name)) for name in names if name.startswith("records/")]
        diary = archive.read("tables/diary.csv").decode("utf-8-sig")
        manifest = json.loads(archive.read("manifest.json"))
    assert {"README.txt", "personal.json", "tables/tables.xlsx", "tables/households.csv"} <= names
    assert any(name.startswith("bundles/") for name in names)
    assert any(name.startswith("photos/") for name in names)
    assert set(manifest) == names - {"manifest.json"}
    assert "DG1108" in diary
    assert "Phun thuốc" in diary
    about = [one["credentialSubject"].get("traceapp:lot") for one in signed]
    assert not any("09520000000127" in one["id"] for one in about if isinstance(one, dict))
    with desk.world.read() as connection:
        own = connection.execute(select(records.c.record_id).where(records.c.type == "LotRecord")).scalars().all()
    assert len([one for one in signed if one["type"][1] == "LotRecord"]) < len(own)


def test_what_is_written_and_not_signed_is_taken_along_with_its_photo(producer: SignedIn, certifier: SignedIn) -> None:
    form = {
        "key": "key-taken-along",
        "do": "draft",
        "method": "rải gốc",
        "photo": (io.BytesIO(written(scene())), "a.jpg"),
    }
    assert producer.send("/portal/diary/new/FERT", form).status == 303
    with zipfile.ZipFile(io.BytesIO(producer.ask("/portal/export/all.zip").response.data)) as archive:
        (entry,) = (one for one in json.loads(archive.read("unsigned.json")) if one["typed"].get("method") == "rải gốc")
        photo = archive.read(f"photos/diary/{entry['id']}.webp")
    assert (entry["typed"]["method"], photo[8:12]) == ("rải gốc", b"WEBP")
    with zipfile.ZipFile(io.BytesIO(certifier.ask("/portal/export/all.zip").response.data)) as archive:
        assert not [name for name in archive.namelist() if entry["id"] in name]


def test_diary_sheets_are_printed_for_each_stage(producer: SignedIn, certifier: SignedIn) -> None:
    page = producer.ask("/portal/export")
    sheets = re.findall(r"/portal/export/sheet/([a-z]+)\.pdf", page.response.text)
    assert len(sheets) >= 10
    for stage in sheets:
        assert producer.ask(f"/portal/export/sheet/{stage}.pdf").response.data.startswith(b"%PDF-")
    assert producer.ask("/portal/export/sheet/none.pdf").status == 404
    assert "Tờ nhật ký" not in certifier.ask("/portal/export").words


# Messages and suspicions


@pytest.fixture(scope="module")
def question(desk: Site) -> str:
    world = desk.world
    identity = parse_path(desk.lot("DG1108")).identity
    assert identity
    with world.write_aside() as connection:
        return ask(connection, Letter(identity, "Cam này có hạt không?", "vi", b"q1", contact="0900"), world.host, ASOF)


def test_a_question_is_answered_by_its_producer_alone_and_once(
    producer: SignedIn, honey: SignedIn, question: str
) -> None:
    path = f"/portal/messages/{question}"
    assert "Cam này có hạt không?" in producer.ask("/portal/messages").words
    assert "0900" in producer.ask(path).words
    assert "Cam này" not in honey.ask("/portal/messages").words
    assert honey.ask(path).status == 403
    assert honey.send(path, {"words": "Không.", "act": "answer"}).status == 403
    assert producer.send(path, {"words": "", "act": "answer"}).status == 422
    assert producer.send(path, {"words": "Ít hạt, một hai hạt mỗi quả.", "act": "answer"}).status == 303
    assert producer.send(path, {"words": "Lần nữa", "act": "answer"}).status == 409
    assert "Ít hạt" in producer.ask(path).words
    assert producer.send(path, {"words": "Trả lời nhầm.", "act": "refuse"}).status == 303
    assert "Không đăng" in producer.ask("/portal/messages").words
    assert producer.ask("/portal/messages/0000-0000-0000-0000-0000").status == 404
    assert producer.ask(f"{path}/photo").status == 404


def test_a_report_with_a_photo_shows_it_to_the_producer(producer: SignedIn, desk: Site) -> None:
    identity = parse_path(desk.lot("DG1108")).identity
    assert identity
    with desk.world.write_aside() as connection:
        letter = Letter(identity, "Tem bị bóc, http://x.vn", "vi", b"r1", photo=b"RIFFxxxxWEBP")
        reference = report(connection, letter, desk.world.host, ASOF)
    page = producer.ask(f"/portal/messages/{reference}")
    assert "Trong tin có đường dẫn" in page.words
    assert producer.ask(f"/portal/messages/{reference}/photo").response.mimetype == "image/webp"
    assert "Có người báo điều đáng ngờ." in producer.ask("/portal/overview").words


def test_a_suspicion_is_explained_with_a_reason_by_its_own_producer(honey: SignedIn, producer: SignedIn) -> None:
    page = honey.ask("/portal/messages")
    assert "Lô DH2511, tem số 7. Hai máy cách nhau hơn 1.128 km" in page.words
    lot = re.search(r'name="lot" value="([^"]+)"', page.response.text)
    assert lot
    explained = {"lot": lot[1], "item": "7", "reason": "Tem mẫu trưng ở hội chợ"}
    assert producer.send("/portal/suspicions", explained).status == 403
    assert honey.send("/portal/suspicions", {**explained, "reason": ""}).status == 422
    short = honey.send("/portal/suspicions", {**explained, "reason": "mẫu"})
    assert short.status == 422 and 'value="mẫu"' in short.response.text, "what was typed is kept"
    assert honey.send("/portal/suspicions", {**explained, "item": "x"}).status == 422
    assert honey.send("/portal/suspicions", explained).status == 303
    assert "Không tem nào đang bị nghi." in honey.ask("/portal/messages").words
    assert honey.send("/portal/suspicions", explained).status == 409


# The overview


def test_a_decision_that_a_later_one_follows_is_nothing_to_do(producer: SignedIn, desk: Site) -> None:
    old = "OCOP QĐ 245/QĐ-UBND-MAU. Hết hạn từ"
    assert old in producer.ask("/portal/overview").words
    form = producer.ask("/portal/certificates/new?scheme=OCOP")
    council = next(value for words, value in choices(form, "issuer").items() if "tỉnh" in words)
    about = next(iter(choices(form, "about").values()))
    told = {"number": "CN-2", "decision": "2/QĐ", "issued": "2026-11-02", "stars": "4", "score": "80", "ask": "yes"}
    sent = producer.send("/portal/certificates/new/OCOP", {"about": about, "issuer": council, **told, "kind": "new"})
    assert old in producer.ask("/portal/overview").words, "nobody confirmed it yet"
    theirs = sent.response.headers["Location"].replace("/certificates/", "/certifier/")
    people = person(desk, "Hội đồng OCOP cấp tỉnh (dữ liệu mẫu)", "hoidong@example.vn")
    assert people.send(theirs, {"act": "confirm", **AGAIN}).status == 303
    assert old not in producer.ask("/portal/overview").words


def test_the_overview_tells_what_is_to_be_signed(producer: SignedIn) -> None:
    lot = next(value for words, value in choices(producer.ask("/portal/diary/new/FERT"), "lot").items() if value)
    form = {"key": "key-to-be-signed", "do": "check", "lot": lot, "start": "20/11/2026", "plots": "DG-12"}
    sent = producer.send(
        "/portal/diary/new/FERT", {**form, "product_name": "Phân chuồng", "dose": "3", "dose-unit": "kg/gốc"}
    )
    assert sent.status == 303
    assert re.search(r"\d mục nhật ký chờ ký\.", producer.ask("/portal/overview").words)


def test_the_overview_tells_what_was_begun_and_not_finished(honey: SignedIn) -> None:
    assert "viết dở" not in honey.ask("/portal/overview").words
    honey.send("/portal/diary/new/FERT", {"key": "key-begun", "do": "draft", "product_name": "Phân"})
    begun = honey.ask("/portal/overview")
    assert "1 mục nhật ký viết dở." in begun.words and "chờ ký" not in begun.words
    assert any(one.get("href") == "/portal/today#drafts" for one in begun.tree.iter("a"))
    assert "Diary entries begun and not finished: 1." in honey.ask("/portal/overview?lang=en").words


def test_the_overview_tells_how_long_a_delivery_waits_that_nobody_counted(
    desk: Site, honey: SignedIn, producer: SignedIn
) -> None:
    world = desk.world
    today = vietnamese_date(world.clock())
    # Each waits longer than those before: the oldest one is told.
    for days, told in ((7, False), (8, True), (30, True)):
        with world.write() as connection:
            lot = connection.execute(
                select(lots.c.id).join(products).where(products.c.organisation == producer.organisation).limit(1)
            ).scalar_one()
            sent, day = [Goods("cam", days, "kg")], today - timedelta(days=days)
            ship(connection, lot, producer.organisation, honey.organisation, sent, day, world.notary, world.clock())
        words = honey.ask("/portal/overview").words
        assert "chuyến hàng đang đến." in words
        assert (f"Chuyến lâu nhất gửi đã {days} ngày, chưa ai đếm." in words) == told, days


def test_the_overview_tells_scans_by_day_and_by_province_from_five_on(honey: SignedIn) -> None:
    page = honey.ask("/portal/overview")
    assert "57 lượt quét trong 30 ngày" in page.words
    assert "Hà Nội" in page.words
    bars = page.tree.xpath("//*[local-name()='svg'][@class='bars']/*[local-name()='rect']")
    assert len(bars) == 1
    assert "Đủ 9 trong 10 mục phải công khai" in page.words
    assert "Còn thiếu: ảnh thật của sản phẩm" in page.words
    assert re.search(r"\d nơi mua, \d nơi thăm", page.words)


def test_many_suspected_labels_of_one_lot_are_one_thing_to_do(desk: Site) -> None:
    lots = ("https://id.example.vn/01/09520000000127/10/L1", "https://id.example.vn/01/09520000000127/10/L2")
    told = [Suspected(lots[0], item, Suspicion(ASOF, 40 + item, 24, 9, 0)) for item in range(1, 25)]
    told += [Suspected(lots[1], 7, Suspicion(ASOF, 33, 24, 9, 0))]
    with desk.client.application.test_request_context("/portal/overview?lang=vi"):
        many, one = overview.copy_tasks(told)
    assert (many.strong, many.rest) == (
        "24 tem của lô L1 có thể bị sao chép.",
        "Nhiều nhất là tem số 24: 64 lượt quét trong 24 giờ.",
    )
    assert (one.strong, one.rest) == ("Tem số 7 có thể bị sao chép.", "33 lượt quét trong 24 giờ.")


# Shops and stories


def test_shops_are_added_changed_and_taken_away(producer: SignedIn) -> None:
    code = re.findall(r"/portal/shops/(\w+)", producer.ask("/portal/shops").response.text)[0]
    path = f"/portal/shops/{code}"

    def version() -> str:
        found = re.search(r'name="version" value="(\w+)"', producer.ask(path).response.text)
        return found[1] if found else ""

    before = len(re.findall(rf'action="{path}/\d+', producer.ask(path).response.text))
    shop = {"kind": "buy", "title": "Gian hàng Voso", "href": "https://voso.example/cam", "status": "listed"}
    assert producer.send(path, {**shop, "version": "stale"}).status == 409
    assert producer.send(path, {**shop, "href": "http://1.2.3.4/", "version": version()}).status == 422
    assert producer.send(path, {**shop, "title": "", "version": version()}).status == 422
    assert producer.send(path, {**shop, "version": version()}).status == 303
    assert "Gian hàng Voso" in producer.ask(path).words
    places = [int(one) for one in re.findall(rf'action="{path}/(\d+)', producer.ask(path).response.text)]
    assert producer.send(f"{path}/{places[-1]}", {"status": "paused", "version": version()}).status == 303
    assert producer.send(f"{path}/{places[-1]}", {"status": "none", "version": version()}).status == 303
    assert len(re.findall(rf'action="{path}/\d+', producer.ask(path).response.text)) == before


def test_the_address_of_a_shop_is_taken_as_people_copy_it_and_refused_beside_its_field(honey: SignedIn) -> None:
    code = re.findall(r"/portal/shops/(\w+)", honey.ask("/portal/shops").response.text)[0]
    path = f"/portal/shops/{code}"
    shop = {"kind": "buy", "title": "Gian Shopee", "status": "listed"}
    for href in (
        "http://shopee.vn/x",
        "javascript:alert(1)",
        "https://1.2.3.4/x",
        "https://a:b@shopee.vn/",
        "mat@ong.vn",
    ):
        wrong = honey.send(path, {**shop, "href": href, "version": version_in(honey.ask(path))})
        assert wrong.status == 422 and 'id="e-href"' in wrong.response.text, href
        assert "bắt đầu bằng https://" in wrong.words and "tên hộ" not in wrong.words
    nowhere = honey.send(path, {**shop, "version": version_in(honey.ask(path))})
    assert nowhere.status == 422 and "ghi đường dẫn hoặc địa chỉ" in nowhere.words
    for title, typed, kept in (
        ("Gian Một", "shopee.vn/mat-ong?a=1&b=%20", "https://shopee.vn/mat-ong?a=1&amp;b=%20"),
        ("Gian Hai", "https://shopee.vn/Mật ong", "https://shopee.vn/M%E1%BA%ADt%20ong"),
    ):
        told = {**shop, "title": title, "href": typed, "version": version_in(honey.ask(path))}
        assert honey.send(path, told).status == 303, typed
        assert kept in honey.ask(path).response.text


def test_a_place_to_visit_receives_visitors_and_sells_nothing(producer: SignedIn) -> None:
    code = re.findall(r"/portal/shops/(\w+)", producer.ask("/portal/shops").response.text)[0]
    (row,) = [
        "".join(one.itertext())
        for one in producer.ask(f"/portal/shops/{code}").tree.iter("li")
        if "Vườn cam Đồi Gió" in "".join(one.itertext())
    ]
    assert "Đang đón khách" in row and "Đang bán" not in row


def test_two_tabs_that_change_where_a_product_is_sold_get_both_versions(producer: SignedIn) -> None:
    code = re.findall(r"/portal/shops/(\w+)", producer.ask("/portal/shops").response.text)[0]
    path = f"/portal/shops/{code}"
    opened = version_in(producer.ask(path))
    voso = {"kind": "buy", "title": "Voso Một", "href": "https://voso.example/1", "status": "listed", "version": opened}
    assert producer.send(path, voso).status == 303
    both = producer.send(path, {**voso, "title": "Chợ Hai", "href": "https://cho.example/2"})
    assert both.status == 409 and "Bản vừa gõ" in both.words and "Bản đã lưu" in both.words
    assert "Voso Một, Chợ Hai" in both.words, "what the list would become"
    kept = {"title": "Chợ Hai", "href": "https://cho.example/2", "version": version_in(both)}
    assert producer.send(path, {**voso, **kept}).status == 303
    pages = producer.ask(path).response.text
    first = int(next(at for at, title in re.findall(rf'{path}/(\d+).*?name="title" value="([^"]+)"', pages, re.S)
                     if title == "Voso Một"))  # fmt: skip
    stale = version_in(producer.ask(path))
    assert producer.send(f"{path}/{first}", {"title": "Voso Một", "status": "none", "version": stale}).status == 303
    late = producer.send(f"{path}/{first + 1}", {"title": "Chợ Hai", "status": "paused", "version": stale})
    assert late.status == 409 and "Tạm ngừng" in late.words and "Đang bán" in late.words
    sent = {"title": "Chợ Hai", "status": "paused", "version": version_in(late)}
    assert producer.send(f"{path}/{first + 1}", sent).status == 303
    shown = producer.ask(path).words
    assert "Voso Một" not in shown and "Chợ Hai" in shown
    assert "<strong>Tạm ngừng</strong>" in producer.ask(path).response.text, "the one of that name, though it moved up"


def test_a_story_is_told_anew_in_both_languages(producer: SignedIn, honey: SignedIn) -> None:
    code = re.findall(r"/portal/story/(\w+)", producer.ask("/portal/shops").response.text)[0]
    path = f"/portal/story/{code}"
    told = {"use-vi": "Gọt vỏ, ăn ngay.", "use-en": "Peel and eat.", "version": version_in(producer.ask(path))}
    assert producer.send(path, told).status == 303
    assert "Gọt vỏ, ăn ngay." in producer.ask(path).words
    assert "Có tiếng Anh thì phải có tiếng Việt" in producer.send(path, {"use-en": "Peel."}).words
    assert producer.send(path, {"use-vi": "a" * 601}).status == 422
    assert honey.ask(path).status == 403


def version_in(page: Page) -> str:
    found = re.search(r'name="version" value="(\w+)"', page.response.text)
    return found[1] if found else ""


def test_two_tabs_that_tell_a_story_get_both_versions(producer: SignedIn) -> None:
    code = re.findall(r"/portal/story/(\w+)", producer.ask("/portal/shops").response.text)[0]
    path = f"/portal/story/{code}"
    opened = version_in(producer.ask(path))
    assert producer.send(path, {"use-vi": "Bản của máy bàn", "version": opened}).status == 303
    before = log_size(producer.site)
    late = producer.send(path, {"use-vi": "Bản của điện thoại", "culture-vi": "Hội cam", "version": opened})
    assert late.status == 409 and log_size(producer.site) == before
    assert {"Bản của máy bàn", "Bản của điện thoại", "Hội cam"} <= {one.text_content() for one in late.tree.iter("dd")}
    chosen = {one.get("name"): one.get("value") for one in late.tree.iter("input") if one.get("name") != "csrf"}
    assert producer.send(path, chosen).status == 303
    assert "Bản của điện thoại" in producer.ask(path).words
    assert producer.send(path, chosen).status == 409, "the same again is as old as the first"


def test_a_form_that_came_back_can_be_opened_in_the_other_language(producer: SignedIn, certifier: SignedIn) -> None:
    sent = producer.send("/portal/certificates/new/HACCP?lang=vi", {})
    other = next(str(one.get("href")) for one in sent.tree.iter("a") if one.get("hreflang") == "en")
    assert sent.status == 422 and "Given to" in producer.ask(other).words
    for person, address, page in (
        (producer, "/portal/import/households", "/portal/import"),
        (producer, "/portal/labels/void/01/09520000000134/10/DG1115", "/portal/labels"),
        (certifier, "/portal/suspicions", "/portal"),
    ):
        led = person.ask(f"{address}?lang=en")
        assert (led.status, led.response.headers["Location"]) == (303, f"{page}?lang=en"), address
    program = producer.ask("/portal/import/households", headers={"Accept": "application/json"})
    assert (program.status, "GET" in program.response.headers["Allow"]) == (405, False)


def test_every_screen_speaks_english(producer: SignedIn, certifier: SignedIn) -> None:
    for who, paths in (
        (
            producer,
            ("overview", "certificates", "certificates/new?scheme=OCOP", "import", "export", "messages", "shops"),
        ),
        (certifier, ("certifier", "import", "export")),
    ):
        for path in paths:
            page = who.ask(f"/portal/{path}{'&' if '?' in path else '?'}lang=en")
            assert (page.status, page.lang) == (200, "en")
            assert "Giấy" not in (next(page.tree.iter("h1")).text or "")


# Sessions that end in the middle of a form with a file


def certificate_form(who: SignedIn) -> dict[str, str]:
    page = who.ask("/portal/certificates/new?scheme=VIETGAP&lang=vi")
    issuer = next(iter(choices(page, "issuer").values()))
    values = {"number": "VG-DO-DANG", "issued": "10/01/2026", "expires": "10/01/2027", "issuer": issuer}
    return values | {"about": who.organisation}


FORMS_WITH_FILES = {
    "/portal/certificates/new/VIETGAP": ("paper", PDF, certificate_form),
    "/portal/setup/product": (
        "photo",
        written(scene()),
        lambda who: {"name_vi": "Mứt vỏ cam", "net_value": "200", "net_unit": "g", "shelf_unit": "day"},
    ),
    "/portal/diary/new/FERT": (
        "photo",
        written(scene(seed=3)),
        lambda who: {
            "key": "key-do-dang-0001",
            "do": "check",
            "lot": who.site.lot_id("DG1108"),
            "start": "20/11/2026",
            "plots": "DG-12",
            "product_name": "phân chuồng",
        },
    ),
}


@pytest.mark.parametrize("path", FORMS_WITH_FILES)
def test_a_session_that_ends_under_a_file_loses_nothing_and_asks_for_the_file_again(
    producer: SignedIn, path: str
) -> None:
    field, data, make = FORMS_WITH_FILES[path]
    values = make(producer)
    with producer.signed_out():
        data_sent = {**values, "csrf": "old", field: (io.BytesIO(data), "anh-1.jpg")}
        sent = producer.ask(path, "POST", data=data_sent).response
    assert sent.headers["Location"] == "/login?next=%2Fportal%2Fkept-form"
    waiting = producer.ask("/portal/kept-form?lang=vi")
    assert "Chọn lại: anh-1.jpg" in waiting.words and "https://" not in waiting.words
    form = next(one for one in waiting.tree.iter("form") if one.get("action") == path)
    assert form.get("enctype") == "multipart/form-data"
    (again,) = [one for one in form.iter("input") if one.get("type") == "file"]
    assert again.get("name") == field
    kept = {str(one.get("name")): one.get("value") for one in form.iter("input") if one.get("type") == "hidden"}
    assert values.items() <= kept.items()
    done = producer.send(path, {**kept, "csrf": producer.csrf, field: (io.BytesIO(data), "anh-1.jpg")})
    assert done.status == 303, done.words
    assert producer.ask("/portal/kept-form").response.headers["Location"] == "/portal", "it waits no more"
    if field == "paper":
        name = done.response.headers["Location"].rpartition("/")[2].partition("?")[0]
        assert producer.ask(f"/portal/papers/{name}").response.data == data


# Letters that remind


def test_a_person_says_whether_letters_remind_and_in_which_language(producer: SignedIn) -> None:
    page = producer.ask("/portal/account?lang=vi")
    assert "Gửi thư trước khi giấy chứng nhận hết hạn 90, 30 và 7 ngày" in page.words
    assert boxes(page) == {"reminders": "yes", "letters_lang": "vi"}
    assert producer.send("/portal/account/letters", {"letters_lang": "en"}).status == 303
    assert boxes(producer.ask("/portal/account")) == {"letters_lang": "en"}
    producer.send("/portal/account/letters", {"reminders": "yes", "letters_lang": "vi"})
    assert boxes(producer.ask("/portal/account?lang=en")) == {"reminders": "yes", "letters_lang": "vi"}


def boxes(page: Page) -> dict[str, str]:
    ticked = (one for one in page.tree.iter("input") if one.get("checked") is not None)
    return {str(one.get("name")): str(one.get("value")) for one in ticked}


def test_the_address_in_a_letter_ends_reminders_without_signing_in(desk: Site, honey: SignedIn) -> None:
    world = desk.world
    with world.read() as connection:
        account = connection.execute(select(accounts.c.id).where(accounts.c.login == "mat@example.vn")).scalar_one()
    path = stop_address(world, account).removeprefix(world.settings.base_url)
    assert "Đừng gửi thư nhắc nữa" in desk.page(path).words
    assert "reminders" in boxes(honey.ask("/portal/account")), "looking ends nothing"
    # As a mail program sends it: from nowhere, without a form's token.
    assert desk.page(path, method="POST").status == 200
    assert "reminders" not in boxes(honey.ask("/portal/account"))
    assert desk.page(f"{path}x").status == 404
    assert desk.page(f"{path}x", method="POST").status == 404
