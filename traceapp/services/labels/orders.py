"""How labels were wanted, as text that a job's row keeps."""

from __future__ import annotations

import json
from dataclasses import asdict

from traceapp.render.outputs import Order
from traceapp.render.print_setup import Ink, PrintSetup
from traceapp.render.sheets import Sheet


def order_in_words(order: Order) -> str:
    """All of an order as JSON."""
    return json.dumps(asdict(order), ensure_ascii=False, sort_keys=True)


def read_order(text: str) -> Order:
    """The order that was written so; its own rules are checked again."""
    said = json.loads(text)
    setup = said.pop("setup")
    ink, offset = Ink(**setup.pop("ink")), tuple(setup.pop("offset_mm"))
    return Order(Sheet(**said.pop("sheet")), setup=PrintSetup(offset_mm=offset, ink=ink, **setup), **said)
