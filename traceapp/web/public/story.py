"""A product's story: each field with its title and whose word it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from traceapp.core.facts import Facts, ProductFact
from traceapp.core.findings import Mark
from traceapp.core.story import StoryField
from traceapp.web.public.journey import Said, said_of
from traceapp.web.public.say import Say


@dataclass(frozen=True, slots=True)
class StoryPart:
    """One field as told; `foreign` where there is only Vietnamese for a reader of English."""

    title: str
    text: str
    said: Said
    foreign: bool = False


def story_of(facts: Facts, say: Say) -> tuple[StoryPart, ...]:
    """The fields that are told, in their order."""
    product = facts.product
    return tuple(_part(field, product, facts, say) for field in product.story) if product else ()


def product_word(product: ProductFact, facts: Facts, say: Say) -> Said:
    """Whose word a product's own record is, by name."""
    said = said_of(Mark.DECLARED, product.source.declared_by, facts, say)
    helper = facts.name_of(product.source.assisted_by) if product.source.assisted_by else None
    if helper is None:
        return said
    return replace(said, text=say.gettext("%(said)s, %(helper)s ghi giúp", said=said.text, helper=helper))


def _part(field: StoryField, product: ProductFact, facts: Facts, say: Say) -> StoryPart:
    english = field.en if say.lang == "en" else None
    whole = product_word(product, facts, say)
    # The name stands above the fields: beside each it is read aloud, not shown again.
    said = replace(whole, text=say.gettext("tự khai"), hidden=facts.name_of(product.source.declared_by) or "")
    text = say.told(english or field.vi)
    return StoryPart(story_title(field.key, say), text, said, foreign=say.lang != "vi" and not english)


def story_title(key: str, say: Say) -> str:
    """What a field of a story is called; `key` is one of STORY_FIELDS."""
    match key:
        case "origin":
            return say.gettext("Nguồn gốc")
        case "history":
            return say.gettext("Lịch sử")
        case "process":
            return say.gettext("Cách làm")
        case "environment":
            return say.gettext("Môi trường nuôi trồng")
        case "culture":
            return say.gettext("Văn hóa")
        case _:
            return say.gettext("Cách dùng")
