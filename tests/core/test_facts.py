"""Facts of a lot become those of one of its items."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import identity, item_code
from tests.core.gallery import gallery
from traceapp.core.facts import CodeFact, Facts


@pytest.mark.parametrize("code", [item_code(7), None])
def test_facts_of_an_item_are_those_of_its_lot_but_for_what_was_scanned(code: CodeFact | None) -> None:
    item = identity("item")
    for known in gallery():
        made = known.of_item(item, code, None)
        assert type(made) is Facts
        assert made == replace(known, identity=item, code=code, scans=None)
