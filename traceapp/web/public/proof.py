"""The records a page rests on: what each says, where it stands in the log, and where to read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from traceapp.core.facts import CertificateState, Facts, RecordCheck, RecordState, Source
from traceapp.i18n import scheme_name, show_date
from traceapp.web.public.context import PageContext
from traceapp.web.public.say import Say
from traceapp.web.public.stage_words import stage_name

_MOST_ROWS = 12
"""What a page lists of them; the bundle holds all."""


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record: its line in the log, what it is, its address; `state` only where something is wrong with it."""

    leaf: str
    what: str
    url: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """How to check the page without trusting it. `total` counts all records, `rows` only the most telling."""

    rows: tuple[RecordRow, ...]
    total: int


def proof(facts: Facts, ctx: PageContext, say: Say) -> Proof:
    """The records behind the facts in log order, those that failed and those of this very product first to stay."""
    known, own = dict(_described(facts, say)), frozenset(_own(facts))
    ranked = sorted(facts.checks, key=lambda one: (one.state == RecordState.GOOD, one.record_id not in own))
    shown = sorted(ranked[:_MOST_ROWS], key=lambda one: one.leaf_index)
    return Proof(tuple(_row(one, known, ctx, say) for one in shown), len(facts.checks))


def _row(check: RecordCheck, known: dict[str, str], ctx: PageContext, say: Say) -> RecordRow:
    states = {
        RecordState.TAMPERED: say.gettext("không khớp"),
        RecordState.MISSING: say.gettext("không còn"),
        RecordState.KEY_REVOKED: say.gettext("khóa đã thu hồi"),
        RecordState.CANNOT_BE_CHECKED: say.gettext("chưa đọc được"),
    }
    return RecordRow(
        leaf=say.number(check.leaf_index),
        what=known.get(check.record_id) or say.gettext("Bản ghi liên quan"),
        url=ctx.records_url + check.record_id.rpartition("/")[2],
        state=states.get(check.state, ""),
    )


def _own(facts: Facts) -> Iterator[str]:
    """Records of this very product and lot, its producer and its certificates."""
    for fact in (facts.product, facts.producer, facts.lot):
        if fact is not None:
            yield fact.source.record_id
    for several in (facts.events, facts.certificates, facts.label_runs, facts.holds, facts.recalls, facts.inspections):
        yield from (fact.source.record_id for fact in several)


def _described(facts: Facts, say: Say) -> Iterator[tuple[str, str]]:
    """What each record says, by its id; of two descriptions the later, more particular one stays."""
    for source, what in _named(facts, say):
        yield source.record_id, what


def _named(facts: Facts, say: Say) -> Iterator[tuple[Source, str]]:
    for organisation in facts.organisations.values():
        yield organisation.source, organisation.name or say.gettext("Cơ sở")
    for facility in facts.facilities.values():
        yield facility.source, facility.name
    if facts.producer:
        yield facts.producer.source, say.gettext("Cơ sở")
    if facts.product:
        yield facts.product.source, say.gettext("Sản phẩm")
    if facts.lot:
        yield facts.lot.source, say.gettext("Lô")
    for event in facts.events:
        yield event.source, f"{stage_name(event.stage, say)} {show_date(event.event.start)}"
    for certificate in facts.certificates:
        name = scheme_name(certificate.scheme, say.lang)
        yield certificate.source, say.gettext("%(name)s: lời khai", name=name)
        if certificate.state != CertificateState.DECLARED:
            yield certificate.state_source, say.gettext("%(name)s: lời của nơi cấp", name=name)
    for run in facts.label_runs:
        yield run.source, say.gettext("Đợt in tem")
    for void in facts.label_voids:
        yield void.source, say.gettext("Hủy tem")
    for hold in facts.holds:
        yield hold.source, say.gettext("Bỏ giữ lô") if hold.released else say.gettext("Giữ lô")
    for recall in facts.recalls:
        yield recall.source, say.gettext("Thu hồi")
    for seen in facts.inspections:
        yield seen.source, say.gettext("Kiểm tra tại chỗ")
