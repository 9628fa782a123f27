"""The page of one item: made once for its lot, filled in per scan."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from flask import request
from markupsafe import Markup

from traceapp import i18n
from traceapp.core.digital_link import Identity
from traceapp.core.facts import CodeFact, Facts, LabelSignature, ScanFact
from traceapp.core.identifiers import Serial
from traceapp.core.rules import code as code_rules
from traceapp.core.rules import copies
from traceapp.core.serials import canonical_serial
from traceapp.core.verdict import judge_all
from traceapp.services.labels import identify, label_keys_of
from traceapp.services.scans import look_at_item, scan_item
from traceapp.services.verdicts import lot_id
from traceapp.services.world import World
from traceapp.web.language import choose_locale
from traceapp.web.public.context_of import verdict_context
from traceapp.web.public.known import Known
from traceapp.web.public.slots import CHECKED_AT, SCAN_LINES, SERIAL, SIGNATURE
from traceapp.web.public.view import scan_lines, verdict_page

log = logging.getLogger("traceapp.scans")

_USUAL = (LabelSignature.NOT_EXPECTED, LabelSignature.GOOD)


def facts_of_item(
    world: World, known: Known, identity: Identity, signature: str | None, now: datetime, *, address: str, count: bool
) -> Facts:
    """The lot's facts with what was scanned and how often. A scan that cannot be stored never fails the page.

    `address` is the visitor's; it is counted under a hash that is thrown away. `count`: this is a scan, not only a look.
    """
    host = world.settings.base_host
    code = identify(
        known.facts,
        identity,
        signature,
        host=host,
        label_keys=label_keys_of(known.keyring, host) if signature else {},
        serial_key=world.serial_key,
        exposed=world.exposed_serial_keys(known.keyring),
    )
    issued = code is not None and code.item is not None
    scans = _scans(world, lot_item(world, identity, code), address, now, count=count) if issued else None
    return replace(known.facts, identity=identity, code=code, scans=scans)


def _scans(world: World, identity: Identity, code: CodeFact, now: datetime, *, count: bool) -> ScanFact | None:
    lot = lot_id(world.host, identity)
    try:
        visitor = world.scans.visitor(request.remote_addr or "", now)
        look = scan_item if count else look_at_item
        return look(world.scans, str(lot), int(code.item or 0), visitor, now)
    except world.scans.errors as cause:
        world.lost_scans += 1
        # The kind of error only: a database's own words may repeat what it was given.
        log.warning("a scan was not stored (%s lost so far): %s", world.lost_scans, type(cause).__name__)
        return None


def item_page(world: World, known: Known, facts: Facts, signature: str | None, now: datetime) -> bytes:
    """The page's bytes. The usual case is the lot's page with three slots filled; everything else is made whole."""
    code = facts.code
    if code is None or not _is_usual(facts, code):
        context = verdict_context(world, now, facts.identity, serial=str(facts.identity.serial), signature=signature)
        return verdict_page(facts, judge_all(facts, now), context).encode()
    lang = choose_locale()
    page = known.page((lang, code.signature), lambda: _make(world, facts, code, now))
    lines = scan_lines([*code_rules.judge(facts, now), *copies.judge(facts, now)], facts, lang)
    return page.fill(
        {SCAN_LINES: lines, CHECKED_AT: i18n.show_time(now), SERIAL: code.serial, SIGNATURE: signature or ""}
    )


def _is_usual(facts: Facts, code: CodeFact) -> bool:
    """Issued, not void, its signature not in doubt, no suspicion: what nearly every scan is."""
    scans = facts.scans
    suspected = scans is not None and scans.suspicion is not None
    void = any(void.first <= (code.item or 0) <= void.last for void in facts.label_voids)
    return (
        code.item is not None
        and scans is not None
        and not (void or suspected or code.serial_key_exposed)
        and code.signature in _USUAL
    )


def _make(world: World, facts: Facts, code: CodeFact, now: datetime) -> str:
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
    )
    return verdict_page(anyone, judge_all(anyone, now), context)


def canonical_identity(identity: Identity) -> Identity:
    """The identity with its serial as we print it, where it has the shape of ours."""
    if identity.serial is None:
        return identity
    return replace(identity, serial=Serial(canonical_serial(identity.serial)))
