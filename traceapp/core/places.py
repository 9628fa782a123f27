"""The 34 provinces and centrally run cities since 1 July 2025, and how a place is called."""

from __future__ import annotations

from traceapp.core.facts import OrganisationFact

PROVINCES = {
    "01": "Hà Nội",
    "04": "Cao Bằng",
    "08": "Tuyên Quang",
    "11": "Điện Biên",
    "12": "Lai Châu",
    "14": "Sơn La",
    "15": "Lào Cai",
    "19": "Thái Nguyên",
    "20": "Lạng Sơn",
    "22": "Quảng Ninh",
    "24": "Bắc Ninh",
    "25": "Phú Thọ",
    "31": "Hải Phòng",
    "33": "Hưng Yên",
    "37": "Ninh Bình",
    "38": "Thanh Hóa",
    "40": "Nghệ An",
    "42": "Hà Tĩnh",
    "44": "Quảng Trị",
    "46": "Huế",
    "48": "Đà Nẵng",
    "51": "Quảng Ngãi",
    "52": "Gia Lai",
    "56": "Khánh Hòa",
    "66": "Đắk Lắk",
    "68": "Lâm Đồng",
    "75": "Đồng Nai",
    "79": "TP. Hồ Chí Minh",
    "80": "Tây Ninh",
    "82": "Đồng Tháp",
    "86": "Vĩnh Long",
    "91": "An Giang",
    "92": "Cần Thơ",
    "96": "Cà Mau",
}


def place_parts(organisation: OrganisationFact | None) -> tuple[str, ...]:
    """Commune, then province, as far as they are known."""
    if organisation is None:
        return ()
    known = (organisation.ward, PROVINCES.get(organisation.province_code or ""))
    return tuple(part for part in known if part)


def place_of(organisation: OrganisationFact | None) -> str:
    """Commune and province; communes share names, so the province always stands beside one. Empty when unknown."""
    return ", ".join(place_parts(organisation))
