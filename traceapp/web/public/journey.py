"""What happened to a lot, told stage by stage with who said so, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from traceapp.core.events import Stage
from traceapp.core.facts import EventFact, Facts, InspectionFact, RecallFact
from traceapp.core.findings import Finding, Mark
from traceapp.core.rules.lineage import spoken_mark
from traceapp.core.statements import record_uuid
from traceapp.i18n import mark_text, show_date
from traceapp.web.public.places import facility_place
from traceapp.web.public.say import Say
from traceapp.web.public.stage_words import is_restricted, stage_details, stage_name
from traceapp.web.public.vietnam_map import VietnamMap, in_frame, vietnam_map

_ICONS = {
    Stage.PLOT: "plot",
    Stage.SEED: "seed",
    Stage.INPUT: "pack",
    Stage.FERT: "fert",
    Stage.PPP: "spray",
    Stage.FEED: "fert",
    Stage.VETDRUG: "drug",
    Stage.SOURCE: "source",
    Stage.HARVEST: "harvest",
    Stage.MIX: "process",
    Stage.FERMENT: "vat",
    Stage.DRAW: "vat",
    Stage.PROCESS: "process",
    Stage.PACKHOUSE: "wash",
    Stage.CCP: "limit",
    Stage.TEST: "test",
    Stage.STORE: "store",
    Stage.PACK: "pack",
    Stage.SHIP: "ship",
    Stage.RECEIVE: "ship",
    Stage.SELL: "sell",
    Stage.RECALL: "repeat",
}


def icon_of(stage: Stage) -> str:
    """The drawing that stands for a stage."""
    return _ICONS[stage]


@dataclass(frozen=True, slots=True)
class Said:
    """Who stands behind something: the mark's kind (its CSS class), its icon, words with a name.

    `hidden` is a name that stands close by already: read aloud, not shown again.
    """

    kind: str
    icon: str
    text: str
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class StageView:
    """One knot of the journey; `filled` when others than the producer stand behind it, `report` its report's record."""

    icon: str
    iso: str
    when: str
    title: str
    details: str
    said: Said
    filled: bool = False
    foreign: bool = False
    report: str = ""


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A numbered place on the map and what was done there."""

    number: int
    name: str
    what: str


def stages(facts: Facts, say: Say) -> tuple[StageView, ...]:
    """The lot's stages with its recalls and inspections, in the order of their days."""
    told = [(fact.event.start, fact.event.end, _stage(fact, facts, say)) for fact in facts.events]
    told += [(day, day, view) for day, view in _afterwards(facts, say)]
    return tuple(view for _, _, view in sorted(told, key=lambda one: one[:2]))


def _stage(fact: EventFact, facts: Facts, say: Say) -> StageView:
    event, restricted = fact.event, is_restricted(fact)
    own_words = "" if restricted else (event.label_vi if say.lang == "vi" else event.label_en)
    title = own_words or ("" if restricted else event.label_vi) or stage_name(event.stage, say)
    return StageView(
        icon=_ICONS[event.stage],
        iso=event.start.isoformat(),
        when=say.span(event.start, event.end),
        title=title,
        details=stage_details(fact, title, say),
        said=_declared(fact, facts, say),
        filled=spoken_mark(fact) != Mark.DECLARED,
        foreign=say.lang != "vi" and title == event.label_vi and title != event.label_en,
    )


def said_of(said: Finding | Mark, who: str | None, facts: Facts, say: Say) -> Said:
    """Who stands behind a finding, or anything else under a mark, by name."""
    mark = said.mark if isinstance(said, Finding) else said
    icon = {Mark.TESTED: "test", Mark.SERVICE: "weave"}.get(mark, str(mark))
    return Said(str(mark), icon, mark_text(said, facts.name_of(who) if who else None, say.lang))


def own_word(facts: Facts, say: Say) -> Said | None:
    """Said once above the journey: whose word every stage is that only says that it was declared."""
    if facts.producer is None or not any(_is_own(fact, facts) for fact in facts.events):
        return None
    return said_of(Mark.DECLARED, facts.producer.id, facts, say)


def _is_own(fact: EventFact, facts: Facts) -> bool:
    own = facts.producer is not None and fact.source.declared_by == facts.producer.id
    return own and spoken_mark(fact) == Mark.DECLARED


def _declared(fact: EventFact, facts: Facts, say: Say) -> Said:
    """Who declared a stage, and who typed it for them; the producer's own name is not repeated at every stage."""
    hidden = is_restricted(fact) and not _is_own(fact, facts)
    said = said_of(spoken_mark(fact), None if hidden else fact.source.declared_by, facts, say)
    if _is_own(fact, facts):
        said = replace(said, text=say.gettext("tự khai"), hidden=facts.name_of(fact.source.declared_by) or "")
    elif hidden and spoken_mark(fact) == Mark.DECLARED:
        # Whom goods went to is not told, nor is the maker named for what they said.
        said = replace(said, text=say.gettext("Nơi giữ hàng tự khai"))
    helper = facts.name_of(fact.source.assisted_by) if fact.source.assisted_by else None
    if helper is None:
        return said
    return replace(said, text=say.gettext("%(said)s, %(helper)s ghi giúp", said=said.text, helper=helper))


def _afterwards(facts: Facts, say: Say) -> Iterator[tuple[date, StageView]]:
    """What was said of the lot later: recalls of it, and inspections."""
    lot = facts.lot.id if facts.lot else None
    yield from ((one.day, _recall(one, facts, say)) for one in facts.recalls if one.lot == lot)
    yield from ((one.day, _inspection(one, facts, say)) for one in facts.inspections if one.lot == lot or one.facility)


def _recall(recall: RecallFact, facts: Facts, say: Say) -> StageView:
    mark = Mark.CONFIRMED if recall.source.role == "authority" else Mark.DECLARED
    name = facts.name_of(recall.source.declared_by) or say.gettext("Cơ sở")
    reason = recall.reason_vi if say.lang == "vi" else recall.reason_en or recall.reason_vi
    return StageView(
        icon="repeat",
        iso=recall.day.isoformat(),
        when=show_date(recall.day),
        title=say.gettext("Thu hồi cả lô"),
        details=reason,
        said=Said(str(mark), str(mark), say.gettext("%(name)s thông báo", name=name)),
        filled=mark == Mark.CONFIRMED,
    )


def _inspection(seen: InspectionFact, facts: Facts, say: Say) -> StageView:
    result = {"pass": say.gettext("Đạt"), "fail": say.gettext("Không đạt")}.get(seen.result, seen.result)
    return StageView(
        icon="inspected",
        iso=seen.day.isoformat(),
        when=show_date(seen.day),
        title=say.gettext("Kiểm tra tại chỗ"),
        details=f"{result}. {seen.note}" if seen.note else result,
        said=said_of(Mark.INSPECTED, seen.source.declared_by, facts, say),
        filled=True,
        report=record_uuid(seen.source.record_id),
    )


# Where


def places(facts: Facts, say: Say) -> tuple[VietnamMap | None, tuple[PlaceView, ...]]:
    """The map and its places, in the order in which stages reached them; none where no position is known."""
    done: dict[str, list[str]] = {}
    for fact in facts.events:
        facility = facts.facilities.get(fact.event.place or "")
        if facility is None or facility.latitude is None or facility.longitude is None:
            continue
        if in_frame(facility.latitude, facility.longitude):
            done.setdefault(facility.id, []).append(stage_name(fact.stage, say).lower())
    if not done:
        return None, ()
    found = [facts.facilities[facility] for facility in done]
    positions = [(one.latitude or 0.0, one.longitude or 0.0) for one in found]
    views = tuple(
        PlaceView(number, facility_place(facts, facility), ", ".join(dict.fromkeys(what)))
        for number, (facility, what) in enumerate(done.items(), 1)
    )
    return vietnam_map(positions), views
