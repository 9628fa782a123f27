"""What GS1's own resolver test suite asks of a resolver, asked of the served process, one check of the suite a test.

The suite runs in a browser and sends its requests through a helper with curl's habits: HEAD for headers, `Accept: */*`
unless a test says otherwise, one value a header name, the last one winning. Here http.client does the same.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.shared import Shared
from tests.web.serving import Served, served

LINKSET_SCHEMA = Path(__file__).resolve().parents[2].parent / "shared/vectors/gs1-linkset-schema.json"
LINKSET = "application/linkset+json"
GTIN = "/01/09520000000127"
KINDS = ("product", "lot", "item", "place")
FURTHER = {"product": "/10/KL8G", "lot": "/21/KL8G", "item": "", "place": "/254/KL8G"}
"""A valid qualifier whose value nobody knows."""


@dataclass(frozen=True)
class Answer:
    """Status, headers by their names in lower case, and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


@dataclass(frozen=True)
class Resolver:
    """The served resolver, and one Digital Link of each kind that it knows."""

    service: Served
    links: Mapping[str, str]

    def ask(self, url: str, method: str = "HEAD", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=20)
        sent = {"Host": self.service.host, "Origin": "https://ref.gs1.org/test-suites/resolver/", "Accept": "*/*"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, url.removeprefix(self.service.url), headers=sent)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)

    def linkset(self, link: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.ask(link, "GET", Accept=LINKSET).body)["linkset"]
        return found


@pytest.fixture(scope="module")
def resolver(tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> Iterator[Resolver]:
    with served(tmp_path_factory.mktemp("conformance"), shared, "--no-worker") as running:
        done = running.traceapp("url", "DM2610B", "--item", "1")
        assert done.returncode == 0, done.stderr
        item = "/01/" + done.stdout.strip().partition("/01/")[2]
        paths = {"product": GTIN, "lot": f"{GTIN}/10/DM2610B", "item": item, "place": "/414/9520000900021"}
        yield Resolver(running, {kind: running.url + path for kind, path in paths.items()})


@pytest.fixture(params=KINDS)
def link(request: pytest.FixtureRequest, resolver: Resolver) -> str:
    return resolver.links[request.param]


def levels(link: str) -> list[str]:
    """The link and those above it: two segments less each time, down to the key."""
    scheme_and_host, path = link[: link.index("/", 8)], link[link.index("/", 8) :].split("/")[1:]
    return [f"{scheme_and_host}/{'/'.join(path[:count])}" for count in range(len(path), 1, -2)]


def granular_links(resolver: Resolver, link: str) -> dict[str, list[dict[str, Any]]]:
    """Links by type, each type at the most granular level that has it, as the suite gathers them."""
    contexts = resolver.linkset(link)
    found: dict[str, list[dict[str, Any]]] = {}
    for level in levels(link):
        for context in (one for one in contexts if one["anchor"] == level):
            for kind, targets in context.items():
                if kind not in ("anchor", "itemDescription"):
                    found.setdefault("gs1:" + kind.rpartition("/")[2], targets)
    return found


def test_cors_and_methods(resolver: Resolver, link: str) -> None:
    preflight = resolver.ask(link, "OPTIONS", Access_Control_Request_Method="GET,HEAD,OPTIONS")
    for answer in (preflight, resolver.ask(link), resolver.ask(link, "GET")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert all(one in answer.headers["access-control-allow-methods"] for one in ("GET", "HEAD", "OPTIONS"))


def test_link_on_redirect_and_no_legacy_link_headers(resolver: Resolver, link: str) -> None:
    for method in ("HEAD", "OPTIONS"):
        header = resolver.ask(link, method).headers["link"]
        assert any('rel="linkset"' in one for one in header.split('",'))
        assert 'rel="gs1:' not in header


def test_report_with_400_and_no_error_with_200(resolver: Resolver, link: str) -> None:
    assert resolver.ask(f"{link}/foo").status == 400


def test_trailing_slash(resolver: Resolver, link: str) -> None:
    without, with_slash = resolver.ask(link), resolver.ask(f"{link}/")
    assert (without.status, without.location) == (with_slash.status, with_slash.location)


def test_query_string_passed_on(resolver: Resolver, link: str) -> None:
    assert "foo=bar" in resolver.ask(f"{link}?foo=bar").location


def test_linkset_without_redirect(resolver: Resolver, link: str) -> None:
    assert resolver.ask(f"{link}?linkType=linkset").status == 200
    assert resolver.ask(f"{link}?linkType=all", Accept=LINKSET, Accept_Language="").status == 200


def test_valid_linkset_with_its_media_type_and_context(resolver: Resolver, link: str) -> None:
    answer = resolver.ask(link, "GET", Accept=LINKSET)
    assert answer.headers["content-type"] == LINKSET
    context = [one for one in answer.headers["link"].split(",") if "http://www.w3.org/ns/json-ld#context" in one]
    assert len(context) == 1
    assert 'type="application/ld+json"' in context[0]
    if not LINKSET_SCHEMA.exists():
        pytest.skip("the published schema is not on this machine")
    jsonschema.validate(json.loads(answer.body), json.loads(LINKSET_SCHEMA.read_text()))


def test_one_default_link_which_is_where_a_plain_request_goes(resolver: Resolver, link: str) -> None:
    [default] = granular_links(resolver, link)["gs1:defaultLink"]
    assert sorted(default) == ["href", "title"]
    assert resolver.ask(link).location == default["href"]


def test_each_link_type_redirects_to_its_link(resolver: Resolver, link: str) -> None:
    for kind, targets in granular_links(resolver, link).items():
        for target in targets:
            wishes = {"Accept": target.get("type", "undefined"), "Accept-Language": (target.get("hreflang") or [""])[0]}
            for headers in ({}, wishes):
                assert resolver.ask(f"{link}?linkType={kind}", **headers).location == target["href"]


def test_link_types_are_defined_by_gs1(resolver: Resolver, link: str) -> None:
    ratified = {"defaultLink", "pip", "traceability", "certificationInfo", "recallStatus", "epcis", "locationInfo"}
    ratified |= {"hasRetailers"}
    assert {kind.removeprefix("gs1:") for kind in granular_links(resolver, link)} <= ratified


def test_404_for_a_link_type_that_is_not_there(resolver: Resolver, link: str) -> None:
    assert resolver.ask(f"{link}?linkType=gs1:nosuchlt").status == 404


def test_basic_walk_up(resolver: Resolver) -> None:
    for kind, link in resolver.links.items():
        assert resolver.ask(link + FURTHER[kind]).status == 307


def test_resolver_description_file(resolver: Resolver) -> None:
    answer = resolver.ask(f"{resolver.service.url}/.well-known/gs1resolver", "GET", Accept="application/json")
    told = json.loads(answer.body)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert told["resolverRoot"] == resolver.service.url
    assert told["supportedPrimaryKeys"] == ["00", "01", "414", "417"]


def test_every_link_of_the_linkset_answers(resolver: Resolver, link: str) -> None:
    for targets in granular_links(resolver, link).values():
        for target in targets:
            address = target["href"].partition("#")[0]
            assert resolver.ask(address, "GET", Accept="text/html").status == 200
            assert resolver.ask(address, "HEAD", Accept="text/html").body == b""
