"""Every role at every route: who may, may; everybody else is told no; ids of others lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.conftest import ASOF, HOST, Clock, settings_for
from tests.web.conftest import Site
from traceapp.services.accounts import passwords, sessions
from traceapp.services.accounts.people import MemberRole, create_account, join
from traceapp.services.operating.setup import initialise
from traceapp.services.registry.registers import register_organisation
from traceapp.services.world import World
from traceapp.web.access import EVERY_ROLE, PRODUCER, PRODUCER_OFFICER, PRODUCER_OWNER, PUBLIC, SIGNED_IN, access
from traceapp.web.auth import session as cookies

ROLES = ("producer", "certifier", "laboratory", "authority", "inspectorate", "council", "shop", "endorser")
CAST = ("nobody", "alone", "producer-staff", "producer-officer", *ROLES)
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
PROGRAM = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}


class Visitor:
    """One of the cast with a browser of its own."""

    def __init__(self, site: Site, token: str | None, organisation: str | None = None) -> None:
        application = site.client.application
        self.client: FlaskClient = application.test_client(use_cookies=True)
        self.token, self.organisation = token, organisation
        if token:
            self.client.set_cookie("__Host-traceapp", token, domain=HOST, secure=True)

    def ask(self, method: str, path: str, headers: dict[str, str], *, with_token: bool = True) -> int:
        proof = {"csrf": sessions.csrf_token(self.token, self.organisation)} if self.token and with_token else {}
        data = proof or {"some": "thing"}
        send = data if method == "POST" else None
        made = self.client.open(path, method=method, base_url=f"https://{HOST}", headers=headers, data=send)
        made.close()
        return made.status_code


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = World(settings_for(tmp_path_factory.mktemp("matrix")), clock=Clock(ASOF))
    initialise(world)
    made = Site(world)
    made.client.application.config["TESTING"] = True
    yield made
    world.engine.dispose()


@pytest.fixture(scope="module")
def cast(site: Site) -> dict[str, Visitor]:
    world, now, hashed = site.world, site.clock(), passwords.make_hash("một câu rất dài")
    found: dict[str, Visitor] = {"nobody": Visitor(site, None)}
    organisations = {}
    with world.write() as connection:
        for role in ROLES:
            told = {"role": role, "name": f"Tổ chức {role}"}
            organisations[role] = register_organisation(connection, told, world.notary, now)[0]
    for name in CAST[1:]:
        with world.write() as connection:
            account = create_account(connection, f"{name}@example.vn", name, hashed, "vi", now)
            organisation = None
            if name != "alone":
                role, _, member = name.partition("-")
                organisation = organisations[role]
                join(connection, account, organisation, MemberRole(member or "owner"), "cli", world.notary, now)
            token = sessions.start(connection, account, "", now, how="password")
        found[name] = Visitor(site, token, organisation)
    return found


def private_rules(site: Site) -> list[tuple[Rule, tuple[str, ...]]]:
    application = site.client.application
    views = application.view_functions
    rules = [(rule, views[rule.endpoint].__dict__["access"]) for rule in application.url_map.iter_rules()]
    return [(rule, who) for rule, who in rules if PUBLIC not in who]


def path_of(rule: Rule) -> str:
    """An address of the rule with ids that are nobody's."""
    values = {"int": "7", "uuid": "0190aaaa-0000-7000-8000-000000000000", "path": "x", "default": "nobodys"}
    values |= {"ai": "01", "raw": "09520000000127/10/NONE"}

    def value(found: re.Match[str]) -> str:
        kind, _, name = found[1].rpartition(":")
        if kind.startswith("any("):
            return kind.removeprefix("any(").removesuffix(")").split(",")[0].strip(" '\"")
        return "T0000000000AC" if name in ("code", "product") else values.get(kind.partition("(")[0] or "default", "x")

    return re.sub(r"<([^>]+)>", value, rule.rule)


def may(name: str, who: tuple[str, ...]) -> bool:
    """The rule of the house, said once more and apart from the code."""
    role = name.partition("-")[0]
    if name == "nobody":
        return False
    alone = {PRODUCER: PRODUCER_OWNER, "producer-officer": PRODUCER_OFFICER}
    return SIGNED_IN in who or role in who or alone.get(name) in who


@pytest.mark.parametrize("name", CAST)
def test_every_route_lets_in_exactly_whom_it_declares(site: Site, cast: dict[str, Visitor], name: str) -> None:
    checked = 0
    for rule, who in private_rules(site):
        if rule.rule == "/logout" or "sessions" in rule.rule:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            status = cast[name].ask(method, path_of(rule), PROGRAM)
            where = f"{name} {method} {path_of(rule)}"
            if name == "nobody":
                assert status == 401, where
            elif may(name, who):
                assert status not in (401, 403) or (status == 403 and SIGNED_IN in who), where
            else:
                assert status == 403, where
            assert status < 500, where
            checked += 1
    assert checked > 30


def test_nobody_is_led_to_the_door_and_back(site: Site, cast: dict[str, Visitor]) -> None:
    for rule, _ in private_rules(site):
        if "GET" in (rule.methods or set()):
            path = path_of(rule)
            answer = cast["nobody"].client.get(path, base_url=f"https://{HOST}", headers=BROWSER)
            assert answer.status_code == 303
            assert answer.headers["Location"].startswith("/login?next=%2F")


def test_no_form_counts_without_its_sessions_token_or_from_another_site(site: Site, cast: dict[str, Visitor]) -> None:
    for rule, who in private_rules(site):
        name = "alone" if SIGNED_IN in who else next(one for one in ROLES if may(one, who))
        if "POST" in (rule.methods or set()):
            assert cast[name].ask("POST", path_of(rule), BROWSER, with_token=False) == 403, rule
            assert cast[name].ask("POST", path_of(rule), {**BROWSER, "Sec-Fetch-Site": "cross-site"}) == 403, rule


def test_ids_of_others_or_of_nobody_lead_nowhere(site: Site, cast: dict[str, Visitor]) -> None:
    for rule, who in private_rules(site):
        if rule.arguments and PRODUCER in who and "GET" in (rule.methods or set()):
            assert cast["producer"].ask("GET", path_of(rule), BROWSER) in (303, 404), rule


def test_private_pages_are_kept_by_nobody_and_found_by_no_search_engine(site: Site, cast: dict[str, Visitor]) -> None:
    for path in ("/portal", "/portal/account", "/login", "/signup", "/reset"):
        visitor = cast["nobody" if path in ("/login", "/signup", "/reset") else "producer"]
        answer = visitor.client.get(path, base_url=f"https://{HOST}", headers=BROWSER)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert len(answer.data) < 30_000


def test_a_view_for_a_role_that_there_is_not_cannot_be_declared() -> None:
    for odd in ((), ("king",), (PUBLIC, "queen")):
        with pytest.raises(RuntimeError, match="A view is for PUBLIC or for some of"):
            access(*odd)
    assert len(set(EVERY_ROLE)) == len(EVERY_ROLE)


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(site: Site) -> None:
    with site.client.application.test_request_context(base_url=f"https://{HOST}"):
        answer = cookies.begin(site.client.application.response_class(), "token")
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-traceapp=token;")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie
