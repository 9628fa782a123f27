"""`traceapp trace`, `recall` and `cases`."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Service

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
"""The services under it are tried on both databases."""


def test_a_trace_leads_back_and_forward(service: Service) -> None:
    back = service.said("trace", "DM2610T")
    assert "DM2608B" in back and "DM2607A" in back and "40 kg chè khô" in back
    assert "2 other lots whose goods are in this one" in back
    assert "DM2610T" in service.said("trace", "DM2608B", "--forward")
    assert "3 of them" not in back
    assert "1 of them not shown" in service.said("trace", "DM2610T", "--most", 2)
    assert "no lot" in service.refused("trace", "NONE")
    assert service.run("trace").exit_code == 2
    assert "filed anew from" in service.said("trace", "--rebuild")
    assert service.said("trace", "DM2610T") == back


def test_a_recall_is_rehearsed_and_then_meant(service: Service) -> None:
    said = service.said("recall", "DM2608B", "--mock")
    assert re.match(r"2 lots, \d outlets?, \d+ items", said) and "nobody was told" in said
    assert "--mock" in service.run("recall", "DM2608B").output
    assert service.run("recall", "DM2608B", "--mock", "--reason", "x").exit_code == 2
    assert "is recalled" in service.said("recall", "DM2608B", "--reason", "Ẩm mốc")
    assert "lot-recalled" in service.refused("labels", "DM2608B", "--count", 1, "-o", service.folder / "x.pdf")


def test_a_case_is_packed_shown_labelled_and_opened(service: Service) -> None:
    assert "No case was packed yet" in service.said("cases", "list", "DM2610B")
    packed = service.said("cases", "pack", "DM2610B", "--items", "1-6,7-12", "--prefix", "8931234")
    assert "12 items of lot DM2610B" in packed
    case = "/00/089312340000000011"
    assert case in packed
    assert "items 1 to 12\n" in service.said("cases", "show", case)
    assert "12 items of DM2610B" in service.said("cases", "list", "DM2610B")
    output = service.folder / "case.pdf"
    service.said("cases", "label", case, "-o", output)
    assert output.read_bytes().startswith(b"%PDF")
    assert "12 items lie loose again" in service.said("cases", "unpack", f"https://id.example.vn{case}")
    assert "unpacked already" in service.refused("cases", "unpack", case)
    assert "unpacked" in service.refused("cases", "label", case, "-o", output)
    assert "check digit" in service.refused("cases", "pack", "DM2610B", "--items", "1", "--sscc", "0" * 17 + "1")
    assert (
        service.run("cases", "pack", "DM2610B", "--items", "1", "--sscc", "0" * 18, "--prefix", "8931234").exit_code
        == 2
    )
