"""The product's block: picture, name, maker, the dates printed on the pack, and what the maker says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from traceapp.core.events import Stage
from traceapp.core.facts import Facts, LotFact, Picture, ProductFact
from traceapp.core.verdict import Verdict
from traceapp.i18n import show_date
from traceapp.i18n.names import name_in
from traceapp.web.public.context import PageContext
from traceapp.web.public.papers import Row
from traceapp.web.public.places import place_parts
from traceapp.web.public.say import Say

_DRAWN = (368, 368)
"""Pixels of a picture whose record does not say them."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as printed, and as dialled."""

    shown: str
    dial: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """The picture as the page shows it: its smallest size, the others for screens that want more, the largest alone.

    `srcset` and `large_url` are empty where there is one size only.
    """

    url: str
    alt: str
    width: int
    height: int
    srcset: str
    large_url: str


@dataclass(frozen=True, slots=True)
class ProductView:
    """The product's block and its own story; `off` greys the picture of what nobody should use.

    `heading` is its name with the words of a proper name kept on one line.
    """

    heading: str
    foreign: bool
    content: str
    producer: str
    place: tuple[str, ...]
    picture: PictureView | None
    off: bool
    story: str
    story_foreign: bool
    facts: tuple[Row, ...]
    phone: Phone | None


def product_name(product: ProductFact, say: Say) -> str:
    """Its name in the reader's language, where it has one there."""
    return name_in(say.lang, product.name_vi, product.name_en)


def product_view(facts: Facts, verdict: Verdict, ctx: PageContext, say: Say) -> ProductView | None:
    """The block, None for a code without a product."""
    product = facts.product
    if product is None:
        return None
    story = (product.story_en if say.lang == "en" else None) or product.story_vi or ""
    name = product_name(product, say)
    return ProductView(
        heading=_kept_together(name),
        foreign=say.lang != "vi" and name == product.name_vi,
        content=_content(product, facts.lot, say),
        producer=(facts.producer.name if facts.producer else None) or say.gettext("Không còn tên cơ sở"),
        place=place_parts(facts.producer),
        picture=_picture(product, name, ctx, say),
        off=verdict.headline in ("lot-recalled", "input-recalled"),
        story=story,
        story_foreign=say.lang != "vi" and story == product.story_vi,
        facts=tuple(_product_facts(product, say)),
        phone=phone_of(facts),
    )


def _picture(product: ProductFact, name: str, ctx: PageContext, say: Say) -> PictureView | None:
    if not product.image:
        return None
    sizes = product.images or (Picture(product.image, *_DRAWN),)
    several = len(sizes) > 1
    return PictureView(
        url=ctx.media_url(sizes[0].file),
        alt=say.gettext("Hình vẽ: %(name)s", name=name) if product.image_is_drawing else name,
        width=sizes[0].width,
        height=sizes[0].height,
        srcset=", ".join(f"{ctx.media_url(one.file)} {one.width}w" for one in sizes) if several else "",
        large_url=ctx.media_url(sizes[-1].file) if several else "",
    )


def _kept_together(name: str) -> str:
    """A name in which the words of a proper name, Đá Hoa, do not part at the end of a line."""
    words = name.split(" ")
    spaces = ["\N{NO-BREAK SPACE}" if one[:1].isupper() and two[:1].isupper() else " " for one, two in pairwise(words)]
    return "".join(word + space for word, space in zip(words, [*spaces, ""], strict=True))


def _content(product: ProductFact, lot: LotFact | None, say: Say) -> str:
    """What a pack holds and of which lot it is: "Gói 200 g · Lô DM2610B"."""
    net, unit = product.net or "", (lot.unit if lot else None) or ""
    if say.lang == "vi" and net and unit and unit not in net:
        net = f"{unit.capitalize()} {net}"
    return " · ".join(part for part in (net, say.gettext("Lô %(lot)s", lot=lot.lot) if lot else "") if part)


def _product_facts(product: ProductFact, say: Say) -> Iterator[Row]:
    foreign = say.lang != "vi"
    if product.warning_vi:
        yield Row(say.gettext("Lưu ý"), say.told(product.warning_vi), foreign=foreign)
    if product.ingredients_vi:
        yield Row(say.gettext("Thành phần"), say.told(product.ingredients_vi), foreign=foreign)
    if product.storage_vi:
        yield Row(say.gettext("Bảo quản"), say.told(product.storage_vi), foreign=foreign)
    if product.standards:
        yield Row(say.gettext("Tiêu chuẩn"), ", ".join(product.standards))
    yield Row(say.gettext("Mã sản phẩm"), product.code, code=True)


def phone_of(facts: Facts) -> Phone | None:
    """The producer's number, None where there is none that could be dialled."""
    shown = (facts.producer.phone if facts.producer else None) or ""
    dial = ("+" if shown.strip().startswith("+") else "") + re.sub(r"[^0-9]", "", shown)
    return Phone(shown, dial) if len(dial) >= 3 else None


def dates(facts: Facts, say: Say) -> Iterator[Row]:
    """The dates printed on the pack, and nothing else, so that they can be compared."""
    if facts.lot is None:
        return
    if facts.lot.made:
        harvested = _is_harvest_day(facts, facts.lot.made)
        name = say.gettext("Ngày thu hoạch") if harvested else say.gettext("Ngày sản xuất")
        yield Row(name, show_date(facts.lot.made))
    if facts.lot.expires:
        yield Row(say.gettext("Hạn sử dụng"), show_date(facts.lot.expires))


def _is_harvest_day(facts: Facts, made: date) -> bool:
    """Whether the lot was picked that day and is sold as picked."""
    worked = {Stage.PROCESS, Stage.MIX, Stage.FERMENT, Stage.DRAW}
    kinds = {fact.stage for fact in facts.events}
    picked = any(fact.stage == Stage.HARVEST and fact.event.start <= made <= fact.event.end for fact in facts.events)
    return picked and not kinds & worked
