"""The words of the inspector's phone, and what an inspection's checklists ask, in both languages.

Findings that the pages know too keep their words (words_vi, words_en); what only a phone without a connection says
stands in words_inspect_vi and words_inspect_en.
"""

from __future__ import annotations

from collections.abc import Mapping

from traceapp.i18n import words_inspect_en, words_inspect_vi
from traceapp.i18n.words import WORDS

SHARED = (
    "account-doubtful",
    "code-unknown/unchecked",
    "cosignature-bad",
    "input-recalled",
    "key-revoked",
    "keys-not-pinned",
    "keys-pinned",
    "keys-pinned/expired",
    "label-key-revoked",
    "label-signature-good",
    "log-proved",
    "lot-expired",
    "lot-on-hold",
    "lot-recalled",
    "not-proved",
    "not-witnessed",
    "record-authentic",
    "record-cosigned",
    "record-tampered",
    "inspected/pass",
    "inspected/fail",
)
"""Findings told on the phone in the words of every page."""

_CHECKS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "pack": (
        ("seal", "Nắp, niêm phong", "Cap and seal"),
        ("label-fits", "Nhãn đúng hồ sơ", "Label as recorded"),
        ("dates", "Ngày in trên bao bì đúng hồ sơ", "Dates on the pack as recorded"),
        ("net", "Định lượng", "Net quantity"),
        ("storage", "Bảo quản đúng", "Stored as it should be"),
    ),
    "field": (
        ("diary", "Nhật ký ghi đủ, khớp thực tế", "Diary complete and true"),
        ("interval", "Thời gian cách ly", "Pre-harvest interval"),
        ("pesticide-store", "Kho thuốc, bao gói đã dùng", "Pesticide store, empty packs"),
        ("soil-water", "Đất, nước tưới", "Soil and water"),
        ("plot-fits", "Thửa đúng hồ sơ", "Plot as recorded"),
    ),
    "workshop": (
        ("hygiene", "Vệ sinh nơi làm", "Hygiene of the place"),
        ("critical-limits", "Điểm kiểm soát tới hạn", "Critical control points"),
        ("instruments", "Dụng cụ đo đã hiệu chuẩn", "Instruments calibrated"),
        ("source-lots", "Nguyên liệu có lô, có nguồn", "Inputs have lots and sources"),
        ("people", "Người làm: sức khỏe, bảo hộ", "Workers: health, protective wear"),
    ),
    "vietgap": (
        ("scope", "Đúng phạm vi giấy chứng nhận", "Within the certificate’s scope"),
        ("records", "Hồ sơ ghi chép", "Records kept"),
        ("inputs", "Giống, phân, thuốc có nguồn", "Seed, fertiliser, pesticide sourced"),
        ("self-check", "Tự kiểm tra nội bộ", "Own internal checks"),
    ),
    "ocop": (
        ("stars-mark", "Dấu sao in đúng hạng, còn hạn", "Star mark right and still valid"),
        ("pack-info", "Bao bì đủ mười mục công khai", "Pack discloses the ten items"),
        ("origin", "Nguyên liệu đúng vùng đã nêu", "Inputs from the place named"),
    ),
}  # fmt: skip
"""Checklists by stage or scheme: (code, Vietnamese, English) of each question."""
_CHECKLIST_NAMES = {
    "pack": ("Bao bì, tem", "Pack and label"),
    "field": ("Vườn, ruộng, ao", "Field, orchard, pond"),
    "workshop": ("Nơi chế biến", "Workshop"),
    "vietgap": ("VietGAP", "VietGAP"),
    "ocop": ("Sao OCOP", "OCOP stars"),
}
_RESULTS = {"pass": ("Đạt", "Passed"), "fail": ("Không đạt", "Not passed"), "none": ("Không xem", "Not looked at")}
_PLACES = ("vi", "en")


def checklists(lang: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Each checklist's name and its questions by code."""
    at = _PLACES.index(lang)
    return {
        name: (_CHECKLIST_NAMES[name][at], {code: words[at] for code, *words in asked})
        for name, asked in _CHECKS.items()
    }


def checked_item(code: str, lang: str) -> str:
    """What a question of a checklist is called; its code where no checklist has it any more."""
    at = _PLACES.index(lang)
    return next((words[at] for asked in _CHECKS.values() for one, *words in asked if one == code), code)


def result_name(result: str, lang: str) -> str:
    """Passed, not passed, not looked at."""
    return _RESULTS[result][_PLACES.index(lang)] if result in _RESULTS else result


def phone_words(lang: str) -> dict[str, object]:
    """Everything the phone may have to say, by code."""
    own = words_inspect_vi if lang == "vi" else words_inspect_en
    shared = {code: WORDS[lang].SENTENCES[code] for code in SHARED}
    return {
        "lang": lang,
        "findings": {**shared, **own.FINDINGS},
        "phrases": own.PHRASES,
        "reasons": own.REASONS,
        "checklists": checklists(lang),
        "results": {name: result_name(name, lang) for name in _RESULTS},
    }
