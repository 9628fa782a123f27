"""A label before it is issued: the same layout by the same writer, with a serial that nobody gets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO

from sqlalchemy import Connection

from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.gates import refusals
from traceapp.core.verdict import Verdict
from traceapp.render.outputs import Order, fits, write_labels
from traceapp.render.print_setup import AS_IS
from traceapp.render.sheets import LabelText
from traceapp.services.labels.output import ANY_SERIAL
from traceapp.services.labels.text import label_text
from traceapp.services.lots.making import identity_of
from traceapp.services.lots.readiness import look_at
from traceapp.services.world import World

MOST = 128
"""Labels that are kept as drawn, of some thirty kilobytes."""


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


def preview(
    world: World, connection: Connection, lot: str, order: Order, *, signed: bool | None, planned: int = 0
) -> Preview:
    """The label of this order, of which so many are `planned`; `signed` None means wherever a signed code fits.

    RuleBroken where it does not fit.
    """
    facts = ask_gate(world, connection, lot, planned).facts
    text = label_text(facts, world.clock())
    drawn = replace(order, format="svg", packed=False, setup=AS_IS)
    path = f"{identity_of(world, lot).lot_path}/21/{ANY_SERIAL}"
    is_signed = signed if signed is not None else _fits(drawn, world.label_maker.url(path, signed=True), text)
    svg, proved = _drawn(drawn, world.label_maker.url(path, signed=is_signed), text)
    return Preview(svg, is_signed, proved > 0)


@lru_cache(maxsize=MOST)
def _drawn(order: Order, url: str, text: LabelText) -> tuple[bytes, int]:
    """One label as SVG, and how many were read back: by all that is drawn, nothing else changes it."""
    out = BytesIO()
    written = write_labels(out, order, lambda: [url], text, "preview")
    return out.getvalue(), written.proved


_fits = lru_cache(maxsize=MOST)(fits)
