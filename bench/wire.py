"""What a page weighs on the wire, uncompressed: its HTML, its style sheet and its picture."""

from __future__ import annotations

import re
from http.client import HTTPConnection

from bench.figures import Figure
from bench.load import page_headers
from bench.servers import run_traceapp, serving_traceapp
from bench.worlds import demo_paths, environment, folder

LIMIT_KB = 60
_PART = re.compile(rb'(?:<link[^>]*rel="stylesheet"[^>]*href|<img[^>]*src)="([^"]+)"')


def main() -> list[Figure]:
    """The heaviest page of the demonstration's lots."""
    with folder() as where:
        settings = environment(where)
        run_traceapp(["demo"], settings)
        with serving_traceapp(settings) as port:
            heaviest = max(_weight(port, path) for path in demo_paths(where)) / 1000
    return [Figure("heaviest page: HTML, CSS, picture", heaviest, None, heaviest, LIMIT_KB, "kB", at_most=True)]


def _weight(port: int, path: str) -> int:
    page = _get(port, path)
    parts = {found.decode() for found in _PART.findall(page)}
    assert len(parts) == 2, f"{path} has {len(parts)} parts: {parts}"
    return len(page) + sum(len(_get(port, part)) for part in parts)


def _get(port: int, path: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=page_headers())
        answer = connection.getresponse()
        assert answer.status == 200, f"{path}: {answer.status}"
        return answer.read()
    finally:
        connection.close()
