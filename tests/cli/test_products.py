"""`traceapp products set`: a file becomes a record, and a wrong file one clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Service

CODE = "09520000000127"
STORY = {
    "story": {"use": {"vi": "Pha nước 85 °C."}},
    "links": [{"kind": "buy", "title": "Voso", "status": "not-listed"}],
}


def written(folder: Path, told: Any) -> Path:
    file = folder / "product.json"
    file.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return file


def test_a_story_and_links_are_recorded_from_a_file(service: Service, tmp_path: Path) -> None:
    said = service.said("products", "set", CODE, "--from", written(tmp_path, STORY))
    assert said.startswith(f"https://id.example.vn/01/{CODE}: links, story recorded, line ")


def test_what_is_shown_can_be_changed_and_set_again(service: Service, tmp_path: Path) -> None:
    shown = json.loads(service.said("products", "show", CODE))
    assert len(shown["story"]) == 6
    assert shown["links"][0]["platform"] == "Postmart"
    shown["story"]["use"]["vi"] = "Pha nước 80 °C."
    service.said("products", "set", CODE, "--from", written(tmp_path, shown))
    assert json.loads(service.said("products", "show", CODE)) == shown


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("{", "is not JSON"),
        ("[1]", "write an object with story and links"),
        ({}, "one may change story, links"),
        ({"name_vi": "Khác"}, "got name_vi"),
        ({"story": {"taste": {"vi": "Ngọt"}}}, "no field of a story"),
        ({"links": [{"kind": "buy", "title": "x", "href": "http://x.example/"}]}, "cannot be linked"),
        (" " * 200_001, "200000 at most"),
    ],
)
def test_a_wrong_file_is_one_clear_line_and_records_nothing(
    service: Service, tmp_path: Path, told: Any, reason: str
) -> None:
    assert reason in service.refused("products", "set", CODE, "--from", written(tmp_path, told))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_unknown_product_is_said_plainly(service: Service, tmp_path: Path) -> None:
    refused = service.refused("products", "set", "09520000000998", "--from", written(tmp_path, STORY))
    assert "There is no product '09520000000998'" in refused
