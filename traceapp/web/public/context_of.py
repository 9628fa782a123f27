"""Page contexts for the request at hand."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from traceapp.core.digital_link import Identity
from traceapp.core.facts import Facts
from traceapp.core.places import place_of
from traceapp.i18n.names import name_in
from traceapp.services.world import World
from traceapp.web.language import address_in, alternates, choose_locale
from traceapp.web.public.context import PageContext, Recent


def media_url(name: str) -> str:
    """Where a product's picture is."""
    return f"/media/{name}"


def _everywhere(world: World, now: datetime, lang: str) -> dict[str, Any]:
    """What every page is told alike."""
    return {
        "lang": lang,
        "base_url": world.settings.base_url,
        "checked_at": now,
        "media_url": media_url,
        "start_url": f"/?lang={lang}",
        "verify_help_url": f"/verify-help?lang={lang}",
        "privacy_url": f"/privacy?lang={lang}",
        "is_demo": world.is_demo,
    }


def plain_context(
    world: World, now: datetime, *, path: str | None = None, recent: tuple[Recent, ...] = ()
) -> PageContext:
    """For pages about nothing in particular; `path` is where the language switch leads."""
    lang = choose_locale()
    other = "en" if lang == "vi" else "vi"
    # The page of a place is the answer to its code.
    address = world.settings.base_url + re.sub("^/verify/", "/", path) if path else None
    return PageContext(
        **_everywhere(world, now, lang),
        canonical_url=address_in(lang, address) if address else None,
        alternates=alternates(address) if address else (),
        other_lang_url=f"{path}?lang={other}" if path else None,
        recent=recent,
    )


def recent_of(facts: Facts, lang: str) -> Recent:
    """A product as the start page lists it, from its verified facts."""
    product, producer = facts.product, facts.producer
    return Recent(
        name=name_in(lang, product.name_vi, product.name_en) if product else "",
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
    answers: Markup | None = None,
) -> PageContext:
    """For the page of a product, lot or item. `serial` may be the token of a page made once for its lot."""
    lang = choose_locale()
    other = "en" if lang == "vi" else "vi"
    path = identity.without_serial().path + (f"/21/{serial}" if serial else "")
    known = {"S": signature} if signature else {}
    # A variant is printed, but is no other lot; an item's page is one of its lot's for whoever searches.
    address = world.settings.base_url + Identity(identity.product, None, identity.lot).path
    return PageContext(
        **_everywhere(world, now, lang),
        canonical_url=address_in(lang, address),
        alternates=() if serial else alternates(address),
        other_lang_url=f"/verify{path}?{urlencode({**known, 'lang': other})}",
        json_url=f"/verify{path}?{urlencode({**known, 'format': 'json'})}",
        bundle_url=f"/bundle{identity.without_serial().path}",
        product_url=f"/verify{identity.product_only().path}?lang={lang}" if identity.lot else None,
        ask_url=f"/ask{path}?lang={lang}",
        report_url=f"/report{path}?lang={lang}",
        place_url=f"/scans/place{path}?lang={lang}" if serial else None,
        used_up_url=f"/scans/used-up{path}?lang={lang}" if serial else None,
        serial=serial,
        scan_slot=scan_slot,
        checked_slot=checked_slot,
        answers=answers or Markup(),
    )
