"""What every answer carries, what may be kept where, and which errors have which status."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from tests.conftest import HOST
from tests.web.conftest import BROWSER, PROGRAM, Site
from traceapp.core import errors
from traceapp.core.dates import instant
from traceapp.core.errors import TraceappError
from traceapp.services.log.heads import size_of
from traceapp.services.lots.acts import hold
from traceapp.services.registry.registers import owner_of_lot
from traceapp.services.world import World
from traceapp.web.access import EVERY_ROLE, PUBLIC, access, require_declared
from traceapp.web.errors import STATUS

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
WITH_SCRIPT = f"{CSP}; script-src 'self'"
"""Of the two pages that a script makes more convenient."""
ALWAYS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000",
}
FOREVER = "public, max-age=31536000, immutable"
LOT, GTIN = "/01/09520000000127/10/DM2610B", "/01/09520000000127"


@pytest.fixture(scope="module")
def record(read_only: Site) -> str:
    """The path of a public record."""
    found: str = read_only.verdict(LOT)["record_ids"][0]
    return found.partition(HOST)[2]


@pytest.fixture(scope="module")
def picture(read_only: Site) -> str:
    return re.findall(r"/media/[0-9a-f]{64}\.webp", read_only.ask(LOT).text)[0]


def addresses(site: Site, record: str, picture: str) -> list[str]:
    """One of every kind, good and bad."""
    item = site.item("DM2610B", 1)
    good = [
        LOT,
        GTIN,
        item,
        f"/verify{LOT}?lang=vi",
        f"/verify{item}",
        f"/bundle{LOT}",
        "/",
        "/verify-help",
        "/privacy",
        "/search?q=che",
        "/search.json?q=che",
    ]
    good += [f"/find?code={LOT}", record, f"{record}/proof", "/log/checkpoint", "/log/tile/0/000.p/9", "/vocab/v1"]
    good += ["/.well-known/did.json", "/.well-known/jwks.json", "/.well-known/traceapp-trust.json", picture]
    good += ["/status/revocation/1", "/status/suspension/1", "/healthz", "/readyz", "/static/public.css"]
    good += ["/robots.txt", "/sitemap.xml", "/sitemap-pages.xml", "/sitemap-products.xml", "/sitemap-lots.xml"]
    bad = [
        "/nowhere",
        "/01/1",
        f"{LOT}/21/ABC",
        "/01/00000000000017",
        "/find?code=",
        "/records/x",
        "/log/x",
        "/status/x/1",
    ]
    return [*good, *bad, f"{LOT}?{'a' * 9000}", f"/media/{'0' * 64}.webp"]


# Every answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("accept", [BROWSER, PROGRAM, "*/*", "application/linkset+json"])
def test_every_answer_carries_the_safety_headers_and_no_cookie(
    read_only: Site, record: str, picture: str, method: str, accept: str
) -> None:
    for path in addresses(read_only, record, picture):
        answer = read_only.ask(path, method=method, accept=accept, Cookie="session=1")
        is_page = accept != PROGRAM or path == "/"
        has_script = path in ("/", "/search?q=che") and method in ("GET", "HEAD") and is_page
        policy = {"Content-Security-Policy": WITH_SCRIPT} if has_script else {}
        assert {name: answer.headers.get(name) for name in ALWAYS} == {**ALWAYS, **policy}, path
        assert "Set-Cookie" not in answer.headers, path
        assert answer.status_code < 500, path


def test_a_refused_host_and_a_failure_carry_them_too(read_only: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Site(read_only.world, address="https://evil.example")
    assert other.ask(LOT).status_code == 400
    broken = read_only.worker()
    monkeypatch.setitem(broken.client.application.view_functions, "public.privacy", broken_view)
    for answer, status in (
        (other.ask(LOT), 400),
        (broken.ask("/privacy"), 500),
        (broken.ask("/privacy", accept=PROGRAM), 500),
    ):
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
        assert answer.headers["Cache-Control"] == "no-store"
        assert "a secret" not in answer.text


def broken_view() -> str:
    raise RuntimeError("a secret")


def test_a_service_without_https_does_not_ask_for_it(read_only: Site) -> None:
    assert "Strict-Transport-Security" not in insecure(read_only).ask("/").headers


def insecure(site: Site) -> Site:
    return Site(World(replace(site.world.settings, base_url=f"http://{HOST}"), clock=site.world.clock))


# Caches


def test_what_never_changes_is_kept_for_ever_and_the_rest_for_seconds(
    read_only: Site, record: str, picture: str
) -> None:
    css = re.findall(r'/static/public\.css\?v=[^"]+', read_only.ask("/").text)[0]
    for path in (record, picture, "/vocab/v1", css):
        assert read_only.ask(path).headers["Cache-Control"] == FOREVER, path
    for path in ("/log/checkpoint", f"{record}/proof", "/log/tile/0/000.p/9", "/log/tile/entries/000.p/9"):
        assert seconds(read_only.ask(path).headers["Cache-Control"]) <= 60, path
    for path in (
        "/.well-known/did.json",
        "/.well-known/traceapp-trust.json",
        "/status/revocation/1",
        css.partition("?")[0],
    ):
        assert seconds(read_only.ask(path).headers["Cache-Control"]) <= 60, path


def seconds(cache_control: str) -> int:
    found = re.fullmatch(r"public, max-age=(\d+)", cache_control)
    assert found, cache_control
    return int(found[1])


def test_a_full_tile_is_immutable_and_a_partial_one_is_not(site: Site) -> None:
    grow(site, 256)
    for path in ("/log/tile/0/000", "/log/tile/entries/000"):
        answer = site.ask(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOREVER)
        assert "immutable" not in site.ask(f"{path}.p/9").headers["Cache-Control"]


def grow(site: Site, size: int) -> None:
    """Make the log hold at least that many entries."""
    world, lot = site.world, site.lot_id("LT2610")
    with world.write() as connection:
        owner = owner_of_lot(connection, lot)[1]
        for number in range(size - size_of(connection)):
            hold(connection, lot, f"thử {number}", owner, world.notary, world.clock())


def test_what_depends_on_who_asks_is_private_and_says_so(read_only: Site) -> None:
    item = read_only.item("DM2610B", 1)
    for path in (LOT, GTIN, item, f"/verify{LOT}", f"/verify{item}", f"/verify{LOT}?lang=xx", f"{LOT}?lang=vi"):
        for accept in (BROWSER, PROGRAM, "*/*", "application/linkset+json"):
            answer = read_only.ask(path, accept=accept)
            assert answer.headers["Cache-Control"].startswith("private"), path
            assert {"Accept", "Accept-Language"} <= set(answer.vary), path
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert 'rel="linkset"' in answer.headers["Link"]


@pytest.mark.parametrize(
    "query", ["lang=", "lang=xx", "lang=VI", "lang=&lang=vi", "lang=%20vi", "LANG=vi", "lang=vi%00", ""]
)
def test_an_address_that_leaves_the_language_open_is_never_public(read_only: Site, query: str) -> None:
    answers = [read_only.ask(f"/verify{LOT}?{query}", Accept_Language=language) for language in ("vi", "en")]
    if answers[0].data != answers[1].data:
        assert all(answer.headers["Cache-Control"].startswith("private") for answer in answers)
    public = [answer for answer in answers if "public" in answer.headers["Cache-Control"]]
    assert len({answer.data for answer in public}) <= 1


def test_only_an_address_that_fixes_its_bytes_is_public_and_then_whoever_asks_gets_the_same(read_only: Site) -> None:
    for path in (f"/verify{LOT}?lang=vi", f"/verify{GTIN}?lang=en", "/verify/01/00000000000017?lang=vi"):
        answers = [
            read_only.ask(path, accept=accept, Accept_Language=language)
            for accept in (BROWSER, PROGRAM, "*/*")
            for language in ("vi", "en")
        ]
        assert len({answer.data for answer in answers}) == 1
        assert all(seconds(answer.headers["Cache-Control"]) <= 60 for answer in answers)


def test_an_edge_never_keeps_a_page_longer_than_it_is_true(site: Site) -> None:
    path = f"/verify{LOT}?lang=vi"
    for _ in range(400):
        changes_at = site.verdict(path)["changes_at"]
        kept = seconds(site.ask(path).headers["Cache-Control"])
        later = site.clock.now + timedelta(seconds=kept)
        assert changes_at is None or later.strftime("%Y-%m-%dT%H:%M:%SZ") <= changes_at
        if changes_at is None:
            break
        site.clock.now = instant(changes_at) - timedelta(seconds=7) if kept == 60 else instant(changes_at)


def test_an_items_page_is_kept_nowhere(read_only: Site) -> None:
    item = read_only.item("DM2610B", 1)
    for path in (item, f"/verify{item}", f"/verify{item}?lang=vi", f"{LOT}/21/ABC", f"/verify{LOT}/21/ABC?lang=en"):
        assert read_only.ask(path).headers["Cache-Control"] == "private, no-store", path
    assert read_only.ask(item, accept=PROGRAM).headers["Cache-Control"].startswith("private")


def test_what_was_not_changed_is_not_sent_again(read_only: Site, record: str) -> None:
    for path in (record, "/log/tile/0/000.p/9", "/vocab/v1", "/static/public.css"):
        tag = read_only.ask(path).headers["ETag"]
        again = read_only.ask(path, If_None_Match=tag)
        assert (again.status_code, again.data) == (304, b"")


def test_a_style_sheet_and_a_drawing_go_out_gzipped_to_whoever_takes_that(read_only: Site) -> None:
    for name in ("public.css", "icons.svg", "favicon.svg"):
        path = f"/static/{name}"
        plain, packed = read_only.ask(path), read_only.ask(path, Accept_Encoding="br, gzip")
        assert gzip.decompress(packed.data) == plain.data
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert {plain.headers["Vary"], packed.headers["Vary"]} == {"Accept-Encoding"}
        assert plain.headers["ETag"] != packed.headers["ETag"]
        again = read_only.ask(path, Accept_Encoding="gzip", If_None_Match=packed.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")
    assert "Content-Encoding" not in read_only.ask("/static/share.png", Accept_Encoding="gzip").headers
    assert "Content-Encoding" not in read_only.ask("/static/public.css", Accept_Encoding="gzip;q=0").headers


def test_programs_of_any_origin_may_read_what_is_public(read_only: Site, record: str) -> None:
    for path in (
        record,
        f"{record}/proof",
        "/log/checkpoint",
        "/.well-known/did.json",
        "/status/revocation/1",
        "/vocab/v1",
    ):
        assert read_only.ask(path).headers["Access-Control-Allow-Origin"] == "*", path


# Statuses and access


def every(kind: type[TraceappError]) -> Iterator[type[TraceappError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from every(one)


@pytest.mark.parametrize("kind", sorted(set(every(TraceappError)), key=lambda kind: kind.__name__))
def test_every_error_has_a_status_of_its_own_and_a_code(kind: type[TraceappError]) -> None:
    assert 400 <= STATUS[kind] < 600
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert kind is TraceappError or kind.code != TraceappError.code


def test_statuses_name_only_errors_that_exist() -> None:
    assert set(STATUS) == set(every(TraceappError))
    assert {name for name in vars(errors) if isinstance(vars(errors)[name], type)} == {kind.__name__ for kind in STATUS}


def test_codes_are_told_apart() -> None:
    codes = [kind.code for kind in STATUS]
    assert len(codes) == len(set(codes))


def test_an_error_raised_in_a_view_is_answered_with_its_status_and_code(
    read_only: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = read_only.worker()
    views = site.client.application.view_functions
    for kind, status in STATUS.items():

        def fail(kind: type[TraceappError] = kind) -> str:
            raise kind("What failed, and what to do.")

        monkeypatch.setitem(views, "public.privacy", access(PUBLIC)(fail))
        problem, page = site.ask("/privacy", accept=PROGRAM), site.ask("/privacy", Accept_Language="en")
        assert (problem.status_code, page.status_code) == (status, status)
        assert problem.mimetype == "application/problem+json"
        said = problem.get_json()
        assert (said["title"], said["status"], said["detail"]) == (kind.code, status, "What failed, and what to do.")
        assert "What failed, and what to do." in page.text


def test_every_route_says_who_may_call_it(read_only: Site) -> None:
    app = read_only.client.application
    assert isinstance(app, Flask)
    for view in app.view_functions.values():
        assert view.__dict__["access"] == (PUBLIC,) or set(view.__dict__["access"]) <= set(EVERY_ROLE)
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(app.view_functions)


def test_a_route_that_does_not_say_stops_the_start() -> None:
    app = Flask("undeclared", static_folder=None)
    app.add_url_rule("/secret", view_func=broken_view)
    with pytest.raises(RuntimeError, match="broken_view does not declare its access"):
        require_declared(app)
