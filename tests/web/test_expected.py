"""What demo.json says that each scan must show, read off the pages that are served and off their JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.web.conftest import PROGRAM, Page, Site
from traceapp.core.errors import GateRefused
from traceapp.core.serials import run_key, serial_of
from traceapp.demo.load import demo_data
from traceapp.services.labels.runs import runs_of

EXPECTED: list[dict[str, Any]] = demo_data()["expected"]


def named(one: dict[str, Any]) -> str:
    return (
        one["lot"] + (f"#{one['item']}" if "item" in one else "") + ("-no-item" if "serial_of_no_item" in one else "")
    )


def of_an_item(one: dict[str, Any]) -> bool:
    return "item" in one or "serial_of_no_item" in one


LOTS = [one for one in EXPECTED if not of_an_item(one)]
LABELLED = [one for one in EXPECTED if "labels" in one]


def problems(one: dict[str, Any], findings: Iterable[tuple[str, str]]) -> list[str]:
    """What the findings lack, or show though they must not."""
    found = set(findings)
    codes = {code for code, _ in found}
    wrong = [f"lacks {code}" for code in one["must"] if code not in codes]
    wrong += [f"shows {code}" for code in one.get("must_not", ()) if code in codes]
    barred = one.get("must_not_severity", ())
    return wrong + [f"shows {code}, which is {severity}" for code, severity in found if severity in barred]


def spoken(verdict: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding["code"], finding["severity"]) for finding in verdict["findings"]}


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("one", LOTS, ids=named)
def test_the_page_of_a_lot_shows_what_the_demonstration_prescribes(
    module_site: Site, one: dict[str, Any], lang: str
) -> None:
    for path in (module_site.lot(one["lot"]), f"/verify{module_site.lot(one['lot'])}"):
        page = module_site.page(f"{path}?lang={lang}")
        assert (page.status, page.lang) == (200, lang)
        assert problems(one, page.findings) == []


@pytest.mark.parametrize("one", LOTS, ids=named)
def test_a_program_is_told_the_same_as_a_reader(module_site: Site, one: dict[str, Any]) -> None:
    path = module_site.lot(one["lot"])
    verdict = module_site.verdict(path)
    page = module_site.page(path)
    assert problems(one, spoken(verdict)) == []
    assert page.headline == verdict["headline"]
    assert page.findings <= spoken(verdict)


def test_the_first_scan_of_an_item_is_called_the_first(site: Site) -> None:
    one = next(one for one in EXPECTED if one.get("item") == 1)
    path = site.item(one["lot"], 1)
    assert problems(one, spoken(site.verdict(path))) == []
    assert problems(one, site.page(path).findings) == []
    again = site.page(path, remote="203.0.113.9")
    assert "first-scan" not in again.codes
    assert "scans-normal" in again.codes


def test_an_item_scanned_like_many_is_suspected_and_not_accused(module_site: Site) -> None:
    one = next(one for one in EXPECTED if "copy-suspected" in one["must"])
    path = module_site.item(one["lot"], one["item"])
    assert problems(one, spoken(module_site.verdict(path))) == []
    page = module_site.page(path)
    assert problems(one, page.findings) == []
    numbers = next(
        found["data"] for found in module_site.verdict(path)["findings"] if found["code"] == "copy-suspected"
    )
    assert all(str(numbers[name]) in page.words for name in ("scans", "provinces"))
    other = module_site.page(module_site.item(one["lot"], one["item"] + 1))
    assert "copy-suspected" not in other.codes


def serial_past_the_count(site: Site, lot: str) -> str:
    """The path of a serial that the run's key makes, for an item that no run holds."""
    with site.world.read() as connection:
        run = runs_of(connection, site.lot_id(lot))[-1]
    secret = run_key(site.world.serial_key(run.serial_key), run.printed_path)
    return f"{run.printed_path}/21/{serial_of(secret, run.first + run.count)}"


def pages_of_unknown_codes(site: Site, lot: str) -> dict[str, str]:
    own, foreign = site.item(lot, 1), site.item("DM2610B", 1).rpartition("/")[2]
    wrong_mac = own[:-1] + ("0" if own[-1] != "0" else "1")
    return {
        "made up": f"{site.lot(lot)}/21/ABC",
        "wrong MAC": wrong_mac,
        "past the count": serial_past_the_count(site, lot),
        "of another lot": f"{site.lot(lot)}/21/{foreign}",
    }


@pytest.mark.parametrize("kind", ["made up", "wrong MAC", "past the count", "of another lot"])
def test_a_serial_of_no_item_gets_the_page_of_codes_never_issued(module_site: Site, kind: str) -> None:
    path = pages_of_unknown_codes(module_site, "VS2609A")[kind]
    for page in (module_site.page(path), module_site.page(f"/verify{path}?lang=en")):
        assert page.status == 200
        assert page.headline == "code-unknown"
        assert page.findings == {("code-unknown", "bad"), ("not-proved", "info")}
    verdict = module_site.verdict(path)
    assert verdict["headline"] == "code-unknown"
    assert ("code-unknown", "bad") in spoken(verdict)


def test_a_code_never_issued_writes_nothing_anywhere(module_site: Site) -> None:
    paths = pages_of_unknown_codes(module_site, "VS2609A").values()
    before = module_site.rows()
    for path in paths:
        module_site.page(path)
        module_site.page(f"/verify{path}?lang=vi")
        module_site.ask(path, accept=PROGRAM)
        module_site.ask(path, accept="*/*")
    assert module_site.rows() == before


@pytest.mark.parametrize("path", ["/01/00000000000017", "/01/00000000000017/10/ABC", "/01/00000000000017/10/ABC/21/1"])
def test_a_code_that_nobody_registered_here_is_not_found_and_not_accused(module_site: Site, path: str) -> None:
    before = module_site.rows()
    page = module_site.page(path)
    assert page.status == 404
    assert page.headline == "foreign-code"
    assert {severity for _, severity in page.findings} == {"info"}
    answer = module_site.ask(path, accept=PROGRAM)
    assert (answer.status_code, answer.get_json()["headline"]) == (404, "foreign-code")
    assert module_site.rows() == before


def test_a_lot_that_nobody_recorded_is_not_found(module_site: Site) -> None:
    path = module_site.lot("VS2609A") + "X"
    before = module_site.rows()
    assert (module_site.page(path).status, module_site.page(path).headline) == (404, "product-unknown")
    assert module_site.ask(path, accept=PROGRAM).status_code == 404
    assert (module_site.page(f"{path}/21/1").status, module_site.page(f"{path}/21/1").headline) == (200, "code-unknown")
    assert module_site.rows() == before


@pytest.mark.parametrize("one", LABELLED, ids=named)
def test_labels_are_issued_or_refused_as_the_demonstration_prescribes(module_site: Site, one: dict[str, Any]) -> None:
    if one["labels"] == "issued":
        issue(module_site, one["lot"])
        return
    before = module_site.rows()
    with pytest.raises(GateRefused) as refused:
        issue(module_site, one["lot"])
    codes = {getattr(finding, "code", None) for finding in refused.value.findings}
    assert codes & set(one["must"])
    assert module_site.rows() == before


def issue(site: Site, lot: str) -> None:
    with site.world.write() as connection:
        site.issue_label(connection, lot)


def test_what_a_page_shows_is_read_by_the_test_too() -> None:
    """The reading of pages itself: a page without findings is not mistaken for a good one."""
    one = next(one for one in EXPECTED if one["lot"] == "DM2610B")
    assert problems(one, []) == [f"lacks {code}" for code in one["must"]]
    assert problems(one, [("phi-broken", "bad")])[-1] == "shows phi-broken, which is bad"
    assert Page.__doc__
