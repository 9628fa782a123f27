"""The words of both languages, and the short ones that are looked up by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from traceapp.i18n import words_en, words_vi

WORDS: Mapping[str, ModuleType] = {"vi": words_vi, "en": words_en}


def scheme_name(scheme: str, lang: str) -> str:
    """What a certificate scheme is called."""
    return str(WORDS[lang].SCHEMES.get(scheme, scheme))


def stage_name(stage: str, lang: str) -> str:
    """What a stage is called where its entry has no label of its own."""
    return str(WORDS[lang].STAGES[stage])


def disclosed_item(key: str, lang: str) -> str:
    """What one of the ten items of disclosure is called."""
    return str(WORDS[lang].ITEMS[key])


def phrase(name: str, lang: str) -> str:
    """One of the short phrases that sentences are put together from."""
    return str(WORDS[lang].PHRASES[name])
