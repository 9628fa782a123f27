"""Searching among as many products as there are: 17,000, with made-up names, beside a scan with LIKE.

The scan is what one would do without an index, and less than ours does: it looks at folded product names only, knows
neither producers nor places nor stars, and puts nothing into an order. Both count all they find.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path

from sqlalchemy import Connection

from bench.figures import ROUNDS, Figure, Rounds, seconds
from bench.worlds import new_world
from traceapp.core.folding import fold
from traceapp.core.identifiers import Gtin, check_digit
from traceapp.core.places import PROVINCES
from traceapp.core.registers import say_product
from traceapp.core.statements import record_uuid
from traceapp.db import driver
from traceapp.db.tables import products
from traceapp.services.certificates.statements import declare_certificate
from traceapp.services.records.signing import record
from traceapp.services.registry.registers import register_organisation
from traceapp.services.search.queries import Asked, rebuild, search
from traceapp.services.world import World

PRODUCTS = 17_000
PRODUCERS = 850
WITH_STARS = 2_000
BATCH = 500
SUGGESTED = 8
ASKED = 400
MOST_OF_A_SCAN = 1.25
MOST_OF_A_SCAN_P99 = 4.0

_GOODS = (
    "Chè búp", "Cà phê bột", "Mật ong rừng", "Nước mắm", "Gạo nếp", "Bưởi da xanh", "Cam sành", "Kẹo dừa",
    "Bánh tráng", "Miến dong", "Rượu mận", "Măng khô", "Tinh dầu sả", "Trà sen", "Hạt điều", "Tiêu đen", "Muối tôm",
    "Cá khô", "Mực một nắng", "Khăn lụa", "Ấm gốm", "Giò lụa", "Tương ớt", "Nấm hương", "Bột nghệ", "Đường phên",
    "Lạp xưởng", "Chuối sấy", "Mít sấy", "Sâm củ", "Dầu lạc", "Bún khô", "Buổi sáng", "Yến sào",
)  # fmt: skip
_FIRST = (
    "Đồi", "Suối", "Bến", "Lò", "Vịnh", "Núi", "Rừng", "Làng", "Bản", "Đèo", "Hồ", "Thác", "Ruộng", "Vườn", "Nương",
    "Gò", "Đảo", "Cồn", "Mường", "Thung",
)  # fmt: skip
_SECOND = (
    "Mây", "Ngàn", "Trăng", "Sao", "Gió", "Hoa", "Đá", "Xanh", "Vàng", "Bạc", "Ngọc", "Sương", "Nắng", "Quế", "Trầm",
    "Sen", "Lụa", "Thuỷ", "Hoà", "Đường", "Rạng", "Thắm", "Biếc", "Hồng", "Nguyệt",
)  # fmt: skip
_KIND = (
    "HTX", "Cơ sở", "Hộ kinh doanh", "Tổ hợp tác", "Công ty",
)  # fmt: skip
_WHAT_IS_TYPED = (
    "ca phe", "cà phê", "cà phê đắk lắk", "ca", "mat ong", "mật ong đá", "buoi", "bưởi", "bưởi da xanh doi",
    "nuoc mam", "htx", "htx doi may", "chè búp suối ngàn", "che bup suoi n", "4 sao", "5 sao đà nẵng", "ocop cam",
    "hoà", "thuỷ hoà", "dak lak", "thung sen", "lang lua 4 sao", "0952000000", "gao nep ben tre", "xyz",
    "khong co dau", "tra", "muoi t",
)  # fmt: skip


def main() -> list[Figure]:
    """Register, file, ask."""
    with new_world() as world:
        _register(world)
        with world.write() as connection:
            build = seconds(lambda: rebuild(connection))
        typical, rare = Rounds(), Rounds()
        with world.read() as connection:
            for _ in range(ROUNDS):
                ours, floor = _ours(connection, world.clock()), _scans(connection)
                typical.add(statistics.median(ours), statistics.median(floor))
                rare.add(_percentile(ours), _percentile(floor))
            size = _size(connection)
        whole = Path(str(world.engine.url.database)).stat().st_size / 1e6
    return [
        typical.figure("search p50, beside a LIKE scan", MOST_OF_A_SCAN, unit="ms", at_most=True),
        rare.figure("search p99, beside a LIKE scan", MOST_OF_A_SCAN_P99, unit="ms", at_most=True),
        Figure("search index is made anew", build, None, build, None, "s"),
        Figure("search index", size, whole, size / whole, None, "MB"),
    ]


def _register(world: World) -> None:
    """As the services would, but many records to an append: only what is registered is wanted here."""
    now, notary = world.clock(), world.notary
    with world.write() as connection:
        council, _ = register_organisation(connection, {"role": "council", "name": "Hội đồng OCOP"}, notary, now)
        makers = [register_organisation(connection, one, notary, now)[0] for one in _makers()]
        made = [(_gtin(number), name, makers[number % len(makers)]) for number, name in enumerate(_names())]
        for at in range(0, PRODUCTS, BATCH):
            _register_some(connection, world, made[at : at + BATCH])
        for number, (code, _, _) in enumerate(made[:WITH_STARS]):
            decision = {"scheme": "OCOP", "number": f"QD-{number}", "issued": "2026-01-01", "stars": 3 + number % 3}
            about = f"https://{world.host}/01/{code}"
            declare_certificate(connection, about, council, decision, council, notary, now)


def _register_some(connection: Connection, world: World, some: list[tuple[Gtin, str, str]]) -> None:
    said = [
        say_product(f"https://{world.host}/01/{code}", maker, {"name_vi": name, "code": code}, role="producer")
        for code, name, maker in some
    ]
    receipts = record(connection, said, world.notary, world.clock())
    rows = [
        (f"https://{world.host}/01/{code}", str(code), maker, record_uuid(receipt.record_id))
        for (code, _, maker), receipt in zip(some, receipts, strict=True)
    ]
    driver.insert(connection, products, rows)


def _makers() -> Iterator[dict[str, str]]:
    codes = sorted(PROVINCES)
    for number in range(PRODUCERS):
        first, second = _FIRST[number % len(_FIRST)], _SECOND[number * 7 % len(_SECOND)]
        yield {
            "role": "producer",
            "name": f"{_KIND[number % len(_KIND)]} {first} {second}",
            "ward": f"Xã {_SECOND[number % len(_SECOND)]} {_FIRST[number * 3 % len(_FIRST)]}",
            "province_code": codes[number % len(codes)],
        }


def _names() -> Iterator[str]:
    """Every thing of every place, in an order that mixes them."""
    places = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    step = len(_GOODS) * len(places) // 3 + 1
    for number in range(PRODUCTS):
        at = number * step % (len(_GOODS) * len(places))
        yield f"{_GOODS[at % len(_GOODS)]} {places[at // len(_GOODS)]}"


def _gtin(number: int) -> Gtin:
    digits = f"0952{number:09}"
    return Gtin(digits + check_digit(digits))


def _ours(connection: Connection, now: datetime) -> list[float]:
    return _each(lambda text: search(connection, Asked(text), now, most=SUGGESTED))


def _scans(connection: Connection) -> list[float]:
    sql = "SELECT code, count(*) OVER () FROM search_documents WHERE sort_name LIKE ? LIMIT ?"
    return _each(lambda text: driver.run(connection, sql, (f"%{fold(text)}%", SUGGESTED)))


def _each(ask: Callable[[str], object]) -> list[float]:
    """Milliseconds of each question."""
    taken = []
    for text in islice(cycle(_WHAT_IS_TYPED), ASKED):
        begun = time.perf_counter()
        ask(text)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def _percentile(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[98]


def _size(connection: Connection) -> float:
    """Megabytes of everything that is filed."""
    sql = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search_%' OR name LIKE 'sqlite_autoindex_search_%'"
    return float(driver.run(connection, sql)[0][0]) / 1e6
