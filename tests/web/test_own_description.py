"""An organisation and its places changed by whoever may: what is asked first, what is told, and what is never lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.passwords import AGAIN
from tests.web.conftest import Site, make_world
from tests.web.signed_in import SignedIn, new_session
from traceapp.services.accounts.people import MemberRole
from traceapp.services.registry.organisations import organisation_called
from traceapp.services.registry.setting_up import set_up

OWN, OF_ITSELF, OF_A_PLACE = (f"/portal/setup/own{end}" for end in ("", "/organisation", "/facility"))
TEA, ORANGES = "HTX Chè Đồi Mây (dữ liệu mẫu)", "HTX Cam Đồi Gió (dữ liệu mẫu)"
LOT = "DM2610B"


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = make_world(request, tmp_path_factory.mktemp("own"), "sqlite")
    yield Site(world)
    world.engine.dispose()


@pytest.fixture(scope="module")
def ids(site: Site) -> dict[str, str]:
    """Organisations by name, before any of them has another."""
    names = (TEA, ORANGES, "Chi cục Chất lượng nông sản (dữ liệu mẫu)")
    with site.world.read() as connection:
        return {name: organisation_called(connection, name) for name in names}


def member(site: Site, organisation: str, login: str, role: MemberRole = MemberRole.OWNER) -> SignedIn:
    return SignedIn(site, organisation, *new_session(site.world, organisation, login, role))


@pytest.fixture(scope="module")
def owner(site: Site, ids: dict[str, str]) -> SignedIn:
    return member(site, ids[TEA], "thu@example.vn")


def filled(person: SignedIn, path: str) -> dict[str, str]:
    """The form as it is opened."""
    form = person.ask(path).tree.xpath("//main//form[contains(@class, 'form')]")[0]
    typed = form.xpath(".//input[@name and @name != 'csrf' and not(@type='checkbox') and not(@type='image')]")
    ticked = form.xpath(".//input[@type='checkbox' and @checked]")
    chosen = form.xpath(".//option[@selected]")[0].get("value")
    return {one.get("name"): one.get("value") or "" for one in (*typed, *ticked)} | {"province_code": chosen}


def place_of(person: SignedIn) -> str:
    with person.site.world.read() as connection:
        return f"{OF_A_PLACE}?of={set_up(connection, person.organisation, 'facilities')[0]}"


def test_another_phone_is_signed_at_once_and_leaves_the_identity_confirmed(owner: SignedIn, site: Site) -> None:
    form = filled(owner, OF_ITSELF)
    assert form["name"] == TEA and "chỉ đúng với tên, mã số thuế, tỉnh và xã" in owner.ask(OF_ITSELF).words
    done = owner.send(OF_ITSELF, {**form, "phone": "0900 111 222", "public_contact_ok": "yes"})
    assert (done.status, "saved=organisation" in done.response.headers["Location"]) == (303, True)
    assert "0900 111 222" in owner.ask(OWN).words and "0900 111 222" in site.page(site.lot(LOT)).words
    assert "identity-confirmed" in site.page(site.lot(LOT)).codes
    again = owner.send(OF_ITSELF, filled(owner, OF_ITSELF))
    assert "saved=nothing" in again.response.headers["Location"]


def test_who_saved_second_sees_both_versions_and_loses_neither(owner: SignedIn) -> None:
    first, second = filled(owner, OF_ITSELF), filled(owner, OF_ITSELF)
    assert owner.send(OF_ITSELF, {**first, "address_old": "Xóm Một"}).status == 303
    both = owner.send(OF_ITSELF, {**second, "address_old": "Xóm Hai"})
    assert both.status == 409 and "Xóm Một" in both.words and "Xóm Hai" in both.words
    assert "Thái Nguyên" in both.words, "codes are told in words"
    version = re.search(r'name="version" value="([^"]*)"', both.response.text)
    assert version
    assert owner.send(OF_ITSELF, {**second, "address_old": "Xóm Hai", "version": version[1]}).status == 303
    assert filled(owner, OF_ITSELF)["address_old"] == "Xóm Hai"


def test_another_name_asks_who_says_so_and_waits_to_be_confirmed_anew(
    owner: SignedIn, site: Site, ids: dict[str, str]
) -> None:
    changed = {**filled(owner, OF_ITSELF), "name": "HTX Chè Đồi Mây Mới"}
    asked = owner.send(OF_ITSELF, changed)
    assert asked.status == 200 and "Xác nhận đúng là mình" in asked.words and "HTX Chè Đồi Mây Mới" in asked.words
    assert "Thái Nguyên" in asked.words and "yes" not in asked.words, "what the form says, not its codes"
    assert owner.send(OF_ITSELF, {**changed, **AGAIN}).status == 303
    page = site.page(site.lot(LOT))
    assert ("identity-unconfirmed", "warning") in page.findings and "chưa được xác nhận lại" in page.words
    assert "đổi tên, mã số thuế hoặc địa chỉ" in page.words
    assert "chờ cơ quan quản lý xác nhận" in owner.ask(f"{OWN}?saved=organisation").words
    authority = member(site, ids["Chi cục Chất lượng nông sản (dữ liệu mẫu)"], "mai@example.vn")
    assert "HTX Chè Đồi Mây Mới" in authority.ask("/portal/organisations").words
    confirmed = {"organisation": owner.organisation, **AGAIN}
    assert authority.send("/portal/organisations/confirm", confirmed).status == 303
    assert "identity-confirmed" in site.page(site.lot(LOT)).codes


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(owner: SignedIn) -> None:
    form = {**filled(owner, OF_ITSELF), "name": "", "tax_code": "12", "ward": "Xã Gõ Dở"}
    wrong = owner.send(OF_ITSELF, form)
    assert wrong.status == 422 and "Chỗ này chưa điền" in wrong.words and "Mã số thuế chưa đúng" in wrong.words
    assert "Xã Gõ Dở" in wrong.response.text


def test_only_an_owner_or_the_officer_who_helps_changes_the_organisation(site: Site, ids: dict[str, str]) -> None:
    staff = member(site, ids[TEA], "phu@example.vn", MemberRole.STAFF)
    assert staff.ask(OF_ITSELF).status == 403 and staff.send(OF_ITSELF, {"name": "X"}).status == 403
    assert "Chủ cơ sở, hoặc cán bộ ghi giúp, sửa được" in staff.ask(OWN).words
    officer = member(site, ids[TEA], "canbo@example.vn", MemberRole.OFFICER)
    form = {**filled(officer, OF_ITSELF), "phone": "0900 333 444"}
    assert officer.send(OF_ITSELF, form).status == 303


def test_a_place_is_described_anew_with_its_pin_and_is_nobody_elses(
    owner: SignedIn, site: Site, ids: dict[str, str]
) -> None:
    path = place_of(owner)
    form = {**filled(owner, path), "ward": "Xã Mới", "area_ha": "1,5"}
    moved = owner.send(path, {**form, "map.x": "100", "map.y": "100"})
    assert moved.status == 200 and "Xã Mới" in moved.response.text, "a tap on the map saves nothing yet"
    pin = {"latitude": "21.59123", "longitude": "105.83456", "near_public": "yes"}
    assert owner.send(path, {**form, **pin}).status == 303
    now = filled(owner, path)
    assert (now["ward"], now["area_ha"], now["latitude"]) == ("Xã Mới", "1,5", "21.59123")
    assert owner.send(path, {**now, "name": "Tên khác", "version": form["version"]}).status == 409
    other = member(site, ids[ORANGES], "cam@example.vn")
    assert other.ask(path).status == 404 and other.send(path, now).status == 404
