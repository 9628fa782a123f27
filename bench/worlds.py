"""Services to measure, in temporary folders, and what is recorded in them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from traceapp.config import Settings
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.identifiers import Gln, Gtin, Lot
from traceapp.db import driver
from traceapp.services.labels.runs import issue_labels, item_path
from traceapp.services.operating.setup import initialise
from traceapp.services.registry.registers import (
    register_facility,
    register_lot,
    register_organisation,
    register_product,
)
from traceapp.services.world import World

HOST = "bench.localhost"
FIRST_DAY = date(2026, 3, 1)


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="traceapp-bench-") as made:
        yield Path(made)


def environment(where: Path, database: str = "") -> dict[str, str]:
    """The settings of a service in that folder, on SQLite there or on the `database` of that address."""
    return {
        "TRACEAPP_DATA_DIR": str(where / "data"),
        "TRACEAPP_KEYS_DIR": str(where / "keys"),
        "TRACEAPP_IDENTITY": HOST,
        **({"TRACEAPP_DATABASE_URL": database} if database else {}),
    }


@contextmanager
def made_world(where: Path, database: str = "") -> Iterator[World]:
    """An initialised, empty service in that folder, on SQLite or on that `database`."""
    world = World(Settings.from_env(environment(where, database)))
    initialise(world)
    yield world
    world.engine.dispose()


@contextmanager
def new_world() -> Iterator[World]:
    """The same in a folder of its own."""
    with folder() as where, made_world(where) as world:
        yield world


def demo_paths(where: Path) -> list[str]:
    """The paths of every lot of the demonstration in that folder."""
    world = World(Settings.from_env(environment(where)))
    with world.read() as connection:
        found = [row[0] for row in driver.run(connection, "SELECT id FROM lots ORDER BY id")]
    world.engine.dispose()
    return [lot.partition(world.host)[2] for lot in found]


@dataclass(frozen=True, slots=True)
class Farm:
    """A producer with its place, a product and its lots, by id."""

    producer: str
    place: str
    product: str
    lots: tuple[str, ...]


def register_farm(world: World, lots: int = 10) -> Farm:
    """A tea producer with `lots` lots."""
    now = world.clock()
    with world.write() as connection:
        details = {"name": "HTX Chè Đồi Mây", "role": "producer", "province_code": "19", "ward": "Xã Tân Cương"}
        producer, _ = register_organisation(connection, details, world.notary, now)
        facility = {"name": "Đồi chè", "gln": Gln("9520000900021"), "latitude": 21.55, "longitude": 105.75}
        place, _ = register_facility(connection, producer, facility, world.notary, now)
        named = {"name_vi": "Trà búp Đồi Mây", "net": "200 g", "net_value": 200, "net_unit": "g"}
        product, _ = register_product(connection, producer, Gtin("09520000000127"), named, world.notary, now)
        made = {"made": (FIRST_DAY + timedelta(20)).isoformat(), "quantity": 920, "unit": "gói"}
        ids = [
            register_lot(connection, product, Lot(f"DM{number:04}"), made, world.notary, now)[0]
            for number in range(1, lots + 1)
        ]
    return Farm(producer, place, product, tuple(ids))


def label_paths(world: World, farm: Farm, count: int, shown: int | None = None) -> list[str]:
    """The paths printed on `shown` of the labels issued for the first lot, spread over all `count` of them."""
    with world.write() as connection:
        run, _ = issue_labels(
            connection,
            farm.lots[0],
            count,
            farm.producer,
            world.notary,
            world.keyring(connection),
            world.rulebook,
            world.clock(),
            signed=False,
            serial_key=world.key_store.current_serial(),
        )
    step = count // (shown or count)
    return [item_path(run, item, world.serial_key) for item in range(1, count + 1, step)]


def great_harvest(farm: Farm, packs: int) -> list[Event]:
    """What it takes to pack that many packs of 200 g for the first lot."""
    dry = packs // 5
    steps = (
        (18, Stage.HARVEST, "", f"búp tươi, {dry * 5}", {"plot": "DM-05"}),
        (19, Stage.PROCESS, f"búp tươi, {dry * 5}", f"chè khô, {dry}", {}),
        (20, Stage.PACK, f"chè khô, {dry}", f"gói 200 g, {packs}", {}),
    )
    return [
        Event(
            farm.lots[0],
            stage,
            FIRST_DAY + timedelta(after),
            FIRST_DAY + timedelta(after),
            farm.producer,
            farm.place,
            _goods(taken),
            _goods(made),
            kde=kde,
        )
        for after, stage, taken, made, kde in steps
    ]


_SEASON: tuple[tuple[int, Stage, str, str, str, str, Mapping[str, Any]], ...] = (
    (0, Stage.FERT, "Bón phân hữu cơ", "Organic fertiliser", "", "", {"dose": "800 kg/ha", "plot": "DM-05"}),
    (
        2,
        Stage.PPP,
        "Phun Azadirachtin, cách ly 3 ngày",
        "Azadirachtin, PHI 3 d",
        "",
        "",
        {"active": "Azadirachtin", "dose": "0,6 l/ha", "phi_days": 3, "operator": "TV-11", "plot": "DM-05"},
    ),
    (18, Stage.HARVEST, "Thu hái 1 tôm 2 lá", "Plucking", "", "búp tươi, 880", {"pickers": 14, "plot": "DM-05"}),
    (
        19,
        Stage.PROCESS,
        "Làm héo, diệt men, vò, sao khô",
        "Wither, fix, roll, dry",
        "búp tươi, 880",
        "chè khô, 184",
        {"fix_temp_c": 220, "moisture_pct": 5.1},
    ),
    (
        19,
        Stage.CCP,
        "Giám sát sấy",
        "Drying check",
        "",
        "",
        {
            "ccp": "CCP1",
            "checks": [{"what": "nhiệt độ sấy", "unit": "°C", "min": 90, "max": 120, "value": 104.5}],
            "by": "NV-03",
        },
    ),
    (20, Stage.PACK, "Hút chân không, dán QR", "Vacuum pack & QR", "chè khô, 184", "gói 200 g, 920", {}),
)


def season(farm: Farm, count: int) -> list[Event]:
    """`count` events of a tea harvest: spraying, picking, drying, packing, over all lots."""
    return [_event(farm, number) for number in range(count)]


def _event(farm: Farm, number: int) -> Event:
    after, stage, vi, en, taken, made, kde = _SEASON[number % len(_SEASON)]
    day = FIRST_DAY + timedelta(days=after)
    return Event(
        lot=farm.lots[number // len(_SEASON) % len(farm.lots)],
        stage=stage,
        start=day,
        end=day,
        actor=farm.producer,
        place=farm.place,
        inputs=_goods(taken),
        outputs=_goods(made),
        label_vi=vi,
        label_en=en,
        kde=kde,
    )


def _goods(text: str) -> tuple[Goods, ...]:
    if not text:
        return ()
    name, _, quantity = text.rpartition(", ")
    return (Goods(name, float(quantity), "gói" if name.startswith("gói") else "kg"),)
