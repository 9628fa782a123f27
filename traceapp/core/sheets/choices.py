"""What is chosen from a list: the names that our files have, in Vietnamese, and what each is called in English."""

from __future__ import annotations

from traceapp.core.sheets.cells import choice
from traceapp.core.sheets.certificate_forms import KINDS

GROUPS = (
    "Thực phẩm",
    "Đồ uống",
    "Dược liệu và sản phẩm từ dược liệu",
    "Thủ công mỹ nghệ",
    "Sinh vật cảnh",
    "Dịch vụ du lịch",
)
"""The programme's six groups of products."""
SCALES = {"micro": "Siêu nhỏ", "small": "Nhỏ", "medium": "Vừa", "large": "Lớn"}
_STAGES = {
    "PLOT": "Vùng trồng",
    "SEED": "Giống",
    "INPUT": "Vật tư",
    "FERT": "Bón phân",
    "PPP": "Phun thuốc",
    "FEED": "Cho ăn",
    "VETDRUG": "Thuốc thú y",
    "SOURCE": "Mua nguyên liệu",
    "HARVEST": "Thu hoạch",
    "MIX": "Phối trộn",
    "FERMENT": "Ủ",
    "DRAW": "Kéo rút",
    "PROCESS": "Chế biến",
    "PACKHOUSE": "Sơ chế",
    "CCP": "Canh giới hạn an toàn",
    "TEST": "Kiểm nghiệm",
    "STORE": "Lưu kho",
    "PACK": "Đóng gói",
    "SHIP": "Xuất hàng",
    "RECEIVE": "Nhận hàng",
    "SELL": "Bán hàng",
}
_SCHEMES = {
    "VIETGAP": "VietGAP",
    "GLOBALGAP": "GlobalG.A.P.",
    "HACCP": "HACCP",
    "ISO22000": "ISO 22000",
    "ORGANIC": "Hữu cơ",
    "OCOP": "OCOP",
    "TEST": "Phiếu kiểm nghiệm",
}
_KINDS = dict(zip(KINDS, ("Cấp mới", "Công nhận lại", "Nâng hạng", "Tiềm năng 5 sao"), strict=True))

_GROUPS_EN = (
    "Food",
    "Drinks",
    "Medicinal herbs and products of them",
    "Crafts",
    "Ornamental plants, animals",
    "Tourism",
)
_SCALES_EN = {"micro": "Micro", "small": "Small", "medium": "Medium", "large": "Large"}
_STAGES_EN = {
    "PLOT": "Growing area",
    "SEED": "Seed",
    "INPUT": "Supplies",
    "FERT": "Fertilising",
    "PPP": "Spraying",
    "FEED": "Feeding",
    "VETDRUG": "Veterinary drug",
    "SOURCE": "Buying in",
    "HARVEST": "Harvest",
    "MIX": "Mixing",
    "FERMENT": "Fermenting",
    "DRAW": "Drawing off",
    "PROCESS": "Processing",
    "PACKHOUSE": "Grading",
    "CCP": "Safety limits",
    "TEST": "Laboratory test",
    "STORE": "Storing",
    "PACK": "Packing",
    "SHIP": "Sending",
    "RECEIVE": "Receiving",
    "SELL": "Selling",
}
_SCHEMES_EN = {"ORGANIC": "Organic", "TEST": "Test report"}
_KINDS_EN = dict(zip(KINDS, ("New", "Re-recognition", "Upgrade", "Potential 5 stars"), strict=True))

GROUP = choice("choice", {name: name for name in GROUPS}, dict(zip(GROUPS, _GROUPS_EN, strict=True)))
SCALE = choice("choice", SCALES, _SCALES_EN)
STAGE = choice("choice", _STAGES, _STAGES_EN)
SCHEME = choice("choice", _SCHEMES, _SCHEMES_EN)
KIND = choice("choice", _KINDS, _KINDS_EN)
