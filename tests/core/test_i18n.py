import string
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import CERTIFIER, INSPECTOR, NOW, PRODUCER, TODAY, event, facts, facts_of_demo
from tests.core.gallery import gallery
from traceapp import i18n
from traceapp.core.events import Stage
from traceapp.core.facts import CertificateState
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.gates import refusals
from traceapp.core.rules import preharvest
from traceapp.core.verdict import judge_all
from traceapp.i18n import words_en, words_vi
from traceapp.i18n.names import name_in, told_name
from traceapp.i18n.variants import headline_variant, variant

SHOWN = [(known, judge_all(known, NOW)) for known in gallery()]
OFFLINE = [
    Finding("log-proved", Severity.GOOD, data={"size": 48213, "origin": "id.example.vn/log"}),
    Finding("keys-pinned", Severity.GOOD, data={"version": 3, "host": "id.example.vn", "expired": False}),
    Finding("keys-pinned", Severity.WARNING, data={"version": 3, "host": "id.example.vn", "expired": True}),
    Finding("keys-not-pinned", Severity.INFO, data={"version": 3, "host": "id.example.vn", "expired": False}),
    Finding("trust-refused", Severity.BAD, data={"reason": "This is not JSON."}),
]
"""What checking a bundle adds to a verdict."""


def complete(text):
    assert text == text.strip()
    assert not any(mark in text for mark in ("{", "}", "None", "  ", " .", " ,", "..", "[]"))
    assert "!" not in text
    return text


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_finding_has_a_whole_sentence_in_each_language(lang):
    for known, verdict in SHOWN:
        for finding in (*verdict.findings, *OFFLINE):
            said = i18n.sentence(finding, known, lang)
            assert said.strong
            complete(said.text)


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_headline_has_its_two_lines(lang):
    for known, verdict in SHOWN:
        said = i18n.headline(verdict, known, lang)
        complete(said.title)
        assert complete(said.lead).endswith(".")
        assert not said.title.endswith(".")


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_refusal_has_a_remedy_and_nothing_else_has(lang):
    for known, verdict in SHOWN:
        refused = refusals(verdict)
        for finding in verdict.findings:
            said = i18n.remedy(finding, known, lang)
            assert (said is not None) == (finding in refused), finding.code
            assert said is None or complete(said).endswith(".")


def test_no_words_are_kept_that_nothing_says():
    findings = [finding for _, verdict in SHOWN for finding in verdict.findings]
    said = {variant(finding) for finding in findings} | {variant(finding) for finding in OFFLINE}
    headlines = {headline_variant(verdict.find(verdict.headline)[0]) for _, verdict in SHOWN}
    remedied = {variant(finding) for _, verdict in SHOWN for finding in refusals(verdict)}
    remedied |= {key.partition("/")[0] for key in remedied}
    for words in (words_vi, words_en):
        assert set(words.SENTENCES) == said
        assert set(words.HEADLINES) == headlines
        assert set(words.REMEDIES) <= remedied


def test_both_languages_say_the_same_things_with_the_same_values():
    for name in ("SENTENCES", "HEADLINES", "REMEDIES", "MARKS", "NOBODY", "SCHEMES", "STAGES", "ITEMS", "PHRASES"):
        vietnamese, english = getattr(words_vi, name), getattr(words_en, name)
        assert vietnamese.keys() == english.keys()
        for key in vietnamese:
            assert fields(vietnamese[key]) == fields(english[key]), (name, key)


def fields(words):
    text = words if isinstance(words, str) else "".join(words)
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def told(lot, code, lang, **more):
    known = facts_of_demo(lot, **more)
    return i18n.sentence(judge_all(known, NOW).find(code)[0], known, lang).text


@pytest.mark.parametrize(
    ("lot", "code", "text"),
    [
        ("DM2610B", "phi-kept", "Hái sau phun thuốc 13 ngày, nhãn thuốc yêu cầu 3 ngày"),
        ("DM2610B", "stars-valid", "OCOP 4 sao, còn hạn đến 28/11/2028"),
        ("DM2610B", "certificate-valid", "VietGAP còn hạn đến 05/06/2027"),
        ("DM2610T", "phi-kept", "Hái sau phun thuốc 13 ngày, nhãn thuốc yêu cầu 3 ngày (lô nguyên liệu DM2608B)"),
        (
            "DM2610B",
            "disclosure-incomplete",
            "Đủ 9 trong 10 mục phải công khai. Còn thiếu: ảnh thật của sản phẩm. Đang dùng hình vẽ.",
        ),
        (
            "DG1108",
            "phi-broken",
            "Hái sớm 3 ngày sau phun thuốc. Phun Abamectin 28/10/2026, cách ly 14 ngày: hái được từ 11/11/2026. "
            "Đã hái 08/11/2026.",
        ),
        ("DM2607A", "lot-recalled", "Thu hồi cả lô từ 02/08/2026. Độ ẩm vượt mức công bố (9,2 % > 7,5 %)."),
        ("DM2607A", "test-failed", "Kiểm nghiệm không đạt: độ ẩm 9,2 %, cần không quá 7,5. Phiếu KN-MAU-8641."),
        (
            "SN2611X",
            "mass-balance-exceeded",
            "Khai 2.250 kg cà phê rang từ 190 kg cà phê nhân. Nhiều nhất chỉ được 170 kg.",
        ),
        (
            "BR1104",
            "ccp-deviation",
            "Bước nấu ngoài giới hạn an toàn, chưa ghi cách xử lý: nhiệt độ 109 °C, cần từ 115.",
        ),
        ("DG1115", "stars-expired", "Không còn sao OCOP. Hết hạn từ 12/10/2026. Chưa thấy quyết định công nhận lại."),
    ],
)
def test_the_demo_in_vietnamese(lot, code, text):
    assert told(lot, code, "vi") == text


def test_expired_stars_do_not_deny_a_decision_that_the_producer_declares():
    known = facts_of_demo("DG1115")
    council = next(one for one in known.certificates if one.scheme == "OCOP")
    declared = replace(
        council, id="https://x/new", issued=TODAY - timedelta(days=1), expires=None, state=CertificateState.DECLARED
    )
    known = replace(known, certificates=(*known.certificates, declared))
    (found,) = judge_all(known, NOW).find("stars-expired")
    assert i18n.sentence(found, known, "vi").text.endswith("Cơ sở khai có quyết định mới, nơi cấp chưa xác nhận.")
    assert i18n.sentence(found, known, "en").text.endswith("its issuer has not confirmed it.")


def test_english_pages_show_english_where_the_record_has_it_and_vietnamese_elsewhere():
    assert told("DM2607A", "lot-recalled", "en").endswith("Moisture above declared limit.")
    assert "kg of cà phê rang" in told("SN2611X", "mass-balance-exceeded", "en")
    assert told("SN2611X", "mass-balance-exceeded", "en").startswith("Declared 2,250 kg")


def test_a_headline_says_who_keeps_the_record_or_what_to_do():
    known = facts_of_demo("DM2610B")
    said = i18n.headline(judge_all(known, NOW), known, "vi")
    assert (said.title, said.lead) == (
        "Hồ sơ xác thực",
        "HTX Chè Đồi Mây (dữ liệu mẫu) lập hồ sơ này. Đến nay còn nguyên như lúc ký.",
    )
    known = facts_of_demo("DM2607A")
    assert i18n.headline(judge_all(known, NOW), known, "vi").lead == "Đừng dùng. Đổi hàng tại nơi mua."


def test_a_producer_without_a_name_still_keeps_a_record():
    known = facts(producer=None)
    assert i18n.headline(judge_all(known, NOW), known, "en").title == "Producer's identity not confirmed"


def test_stars_that_expired_do_not_take_back_that_the_record_is_authentic():
    known = facts_of_demo("DG1115")
    said = i18n.headline(judge_all(known, NOW), known, "vi")
    assert (said.title, said.lead) == ("Sao OCOP đã hết hạn", "Hết hạn từ 12/10/2026. Hồ sơ của lô vẫn xác thực.")


@pytest.mark.parametrize(
    ("mark", "name", "vietnamese", "english"),
    [
        (Mark.DECLARED, "HTX", "HTX tự khai", "declared by HTX"),
        (Mark.CONFIRMED, "Tổ chức XYZ-Mẫu", "Tổ chức XYZ-Mẫu xác nhận", "confirmed by Tổ chức XYZ-Mẫu"),
        (Mark.TESTED, "Phòng thử nghiệm", "Phòng thử nghiệm đo", "measured by Phòng thử nghiệm"),
        (Mark.INSPECTED, None, "Kiểm tra viên đã xem", "seen by an inspector"),
        (Mark.DECLARED, None, "Người làm ra tự khai", "declared by the producer"),
        (Mark.SERVICE, None, "Hệ thống tự kiểm", "checked by this service"),
    ],
)
def test_a_mark_always_comes_with_a_name(mark, name, vietnamese, english):
    assert i18n.mark_text(mark, name, "vi") == vietnamese
    assert i18n.mark_text(mark, name, "en") == english


def test_a_finding_adds_what_its_mark_cannot_tell():
    seen = Finding("inspected", Severity.GOOD, Mark.INSPECTED, INSPECTOR, "2026-11-12")
    assert i18n.mark_text(seen, None, "vi") == "Kiểm tra viên đã xem 12/11/2026"
    recalled = Finding("lot-recalled", Severity.BAD, Mark.DECLARED, PRODUCER, "2026-08-02")
    assert i18n.mark_text(recalled, "HTX", "vi") == "HTX thông báo"
    confirmed = Finding("certificate-valid", Severity.GOOD, Mark.CONFIRMED, CERTIFIER, "2026-08-02")
    assert i18n.mark_text(confirmed, "XYZ", "en") == "confirmed by XYZ"


def test_a_lot_nobody_recalled_says_when_somebody_looked():
    assert i18n.not_recalled(NOW, "vi").text == "Không bị thu hồi, kiểm lúc 18:05"
    assert i18n.not_recalled(NOW, "en").text == "Not recalled, checked at 18:05"


def test_dates_are_written_as_on_the_pack():
    assert i18n.show_date(date(2026, 10, 9)) == "09/10/2026"
    assert i18n.show_date("2026-10-09") == "09/10/2026"
    assert i18n.show_date(datetime(2026, 10, 8, 17, tzinfo=UTC)) == "09/10/2026"
    assert i18n.show_date("2026-10-08T17:00:00Z") == "09/10/2026"
    assert i18n.show_time("2026-11-21T11:05:00Z") == "18:05"
    assert i18n.show_instant(NOW, "vi") == "18:05 ngày 21/11/2026"
    assert i18n.show_instant(NOW, "en") == "18:05 on 21/11/2026"


@pytest.mark.parametrize(
    ("number", "vietnamese", "english"),
    [
        (2250, "2.250", "2,250"),
        (9.2, "9,2", "9.2"),
        (2250.0, "2.250", "2,250"),
        (0.004, "0,004", "0.004"),
        (1234567.5, "1.234.567,5", "1,234,567.5"),
        (-0.5, "-0,5", "-0.5"),
        (-1200, "-1.200", "-1,200"),
        (0, "0", "0"),
        (1e-7, "0,0000001", "0.0000001"),
    ],
)
def test_numbers_are_written_as_people_write_them(number, vietnamese, english):
    assert i18n.show_number(number, "vi") == vietnamese
    assert i18n.show_number(number, "en") == english


def test_an_amount_has_its_unit_if_it_has_one():
    assert i18n.show_amount(2250, "kg", "vi") == "2.250 kg"
    assert i18n.show_amount(9.2, "%", "vi") == "9,2 %"
    assert i18n.show_amount(5, "", "en") == "5"


def test_a_limit_is_rounded_unless_that_would_hide_the_excess():
    assert i18n.show_about(169.642857, 2250, "vi") == "170"
    assert i18n.show_about(1620.4, 2000, "vi") == "1.620"
    assert i18n.show_about(169.64, 169.65, "vi") == "169,64"


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12), st.sampled_from(i18n.LANGUAGES)
)
def test_any_number_is_written_without_exponent(number, lang):
    assert set(i18n.show_number(number, lang)) <= set("-0123456789.,")


@pytest.mark.parametrize(
    ("asked", "header", "lang"),
    [
        ("en", "vi", "en"),
        ("vi", "en", "vi"),
        ("fr", "en-GB,en;q=0.9", "en"),
        (None, None, "vi"),
        (None, "fr-FR, de", "vi"),
        (None, "fr, en;q=0.4, vi;q=0.8", "vi"),
        (None, "en;q=0.8, vi;q=0.4", "en"),
        (None, "en;q=0, fr", "vi"),
        (None, "*", "vi"),
        (None, "EN-us", "en"),
        (None, "en;q=oops, ;;;, " + "x" * 5000, "vi"),
    ],
)
def test_the_reader_gets_the_best_language_we_speak(asked, header, lang):
    assert i18n.choose_language(asked, header) == lang


def test_names_of_schemes_stages_and_items():
    assert all(i18n.stage_name(stage, lang) for stage in Stage for lang in i18n.LANGUAGES)
    assert i18n.scheme_name("ORGANIC", "vi") == "Hữu cơ"
    assert i18n.scheme_name("KHÁC", "en") == "KHÁC"
    assert i18n.disclosed_item("image", "en") == "a photo of the product"


def test_a_sentence_is_told_apart_by_what_it_names_alone() -> None:
    first, second = (Finding("first-scan", Severity.INFO, data={"total": total}) for total in (1, 2))
    assert i18n.told_of(first, "vi") == i18n.told_of(second, "vi")
    data = {"total": 3, "by_others": 2, "first": None, "cleared": None, "cleared_reason": None}
    one, other = (Finding("scans-normal", Severity.INFO, data={**data, "total": total}) for total in (3, 4))
    assert i18n.told_of(one, "vi") != i18n.told_of(other, "vi")


def test_a_sentence_with_words_made_of_its_data_is_told_apart_by_all_of_them() -> None:
    void = {"item": 1, "reason": "rách"}
    one, other = (Finding("label-void", Severity.BAD, data={**void, "reason": reason}) for reason in ("rách", "mờ"))
    assert i18n.told_of(one, "vi") != i18n.told_of(other, "vi")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (13, "Harvested 1 day too soon after spraying."),
        (12, "Harvested 2 days too soon after spraying."),
    ],
)
def test_one_day_is_one_day_in_english(days: int, words: str) -> None:
    harvest = event("HARVEST", f"2026-10-{1 + days:02}", plot="A")
    sprayed = event("PPP", "2026-10-01", plot="A", active="Abamectin", phi_days=14)
    known = facts(sprayed, harvest)
    broken = next(one for one in preharvest.judge(known, NOW) if one.code == "phi-broken")
    assert i18n.sentence(broken, known, "en").strong == words


@pytest.mark.parametrize(
    ("lang", "en", "told"),
    [("vi", "Orange", "Cam"), ("en", "Orange", "Orange"), ("en", "", "Cam"), ("en", None, "Cam")],
)
def test_a_product_is_named_in_the_readers_language_where_it_has_a_name_there(
    lang: str, en: str | None, told: str
) -> None:
    assert name_in(lang, "Cam", en) == told
    assert told_name({"name_vi": "Cam", "name_en": en}, lang) == told
    assert told_name({}, lang) == ""
