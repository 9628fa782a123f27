"""What a page weighs on the wire, as a phone takes it: its HTML, its style sheet and its picture."""

from __future__ import annotations

import gzip
import re
from http.client import HTTPConnection

from bench.figures import Figure
from bench.load import page_headers
from bench.servers import run_traceapp, serving_traceapp
from bench.worlds import demo_paths, environment, folder

LIMIT_KB = 60
WITHOUT_PICTURE_KB = 25
_SHEET = re.compile(rb'<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"')
_PICTURE = re.compile(rb'<img[^>]*src="([^"]+)"')


def main() -> list[Figure]:
    """The heaviest page of the demonstration's lots, with its first picture and without any."""
    with folder() as where:
        settings = environment(where)
        run_traceapp(["demo"], settings)
        with serving_traceapp(settings) as port:
            weights = [_weights(port, path) for path in demo_paths(where)]
    text, all_told = max(weights)[0] / 1000, max(sum(one) for one in weights) / 1000
    return [
        Figure("heaviest page: HTML, CSS", text, None, text, WITHOUT_PICTURE_KB, "kB", at_most=True),
        Figure("heaviest page: HTML, CSS, picture", all_told, None, all_told, LIMIT_KB, "kB", at_most=True),
    ]


def _weights(port: int, path: str) -> tuple[int, int]:
    """Bytes of the page and its style sheets, and bytes of its pictures."""
    page, size = _get(port, path)
    sheets = {found.decode() for found in _SHEET.findall(page)}
    pictures = {found.decode() for found in _PICTURE.findall(page)}
    assert sheets and pictures, f"{path} has the sheets {sheets} and the pictures {pictures}"
    return size + sum(_get(port, one)[1] for one in sheets), sum(_get(port, one)[1] for one in pictures)


def _get(port: int, path: str) -> tuple[bytes, int]:
    """The bytes that were meant, and how many came."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=page_headers())
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{path}: {answer.status}"
        return gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body, len(body)
    finally:
        connection.close()
