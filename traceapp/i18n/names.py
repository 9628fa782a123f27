"""What a product is called in the reader's language; a record may give it an English name beside its own."""

from __future__ import annotations

from collections.abc import Mapping


def name_in(lang: str, vi: str, en: str | None) -> str:
    """The English name for a reader of English, where there is one; else the Vietnamese."""
    return (en if lang == "en" else None) or vi


def told_name(told: Mapping[str, object], lang: str) -> str:
    """The same of what a product's record says; empty where it names none."""
    return name_in(lang, str(told.get("name_vi") or ""), str(told.get("name_en") or ""))
