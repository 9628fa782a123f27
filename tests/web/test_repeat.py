"""A scan answered without Flask is the answer that Flask gave, and counts like any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import request
from flask.signals import request_started

from tests.web.conftest import BROWSER, ON_ONE_DATABASE, Site
from tests.web.hostile import Request, send
from tests.web.test_scans import counted, counted_of_lots
from traceapp.core.dates import vietnamese_date
from traceapp.core.events import Event, Stage
from traceapp.services.labels.runs import void_labels
from traceapp.services.records.events import capture
from traceapp.services.registry.registers import owner_of_lot
from traceapp.services.scans.counting import scan_item

LOT, OTHER = "VS2609A", "DM2610B"


@contextmanager
def asked_of_flask(site: Site) -> Iterator[list[str]]:
    """The paths that reached Flask."""
    found: list[str] = []

    def started(sender: object, **_: object) -> None:
        found.append(request.path)

    with request_started.connected_to(started, site.client.application):
        yield found


def test_the_second_reader_of_a_lot_gets_the_same_answer_without_flask(site: Site) -> None:
    path = site.lot(LOT)
    first, before = site.ask(path), counted_of_lots(site)
    with asked_of_flask(site) as asked:
        second = site.ask(path)
    assert asked == []
    assert (second.status, second.data) == (first.status, first.data)
    assert sorted(second.headers) == sorted(first.headers)
    assert counted_of_lots(site) == before + 1


def test_another_item_gets_its_own_page_and_addresses_without_flask(site: Site) -> None:
    one, two = site.item(LOT, 1), site.item(LOT, 2)
    first = site.ask(one)
    with asked_of_flask(site) as asked:
        repeated = site.ask(two)
    assert asked == []
    fresh = site.worker()
    made = fresh.ask(two)
    serial_one, serial_two = one.rpartition("/")[2], two.rpartition("/")[2]
    assert serial_one not in repeated.text + str(repeated.headers)
    assert serial_two in repeated.text and serial_two in repeated.headers["Link"]
    same = ("Content-Length", "Date")
    assert [pair for pair in sorted(repeated.headers) if pair[0] not in same] == [
        pair for pair in sorted(made.headers) if pair[0] not in same
    ]
    assert first.status == repeated.status == made.status
    fresh.world.engine.dispose()


@ON_ONE_DATABASE
@pytest.mark.parametrize("accept", [BROWSER, ""])
def test_a_question_mark_in_a_lot_is_no_query_behind_a_server_that_decodes_it(site: Site, accept: str) -> None:
    path = site.lot(LOT)
    for _ in range(2):
        known = send(site, Request(path, headers=(("Accept", accept),)))
        other = send(site, Request(f"{path}%3Fx", headers=(("Accept", accept),)))
    assert (known.status, other.status) == ((200, 404) if accept else (307, 307))
    assert other.body != known.body or other.headers["Location"] != known.headers["Location"]


@ON_ONE_DATABASE
def test_readers_of_other_languages_and_hosts_are_not_given_each_others_answers(site: Site) -> None:
    path = site.item(LOT, 1)
    assert site.page(path).lang == "vi"
    assert site.page(path, Accept_Language="en").lang == "en"
    assert site.page(path).lang == "vi"
    assert site.page(path, Accept_Language="en").lang == "en"
    assert site.ask(path, Host="evil.example").status_code == 400


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "more",
    [{"Purpose": "prefetch"}, {"Sec-Fetch-Dest": "iframe"}, {"accept": "application/json"}, {"method": "HEAD"}],
)
def test_whoever_asks_otherwise_is_answered_by_flask(site: Site, more: dict[str, str]) -> None:
    path = site.item(LOT, 1)
    site.ask(path)
    before = counted(site)
    with asked_of_flask(site) as asked:
        site.ask(path, **more)
        site.ask(f"{path}?utm=zalo", accept="application/json")
    assert len(asked) == 2
    assert counted(site) == before


@ON_ONE_DATABASE
@pytest.mark.parametrize("accept", ["text/html;q=0.5, application/linkset+json", "text/html, application/linkset+json"])
def test_who_wants_the_links_as_much_as_the_page_is_given_the_links_each_time(site: Site, accept: str) -> None:
    path = site.lot(LOT)
    page = site.ask(path)
    answers = [site.ask(path, accept=accept) for _ in range(3)]
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].data != page.data


def test_a_void_label_is_counted_once_and_said_to_be_void(site: Site) -> None:
    path, lot = site.item(LOT, 3), site.lot_id(LOT)
    with site.world.write() as connection:
        owner = owner_of_lot(connection, lot)[1]
        void_labels(connection, lot, 3, 3, "rách", owner, site.world.notary, site.world.clock())
    site.ask(site.item(LOT, 1))
    before = counted(site)
    assert site.page(path).headline == "label-void"
    assert counted(site) == before + 1


def test_what_is_recorded_of_another_lot_changes_nothing_and_of_this_one_shows_at_once(site: Site) -> None:
    path = site.lot(LOT)
    for lot in (OTHER, LOT):
        first = site.ask(path)
        site.ask(path)
        fertilised(site, lot)
        with asked_of_flask(site) as asked:
            second = site.ask(path)
            site.ask(path)
        # SQLite's stamp tells that something was committed, and the answered questions are read again.
        assert asked == ([] if lot is OTHER and site.world.engine.dialect.name != "sqlite" else [path])
        assert (second.data == first.data) is (lot is OTHER)


def fertilised(site: Site, lot: str) -> None:
    """Its producer writes so."""
    with site.world.write() as connection:
        found, today = site.lot_id(lot), vietnamese_date(site.clock())
        producer = owner_of_lot(connection, found)[1]
        event = Event(found, Stage.FERT, today, today, producer, kde={"product_name": "Phân ủ"})
        capture(connection, event, site.world.notary, site.clock())


def test_a_suspicion_shows_with_the_scan_that_raises_it(site: Site) -> None:
    path, lot, world = site.item(LOT, 4), site.lot_id(LOT), site.world
    site.ask(path)
    for number in range(25):
        scan_item(world.scans, lot, 4, world.scans.visitor(f"203.0.113.{number}", world.clock()), world.clock())
    before = counted(site)
    with asked_of_flask(site) as asked:
        page = site.page(path)
    assert asked == [path]
    assert "copy-suspected" in page.codes
    assert counted(site) == before + 1


def test_what_was_kept_of_an_answer_is_forgotten_after_five_seconds(site: Site) -> None:
    path = site.lot(LOT)
    site.ask(path, accept=BROWSER)
    site.clock.tick(seconds=6)
    with asked_of_flask(site) as asked:
        site.ask(path)
        site.ask(path)
    assert asked == [path]


@pytest.mark.parametrize("query", ["", "?linkType=gs1:pip", "?linkType=gs1:certificationInfo"])
@pytest.mark.parametrize("level", ["product", "lot"])
def test_the_way_to_a_link_is_told_again_without_flask_and_counts_no_scan(site: Site, query: str, level: str) -> None:
    lot = site.lot(LOT)
    path = (lot if level == "lot" else lot.partition("/10/")[0]) + query
    first, before = site.ask(path, accept="*/*"), counted_of_lots(site)
    with asked_of_flask(site) as asked:
        second = site.ask(path, accept="*/*")
    assert asked == []
    assert (first.status_code, second.status_code) == (307, 307)
    assert sorted(second.headers) == sorted(first.headers)
    assert counted_of_lots(site) == before


@ON_ONE_DATABASE
@pytest.mark.parametrize("query", ["?linkType=linkset", "?linkType=gs1:nothingOfTheKind", "?linkType=gs1:pip&a=1"])
def test_what_is_no_plain_way_to_a_link_is_asked_of_flask_each_time(site: Site, query: str) -> None:
    path = site.lot(LOT) + query
    with asked_of_flask(site) as asked:
        answers = [site.ask(path, accept="*/*") for _ in range(2)]
    assert len(asked) == 2
    assert answers[0].status == answers[1].status
    assert answers[0].data == answers[1].data


@ON_ONE_DATABASE
def test_the_way_for_readers_of_another_language_is_another(site: Site) -> None:
    path = site.lot(LOT) + "?linkType=gs1:pip"
    ways = [site.ask(path, accept="*/*", Accept_Language=lang).location for lang in ("vi", "en", "vi", "en")]
    assert ways[:2] == ways[2:]


@ON_ONE_DATABASE
def test_very_long_wishes_are_not_remembered(site: Site) -> None:
    path = site.lot(LOT)
    with asked_of_flask(site) as asked:
        for _ in range(2):
            assert site.ask(path, accept="text/html," + "a/b," * 200).status_code == 200
    assert len(asked) == 2
