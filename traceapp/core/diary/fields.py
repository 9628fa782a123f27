"""The diary's forms: for each stage its fields, once, with kind, unit, whether they are needed, and both languages.

A field's name is the name it has in the event's data (`kde`), or `inputs` and `outputs` for goods. What a stage cannot
be recorded without is said in core/events.py (NEEDS) and who is a person (PERSONAL) too: neither is repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from traceapp.core.events import NEEDS, PERSONAL, Stage

Words = tuple[str, str]
"""Vietnamese, English."""


class Kind(StrEnum):
    """How a field is asked for and read."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    WARMTH = "warmth"
    COUNT = "count"
    PACKS = "packs"
    WAIT = "wait"
    DOSE = "dose"
    AMOUNT = "amount"
    DAY = "day"
    TIME = "time"
    CHOICE = "choice"
    PLOTS = "plots"
    GOODS = "goods"
    CHECKS = "checks"


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `aside` ones are asked further below: few need them. `choices` maps a value to its words.
    A dose is typed with a unit of its own: `unit` is a sample of one."""

    name: str
    kind: Kind
    label: Words
    unit: Words = ("", "")
    hint: Words = ("", "")
    needed: bool = False
    aside: bool = False
    choices: Mapping[str, Words] | None = None

    @property
    def is_person(self) -> bool:
        """Whether it names somebody: such a value stays outside signed bytes."""
        return self.name in PERSONAL


@dataclass(frozen=True, slots=True)
class Form:
    """One stage's form. `lasts`: it may take more than a day."""

    stage: Stage
    day: Words
    fields: tuple[Field, ...]
    lasts: bool = False

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((one for one in self.fields if one.name == name), None)

    def needs(self, field: Field) -> bool:
        """Whether the entry is incomplete without it."""
        names = {"plot": "plots"}
        return field.needed or field.name in {names.get(need, need) for need in NEEDS.get(self.stage, ())}


HAZARDS: Mapping[str, Words] = {
    "biological": ("Sinh học", "Biological"),
    "chemical": ("Hóa học", "Chemical"),
    "physical": ("Vật lý", "Physical"),
    "allergen": ("Dị ứng", "Allergen"),
}
DISPOSITIONS: Mapping[str, Words] = {
    "reworked": ("Làm lại", "Reworked"),
    "held": ("Giữ lại chờ xem", "Held back"),
    "destroyed": ("Bỏ đi", "Destroyed"),
    "released": ("Vẫn dùng, có lý do", "Released, with a reason"),
}

_HA: Words = ("ha", "ha")
_NOT_PUBLIC: Words = ("Không hiện ra công khai, xóa được.", "Never public.")
_CODE_NOT_NAME: Words = ("Mã người làm là đủ. Không hiện ra công khai, xóa được.", "A code will do. Never public.")


def _plots(label: Words = ("Thửa nào?", "Which plots?")) -> Field:
    return Field("plots", Kind.PLOTS, label, needed=True)


def _person(name: str, label: Words, *, aside: bool = False) -> Field:
    return Field(name, Kind.TEXT, label, hint=_CODE_NOT_NAME, aside=aside)


def _dose(sample: Words, hint: Words = ("Xem trên nhãn", "See the label")) -> Field:
    return Field("dose", Kind.DOSE, ("Liều dùng", "Dose"), sample, hint)


_WHAT_WENT_IN = Field(
    "inputs", Kind.GOODS, ("Đã dùng những gì?", "What went in?"), hint=("Tên, số lượng, đơn vị", "Name, amount, unit")
)
_WHAT_CAME_OUT = Field(
    "outputs",
    Kind.GOODS,
    ("Được những gì?", "What came out?"),
    hint=("Tên, số lượng, đơn vị", "Name, amount, unit"),
    needed=True,
)
_WARMTH = Field("temp_c", Kind.WARMTH, ("Nhiệt độ", "Temperature"), ("°C", "°C"), aside=True)
_HOURS = Field("hours", Kind.NUMBER, ("Mấy giờ?", "How many hours?"), ("giờ", "hours"), aside=True)
_MOISTURE = Field("moisture_pct", Kind.NUMBER, ("Độ ẩm", "Moisture"), ("%", "%"), aside=True)
_VAT = Field("vat", Kind.TEXT, ("Thùng, bể nào?", "Which vat?"))
_MAKER = _person("maker", ("Người làm", "Who did it"), aside=True)
_SELLER = Field(
    "seller",
    Kind.TEXT,
    ("Mua của ai?", "Bought from"),
    hint=("Tên cơ sở, hoặc mã hộ. Đừng ghi tên người.", "A business, or a household's code. No person's name."),
)
_SELLERS_LOT = Field("supplier_lot", Kind.TEXT, ("Số lô của bên bán", "The seller's lot"), aside=True)
_EXPIRES = Field("expires", Kind.DAY, ("Hạn dùng", "Use by"), aside=True)
_NOTE = Field("note", Kind.LONG, ("Ghi thêm", "Note"), aside=True)
_AMOUNT = Field("quantity", Kind.AMOUNT, ("Số lượng", "Quantity"))
_HOW_MANY = Field("qty", Kind.PACKS, ("Bao nhiêu gói?", "How many packs?"))
_PAPER = Field("document", Kind.TEXT, ("Số phiếu", "Document number"), aside=True)
_VEHICLE = Field("vehicle", Kind.TEXT, ("Xe, biển số", "Vehicle"), hint=_NOT_PUBLIC, aside=True)
_TRADE = Field("trade", Kind.TEXT, ("Tên thuốc", "Trade name"))
_ACTIVE = Field("active", Kind.TEXT, ("Hoạt chất", "Active ingredient"), hint=("Ghi trên nhãn", "On the label"))
_CULTIVAR = Field("cultivar", Kind.TEXT, ("Giống", "Variety"))
_PRODUCT = Field("product_name", Kind.TEXT, ("Tên trên bao, chai", "Name on the bag or bottle"), needed=True)


def _form(stage: Stage, day: Words, *fields: Field, lasts: bool = False) -> Form:
    return Form(stage, day, (*fields, _NOTE), lasts)


def _bought(stage: Stage, *more: Field) -> Form:
    day = ("Ngày mua", "Day bought")
    return _form(stage, day, *more, _PRODUCT, _AMOUNT, _SELLER, _SELLERS_LOT, _EXPIRES)


def _made(stage: Stage, *more: Field, day: Words = ("Ngày bắt đầu", "First day")) -> Form:
    return _form(stage, day, _WHAT_WENT_IN, _WHAT_CAME_OUT, *more, _WARMTH, _HOURS, _MOISTURE, _MAKER, lasts=True)


def _handed_over(stage: Stage, day: Words, other: Field) -> Form:
    return _form(stage, day, other, _HOW_MANY, _PAPER, _WARMTH, _VEHICLE)


_ALL = (
    _form(
        Stage.PPP,
        ("Ngày phun", "Day of spraying"),
        _plots(),
        _TRADE,
        _ACTIVE,
        Field("pest", Kind.TEXT, ("Trừ con gì, bệnh gì?", "Against what?")),
        _dose(("l/ha", "l/ha"), ("Xem trên nhãn chai", "See the bottle")),
        Field(
            "phi_days",
            Kind.WAIT,
            ("Thời gian cách ly", "Days before harvest"),
            ("ngày", "days"),
            ("Số ngày in trên nhãn, mỗi thuốc một khác", "As printed on the label; each product has its own"),
        ),
        Field("water_l", Kind.NUMBER, ("Lượng nước", "Water"), ("lít", "litres"), aside=True),
        Field("area_ha", Kind.NUMBER, ("Diện tích phun", "Area sprayed"), _HA, aside=True),
        Field("equipment", Kind.TEXT, ("Bình, máy phun", "Sprayer"), aside=True),
        _person("operator", ("Người phun", "Who sprayed")),
    ),
    _form(
        Stage.FERT,
        ("Ngày bón", "Day"),
        _plots(),
        Field("product_name", Kind.TEXT, ("Phân gì?", "Which fertiliser?"), needed=True),
        _dose(("kg/ha", "kg/ha")),
        Field("method", Kind.TEXT, ("Bón cách nào?", "How?")),
        _person("operator", ("Người bón", "Who did it"), aside=True),
    ),
    _form(
        Stage.HARVEST,
        ("Ngày bắt đầu hái", "First day of harvest"),
        _plots(),
        Field("outputs", Kind.GOODS, ("Thu được gì?", "What was harvested?")),
        Field("pickers", Kind.COUNT, ("Mấy người hái?", "How many pickers?"), aside=True),
        _person("crew", ("Tổ hái", "Crew"), aside=True),
        lasts=True,
    ),
    _form(
        Stage.PACK,
        ("Ngày đóng gói", "Day packed"),
        _WHAT_WENT_IN,
        Field("outputs", Kind.GOODS, ("Đóng được bao nhiêu?", "How many packs?")),
        _person("operator", ("Người đóng", "Who packed"), aside=True),
    ),
    _handed_over(
        Stage.SHIP, ("Ngày giao", "Day sent"), Field("to", Kind.TEXT, ("Giao cho ai?", "Sent to"), needed=True)
    ),
    _form(
        Stage.CCP,
        ("Ngày đo", "Day measured"),
        Field("ccp", Kind.TEXT, ("Điểm nào?", "Which point?")),
        Field("checks", Kind.CHECKS, ("Đo được", "Measured")),
        Field("time", Kind.TIME, ("Lúc mấy giờ?", "At what time?"), hint=("Ví dụ 14:30", "For example 14:30")),
        Field("instrument", Kind.TEXT, ("Đo bằng gì?", "Instrument"), aside=True),
        Field("calibrated", Kind.DAY, ("Hiệu chuẩn ngày", "Calibrated on"), aside=True),
        _person("by", ("Người đo", "Who measured")),
        Field("corrective_action", Kind.LONG, ("Đã xử lý thế nào?", "What was done about it?")),
        Field("affected", Kind.TEXT, ("Phần hàng nào bị?", "Which goods?")),
        Field("disposition", Kind.CHOICE, ("Hàng đó rồi sao?", "What became of them?"), choices=DISPOSITIONS),
        _person("verified_by", ("Người kiểm tra lại", "Who verified it")),
    ),
    _form(
        Stage.PLOT,
        ("Từ ngày", "Since"),
        _plots(("Mã thửa", "Plot code")),
        _CULTIVAR,
        Field("area_ha", Kind.NUMBER, ("Diện tích", "Area"), _HA),
        Field("soil_test", Kind.TEXT, ("Kết quả kiểm đất", "Soil test")),
        Field("water_test", Kind.TEXT, ("Kết quả kiểm nước", "Water test")),
    ),
    _bought(Stage.SEED, _CULTIVAR),
    _bought(Stage.INPUT),
    _bought(Stage.FEED, Field("plots", Kind.PLOTS, ("Đàn, chuồng, ao nào?", "Which herd, pen or pond?"))),
    _form(
        Stage.VETDRUG,
        ("Ngày dùng thuốc", "Day given"),
        _plots(("Đàn, chuồng, thùng ong nào?", "Which animals or hives?")),
        _TRADE,
        _ACTIVE,
        Field("pest", Kind.TEXT, ("Trị bệnh gì?", "Against what?")),
        _dose(("ml/con", "ml/animal")),
        Field(
            "withdrawal_days",
            Kind.WAIT,
            ("Ngừng thuốc mấy ngày?", "Withdrawal days"),
            ("ngày", "days"),
            ("Số ngày in trên nhãn", "As printed on the label"),
        ),
        _person("operator", ("Người cho thuốc", "Who gave it")),
    ),
    _form(
        Stage.SOURCE,
        ("Ngày mua", "Day bought"),
        Field("outputs", Kind.GOODS, ("Mua được gì?", "What was bought?")),
        _SELLER,
        _SELLERS_LOT,
        Field("catch_area", Kind.TEXT, ("Đánh bắt ở đâu?", "Caught where?"), aside=True),
        Field("landing_port", Kind.TEXT, ("Cập cảng nào?", "Landed where?"), aside=True),
        _EXPIRES,
        _VEHICLE,
    ),
    _made(Stage.PACKHOUSE),
    _made(Stage.PROCESS),
    _made(Stage.MIX),
    _form(Stage.FERMENT, ("Ngày bắt đầu ủ", "First day"), _VAT, _WARMTH, _MAKER, lasts=True),
    _made(Stage.DRAW, _VAT),
    _form(
        Stage.STORE,
        ("Vào kho ngày", "In on"),
        Field("store", Kind.TEXT, ("Kho nào?", "Which store?"), needed=True),
        Field("temp_c", Kind.WARMTH, ("Nhiệt độ kho", "Temperature"), ("°C", "°C")),
        lasts=True,
    ),
    _form(
        Stage.TEST,
        ("Ngày có kết quả", "Day of the report"),
        Field("laboratory", Kind.TEXT, ("Phòng thử nghiệm", "Laboratory")),
        Field("report", Kind.TEXT, ("Số phiếu", "Report number")),
        Field("results", Kind.CHECKS, ("Kết quả đo", "Results")),
    ),
    _handed_over(
        Stage.RECEIVE,
        ("Ngày nhận", "Day received"),
        Field("sender", Kind.TEXT, ("Nhận của ai?", "Received from"), needed=True),
    ),
    _form(
        Stage.SELL,
        ("Từ ngày", "Since"),
        Field("outlet", Kind.TEXT, ("Bán ở đâu?", "Where?"), needed=True),
        _HOW_MANY,
        lasts=True,
    ),
)
FORMS: Mapping[Stage, Form] = {form.stage: form for form in _ALL}
"""Every stage that is written into a diary, the most frequent first. A recall is no entry: it is an act of its own."""


def say(words: Words, lang: str) -> str:
    """The words in a language."""
    return words[0] if lang == "vi" else words[1]
