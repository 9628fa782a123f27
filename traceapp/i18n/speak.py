"""From a finding to its words: its variant is chosen, its numbers are written out, its sentence is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from string import Formatter

from traceapp.core.facts import Facts
from traceapp.core.findings import Finding, Mark
from traceapp.core.verdict import Verdict
from traceapp.i18n.formats import show_date, show_time
from traceapp.i18n.values import elsewhere, values_of
from traceapp.i18n.variants import headline_variant, variant
from traceapp.i18n.words import WORDS, phrase

_ANNOUNCED = frozenset({"lot-recalled", "input-recalled"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """One finding in words: `strong` is set off, `rest` follows it and brings its own space or punctuation."""

    strong: str
    rest: str

    @property
    def text(self) -> str:
        """The whole sentence, plain."""
        return self.strong + self.rest


@dataclass(frozen=True, slots=True)
class Headline:
    """The mat's two lines: what was found, and who says so or what to do."""

    title: str
    lead: str


def sentence(finding: Finding, facts: Facts, lang: str) -> Sentence:
    """The line a finding gets on a page, on a label's back, on the command line."""
    strong, rest = WORDS[lang].SENTENCES[variant(finding)]
    values = values_of(finding, facts, lang)
    return Sentence(strong.format_map(values), rest.format_map(values) + elsewhere(finding, facts, lang))


def told_of(finding: Finding, lang: str) -> tuple[object, ...]:
    """What a finding's sentence is made of: two findings about one thing that agree in this are told alike."""
    name, data = variant(finding), finding.data
    own, of_the_thing = _fields(name, lang)
    if data.keys() >= own:
        return (name, finding.when, *[data[field] for field in own], *[data.get(field) for field in of_the_thing])
    return (name, finding.when, *data.values())


_OF_THE_THING = frozenset({"own_lot", "producer_name", "when"})


@lru_cache(maxsize=500)
def _fields(name: str, lang: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """What its words name of the finding's data, and what of the thing, which the data may hold as well."""
    words = "".join(WORDS[lang].SENTENCES[name])
    named = {field for _, field, _, _ in Formatter().parse(words) if field}
    return frozenset(named - _OF_THE_THING), tuple(sorted(named & _OF_THE_THING))


def headline(verdict: Verdict, facts: Facts, lang: str) -> Headline:
    """The words of the verdict's headline."""
    finding = verdict.find(verdict.headline)[0]
    title, lead = WORDS[lang].HEADLINES[headline_variant(finding)]
    authentic = any(not one.data["unchecked"] for one in verdict.find("record-authentic"))
    values = {
        **values_of(finding, facts, lang),
        "text": sentence(finding, facts, lang).text,
        "authentic_text": phrase("authentic", lang) if authentic else "",
    }
    return Headline(title.format_map(values), lead.format_map(values).strip())


def remedy(finding: Finding, facts: Facts, lang: str) -> str | None:
    """What the producer can do about a finding that refuses labels; None for one that does not."""
    remedies: Mapping[str, str] = WORDS[lang].REMEDIES
    found = remedies.get(variant(finding)) or remedies.get(finding.code)
    return found.format_map(values_of(finding, facts, lang)) if found else None


def mark_text(said: Finding | Mark, name: str | None, lang: str) -> str:
    """Who stands behind a claim: always by name, and by what they are where the name is unknown or erased.

    A finding adds what its mark alone cannot tell: a recall is announced, an inspection has its day.
    """
    words, mark, day = WORDS[lang], str(said), ""
    if isinstance(said, Finding):
        mark = "announced" if said.code in _ANNOUNCED else said.mark
        day = f" {show_date(said.when)}" if said.mark == Mark.INSPECTED and said.when else ""
    return str(words.MARKS[mark].format(name=name or words.NOBODY[mark])) + day


def not_recalled(now: datetime, lang: str) -> Sentence:
    """The line of a lot that nobody has recalled, with the time of looking."""
    return Sentence(phrase("not-recalled", lang), phrase("checked-at", lang).format(time=show_time(now)))
