"""A label before it is issued: the same layout by the same writer, with a serial that nobody gets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO

from sqlalchemy import Connection

from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.gates import refusals
from traceapp.core.verdict import Verdict
from traceapp.render.outputs import Order, fits, write_labels
from traceapp.render.print_setup import AS_IS
from traceapp.services.labels.output import ANY_SERIAL
from traceapp.services.labels.text import label_text
from traceapp.services.lots.making import identity_of
from traceapp.services.lots.readiness import look_at
from traceapp.services.world import World


@dataclass(frozen=True, slots=True)
class Preview:
    """One label as SVG. `proved`: it was read back; `signed`: a signature fits and is on it."""

    svg: bytes
    signed: bool
    proved: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate says of so many more labels: the findings that refuse them, if any, and all it judged by."""

    refused: tuple[Finding, ...]
    facts: Facts
    verdict: Verdict


def ask_gate(world: World, connection: Connection, lot: str, count: int) -> Gate:
    """Whether `count` more labels of a lot would be issued now."""
    facts, verdict = look_at(world, connection, lot, planned_labels=count)
    return Gate(refusals(verdict), facts, verdict)


def preview(world: World, connection: Connection, lot: str, order: Order, *, signed: bool | None) -> Preview:
    """The label of this order; `signed` None means wherever a signed code fits. RuleBroken where it does not fit."""
    facts, _ = look_at(world, connection, lot)
    text = label_text(facts, world.clock())
    drawn = replace(order, format="svg", packed=False, setup=AS_IS)
    path = f"{identity_of(world, lot).lot_path}/21/{ANY_SERIAL}"
    is_signed = signed if signed is not None else fits(drawn, world.label_maker.url(path, signed=True), text)
    url = world.label_maker.url(path, signed=is_signed)
    out = BytesIO()
    written = write_labels(out, drawn, lambda: [url], text, "preview")
    return Preview(out.getvalue(), is_signed, written.proved > 0)
