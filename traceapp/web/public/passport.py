"""What must be disclosed, item by item: the ten of Circular 02/2024, and the passport's seven of Decree 37/2026.

Each row says what is there and leads to where it is shown, or says that it is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from traceapp.core.facts import Facts, ProductFact
from traceapp.core.passport import PassportItem, last_processing, passport
from traceapp.core.rules.disclosure import ITEMS
from traceapp.core.verdict import Verdict
from traceapp.i18n import disclosed_item, sentence, show_date
from traceapp.web.public.places import facility_place, place_of
from traceapp.web.public.product import product_name
from traceapp.web.public.say import Say, capital


@dataclass(frozen=True, slots=True)
class Item:
    """One row; `anchor` is the section that shows it, `missing` what is not there; empty where there is none."""

    name: str
    value: str = ""
    anchor: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A list of items; `code` and `severity` are of the finding about it, empty where there is none."""

    summary: str
    note: str
    items: tuple[Item, ...]
    code: str = ""
    severity: str = ""


def ten_items(facts: Facts, verdict: Verdict, sections: Collection[str], say: Say) -> Disclosure | None:
    """The ten items, None for a page that is not judged on them. `sections` are the ids that the page has."""
    found = (*verdict.find("disclosure-incomplete"), *verdict.find("disclosure-complete"))
    if not found or facts.product is None:
        return None
    finding, words = found[0], sentence(found[0], facts, say.lang)
    gaps = {one["item"] for one in finding.data["missing"]}
    told = dict(_ten(facts, facts.product, say))
    asked = sorted({*finding.data["have"], *gaps})
    items = (
        _item(capital(disclosed_item(ITEMS[one], say.lang)), *told[one], one in gaps, sections, say) for one in asked
    )
    return Disclosure(words.strong.rstrip("."), words.rest.strip(), tuple(items), finding.code, str(finding.severity))


def _item(name: str, value: str, anchor: str, gap: bool, sections: Collection[str], say: Say) -> Item:
    if gap:
        return Item(name, missing=say.gettext("chưa có"))
    return Item(name, value, anchor if anchor in sections else "")


def _ten(facts: Facts, product: ProductFact, say: Say) -> Iterator[tuple[int, tuple[str, str]]]:
    """What each item says here, and the section that shows it."""
    producer, lot = facts.producer, facts.lot
    yield 1, (product_name(product, say), "name")
    yield 2, (say.gettext("ở đầu trang"), "name")
    yield 3, ((producer.name if producer else None) or "", "name")
    yield 4, (place_of(producer), "name")
    yield 5, (_stages(facts, say), "journey")
    yield 6, (show_date(lot.made) if lot and lot.made else "", "dates")
    yield 7, (" · ".join(part for part in (product.code, lot.lot if lot else "") if part), "facts")
    yield 8, (product_name(product, say), "name")
    yield 9, (show_date(lot.expires) if lot and lot.expires else say.gettext("không ghi hạn"), "dates")
    yield 10, (", ".join(product.standards), "facts")


def passport_of(facts: Facts, sections: Collection[str], say: Say) -> Disclosure | None:
    """The passport's items, None for a page without a product."""
    found = passport(facts)
    if facts.product is None or not found:
        return None
    told = dict(_passport(facts, facts.product, say))
    items = tuple(_passport_item(one, *told[one.key], sections, say) for one in found)
    whole = sum(not one.missing for one in found)
    summary = say.gettext("Hộ chiếu số: %(have)s trong %(of)s mục", have=whole, of=len(found))
    note = say.gettext("Theo Điều 32 Nghị định 37/2026. Thiếu một mục không nói hàng xấu.")
    return Disclosure(summary, note, items)


def _passport_item(item: PassportItem, name: str, value: str, anchor: str, sections: Collection[str], say: Say) -> Item:
    if item.missing == item.parts:
        return Item(name, missing=say.gettext("chưa có"))
    gaps = ", ".join(_part(one, say) for one in item.missing)
    missing = say.gettext("thiếu %(parts)s", parts=gaps) if gaps else ""
    return Item(name, value, anchor if anchor in sections else "", missing)


def _passport(facts: Facts, product: ProductFact, say: Say) -> Iterator[tuple[str, tuple[str, str, str]]]:
    producer = facts.producer
    made_at = last_processing(facts)
    origin = facility_place(facts, made_at.event.place or "") if made_at else place_of(producer)
    days = [show_date(day) for day in (facts.lot.made, facts.lot.expires) if day] if facts.lot else []
    named = (producer.name or "", place_of(producer), producer.id.partition("://")[2]) if producer else ()
    who = [part for part in named if part]
    yield "identity", (say.gettext("Tên và mã GTIN"), f"{product_name(product, say)}, {product.code}", "name")
    yield "producer", (say.gettext("Cơ sở: tên, địa chỉ, mã"), ", ".join(who), "name")
    yield "origin", (say.gettext("Xuất xứ, nơi chế biến sau cùng"), origin, "journey" if made_at else "story")
    yield "trace", (say.gettext("Thông tin truy xuất"), _stages(facts, say), "journey")
    papers = say.gettext("%(count)s giấy", count=len(facts.certificates))
    yield "certificates", (say.gettext("Giấy chứng nhận"), papers, "certs")
    yield "dates", (say.gettext("Ngày sản xuất, hạn dùng"), " – ".join(days), "dates")
    yield "warnings", (say.gettext("Cảnh báo an toàn"), say.written(product.warning_vi), "facts")


def _part(part: str, say: Say) -> str:
    """A missing part by name."""
    match part:
        case "product-name":
            return say.gettext("tên")
        case "gtin":
            return say.gettext("mã GTIN")
        case "producer-name":
            return say.gettext("tên cơ sở")
        case "producer-address":
            return say.gettext("địa chỉ")
        case "producer-id":
            return say.gettext("mã cơ sở")
        case "made":
            return say.gettext("ngày sản xuất")
        case "expires":
            return say.gettext("hạn dùng")
        case _:
            return ""


def _stages(facts: Facts, say: Say) -> str:
    return say.gettext("%(count)s công đoạn", count=len(facts.events))
