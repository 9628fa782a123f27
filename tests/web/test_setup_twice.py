"""Setting up from two tabs, and by a button pressed twice: what is there already is not made again."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from tests.conftest import HOST
from tests.passwords import hashed
from tests.web.conftest import Page, Site
from tests.web.signed_in import BROWSER, SignedIn
from traceapp.db.tables import facilities, label_runs, lots, organisations, products
from traceapp.services.accounts.people import create_account
from traceapp.services.accounts.sessions import start

COOP = {"legal_form": "Hợp tác xã", "name": "HTX Hai Tab", "province_code": "19", "ward": "Xã Tân Cương"}
PLACE = {"name": "Xưởng", "province_code": "19", "ward": "Xã Tân Cương"}
TEA = {"name_vi": "Trà búp", "net_value": "200", "net_unit": "g", "shelf_life": "12", "shelf_unit": "month"}
LOT = {"quantity": "100", "unit": "gói", "made": "21/11/2026", "expires": "21/11/2027", "number": "HAI-1"}
LABELS = {"count": "24", "sheet": "a4-24"}
STEPS = (
    ("organisation", COOP, {"name": "HTX Tab Ba"}, organisations, "facility"),
    ("facility", PLACE, {"name": "Vườn"}, facilities, "product"),
    ("product", TEA, {"name_vi": "Trà nõn"}, products, "lot"),
    ("lot", LOT, {"number": "HAI-2"}, lots, "labels"),
    ("labels", LABELS, {}, label_runs, "labels"),
)


@dataclass
class Tab:
    """A form as it was opened, to be sent whenever one likes."""

    person: SignedIn
    path: str
    csrf: str
    version: str = ""

    def send(self, told: dict[str, str]) -> Page:
        """As a browser of its own, which may send at the same time as others."""
        client = self.person.site.client.application.test_client()
        client.set_cookie("__Host-traceapp", self.person.token, domain=HOST, secure=True)
        values = {"csrf": self.csrf, "version": self.version, **told}
        return Page(client.post(self.path, base_url=self.person.site.address, headers=BROWSER, data=values))


def newcomer(site: Site) -> SignedIn:
    world = site.world
    with world.write() as connection:
        account = create_account(connection, "haitab@example.vn", "Hai", hashed(), "vi", world.clock())
        return SignedIn(site, "", account, start(connection, account, "test", world.clock(), how="test"))


def tab(person: SignedIn, step: str) -> Tab:
    path = f"/portal/setup/{step}"
    found = re.findall(r'name="(csrf|version)" value="([^"]+)"', person.ask(path).response.text)
    return Tab(person, path, **dict(found))


def count(site: Site, table: Any) -> int:
    with site.world.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar() or 0


def test_the_same_form_sent_twice_at_once_sets_up_one_of_each(site: Site) -> None:
    person = newcomer(site)
    for step, told, other, table, then in STEPS:
        before, first, second = count(site, table), tab(person, step), tab(person, step)
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda one, told=told: one.send(told), (first, second)))
        assert [one.status for one in done] == [303, 303], step
        assert all(f"/portal/setup/{then}" in one.response.headers["Location"] for one in done), step
        assert count(site, table) == before + 1, step
        if step in ("facility", "product"):
            another_is_asked_about_first(second, {**told, **other}, told["name" if step == "facility" else "name_vi"])
            assert count(site, table) == before + 2, "asked twice, it is meant"


def another_is_asked_about_first(late: Tab, told: dict[str, str], there: str) -> None:
    asked = late.send(told)
    assert asked.status == 409 and "Vừa có" in asked.words and there in asked.words
    fresh = re.search(r'name="version" value="([^"]+)"', asked.response.text)
    assert fresh and fresh[1] != late.version
    late.version = fresh[1]
    assert late.send(told).status == 303


def test_a_second_organisation_is_founded_only_by_who_means_it(site: Site) -> None:
    person = newcomer(site)
    first, late, before = tab(person, "organisation"), tab(person, "organisation"), count(site, organisations)
    assert first.send(COOP).status == 303
    asked = late.send({**COOP, "name": "HTX Tab Ba"})
    assert asked.status == 409 and "vừa khai HTX Hai Tab" in asked.words
    assert "HTX Tab Ba" in asked.response.text, "nothing typed is lost"
    assert count(site, organisations) == before + 1


def test_a_household_is_known_again_by_what_it_may_erase(site: Site) -> None:
    person = newcomer(site)
    first, again, before = tab(person, "organisation"), tab(person, "organisation"), count(site, organisations)
    told = {**COOP, "legal_form": "Hộ kinh doanh", "phone": "0900 000 000", "public_contact_ok": "yes"}
    assert [first.send(told).status, again.send(told).status] == [303, 303]
    assert count(site, organisations) == before + 1


def test_an_id_that_no_database_can_hold_is_nobodys(site: Site) -> None:
    person = newcomer(site)
    assert tab(person, "organisation").send(COOP).status == 303
    for path in ("setup/lot?product=", "setup/labels?lot=", "setup/own/facility?of=", "checklist/", "messages/"):
        assert person.ask(f"/portal/{path}%00").status == 404, path
        assert person.send(f"/portal/{path}%00", {}).status == 404, path
