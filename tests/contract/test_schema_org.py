"""The data blocks of pages hold what schema.org's own definition allows, as tools that others wrote read it, offline.

schema-dts is made from schema.org's definition: TypeScript refuses a property that a type does not have and a value of
another kind. Whether a search engine shows anything of it is its own affair, and only its own test can tell.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.conftest import Outcome, expand_all, outcomes
from tests.web import page_app
from traceapp.core.canonical import canonicalise
from traceapp.i18n import LANGUAGES

pytestmark = pytest.mark.usefixtures("npm_dir")

SCHEMA = "https://schema.org/"
_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
_CONTEXT = json.dumps({"@context": {"@vocab": SCHEMA, "url": {"@type": "@id"}, "image": {"@type": "@id"}}}).encode()
"""As much of schema.org's own context as these blocks need, which is not fetched."""


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """The block of every state that has one, in both languages."""
    with page_app.make_app().test_request_context():
        return {
            f"{state}-{lang}": data for state in page_app.STATES for lang in LANGUAGES for data in read(state, lang)
        }


def read(state: str, lang: str) -> Iterator[dict[str, Any]]:
    return (json.loads(one) for one in _BLOCK.findall(page_app.verdict_html(state, lang)))


def typed(documents: list[dict[str, Any]]) -> list[Outcome]:
    """What the types say of each document, held against each type it claims."""
    lines = []
    for document in documents:
        kinds = document["@type"]
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            lines.append(json.dumps({"type": kind, "document": {**document, "@type": kind}}).encode())
    return outcomes("schema_types.mjs", lines=lines)


def broken(good: dict[str, Any]) -> list[dict[str, Any]]:
    """The same block with one thing in it that schema.org does not know, for each kind of thing."""
    wrong = []
    for path, name, value in (
        ((), "price_vnd", 1),
        (("hasCertification", 0), "validTill", "2028-11-28"),
        (("hasCertification", 0), "certificationStatus", f"{SCHEMA}CertificationValid"),
        (("hasCertification", 0, "issuedBy"), "@type", "Certifier"),
        (("manufacturer", "address"), "province", "Thái Nguyên"),
        ((), "countryOfOrigin", {"@type": "Brand", "name": "VN"}),
    ):
        document = copy.deepcopy(good)
        place: Any = document
        for step in path:
            place = place[step]
        place[name] = value
        wrong.append(document)
    return wrong


def test_every_block_keeps_schema_orgs_types_which_refuse_what_it_does_not_know(
    found: dict[str, dict[str, Any]],
) -> None:
    # Reading the definition takes seconds, so that all are held against it at once.
    blocks, wrong = list(found.values()), broken(found["DM2610B-vi"])
    said = typed([*blocks, *wrong])
    claims = sum(isinstance(one["@type"], str) or len(one["@type"]) for one in blocks)
    assert len(blocks) > 30 and claims > len(blocks)
    assert {one.error for one in said[:claims]} == {""}
    assert len(said) > claims + len(wrong)
    assert not any(one.ok for one in said[claims:])


def test_every_block_expands_as_json_ld_and_says_nothing_outside_schema_org(found: dict[str, dict[str, Any]]) -> None:
    documents = [canonicalise(one) for one in found.values()]
    contexts = {SCHEMA.rstrip("/"): _CONTEXT}
    for name, said in zip(found, expand_all(documents, contexts), strict=True):
        assert said.ok, f"{name}: {said.error}"
        strangers = [term for term in said.terms if not term.startswith(SCHEMA)]
        assert strangers == ["http://www.w3.org/1999/02/22-rdf-syntax-ns#type"], name
