"""Load demo.json as its people would have entered it. Dates move once, so that its `asof` is today."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib import resources
from typing import Any

from sqlalchemy import Connection, insert

from traceapp.adapters.media import store_picture
from traceapp.core.dates import civil_date, vietnamese_date
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.facts import CertificateState
from traceapp.core.identifiers import Gtin, Lot
from traceapp.db.tables import service
from traceapp.demo import questions
from traceapp.demo.deliveries import addressed
from traceapp.demo.inspected import load_inspection
from traceapp.services.certificates.desk import ask_confirmation
from traceapp.services.certificates.statements import declare_certificate, set_certificate_state
from traceapp.services.labels.runs import issue_labels
from traceapp.services.lots.acts import recall
from traceapp.services.records.events import capture_many
from traceapp.services.registry.registers import (
    confirm_identity,
    register_facility,
    register_lot,
    register_organisation,
    register_product,
)
from traceapp.services.scans.counting import scan_item
from traceapp.services.scans.store import Visitor
from traceapp.services.world import World

LABELS_A_LOT = 24
SIGNED_LOT = "DM2610B"
_ISO_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_ORGANISATION = [
    "name",
    "role",
    "legal_form",
    "province_code",
    "ward",
    "ward_code",
    "address_old",
    "members",
    "code",
    "phone",
    "public_contact_ok",
]
_PRODUCT = [
    "name_vi",
    "name_en",
    "net",
    "net_value",
    "net_unit",
    "shelf_life_days",
    "standards",
    "ingredients_vi",
    "warning_vi",
    "storage_vi",
    "story_vi",
    "story_en",
    "story",
    "price_vnd",
]
_PRODUCT_EXTRA = ["gtin_case", "nutrition_100ml", "nutrition_100g", "visit", "dpp_textile", "links"]
_CERTIFICATE = [
    "number",
    "scope",
    "stars",
    "score",
    "decision",
    "area_ha",
    "expected_t",
    "members",
    "surveillance",
    "category",
    "ggn",
    "issuer_as_named",
]
Progress = Callable[[str], None]


def demo_data() -> dict[str, Any]:
    """The demonstration's data as written."""
    found: dict[str, Any] = json.loads((resources.files("traceapp.demo") / "data" / "demo.json").read_text("utf-8"))
    return found


def load_demo(world: World, say: Progress = lambda _: None) -> None:
    """Record everything, in one transaction per kind; scans come last."""
    loader = _Loader(world)
    with world.write() as connection:
        say("tổ chức, cơ sở, sản phẩm · organisations, facilities, products")
        loader.registers(connection)
        say("giấy chứng nhận, lô, nhật ký · certificates, lots, events")
        loader.certificates(connection)
        loader.lots(connection)
        loader.recalls(connection)
        loader.inspection(connection)
        connection.execute(insert(service).values(name="demo", value=loader.data["meta"]["asof"]))
    say("tem · labels")
    with world.write() as connection:
        loader.labels(connection)
        loader.question(connection)
    say("lượt quét · scans")
    loader.scans()


class _Loader:
    """The ids that demo.json's short names got."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.data = demo_data()
        self.now = world.clock()
        self._shift = vietnamese_date(self.now) - civil_date(self.data["meta"]["asof"])
        self._ids: dict[str, str] = {}

    def registers(self, connection: Connection) -> None:
        """Organisations, who they are, facilities, products with our own drawings."""
        notary = self.world.notary
        for one in self.data["organisations"]:
            self._ids[one["id"]], _ = register_organisation(connection, _some(one, _ORGANISATION), notary, self.now)
        for one in self.data["organisations"]:
            if one["identity_confirmed_by"]:
                authority = self._ids[one["identity_confirmed_by"]]
                confirm_identity(connection, self._ids[one["id"]], authority, notary, self.now)
        for one in self.data["facilities"]:
            details = {
                "name": one["name"],
                "gln": one["gln"],
                "latitude": one["lat_public"],
                "longitude": one["lon_public"],
            }
            self._ids[one["id"]], _ = register_facility(
                connection, self._ids[one["org"]], details, notary, self.now, position=(one["lat"], one["lon"])
            )
        for one in self.data["products"]:
            self._ids[one["id"]], _ = register_product(
                connection, self._ids[one["org"]], Gtin(one["gtin"]), self._product(one), notary, self.now
            )

    def _product(self, one: Mapping[str, Any]) -> dict[str, Any]:
        drawing = (resources.files("traceapp.demo") / "art" / f"{one['id']}.webp").read_bytes()
        extra: dict[str, Any] = _some(one, _PRODUCT_EXTRA)
        if one.get("fibre"):
            extra["fibre"] = [{"fibre": name, "percent": percent} for name, percent in one["fibre"]]
        return {
            **_some(one, _PRODUCT),
            "group": one["ocop_group"],
            "image": store_picture(self.world.media_dir, drawing),
            "image_is_drawing": True,
            "extra": extra or None,
        }

    def certificates(self, connection: Connection) -> None:
        """Each is declared by its holder and, where the data say so, confirmed by its issuer; else it is asked to."""
        for one in self.data["certificates"]:
            about, issuer = self._ids[one["subject"]], self._ids[one["issuer"]]
            details = {
                "scheme": one["type"],
                "issued": self._day(one["issued"]).isoformat(),
                "expires": self._day(one["expires"]).isoformat(),
                **self._shifted(_some(one, _CERTIFICATE)),
            }
            holder = about if one["subject"].startswith("org-") else self._producer(one["subject"])
            certificate, _ = declare_certificate(
                connection, about, issuer, details, holder, self.world.notary, self.now
            )
            if one["confirmed"]:
                set_certificate_state(
                    connection, certificate, CertificateState.CONFIRMED, issuer, self.world.notary, self.now
                )
            else:
                ask_confirmation(connection, certificate, holder, self.now)

    def _producer(self, product: str) -> str:
        return self._ids[next(one["org"] for one in self.data["products"] if one["id"] == product)]

    def lots(self, connection: Connection) -> None:
        """All lots first, since lots take goods from each other; then what happened to each."""
        for one in self.data["lots"]:
            details = {
                "made": self._day(one["made"]).isoformat(),
                "expires": self._day(one["expires"]).isoformat() if one["expires"] else None,
                "quantity": one["qty"],
                "unit": one["unit"],
                "plots": [{"code": plot["id"], "area_ha": plot["area_ha"]} for plot in one.get("plots", ())] or None,
                "export": one.get("export"),
            }
            geometry = {plot["id"]: plot["geojson"] for plot in one.get("plots", ())}
            self._ids[one["lot"]], _ = register_lot(
                connection,
                self._ids[one["product"]],
                Lot(one["lot"]),
                details,
                self.world.notary,
                self.now,
                geometry=geometry or None,
            )
        for one in self.data["lots"]:
            events: list[Event] = []
            for event in one["events"]:
                events.append(addressed(self._event(one["lot"], event), events, self._ids))
            capture_many(connection, events, self.world.notary, self.now)

    def _event(self, lot: str, one: Mapping[str, Any]) -> Event:
        return Event(
            lot=self._ids[lot],
            stage=Stage(one["code"]),
            start=self._day(one["start"]),
            end=self._day(one["end"]),
            actor=self._ids[one["actor"]],
            place=self._ids[one["place"]],
            inputs=self._goods(one["inputs"]),
            outputs=self._goods(one["outputs"]),
            label_vi=one["vi"],
            label_en=one["en"],
            kde=self._shifted(one["kde"]),
        )

    def _goods(self, lines: list[list[Any]]) -> tuple[Goods, ...]:
        return tuple(Goods(line[0], line[1], line[2], self._ids[line[3]] if len(line) > 3 else None) for line in lines)

    def recalls(self, connection: Connection) -> None:
        """Recalls by their producers."""
        for one in self.data["recalls"]:
            recall(
                connection,
                self._ids[one["lot"]],
                self._ids[one["by"]],
                self.world.notary,
                self.now,
                day=self._day(one["date"]),
                reason_vi=one["reason_vi"],
                reason_en=one["reason_en"],
                action_vi=one["action_vi"],
                action_en=one["action_en"],
            )

    def inspection(self, connection: Connection) -> None:
        """A lot that was held, looked at and released."""
        load_inspection(connection, self._ids, self._day, self.world.notary, self.now, self.world.serial_key)

    def labels(self, connection: Connection) -> None:
        """A first sheet for every lot whose labels the gate lets through, and a signed one for one lot."""
        issued = [one["lot"] for one in self.data["expected"] if one.get("labels") == "issued"]
        keyring = self.world.keyring(connection)
        for lot in dict.fromkeys(issued):
            for signed in (False, True) if lot == SIGNED_LOT else (False,):
                issue_labels(
                    connection,
                    self._ids[lot],
                    LABELS_A_LOT,
                    self._producer(next(one["product"] for one in self.data["lots"] if one["lot"] == lot)),
                    self.world.notary,
                    keyring,
                    self.world.rulebook,
                    self.now,
                    signed=signed,
                    serial_key=self.world.key_store.current_serial(),
                )

    def question(self, connection: Connection) -> None:
        """What somebody asked, and the answer."""
        producer = self._producer(next(one["product"] for one in self.data["lots"] if one["lot"] == questions.LOT))
        questions.load_question(connection, self._ids[questions.LOT], producer, self.world.host, self.now)

    def scans(self) -> None:
        """Scans spread evenly over their hours, visitors and provinces."""
        for one in self.data["scans"]:
            start, end = (datetime.fromisoformat(one[side]) + self._shift for side in ("from", "to"))
            step = (end - start) / max(one["count"] - 1, 1)
            for number in range(one["count"]):
                name = (number % one["visitors"]).to_bytes(8, "big")
                province = one["provinces"][number % len(one["provinces"])]
                moment = start + number * step
                scan_item(self.world.scans, self._ids[one["lot"]], one["item"], Visitor(name, name), moment, province)

    def _day(self, text: str) -> date:
        return civil_date(text) + self._shift

    def _shifted(self, value: Any) -> Any:
        """The same with every ISO date moved."""
        if isinstance(value, str):
            return _ISO_DATE.sub(lambda found: self._day(found.group()).isoformat(), value)
        if isinstance(value, Mapping):
            return {name: self._shifted(item) for name, item in value.items()}
        return [self._shifted(item) for item in value] if isinstance(value, list) else value


def _some(one: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: one[name] for name in names if one.get(name) is not None}
