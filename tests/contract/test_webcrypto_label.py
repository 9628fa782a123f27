"""A browser's own cryptography verifies our labels, reading the printed address by itself."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.contract.conftest import check_labels
from tests.contract.samples import KEY, OTHER_KEY
from traceapp.core.label import label_url, sign_label

pytestmark = pytest.mark.usefixtures("npm_dir")

VECTOR = Path(__file__).resolve().parents[2].parent / "shared/vectors/label.json"
HOST = "id.example.vn"
PATH = "/01/09520000000110/10/VS2609A/21/FD5MA4NX78AM0"
PUBLIC = KEY.public_key().public_bytes_raw()


def digits_for(host: str, path: str, *, version: int = 1) -> str:
    """S as FORMATS gives it, worked out here from the text alone."""
    name = b"traceapp-label-v1"
    key_id = hashlib.sha256(host.encode() + b"\n\xff" + name + PUBLIC).digest()[:4]
    signature = KEY.sign(name + f"\n{host}\n{path}".encode())
    return str(int.from_bytes(bytes([version]) + key_id + signature, "big")).zfill(167)


def address(path: str = PATH, host: str = HOST, digits: str | None = None) -> str:
    """A signed label's address as printed, its host in upper case."""
    return f"https://{host.upper()}{path}?S={digits or digits_for(host, path)}"


def test_the_worked_example_is_verified() -> None:
    if not VECTOR.exists():
        pytest.skip("the worked example of a label is not beside this project")
    label = json.loads(VECTOR.read_text())
    key = bytes.fromhex(label["public_key"])
    said = check_labels([(label["url"], key), (label["url"].replace("FD5MA4NX78AM0", "FD5MA4NX78AM1"), key)])
    assert [one.ok for one in said] == [True, False]


def test_the_service_prints_the_address_worked_out_here() -> None:
    assert label_url(HOST, PATH, sign_label(KEY, HOST, PATH)) == address()


def test_signed_labels_are_verified_however_the_address_is_written() -> None:
    urls = [
        address(),
        address().replace(HOST.upper(), HOST).replace("https", "HTTPS"),
        address("/01/09520000000110/22/2A/10/A%2FB%25/21/9"),
        address("/t/T4Q7W9K2M8X3Z/10/G-1/21/RD9PY2RJPSS4Q"),
        address("/01/09520000000110/10/VS2609A"),
        address(host="localhost:8000"),
        address() + "&utm=zalo",
    ]
    said = check_labels([(url, PUBLIC) for url in urls])
    assert [(url, one.error) for url, one in zip(urls, said, strict=True) if not one.ok] == []


def test_a_label_that_is_not_as_printed_is_refused_with_the_reason() -> None:
    signed = digits_for(HOST, PATH)
    expected = {
        address(PATH.replace("VS2609A", "VS2609B"), digits=signed): "signature",
        address(host="id.example.com", digits=signed): "another key",
        address(digits=signed[:-1] + str((int(signed[-1]) + 1) % 10)): "signature",
        address(digits=digits_for(HOST, PATH, version=2)): "version 2",
        address(digits=signed.lstrip("0")): "exactly 167 digits",
        address(digits="0" + signed): "exactly 167 digits",
        address(digits="9" * 167): "more than 69 bytes",
        address() + f"&S={signed}": "exactly one S",
        address().replace("?S=", "?s="): "exactly one S",
        address().partition("?")[0]: "a query",
    }
    said = check_labels([(url, PUBLIC) for url in expected])
    assert [(url, one) for url, one in zip(expected, said, strict=True) if expected[url] not in one.error] == []


def test_a_label_of_another_key_is_refused() -> None:
    assert not check_labels([(address(), OTHER_KEY.public_key().public_bytes_raw())])[0].ok
