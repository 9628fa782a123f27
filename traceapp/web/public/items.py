"""The page of one item: made once for its lot, filled in per scan."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime

from markupsafe import Markup

from traceapp import i18n
from traceapp.core.digital_link import Identity
from traceapp.core.facts import CodeFact, Facts, LabelSignature, ScanFact
from traceapp.core.findings import Finding
from traceapp.core.identifiers import Serial
from traceapp.core.rules import code as code_rules
from traceapp.core.rules import copies
from traceapp.core.serials import canonical_serial
from traceapp.core.verdict import judge_all
from traceapp.services.labels.runs import identify, label_keys_of
from traceapp.services.scans.counting import look_at_item, scan_item, scan_thing
from traceapp.services.world import World
from traceapp.web.language import choose_locale
from traceapp.web.public.answers import answers
from traceapp.web.public.context_of import verdict_context
from traceapp.web.public.known import Known
from traceapp.web.public.packed import whole
from traceapp.web.public.slots import CHECKED_AT, SCAN_LINES, SERIAL, SIGNATURE, Slotted
from traceapp.web.public.view import scan_lines, verdict_page

log = logging.getLogger("traceapp.scans")

_USUAL = (LabelSignature.NOT_EXPECTED, LabelSignature.GOOD)


def facts_of_item(
    world: World, known: Known, identity: Identity, signature: str | None, now: datetime, *, address: str, count: bool
) -> Facts:
    """The lot's facts with what was scanned and how often. A scan that cannot be stored never fails the page.

    `address` is the visitor's, of which no more than a passing hash is kept. `count`: a scan, not only a look.
    """
    code = code_of_item(world, known, identity, signature)
    scans = _scans(world, code, address, now, count=count) if code else None
    return known.facts.of_item(identity, code, scans)


def code_of_item(world: World, known: Known, identity: Identity, signature: str | None) -> CodeFact | None:
    """What a scanned code is; nobody asks the scans for that."""
    host = world.settings.base_host
    return identify(
        known.facts,
        identity,
        signature,
        host=host,
        label_keys=label_keys_of(known.keyring, host) if signature else {},
        serial_key=world.serial_key,
        exposed=known.exposed,
    )


def _scans(world: World, code: CodeFact, address: str, now: datetime, *, count: bool) -> ScanFact | None:
    if code.run is None or code.item is None:
        return None
    try:
        visitor = world.scans.visitor(address, now)
        if not count:
            return look_at_item(world.scans, code.run.lot, code.item, visitor, now)
        province = world.ip_provinces.of(address)
        return scan_item(world.scans, code.run.lot, code.item, visitor, now, province)
    except world.scans.errors as cause:
        if count:
            world.lost_scans += 1
            # The kind of error only: a database's own words may repeat what it was given.
            log.warning("a scan was not stored (%s lost so far): %s", world.lost_scans, type(cause).__name__)
        return None


def count_scan(world: World, thing: str, now: datetime) -> None:
    """Count a scan of a lot's or product's code; one that cannot be stored never fails the page."""
    try:
        scan_thing(world.scans, thing, now)
    except world.scans.errors:
        world.lost_scans += 1


def item_page(world: World, known: Known, facts: Facts, signature: str | None, now: datetime, *, gzip: bool) -> bytes:
    """The page's bytes. The usual case is the lot's page with its slots filled; everything else is made whole."""
    code, lang = facts.code, choose_locale()
    answered = answers(world, known, lang, now)
    if code is None or not is_usual(facts):
        serial = str(facts.identity.serial)
        context = verdict_context(world, now, facts.identity, serial=serial, signature=signature, answers=answered)
        return whole(verdict_page(facts, judge_all(facts, now), context).encode(), gzip=gzip)
    page = known.page((lang, code.signature, answered), lambda: _make(world, facts, code, answered, now))
    return fill_item(known, page, facts, signature, lang, now, gzip=gzip, context=nullcontext)


def is_usual(facts: Facts) -> bool:
    """Issued, not void, its signature not in doubt, no suspicion: what nearly every scan is."""
    code, scans = facts.code, facts.scans
    if code is None or code.item is None or scans is None:
        return False
    void = any(void.first <= code.item <= void.last for void in facts.label_voids)
    return not (void or scans.suspicion or code.serial_key_exposed) and code.signature in _USUAL


def fill_item(
    known: Known,
    page: Slotted,
    facts: Facts,
    signature: str | None,
    lang: str,
    now: datetime,
    *,
    gzip: bool,
    context: Callable[[], AbstractContextManager[object]],
) -> bytes:
    """The lot's page as the page of one item, whose facts are usual. A line that is new is made inside a `context`."""

    def line(finding: Finding) -> Markup:
        with context():
            return scan_lines([finding], facts, lang)

    found = (*code_rules.judge(facts, now), *copies.judge(facts, now))
    lines = Markup("".join([known.line(one, lang, line) for one in found]))
    serial = facts.code.serial if facts.code else ""
    values = {SCAN_LINES: lines, CHECKED_AT: i18n.show_time(now), SERIAL: serial, SIGNATURE: signature or ""}
    return page.fill(values, gzip=gzip)


def _make(world: World, facts: Facts, code: CodeFact, answered: Markup, now: datetime) -> str:
    """The page with slots where one item differs from another."""
    token = Serial(SERIAL)
    anyone = replace(facts, identity=replace(facts.identity, serial=token), code=replace(code, serial=SERIAL))
    context = verdict_context(
        world,
        now,
        anyone.identity,
        serial=SERIAL,
        signature=SIGNATURE if code.signature is LabelSignature.GOOD else None,
        scan_slot=Markup(SCAN_LINES),
        checked_slot=Markup(CHECKED_AT),
        answers=answered,
    )
    return verdict_page(anyone, judge_all(anyone, now), context)


def canonical_identity(identity: Identity) -> Identity:
    """The identity with its serial as we print it, where it has the shape of ours."""
    if identity.serial is None:
        return identity
    return replace(identity, serial=Serial(canonical_serial(identity.serial)))
