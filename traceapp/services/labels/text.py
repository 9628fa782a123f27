"""What is printed beside the code."""

from __future__ import annotations

from datetime import date, datetime

from traceapp.core.facts import Facts
from traceapp.core.places import place_of
from traceapp.core.rules import stars
from traceapp.render.sheets import LabelText


def label_text(facts: Facts, now: datetime) -> LabelText:
    """The label's words from verified facts; stars only while they are valid."""
    product, producer, lot = facts.product, facts.producer, facts.lot
    return LabelText(
        name=product.name_vi if product else "",
        producer=(producer.name if producer else None) or "",
        address=place_of(producer),
        lot=lot.lot if lot else None,
        made=_day(lot.made if lot else None),
        expires=_day(lot.expires if lot else None),
        net=product.net if product else None,
        stars=_stars(facts, now),
        gtin=product.extra.get("gtin_case") if product else None,
    )


def _day(day: date | None) -> str | None:
    return day.strftime("%d/%m/%Y") if day else None


def _stars(facts: Facts, now: datetime) -> int | None:
    valid = [finding for finding in stars.judge(facts, now) if finding.code == "stars-valid"]
    return valid[0].data.get("stars") if valid else None
