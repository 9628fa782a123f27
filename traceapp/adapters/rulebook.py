"""The rulebook that ships with this version: figures that change by decree, with the day they took effect."""

from __future__ import annotations

import json
from importlib import resources

from traceapp.core.dates import civil_date
from traceapp.core.facts import RuleBook, YieldRule


def load_rulebook() -> RuleBook:
    """Read `traceapp/data/rulebook.json`."""
    data = json.loads((resources.files("traceapp") / "data" / "rulebook.json").read_text(encoding="utf-8"))
    permitted = data["permitted_actives"]
    return RuleBook(
        version=data["version"],
        yields=tuple(
            YieldRule(rule["input"], rule["output"], rule["min"], rule["max"], rule["unit"]) for rule in data["yields"]
        ),
        permitted_actives=frozenset(permitted["actives"]),
        permitted_as_of=civil_date(permitted["as_of"]),
        stale_days=data["stale_days"],
    )
