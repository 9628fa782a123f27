"""A stage in words: its name, the goods that went in and came out, and what its own data tell.

Those data come from producers: whatever is not of the expected kind is left out, and data about people never appears.
Of a restricted stage only its kind and its day are public.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from traceapp.core.events import RESTRICTED_STAGES, Stage
from traceapp.core.facts import EventFact
from traceapp.i18n import show_date
from traceapp.web.public.say import Say

_ISO_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_Teller = Callable[[EventFact, str, Say], str]


def N_(message: str) -> str:
    """A message that is to be translated when it is said."""
    return message


_NAMES = {
    Stage.PLOT: N_("Vùng trồng"),
    Stage.SEED: N_("Giống"),
    Stage.INPUT: N_("Vật tư"),
    Stage.FERT: N_("Bón phân"),
    Stage.PPP: N_("Phun thuốc"),
    Stage.FEED: N_("Cho ăn"),
    Stage.VETDRUG: N_("Thuốc thú y"),
    Stage.SOURCE: N_("Mua nguyên liệu"),
    Stage.HARVEST: N_("Thu hoạch"),
    Stage.MIX: N_("Phối trộn"),
    Stage.FERMENT: N_("Ủ"),
    Stage.DRAW: N_("Kéo rút"),
    Stage.PROCESS: N_("Chế biến"),
    Stage.PACKHOUSE: N_("Sơ chế"),
    Stage.CCP: N_("Canh bước quan trọng"),
    Stage.TEST: N_("Kiểm nghiệm"),
    Stage.STORE: N_("Lưu kho"),
    Stage.PACK: N_("Đóng gói"),
    Stage.SHIP: N_("Xuất hàng"),
    Stage.RECEIVE: N_("Nhận hàng"),
    Stage.SELL: N_("Bán hàng"),
    Stage.RECALL: N_("Thu hồi"),
}


def stage_name(stage: Stage, say: Say) -> str:
    """The trade's kind of event in the reader's words."""
    said: str = say.gettext(_NAMES[stage])
    return said


def is_restricted(fact: EventFact) -> bool:
    """Whether parties and quantities are not the public's: always so for what was sent and received."""
    return fact.restricted or fact.stage in RESTRICTED_STAGES


def stage_details(fact: EventFact, title: str, say: Say) -> str:
    """Sentences on the goods, then on what the stage's data tell; what its title says already is not said again."""
    if is_restricted(fact):
        return say.gettext("Nơi nhận và số lượng không công khai.")
    told = [_moved(fact, say), *(tell(fact, title, say) for tell in _TELLERS.get(fact.stage, ()))]
    return ". ".join(one[:1].upper() + one[1:] for one in told if one)


def _moved(fact: EventFact, say: Say) -> str:
    taken, made = say.goods(fact.event.inputs), say.goods(fact.event.outputs)
    if taken and made:
        return say.gettext("%(taken)s được %(made)s", taken=taken, made=made)
    return made or (say.gettext("Dùng %(taken)s", taken=taken) if taken else "")


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _new(text: str, title: str) -> str:
    """`text`, unless the title holds it already."""
    return "" if text.lower() in title.lower() else text


def _days_shown(text: str) -> str:
    return _ISO_DAY.sub(r"\3/\2/\1", text)


def _plot(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    codes = ", ".join(one for one in fact.event.plots if isinstance(one, str))
    cultivar, forage = (_new(say.written(kde.get(name)), title) for name in ("cultivar", "forage"))
    area, hives = kde.get("area_ha"), kde.get("hives")
    return _joined(
        say.gettext("Thửa %(codes)s", codes=codes) if codes else "",
        say.gettext("giống %(name)s", name=cultivar) if cultivar else "",
        _new(say.amount(area, "ha"), title) if isinstance(area, int | float) else "",
        _new(say.gettext("%(count)s đàn ong", count=say.number(hives)), title) if isinstance(hives, int) else "",
        say.gettext("hoa %(name)s", name=forage) if forage else "",
    )


def _soil_and_water(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    soil, water = (_days_shown(say.written(kde.get(name))) for name in ("soil_test", "water_test"))
    if soil and soil == water:
        return say.gettext("Đất và nước kiểm %(result)s", result=soil)
    return _joined(
        say.gettext("Đất kiểm %(result)s", result=soil) if soil else "",
        say.gettext("Nước kiểm %(result)s", result=water) if water else "",
    )


def _fertiliser(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    parts = (kde.get("product_name") or kde.get("product"), kde.get("dose"), kde.get("method"))
    return _joined(*(say.written(part) for part in parts))


def _sprayed(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    pest = say.written(kde.get("pest"))
    against = say.gettext("trừ %(pest)s", pest=pest) if pest else ""
    active = _new(say.written(kde.get("active")), title)
    what = " ".join(part for part in (active, against) if part)
    return _joined(what, say.written(kde.get("dose")))


def _wait(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    days = kde.get("phi_days", kde.get("withdrawal_days"))
    if type(days) is not int or not 0 <= days <= 730:
        return ""
    free = show_date(fact.event.end + timedelta(days=days))
    if fact.stage == Stage.VETDRUG:
        return say.gettext("Ngừng thuốc %(days)s ngày: thu được từ %(free)s", days=days, free=free)
    return say.gettext("Cách ly %(days)s ngày: hái được từ %(free)s", days=days, free=free)


def _pickers(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    pickers, drug = kde.get("pickers"), say.written(kde.get("vet_drug"))
    return _joined(
        say.gettext("%(count)s người hái", count=pickers) if isinstance(pickers, int) else "",
        say.gettext("Thuốc thú y: %(drug)s", drug=drug) if drug else "",
    )


def _bought(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    port, area, vessel = (say.written(kde.get(name)) for name in ("landing_port", "catch_area", "vessel"))
    lots = kde.get("supplier_lots")
    many = ", ".join(one for one in lots if isinstance(one, str)) if isinstance(lots, list | tuple) else ""
    suppliers = say.written(kde.get("supplier_lot")) or many
    return _joined(
        say.gettext("Đánh bắt ở %(area)s", area=area) if area else "",
        say.gettext("cập cảng %(port)s", port=port) if port else "",
        say.gettext("tàu %(vessel)s", vessel=vessel) if vessel else "",
        say.gettext("lô của bên bán: %(lots)s", lots=suppliers) if suppliers else "",
    )


def _conditions(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    vat, hours, moisture = say.written(kde.get("vat")), kde.get("hours"), kde.get("moisture_pct")
    heat = next((kde[name] for name in ("temp_c", "fix_temp_c", "end_temp_c") if name in kde), None)
    return _joined(
        say.gettext("Thùng %(vat)s", vat=vat) if vat else "",
        _temperature(heat, say),
        say.gettext("%(hours)s giờ", hours=say.number(hours)) if isinstance(hours, int | float) else "",
        say.gettext("độ ẩm %(share)s", share=say.amount(moisture, "%")) if isinstance(moisture, int | float) else "",
    )


def _temperature(heat: Any, say: Say) -> str:
    if isinstance(heat, list | tuple) and len(heat) == 2:
        low, high = map(say.number, heat)
        return f"{low}–{high} °C" if low and high else ""
    return say.amount(heat, "°C") if isinstance(heat, int | float) else ""


def _measured(name: str) -> _Teller:
    def tell(fact: EventFact, title: str, say: Say) -> str:
        listed = fact.event.kde.get(name)
        rows = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list | tuple) else []
        return "; ".join(_measurement(one, say) for one in rows)

    return tell


def _measurement(one: Mapping[str, Any], say: Say) -> str:
    """A value with its limits: "nhiệt độ 118 °C (cần từ 115)"; yes and no for what is only there or not."""
    what, unit, value = say.written(one.get("what")), say.written(one.get("unit")), one.get("value")
    if unit.startswith("1 ="):
        answer = unit.removeprefix("1 =").strip() if value == 1 else say.gettext("không")
        return f"{what}: {answer}"
    least, most = one.get("min"), one.get("max")
    limit = ""
    if least is not None and most is not None:
        limit = say.gettext("cần từ %(least)s đến %(most)s", least=say.number(least), most=say.number(most))
    elif least is not None:
        limit = say.gettext("cần từ %(least)s", least=say.number(least))
    elif most:
        limit = say.gettext("cần không quá %(most)s", most=say.number(most))
    return f"{what} {say.amount(value, unit)}" + (f" ({limit})" if limit else "")


def _put_right(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    action = say.written(kde.get("corrective_action"))
    return say.gettext("Đã xử lý: %(action)s", action=action) if action else ""


def _report(fact: EventFact, title: str, say: Say) -> str:
    kde = fact.event.kde
    number = say.written(kde.get("report"))
    return say.gettext("Phiếu %(number)s", number=number) if number else ""


_TELLERS: Mapping[Stage, tuple[_Teller, ...]] = {
    Stage.PLOT: (_plot, _soil_and_water),
    Stage.FERT: (_fertiliser,),
    Stage.PPP: (_sprayed, _wait),
    Stage.VETDRUG: (_sprayed, _wait),
    Stage.SOURCE: (_bought,),
    Stage.HARVEST: (_pickers,),
    Stage.FERMENT: (_conditions,),
    Stage.PROCESS: (_conditions,),
    Stage.STORE: (_conditions,),
    Stage.CCP: (_measured("checks"), _put_right),
    Stage.TEST: (_measured("results"), _report),
}
