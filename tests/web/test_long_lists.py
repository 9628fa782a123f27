"""Lists that grow with the seasons: a page at a time by address, and what a page reads does not grow with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from bench.worlds import Farm, season
from tests.conftest import ASOF
from tests.web.conftest import Site, make_world, reads_of
from tests.web.signed_in import SignedIn, new_session
from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import parse_path
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.identifiers import Lot
from traceapp.db import driver
from traceapp.services.accounts.people import MemberRole
from traceapp.services.diary.book import A_PAGE as ENTRIES_A_PAGE
from traceapp.services.lots import handing_over, lists
from traceapp.services.lots.handing_over import ship
from traceapp.services.messages import own
from traceapp.services.messages.inbox import Letter, answer, ask
from traceapp.services.records.events import capture_many, correct
from traceapp.services.registry.registers import owner_of_lot, register_lot
from traceapp.web.portal import kept_pages

TEA = "DM2610B"
LOTS = lists.A_PAGE + 10
SAME = 30
DIARY = (
    "/portal/today",
    "/portal/diary/more",
    "/portal/diary/repeat",
    "/portal/diary/plan",
    "/portal/diary/new/PPP",
    "/portal/diary/new/HARVEST",
    "/portal/diary/new/CCP?ccp=CCP1",
    "/portal/diary/written",
    "/portal/diary/written?stage=FERT",
)
LISTS = ("/portal/lots", "/portal/labels", "/portal/messages", "/portal/deliveries")


class Grown:
    """A producer whose seasons can be made longer."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.world.read() as connection:
            self.product, self.producer = owner_of_lot(connection, site.lot_id(TEA))
            (place,) = driver.run(connection, "SELECT id FROM facilities WHERE organisation = ?", (self.producer,))[0]
        self.farm = Farm(self.producer, str(place), self.product, tuple(self._lots()))
        self.tea = SignedIn(
            site, self.producer, *new_session(site.world, self.producer, "long@example.vn", MemberRole.OWNER)
        )

    def _lots(self) -> Iterator[str]:
        made = {"made": "2026-03-21", "quantity": 920, "unit": "gói"}
        with self.site.world.write() as connection:
            for number in range(LOTS):
                name = Lot(f"LONG{number:03}")
                yield register_lot(connection, self.product, name, made, self.site.world.notary, ASOF)[0]

    def write(self, count: int, *first: Event) -> None:
        """These entries, then so many more."""
        with self.site.world.write() as connection:
            capture_many(connection, [*first, *season(self.farm, count)], self.site.world.notary, ASOF)

    def send(self, count: int, *, answered: bool = True) -> None:
        """So many more questions, each with its answer."""
        identity = parse_path(self.site.lot(TEA)).identity
        assert identity is not None
        with self.site.world.write_aside() as connection:
            for number in range(count):
                form = f"{answered} {number} {count}".encode()
                reference = ask(
                    connection, Letter(identity, f"Câu số {number}?", "vi", form), self.site.world.host, ASOF
                )
                if answered:
                    answer(connection, reference, "Tám gam.", self.producer, ASOF)

    def hand_over(self, count: int) -> None:
        """So many more deliveries to a shop."""
        with self.site.world.write() as connection:
            (shop,) = driver.run(connection, "SELECT id FROM organisations WHERE role = 'shop' ORDER BY id", ())[0]
            for number in range(count):
                goods = [Goods("gói 200 g", number + 1, "gói")]
                day = vietnamese_date(ASOF) - timedelta(count)
                ship(connection, self.farm.lots[0], self.producer, shop, goods, day, self.site.world.notary, ASOF)

    def rows(self, path: str) -> int:
        """How many rows of both databases a page is made from."""
        kept = kept_pages.kept_pages(self.site.client.application)
        kept.forget()
        self.site.world.parts.forget()
        assert self.tea.ask(path).status == 200
        (page,) = kept.all()
        return sum(len(read.rows) for read in reads_of(page.told))


@pytest.fixture(scope="module")
def grown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    world = make_world(request, tmp_path_factory.mktemp("long"), "sqlite")
    made = Grown(Site(world))
    made.write(6 * 65)
    made.send(own.A_PAGE + 5)
    made.hand_over(handing_over.A_PAGE + 2)
    yield made
    world.engine.dispose()


def test_what_the_diary_and_lists_read_does_not_grow_with_the_seasons(grown: Grown) -> None:
    before = {path: grown.rows(path) for path in (*DIARY, *LISTS)}
    assert max(before.values()) < 500
    grown.write(300)
    grown.send(10)
    grown.hand_over(10)
    # Which stages stand among the newest differs; three hundred more do not show.
    assert [path for path, rows in before.items() if abs(grown.rows(path) - rows) > SAME] == []


def leaf(grown: Grown, path: str) -> list[str]:
    """What stands on each page from the first to the last, by following the way back."""
    found = [grown.tea.ask(path)]
    while way := re.search(r'href="([^"]+)" rel="next"', found[-1].response.text):
        found.append(grown.tea.ask(way[1].replace("&amp;", "&")))
    return [page.response.text for page in found]


def test_the_signed_diary_is_leafed_through_to_its_first_entry_and_keeps_what_was_asked(grown: Grown) -> None:
    pages = leaf(grown, "/portal/diary/written?stage=CCP&lang=en")
    assert len(pages) >= 65 // ENTRIES_A_PAGE + 1
    records = [one for page in pages for one in re.findall(r"/portal/diary/correct/([0-9a-f-]{36})", page)]
    assert len(records) == len(set(records)) >= 65
    assert all('<html lang="en"' in page and 'value="CCP" selected' in page for page in pages)
    assert "PACK" not in "".join(re.findall(r"<b>([^<]+)</b>", "".join(pages)))
    counted = re.search(r"Older \((\d+)\)", pages[0])
    assert counted and int(counted[1]) == len(records) - ENTRIES_A_PAGE
    assert re.search(r'rel="prev">', pages[1]) and not re.search(r'rel="prev">', pages[0])


def test_an_entry_on_a_page_far_back_can_be_corrected_and_says_so_afterwards(grown: Grown) -> None:
    far = leaf(grown, "/portal/diary/written")[-2]
    record = re.findall(r"/portal/diary/correct/([0-9a-f-]{36})", far)[0]
    assert grown.tea.ask(f"/portal/diary/correct/{record}").status == 200
    with grown.site.world.write() as connection:
        correct(connection, record, None, grown.producer, grown.site.world.notary, ASOF, reason="Ghi nhầm")
    again = "".join(leaf(grown, "/portal/diary/written"))
    assert "Đã đính chính" in again and record not in again


def test_the_second_page_of_lots_has_those_that_the_first_has_not(grown: Grown) -> None:
    for path, screen in (("/portal/lots", "lots/view"), ("/portal/labels", "labels/lot")):
        listed = [re.findall(rf'/portal/{screen}/01/\d+/10/([^?"]+)', page) for page in leaf(grown, path)]
        every = [one for page in listed for one in page]
        assert len(listed) == 2 and len(listed[0]) >= lists.A_PAGE
        assert {f"LONG{number:03}" for number in range(LOTS)} | {TEA} <= set(every)
        assert len(every) == len(set(every))


def test_deliveries_are_leafed_through(grown: Grown) -> None:
    pages = leaf(grown, "/portal/deliveries")
    assert len(pages) >= 2
    sent = [one for page in pages for one in re.findall(r"<p>(\d+) gói 200 g, lô LONG000", page)]
    assert {str(number + 1) for number in range(handing_over.A_PAGE + 2)} <= set(sent)


def test_answered_questions_are_leafed_through_and_waiting_ones_are_counted(grown: Grown) -> None:
    grown.send(own.A_PAGE + 3, answered=False)
    first = grown.tea.ask("/portal/messages").words
    waiting = re.search(r"Còn (\d+) tin nữa đang chờ", first)
    assert waiting and int(waiting[1]) >= 3
    texts = " ".join(leaf(grown, "/portal/messages"))
    assert all(f"Câu số {number}?" in texts for number in range(own.A_PAGE + 5))


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "9999999", "99999", "²", "1%00", "٣", "1&page=2"])
def test_a_page_that_is_none_is_told_so(grown: Grown, page: str) -> None:
    for path in (
        *("/portal/diary/written", "/portal/lots", "/portal/labels"),
        *("/portal/messages", "/portal/deliveries", "/portal/cases"),
    ):
        assert grown.tea.ask(f"{path}?page={page}").status == (200 if page == "1&page=2" else 404), path
    for stage in ("x", "RECALL", "%00"):
        assert grown.tea.ask(f"/portal/diary/written?stage={stage}").status == 404


def spray(plot: str, day: date, phi_days: int) -> dict[str, Any]:
    kde = {"active": "Azadirachtin", "phi_days": phi_days, "plot": plot, "operator": "TV-11"}
    return {"stage": Stage.PPP, "start": day, "end": day, "kde": kde}


def test_a_plot_waits_however_much_was_written_since_it_was_sprayed(grown: Grown) -> None:
    today = vietnamese_date(ASOF)
    told = (
        spray("LAU-1", today, 60),
        spray("CU-1", today - timedelta(200), 7),
        # A season of before, typed in afterwards.
        *(spray("CU-1", today - timedelta(300 - number), 7) for number in range(8)),
        {"stage": Stage.FERT, "start": today, "end": today, "kde": {"plot": "CU-1"}},
    )
    for one in told:
        grown.write(6 * (one["stage"] is Stage.PPP), Event(grown.farm.lots[0], actor=grown.producer, **one))
    page = grown.tea.ask("/portal/today").words
    assert "LAU-1: còn 60 ngày" in page
    assert "CU-1: hái đượcPhun lần cuối 05/05/2026" in page, "an old spray is not forgotten"
    typed = {"start": f"{today:%d/%m/%Y}", "plots": "LAU-1", "outputs-1-name": "búp", "outputs-1-quantity": "5"}
    sent = grown.tea.send("/portal/diary/new/HARVEST", {**typed, "outputs-1-unit": "kg", "key": "key-long-harvest-1"})
    assert sent.status == 422 and "Thửa LAU-1 được thu hoạch từ" in sent.words


def test_of_long_lists_the_first_screen_opens_some_and_counts_the_rest(grown: Grown) -> None:
    today = vietnamese_date(ASOF)
    sprays = [spray(f"HANG-{number}", today - timedelta(number), 14) for number in range(40)]
    grown.write(0, *[Event(grown.farm.lots[0], actor=grown.producer, **one) for one in sprays])
    tree = grown.tea.ask("/portal/today?lang=vi").tree
    opened = tree.xpath("//section[@aria-labelledby='plots']/ul/li//p[@class='count']/text()")
    assert opened == [f"HANG-{14 - left}: còn {left} ngày" for left in (1, 2, 3, 4)], "who waits least comes first"
    waiting, free = tree.xpath("//section[@aria-labelledby='plots']//details")
    number = int(waiting.find("summary").text_content().split()[0])
    assert number == len(waiting.xpath("ul/li")) >= 10
    number = int(free.find("summary").text_content().split()[0])
    assert number == len(free.xpath("ul/li")) + len(free.find("p").text_content().split(", ")) >= 26
    assert not tree.xpath("//details[@open]")
    ways = tree.xpath("//section[@aria-labelledby='other']//details")[0]
    assert str(len(ways.xpath("ul/li"))) in ways.xpath("summary/span/text()")


def test_what_is_in_a_lot_is_told_without_the_sprays_that_other_lots_had_on_its_plots(grown: Grown) -> None:
    lot = grown.farm.lots[0].partition(grown.site.world.host)[2]
    paths = [f"/portal/lots/{screen}{lot}" for screen in ("ship", "make", "split", "pack")]
    before = {path: grown.rows(path) for path in paths}
    day = vietnamese_date(ASOF) - timedelta(300)
    sprays = [Event(grown.farm.lots[5], actor=grown.producer, **spray("DM-05", day, 3)) for _ in range(30)]
    grown.write(0, *sprays)
    assert {path: grown.rows(path) for path in paths} == before
    whole = grown.rows(f"/portal/lots/view{lot}")
    assert whole > max(before.values()) + len(sprays), "the verdict rests on them"


def test_a_harvest_of_some_time_ago_is_asked_about_by_the_sprays_of_that_time(grown: Grown) -> None:
    day = vietnamese_date(ASOF) - timedelta(100)
    grown.write(120, Event(grown.farm.lots[0], actor=grown.producer, **spray("XUA-1", day - timedelta(2), 14)))
    typed = {"start": f"{day:%d/%m/%Y}", "plots": "XUA-1", "outputs-1-name": "búp", "outputs-1-quantity": "5"}
    sent = grown.tea.send("/portal/diary/new/HARVEST", {**typed, "outputs-1-unit": "kg", "key": "key-long-harvest-2"})
    assert sent.status == 422 and "Thửa XUA-1 được thu hoạch từ" in sent.words
