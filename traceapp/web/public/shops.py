"""Where a product is bought and where its making may be visited, as its producer says."""

from __future__ import annotations

from dataclasses import dataclass

from traceapp.core.facts import Facts
from traceapp.core.findings import Severity
from traceapp.core.producer_links import Outlet, outlets_in
from traceapp.core.verdict import Verdict
from traceapp.web.public.say import Say


@dataclass(frozen=True, slots=True)
class ShopView:
    """One place. `href` is None where there is nothing to open; `status` and `state` say whether it sells today."""

    icon: str
    name: str
    detail: str
    state: str
    status: str
    href: str | None
    host: str
    address: str
    hours: str


@dataclass(frozen=True, slots=True)
class Shops:
    """All places, in the producer's order; their texts are Vietnamese, `foreign` to a reader of English."""

    buy: tuple[ShopView, ...]
    visit: tuple[ShopView, ...]
    foreign: bool


def shops_of(facts: Facts, verdict: Verdict, say: Say) -> Shops | None:
    """Places to buy and to visit; None where there are none, or where nobody should buy this."""
    product = facts.product
    if product is None or verdict.severity is Severity.BAD or verdict.find("lot-on-hold"):
        return None
    outlets = outlets_in(product.extra)
    if not outlets:
        return None
    buy, visit = (tuple(_view(one, say) for one in outlets if one.kind == kind) for kind in ("buy", "visit"))
    return Shops(buy, visit, foreign=say.lang != "vi")


def _view(outlet: Outlet, say: Say) -> ShopView:
    name, detail = outlet.platform or outlet.title, outlet.title if outlet.platform else ""
    return ShopView(
        icon="place" if outlet.address else "sell",
        name=say.written(name),
        detail=say.written(detail),
        state=outlet.status,
        status=_status(outlet, say),
        # What does not sell today is named, not linked: it would lead to an empty shelf.
        href=outlet.href if outlet.status == "listed" else None,
        host=outlet.host or "",
        address=say.written(outlet.address),
        hours=say.written(outlet.hours),
    )


def _status(outlet: Outlet, say: Say) -> str:
    """In words; nothing for a place one simply goes to."""
    match outlet.status:
        case "not-listed":
            return say.gettext("chưa bán ở đây")
        case "paused":
            return say.gettext("đang tạm ngừng")
        case _:
            return say.gettext("đang bán") if outlet.kind == "buy" else say.gettext("đón khách")
