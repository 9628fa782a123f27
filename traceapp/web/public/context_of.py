"""Page contexts for the request at hand."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup

from traceapp.core.digital_link import Identity
from traceapp.core.facts import Facts
from traceapp.core.places import place_of
from traceapp.services.world import World
from traceapp.web.language import choose_locale
from traceapp.web.public.context import PageContext, Recent


def media_url(name: str) -> str:
    """Where a product's picture is."""
    return f"/media/{name}"


def plain_context(
    world: World, now: datetime, *, path: str | None = None, recent: tuple[Recent, ...] = ()
) -> PageContext:
    """For pages about nothing in particular; `path` is where the language switch leads."""
    lang = choose_locale()
    other = "en" if lang == "vi" else "vi"
    return PageContext(
        lang=lang,
        base_url=world.settings.base_url,
        checked_at=now,
        media_url=media_url,
        other_lang_url=f"{path}?lang={other}" if path else None,
        start_url=f"/?lang={lang}",
        verify_help_url=f"/verify-help?lang={lang}",
        privacy_url=f"/privacy?lang={lang}",
        is_demo=world.is_demo,
        recent=recent,
    )


def recent_of(facts: Facts, lang: str) -> Recent:
    """A product as the start page lists it, from its verified facts."""
    product, producer = facts.product, facts.producer
    name = (product.name_en if lang == "en" else None) or (product.name_vi if product else "") if product else ""
    return Recent(
        name=name,
        producer=(producer.name if producer else None) or "",
        place=place_of(producer),
        url=f"/verify{facts.identity.path}?lang={lang}",
        picture_url=media_url(product.image) if product and product.image else None,
    )


def verdict_context(
    world: World,
    now: datetime,
    identity: Identity,
    *,
    serial: str = "",
    signature: str | None = None,
    scan_slot: Markup | None = None,
    checked_slot: Markup | None = None,
) -> PageContext:
    """For the page of a product, lot or item. `serial` may be the token of a page made once for its lot."""
    lang = choose_locale()
    other = "en" if lang == "vi" else "vi"
    path = identity.without_serial().path + (f"/21/{serial}" if serial else "")
    known = {"S": signature} if signature else {}
    return PageContext(
        lang=lang,
        base_url=world.settings.base_url,
        checked_at=now,
        media_url=media_url,
        canonical_url=f"{world.settings.base_url}{path}",
        other_lang_url=f"/verify{path}?{urlencode({**known, 'lang': other})}",
        json_url=f"/verify{path}?{urlencode({**known, 'format': 'json'})}",
        bundle_url=f"/bundle{identity.without_serial().path}",
        product_url=f"/verify{identity.product_only().path}?lang={lang}" if identity.lot else None,
        start_url=f"/?lang={lang}",
        verify_help_url=f"/verify-help?lang={lang}",
        privacy_url=f"/privacy?lang={lang}",
        is_demo=world.is_demo,
        serial=serial,
        scan_slot=scan_slot,
        checked_slot=checked_slot,
    )
