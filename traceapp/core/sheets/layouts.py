"""The tables that can be imported: their columns, what they must hold, and by what two rows are one thing.

Titles are part of the format, in Vietnamese and English: a file written by one version is read by the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from traceapp.core.events import Stage
from traceapp.core.sheets.cells import (
    AMOUNT,
    DAY,
    DAYS,
    DOSE,
    GGN,
    GLN,
    LOT,
    NUMBER,
    PHONE,
    PRODUCT_CODE,
    PROVINCE,
    TAX_CODE,
    TEXT,
    TEXTS,
    WHOLE,
    degrees,
)
from traceapp.core.sheets.certificate_forms import problems_of
from traceapp.core.sheets.choices import GROUP, KIND, SCALE, SCHEME, STAGE
from traceapp.core.sheets.goods_text import GOODS
from traceapp.core.sheets.rows import Column, Layout, Values

HOUSEHOLDS = Layout(
    "households",
    (
        Column("code", TEXT, ("Mã hộ", "Household code"), needed=True, example="TC-0001"),
        Column("name", TEXT, ("Họ tên chủ hộ", "Name", "Chủ hộ", "Họ và tên"), needed=True, example="Trần Thị Mẫu"),
        Column("tax_code", TAX_CODE, ("Mã số thuế", "Tax code", "MST", "Số định danh"), example="001190000001"),
        Column("phone", PHONE, ("Điện thoại", "Phone", "Số điện thoại", "SĐT"), example="0900000011"),
        Column(
            "province_code",
            PROVINCE,
            ("Tỉnh", "Province", "Tỉnh, thành", "Tỉnh thành"),
            needed=True,
            example="Thái Nguyên",
        ),
        Column("ward", TEXT, ("Xã, phường", "Commune", "Xã phường", "Xã"), needed=True, example="Xã Tân Cương"),
        Column("ward_code", TEXT, ("Mã xã", "Commune code"), example="05503"),
        Column("scale", SCALE, ("Quy mô", "Scale"), example="Nhỏ"),
        Column("group", GROUP, ("Nhóm sản phẩm", "Product group"), example="Đồ uống"),
    ),
    same=(("code",), ("tax_code",), ("name", "ward", "province_code")),
    apart=("tax_code", "phone"),
)


def _position_whole(values: Values) -> Iterator[tuple[str, str]]:
    for one, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if values[one] is not None and values[other] is None:
            yield other, "other-half"


PLOTS = Layout(
    "plots",
    (
        Column("code", TEXT, ("Mã thửa", "Plot code", "Mã cơ sở", "Mã vùng trồng"), needed=True, example="DG-12"),
        Column("name", TEXT, ("Tên", "Name", "Tên thửa"), needed=True, example="Vườn cam đồi Gió"),
        Column("gln", GLN, ("GLN", "Location code"), example="9520000900038"),
        Column("area_ha", AMOUNT, ("Diện tích (ha)", "Area (ha)"), example="1,3"),
        Column("crop", TEXT, ("Cây trồng, vật nuôi", "Crop", "Cây trồng", "Vật nuôi"), example="Cam Xã Đoài"),
        Column("household", TEXT, ("Mã hộ", "Household code"), example="TC-0001"),
        Column("latitude", degrees(90), ("Vĩ độ", "Latitude"), example="19.2661"),
        Column("longitude", degrees(180), ("Kinh độ", "Longitude"), example="105.2602"),
    ),
    same=(("code",), ("gln",)),
    check=_position_whole,
)

PRODUCTS = Layout(
    "products",
    (
        Column(
            "code",
            PRODUCT_CODE,
            ("Mã sản phẩm", "Product code", "GTIN", "Mã vạch"),
            needed=True,
            example="09520000000127",
        ),
        Column("name_vi", TEXT, ("Tên sản phẩm", "Name"), needed=True, example="Trà búp Đồi Mây"),
        Column("name_en", TEXT, ("Tên tiếng Anh", "English name"), example="Đồi Mây tea"),
        Column("group", GROUP, ("Nhóm sản phẩm", "Product group"), example="Đồ uống"),
        Column("net", TEXT, ("Quy cách", "Net content"), example="200 g"),
        Column("net_value", AMOUNT, ("Định lượng", "Net quantity"), example="200"),
        Column("net_unit", TEXT, ("Đơn vị", "Unit"), example="g"),
        Column("shelf_life_days", WHOLE, ("Hạn dùng (ngày)", "Shelf life (days)"), example="540"),
        Column("standards", TEXTS, ("Tiêu chuẩn", "Standards"), example="TCVN 9740:2013; VietGAP"),
        Column("ingredients_vi", TEXT, ("Thành phần", "Ingredients"), example="Chè búp 100 %"),
        Column("warning_vi", TEXT, ("Cảnh báo", "Warning"), example="Để xa tầm tay trẻ em"),
        Column("storage_vi", TEXT, ("Bảo quản", "Storage"), example="Nơi khô, mát"),
        Column("price_vnd", WHOLE, ("Giá (đồng)", "Price (VND)"), example="145000"),
    ),
    same=(("code",),),
)

_PAPER = (
    Column("scheme", SCHEME, ("Loại giấy", "Scheme"), needed=True, example="OCOP"),
    Column("number", TEXT, ("Số giấy", "Number", "Số hiệu"), needed=True, example="112/QĐ-UBND"),
)
_PAPER_DAYS = (
    Column("issued", DAY, ("Ngày cấp", "Issued"), needed=True, example="28/11/2025"),
    # What stands in brackets is not read: files of before have the title without them.
    Column(
        "expires",
        DAY,
        ("Hết hạn (ngày đầu tiên không còn hiệu lực)", "Expires (the first day it no longer holds)", "Ngày hết hạn"),
        example="28/11/2028",
        note="first-day-without",
    ),
)
_PAPER_REST = (
    Column("scope", TEXT, ("Phạm vi", "Scope"), example="Chè búp tươi"),
    Column("standard", TEXT, ("Tiêu chuẩn", "Standard"), example="TCVN 11892-1"),
    Column("stars", WHOLE, ("Số sao", "Stars"), example="4"),
    Column("score", NUMBER, ("Điểm", "Score"), example="83"),
    Column("kind", KIND, ("Hình thức", "Kind"), example="Cấp mới"),
    Column("decision", TEXT, ("Số quyết định", "Decision"), example="112/QĐ-UBND"),
    Column("ggn", GGN, ("GGN", "GGN number"), example="4000000000006"),
    Column("area_ha", AMOUNT, ("Diện tích (ha)", "Area (ha)"), example="21,4"),
    Column("expected_t", AMOUNT, ("Sản lượng dự kiến (tấn)", "Expected tonnes"), example="190"),
    Column("members", WHOLE, ("Số hộ", "Members"), example="42"),
    Column("category", TEXT, ("Ngành", "Category"), example="C"),
    Column("surveillance", DAYS, ("Ngày giám sát", "Surveillance"), example="02/06/2026; 01/06/2027"),
)


def _paper_right(values: Values) -> Iterator[tuple[str, str]]:
    yield from problems_of({name: value for name, value in values.items() if value is not None})


CERTIFICATES = Layout(
    "certificates",
    (
        *_PAPER,
        Column("about", TEXT, ("Cấp cho", "Given to"), needed=True, example="09520000000127"),
        Column("issuer", TEXT, ("Nơi cấp", "Issuer"), needed=True, example="Hội đồng OCOP cấp tỉnh"),
        *_PAPER_DAYS,
        *_PAPER_REST,
    ),
    same=(("number", "scheme"),),
    check=_paper_right,
)
REGISTER = Layout(
    "register",
    (
        *_PAPER,
        Column("about", TEXT, ("Cấp cho", "Given to"), needed=True, example="09520000000127"),
        *_PAPER_DAYS,
        *_PAPER_REST,
    ),
    same=(("number", "scheme"),),
    check=_paper_right,
)
"""A certifier's own register: the same without the issuer, which is whoever imports it."""


def _entry_whole(values: Values) -> Iterator[tuple[str, str]]:
    if values["end"] is not None and values["end"] < values["start"]:
        yield "end", "ends-before-start"
    for key in _NEEDED_BY.get(Stage(values["stage"]), ()):
        if values[key] in (None, ()):
            yield key, "needed-by-stage"
    if values["value"] is not None and not values["what"]:
        yield "what", "needed-by-value"


_MEASURED = ("what", "value")
_NEEDED_BY: Mapping[Stage, tuple[str, ...]] = {
    Stage.PPP: ("active", "wait_days", "plots"),
    Stage.VETDRUG: ("active", "wait_days", "plots"),
    Stage.SOURCE: ("outputs",),
    Stage.HARVEST: ("outputs", "plots"),
    Stage.CCP: ("ccp", *_MEASURED),
    Stage.TEST: ("report", *_MEASURED),
    Stage.PACK: ("outputs",),
}

_OF_ONE_ENTRY = (
    *("lot", "stage", "start", "end", "plots", "inputs", "outputs"),
    *("active", "ccp", "report", "what", "label"),
)
"""What tells an entry, beside what was used: two things may be spread on one plot in a day."""
DIARY = Layout(
    "diary",
    (
        Column("lot", LOT, ("Lô", "Lot", "Số lô"), needed=True, example="DG1115"),
        Column("stage", STAGE, ("Công đoạn", "Stage"), needed=True, example="Phun thuốc"),
        Column("start", DAY, ("Ngày", "Day", "Ngày bắt đầu", "Từ ngày"), needed=True, example="20/10/2026"),
        Column("end", DAY, ("Đến ngày", "Until", "Ngày kết thúc")),
        Column("label", TEXT, ("Việc đã làm", "What was done"), example="Phun trừ nhện đỏ"),
        Column("plots", TEXTS, ("Thửa", "Plots"), example="DG-12; DG-15"),
        Column("place", TEXT, ("Nơi làm", "Place"), example="9520000900038"),
        Column("inputs", GOODS, ("Đưa vào", "Goods in")),
        Column("outputs", GOODS, ("Làm ra", "Goods out")),
        Column("product", TEXT, ("Tên thuốc, vật tư", "Product used"), example="Abamectin 3.6EC"),
        Column("active", TEXT, ("Hoạt chất", "Active ingredient"), example="Abamectin"),
        Column("wait_days", WHOLE, ("Cách ly (ngày)", "Days to wait"), example="14"),
        Column("dose", DOSE, ("Liều dùng", "Dose"), example="0,25 l/ha"),
        Column("pest", TEXT, ("Trừ gì", "Against"), example="Nhện đỏ"),
        Column("operator", TEXT, ("Người làm", "Done by"), example="TV-04"),
        Column("ccp", TEXT, ("Điểm kiểm soát", "Control point")),
        Column("report", TEXT, ("Số phiếu", "Report number")),
        Column("what", TEXT, ("Chỉ tiêu", "What was measured")),
        Column("value", NUMBER, ("Kết quả", "Value")),
        Column("unit", TEXT, ("Đơn vị đo", "Unit")),
        Column("min", NUMBER, ("Ít nhất", "At least")),
        Column("max", NUMBER, ("Nhiều nhất", "At most")),
        Column("corrective_action", TEXT, ("Cách khắc phục", "Corrective action")),
        Column("verified_by", TEXT, ("Người kiểm lại", "Verified by")),
    ),
    same=((*_OF_ONE_ENTRY, "product"), _OF_ONE_ENTRY),
    apart=("product", "dose"),
    check=_entry_whole,
)

LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {one.kind: one for one in (HOUSEHOLDS, PLOTS, PRODUCTS, CERTIFICATES, DIARY, REGISTER)}
)
OWN_KINDS = ("households", "plots", "products", "certificates", "diary")
"""What a producer imports; a certifier imports its register."""
