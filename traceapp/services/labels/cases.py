"""The label of a carton: the code of the case itself, behind the gate of every lot that lies in it."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from sqlalchemy import Connection

from traceapp.core.errors import Conflict
from traceapp.render.outputs import Order, Written, write_labels
from traceapp.render.sheets import SHEETS, Sheet
from traceapp.services.labels.runs import require_gate
from traceapp.services.labels.text import label_text
from traceapp.services.lots.cases import Case
from traceapp.services.lots.making import identity_of
from traceapp.services.world import World

USUAL = "a4-8"


def case_label(world: World, connection: Connection, case: Case, out: BinaryIO, sheet: Sheet | None = None) -> Written:
    """Write the label of a packed case. GateRefused where a lot in it gets no labels, Conflict once it was unpacked."""
    if not case.contents:
        raise Conflict("This case was unpacked: pack it again before its label is printed.")
    keyring, now = world.keyring(connection), world.clock()
    facts = [
        require_gate(connection, identity_of(world, lot), world.host, keyring, world.rulebook, now, 0)
        for lot in sorted({one.lot for one in case.contents})
    ]
    # The code is of the case: a bar code of the product's carton beside it would be a second one for the same box.
    text = replace(label_text(facts[0], now), net=f"{case.count} sản phẩm", gtin=None)
    if len(facts) > 1:
        text = replace(text, lot=None, made=None, expires=None)
    order = Order(sheet or SHEETS[USUAL])
    url = world.label_maker.url(case.path, signed=False)
    return write_labels(out, order, lambda: iter([url]), text, "case")
