"""Whatever somebody sends gets a clear answer in their language: never a failure, never another host, nothing repeated
as markup."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from tests.conftest import HOST
from tests.web.conftest import BROWSER, MODULE_ON_ONE_DATABASE, PROGRAM, Site
from tests.web.hostile import LIVE, METHODS, Answer, Request, complaints, made_up, send

GTIN, LOT = "/01/09520000000127", "/01/09520000000127/10/DM2610B"
REQUESTS = 2000
SOAK_REQUESTS = 100_000
BOUND = 2.0
"""Seconds of its own for one answer, whatever was asked: what a busy machine does in between is not counted."""

REFUSED = {
    "/01/09520000000128": (400, "check digit should be 7"),
    "/01/9520000000127": (400, "has 13 digits"),
    "/01/0952000000012A": (400, "digits only"),
    f"{GTIN}/21/ABC/10/A": (400, "cannot follow"),
    f"{GTIN}/10/A/10/B": (400, "each once"),
    f"{GTIN}/10/A/22/B": (400, "cannot follow"),
    f"{GTIN}/99/A": (400, "cannot follow"),
    f"{GTIN}/10/A%20B": (400, "GS1 symbols cannot carry"),
    f"{GTIN}/10/A%00B": (400, "GS1 symbols cannot carry"),
    f"{GTIN}/10/A%0AB": (400, "GS1 symbols cannot carry"),
    f"{LOT}/21/A%0D%0AB": (400, "GS1 symbols cannot carry"),
    f"{GTIN}/10/%C4%91": (400, "GS1 symbols cannot carry"),
    f"{GTIN}/10/%ff%fe": (400, "not UTF-8"),
    f"{GTIN}/10/" + "A" * 21: (400, "has 21 characters"),
    f"{GTIN}/10": (400, "has no value"),
    f"{GTIN}/10/": (400, "has no value"),
    f"{GTIN}//10/A": (400, "doubled /"),
    f"/{GTIN}": (400, "doubled /"),
    f"{LOT}//": (400, "doubled /"),
    f"{LOT}/x": (400, "has no value"),
    f"{GTIN}/../../x": (400, "has no value"),
    "/01": (400, "has no value"),
    "/99/123": (400, "no known key"),
    "/t/T4Q7W9K2M8X3Z": (400, "check character"),
    f"{LOT}?99999=1": (400, "no GS1 Application Identifier"),
    f"{LOT}/21/ABC?S=1&S=2": (400, "2 signatures"),
    f"{LOT}?x=%C4%91&y=\u0111": (400, "web address cannot"),
    f"{LOT}?{'a' * 9000}": (414, "too long"),
    f"{GTIN}/10/{'A' * 3000}": (414, "too long"),
    "/417/9520000900021": (404, "Nothing is known"),
    "/nowhere": (404, "not found"),
    "/records/01a1ffba-93f5-7dab-9a4e-d0745ec22c90": (404, "no record"),
    "/records/%00": (404, "not found"),
    "/status/x/1": (404, "not found"),
    "/log/tile/0/999": (404, "has no tile"),
    "/log/tile/9999999999/000": (400, "tile path"),
    "/media/../../etc/passwd": (404, "not found"),
    "/static/../app.py": (404, "no file"),
    "/find?code=%00": (400, "no code has"),
    "/find?code=09520000000128": (400, "check digit"),
    "/find?code=https://evil.example/01/09520000000127": (404, "another service"),
    "/find?code=//evil.example/01/09520000000127": (400, "doubled /"),
    "/find?code=A&within=//evil.example": (400, "doubled /"),
}


@pytest.fixture(scope="module")
def paths(module_site: Site) -> list[str]:
    """An address of each kind that exists."""
    lot, item, signed = module_site.lot("DM2610B"), module_site.item("DM2610B", 1), module_site.signed("DM2610B", 25)
    record = module_site.verdict(lot)["record_ids"][0].partition(HOST)[2]
    codes = [lot, item, signed, GTIN, module_site.lot("DM2607A")]
    return [
        *codes,
        *(f"/verify{path}" for path in codes),
        *(f"/bundle{path}" for path in (lot, GTIN)),
        *(f"/{form}{path}" for form in ("ask", "report") for path in (lot, item)),
        *("/report/01/00000000000017/21/A", "/message/0000-0000-0000-0000-0000"),
        *(record, f"{record}/proof", "/log/checkpoint", "/log/tile/0/000", "/log/tile/entries/000.p/17"),
        *("/search", "/search?q=ca%20phe&stars=4&after=20", "/search.json?q=ca"),
        *("/", "/find", "/find", "/find", "/privacy", "/verify-help", "/healthz", "/readyz", "/vocab/v1"),
        *("/.well-known/did.json", "/.well-known/jwks.json", "/.well-known/traceapp-trust.json"),
        *("/status/revocation/1", "/static/public.css", "/media/x.webp", "/t/T4Q7W9K2M8X3Z/10/G-1"),
        *("/414/9520000900021", "/417/9520000900021", "/00/123456789012345675", "/8004/952000ABC"),
    ]


def ask(site: Site, target: str, accept: str = BROWSER, language: str = "vi", **more: str) -> Answer:
    """One request, judged; each is sent with and without the raw address that some servers add."""
    headers = (("Accept", accept), ("Accept-Language", language), *((name, value) for name, value in more.items()))
    request = Request(target, headers=headers)
    answers = [send(site, request), send(site, replace(request, with_uri=True))]
    for answer in answers:
        assert complaints(request, answer) == []
    return answers[0]


# Messages


@pytest.mark.parametrize("target", REFUSED, ids=lambda target: target[:40])
def test_what_is_wrong_is_refused_with_the_reason(module_site: Site, target: str) -> None:
    status, reason = REFUSED[target]
    problem = ask(module_site, target, PROGRAM)
    assert (problem.status, problem.kind) == (status, "application/problem+json")
    assert reason in json.loads(problem.body)["detail"]
    english, vietnamese = ask(module_site, target, language="en"), ask(module_site, target)
    assert (english.status, vietnamese.status) == (status, status)
    assert quote(reason) in quote(english.body.decode().replace("&#39;", "'"))
    assert reason not in vietnamese.body.decode()
    assert b'<html lang="en"' in english.body
    assert b'<html lang="vi"' in vietnamese.body
    assert "Bây giờ làm gì" in vietnamese.body.decode()
    assert {answer.headers["Cache-Control"] for answer in (problem, english, vietnamese)} == {"no-store"}


@MODULE_ON_ONE_DATABASE
def test_an_address_says_in_which_language_its_error_is_wanted(module_site: Site) -> None:
    assert b'<html lang="en"' in ask(module_site, "/01/1?lang=en").body
    assert b'<html lang="vi"' in ask(module_site, "/01/1?lang=vi", language="en").body


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize(
    "target",
    [f"{GTIN}/", f"{LOT}/", f"{LOT}?17=261231&utm_source=zalo", f"{LOT}?S=1", f"{LOT}?S=1&S=2", f"{LOT}?S=&S=x"],
)
def test_what_is_only_odd_is_tolerated(module_site: Site, target: str) -> None:
    answer = ask(module_site, target)
    assert answer.status == 200
    assert b"record-authentic" in answer.body


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize("signature", ["", "1", "abc", "9" * 167, "0" * 167, "%C4%91", "9" * 5000, LIVE[0], "1 2"])
def test_a_signature_that_is_none_is_called_bad(module_site: Site, signature: str) -> None:
    path = module_site.item("DM2610B", 25)
    for accept in (BROWSER, PROGRAM):
        answer = ask(module_site, f"{path}?S={quote(signature, safe='%')}", accept)
        assert answer.status == 200
        assert b"label-signature-bad" in answer.body
        assert b"label-signature-good" not in answer.body


def test_a_lot_with_a_slash_that_nobody_recorded_needs_the_raw_address(module_site: Site) -> None:
    request = Request(f"{GTIN}/10/A%2FB", headers=(("Accept", PROGRAM),))
    assert send(module_site, request).status == 400
    found = send(module_site, replace(request, with_uri=True))
    assert (found.status, json.loads(found.body)["identity"]["lot"]) == (404, "A/B")


@MODULE_ON_ONE_DATABASE
def test_an_absolute_target_is_read_by_its_path(module_site: Site) -> None:
    for start in (f"https://{HOST}", "http://evil.example", "HTTP://evil.example:80"):
        request = Request(f"{start}{LOT}", headers=(("Accept", PROGRAM),), with_uri=True)
        found = json.loads(send(module_site, request).body)
        assert found["identity"]["address"] == f"https://{HOST}{LOT}"


# Sizes


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (f"{LOT}?{'a=b&' * 2_500_000}", {}),
        (f"{LOT}?{'a' * 10_000_000}", {}),
        (f"/find?code={'9' * 10_000_000}", {}),
        (f"/?{'lang=vi&' * 1_000_000}", {}),
        (f"/01/{'9' * 1_000_000}", {}),
        (f"/log/tile/{'x001/' * 200_000}", {}),
        (LOT, {"Accept-Language": "en;q=0.5," * 120_000}),
        (LOT, {"Accept-Language": "x" * 1_000_000}),
        (LOT, {"Accept": "a/b;q=0.1," * 100_000}),
        (LOT, {"Accept": "text/html" + "," * 1_000_000}),
        (LOT, {"User-Agent": "x" * 1_000_000, "Cookie": "a=b;" * 250_000}),
        (LOT, {"X-Forwarded-For": "1.2.3.4," * 125_000}),
        ("/log/tile/0/000.p/9", {"If-None-Match": '"x",' * 250_000, "Range": "bytes=" + "0-1," * 250_000}),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_far_too_large_is_answered_at_once(module_site: Site, target: str, headers: dict[str, str]) -> None:
    for accept in (BROWSER, PROGRAM):
        request = Request(target, headers=tuple({"Accept": accept, **headers}.items()), with_uri=True)
        begun = time.thread_time()
        answer = send(module_site, request)
        assert time.thread_time() - begun < BOUND
        assert complaints(request, answer) == []


@MODULE_ON_ONE_DATABASE
def test_a_body_is_never_read_where_none_is_asked_for(module_site: Site) -> None:
    for method in ("POST", "PUT", "GET"):
        request = Request(LOT, method=method, body=b"x" * 5_000_000, headers=(("Accept", PROGRAM),))
        assert send(module_site, request).status == (200 if method == "GET" else 405)


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize("deep", ["[" * 100_000, "[" * 50_000 + "]" * 50_000, '{"state":' * 50_000])
def test_json_that_is_nested_too_deep_is_refused_like_any_that_is_none(module_site: Site, deep: str) -> None:
    headers = {"Accept": PROGRAM, "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    request = Request("/passkey/sign-in", method="POST", body=deep.encode(), headers=tuple(headers.items()))
    assert send(module_site, request).status == 400


# Methods and hosts


@MODULE_ON_ONE_DATABASE
def test_every_route_answers_every_method(module_site: Site, paths: list[str]) -> None:
    for path in paths:
        for method in METHODS:
            for accept in (BROWSER, PROGRAM):
                request = Request(path, method=method, headers=(("Accept", accept),))
                answer = send(module_site, request)
                assert complaints(request, answer) == [], f"{method} {path}"
                if method == "POST" and path.startswith(("/ask/", "/report/")):
                    assert answer.status == 422, "a form without anything in it is shown again"
                elif method.upper() not in ("GET", "HEAD", "OPTIONS"):
                    assert answer.status in (404, 405), f"{method} {path}"
                    assert answer.status == 404 or "GET" in answer.headers["Allow"]
                if method == "HEAD":
                    assert answer.body == b""


@MODULE_ON_ONE_DATABASE
def test_options_of_a_code_tells_programs_what_they_may_do(module_site: Site) -> None:
    for path in (LOT, f"/verify{LOT}", f"{GTIN}/10/A%20B", f"{GTIN}/10/A%0AB", "/01/1", "/414/9520000900021"):
        answer = send(module_site, Request(path, method="OPTIONS", with_uri=True))
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
        assert answer.headers["Link"].startswith(f"<https://{HOST}{path.removeprefix('/verify')}?linkType=linkset>")


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"{HOST}.evil.example",
        f"evil.example:443@{HOST}",
        f"{HOST}:8443",
        f"{HOST},evil.example",
        f"{HOST}/x",
        *("", None, " ", "\u00e9", "127.0.0.1.evil.example", "[::1", "::1", "localhost:x", "x" * 10_000, f"{HOST}\t"),
    ],
    ids=lambda host: str(host)[:20],
)
def test_a_host_that_is_none_of_ours_is_refused(module_site: Site, host: str | None) -> None:
    for accept in (BROWSER, PROGRAM, "*/*"):
        for path in (LOT, "/", "/find?code=DM2610B", "/nowhere"):
            request = Request(path, headers=(("Accept", accept),), host=host)
            answer = send(module_site, request)
            assert answer.status == 400
            assert complaints(request, answer) == []
            assert b"evil" not in answer.body


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize(
    "host", [HOST, HOST.upper(), "localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "[::1]"]
)
def test_our_own_hosts_and_this_machine_are_served_and_links_carry_the_settings_address(
    module_site: Site, host: str
) -> None:
    for path, accept in ((LOT, "*/*"), (LOT, BROWSER), (LOT, PROGRAM), (LOT, "application/linkset+json")):
        answer = send(module_site, Request(path, headers=(("Accept", accept),), host=host))
        assert answer.status < 400
        # A linkset's anchor is the address asked for; everything else is ours.
        body = re.sub(rb'"anchor": "[^"]*"', b"", answer.body)
        told = body + (answer.headers.get("Location", "") + answer.headers.get("Link", "")).encode()
        assert f"https://{HOST}{LOT}".encode() in told or f"https://{HOST}/verify{LOT}".encode() in told
        assert host == HOST or host.encode() not in told


@MODULE_ON_ONE_DATABASE
def test_a_typed_code_never_leads_to_another_host(module_site: Site) -> None:
    typed = [
        LOT,
        "DM2610B",
        "09520000000127",
        f"https://{HOST}{LOT}",
        f"HTTPS://{HOST.upper()}{LOT}",
        "/414/9520000900021",
    ]
    for code in [
        *typed,
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        f"https://{HOST}@evil.example{LOT}",
    ]:
        for within in ("", LOT, "//evil.example/01/1", "https://evil.example"):
            target = f"/find?code={quote(code, safe='')}&within={quote(within, safe='')}"
            location = ask(module_site, target).headers.get("Location", "/01/")
            assert location.startswith(("/01/", "/414/", "/search?")), f"{code} within {within}"


# Fuzz


def test_the_judge_of_answers_finds_what_it_should() -> None:
    safe = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Security-Policy": "x"}
    page = b'<html lang="vi"><h1>x</h1><ol class="do"></ol>'
    html, reader = {**safe, "Content-Type": "text/html"}, Request("/", headers=(("Accept", BROWSER),))
    program = Request("/", headers=(("Accept", PROGRAM),))
    problem = {**safe, "Content-Type": "application/problem+json"}
    good = b'{"status": 400, "title": "x", "detail": "y"}'
    assert complaints(reader, Answer(400, Headers(html), page)) == []
    assert complaints(program, Answer(400, Headers(problem), good)) == []
    wrong = [
        (reader, Answer(500, Headers(html), page)),
        (reader, Answer(302, Headers({**html, "Location": "//evil.example"}), b"")),
        (reader, Answer(302, Headers({**html, "Location": "https://evil.example/"}), b"")),
        (reader, Answer(302, Headers({**html, "Location": "javascript:x9()"}), b"")),
        (reader, Answer(400, Headers(problem), good)),
        (reader, Answer(400, Headers({**safe, "Content-Type": "text/plain"}), b"x")),
        (reader, Answer(400, Headers(html), page.replace(b"vi", b"xx"))),
        (reader, Answer(400, Headers(html), b'<html lang="vi">')),
        (program, Answer(400, Headers(html), page)),
        (program, Answer(400, Headers(problem), good.replace(b"400", b"404"))),
        (reader, Answer(200, Headers({**html, "Set-Cookie": "x"}), b"")),
        (reader, Answer(200, Headers({**html, "Injected": "1"}), b"")),
        (reader, Answer(200, Headers({"Content-Type": "text/html"}), b"")),
        *((reader, Answer(200, Headers(html), text.encode())) for text in LIVE[:2]),
        (reader, Answer(200, Headers(html), b'<a href="javascript:x9()">')),
        (reader, Answer(200, Headers(html), b"81x9")),
    ]
    assert [answer for request, answer in wrong if complaints(request, answer) == []] == []


def fuzz(site: Site, paths: list[str], seeds: range) -> Iterator[str]:
    for seed in seeds:
        request = made_up(seed, paths)
        for wrong in complaints(request, send(site, request)):
            yield f"seed {seed}: {request.method} {request.target[:200]!r} with {request.headers!r:.300}: {wrong}"


def test_two_thousand_made_up_requests_are_answered_well(module_site: Site, paths: list[str]) -> None:
    before = module_site.rows()
    assert list(fuzz(module_site, paths, range(REQUESTS // 2))) == []
    after = module_site.rows()
    assert {name for name in after if after[name] != before[name]} <= {
        "scan_hours",
        "scan_items",
        "scan_visits",
        "scan_day_keys",
        "scan_voices",
    }


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_made_up_requests_are_answered_well(module_site: Site, paths: list[str]) -> None:
    start = int.from_bytes(os.urandom(4), "big")
    assert list(fuzz(module_site, paths, range(start, start + SOAK_REQUESTS // 2))) == []


ODD = st.text(st.characters(codec="utf-8"), max_size=60)
RAW = st.binary(max_size=40).map(lambda raw: "".join(f"%{byte:02X}" for byte in raw))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    start=st.sampled_from(
        [
            "/",
            "/01/",
            f"{GTIN}/10/",
            f"{LOT}/21/",
            "/verify/01/",
            "/bundle/01/",
            "/t/",
            "/records/",
            "/log/",
            "/find?code=",
            "/message/",
            "/report/01/00000000000017/10/",
            "/search?q=",
            "/search.json?q=",
        ]
    ),
    rest=st.one_of(ODD, RAW),
    query=st.one_of(st.just(""), ODD, RAW),
    accept=st.sampled_from([BROWSER, PROGRAM, "*/*", "application/linkset+json"]),
    header=ODD,
    with_uri=st.booleans(),
)
def test_any_text_at_all_is_answered_well(
    module_site: Site, start: str, rest: str, query: str, accept: str, header: str, with_uri: bool
) -> None:
    headers = (("Accept", accept), ("Accept-Language", header), ("X-Anything", header), ("Referer", header))
    request = Request(start + rest + (f"?{query}" if query else ""), headers=headers, with_uri=with_uri)
    assert complaints(request, send(module_site, request)) == []


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize("text", LIVE)
def test_nothing_that_would_run_is_repeated(module_site: Site, text: str) -> None:
    raw = quote(text, safe="")
    targets = [f"/{raw}", f"/01/{raw}", f"{GTIN}/10/{raw}", f"{LOT}/21/{raw}", f"{LOT}?S={raw}", f"{LOT}?lang={raw}"]
    targets += [f"/search?q={raw}&stars={raw}&province={raw}&after={raw}", f"/search.json?q={raw}"]
    targets += [f"/report{GTIN}/10/{raw}", f"/ask{LOT}/21/{raw}", f"/message/{raw}"]
    targets += [f"/find?code={raw}", f"/find?code=A&within={raw}", f"/find?code=//{raw}", f"/?lang={raw}&x={raw}"]
    for target in targets:
        for language in ("vi", "en"):
            answer = ask(module_site, target, language=language, Referer=text)
            page = html5lib.parse(answer.body, transport_encoding="utf-8", namespaceHTMLElements=False)
            assert not {"iframe", "object", "embed"} & {one.tag for one in page.iter()}
            run = [one.get("src", "") for one in page.iter("script") if one.get("type") != "application/ld+json"]
            assert all(src.startswith("/static/search.js?v=") for src in run)
            assert not [name for one in page.iter() for name in one.attrib if name.startswith("on")]
