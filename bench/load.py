"""Load: 64 connections asking as a phone does, by wrk where it is installed, else by a plain client's own process."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

CONNECTIONS = 64
PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ANYTHING = "*/*"
HEADERS = {
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "vi-VN,vi;q=0.9",
    "User-Agent": "Mozilla/5.0 (Linux; Android 13) Mobile",
}
_MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000}
_LUA = """
local paths = {%s}
local at = 0
request = function() at = at %% #paths + 1; return wrk.format("GET", paths[at]) end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of asking: answers a second, how many, and how long all but one in a hundred of them took at most."""

    rate: float
    count: int
    p99_ms: float


def ask(port: int, paths: Sequence[str], seconds: float, where: Path, accept: str = PAGE) -> Load:
    """Ask over `seconds`, going round `paths`. RuntimeError for an answer that is neither 2xx nor 3xx."""
    if shutil.which("wrk"):
        return _ask_with_wrk(port, paths, seconds, where, accept)
    work = [sys.executable, "-m", "bench.load", str(port), str(seconds), accept]
    answer = subprocess.run(work, input=json.dumps(list(paths)), text=True, check=True, capture_output=True).stdout
    rate, count, p99 = json.loads(answer)
    return Load(float(rate), int(count), float(p99))


def _ask_with_wrk(port: int, paths: Sequence[str], seconds: float, where: Path, accept: str) -> Load:
    script = where / "paths.lua"
    script.write_text(_LUA % ", ".join(f'"{path}"' for path in paths), encoding="utf-8")
    headers = [part for name, value in page_headers(accept).items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(script), *headers]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], text=True, check=True, capture_output=True, timeout=seconds + 30
    ).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    count = re.search(r"(\d+) requests in", said)
    slowest = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    if rate is None or count is None or slowest is None:
        raise RuntimeError(said)
    return Load(float(rate[1]), int(count[1]), float(slowest[1]) * _MILLISECONDS[slowest[2]])


def ask_each(port: int, paths: Sequence[str]) -> int:
    """Ask every path once, to its end; how many were answered."""
    return len(asyncio.run(_ask_all(port, paths, None, PAGE)))


def page_headers(accept: str = PAGE) -> dict[str, str]:
    """What a phone's browser sends along."""
    return {"Accept": accept, **HEADERS}


async def _ask_all(port: int, paths: Sequence[str], until: float | None, accept: str) -> list[float]:
    """How long each answer took, in seconds."""
    waiting = iter(paths) if until is None else cycle(paths)
    times = await asyncio.gather(*(_ask_one_by_one(port, waiting, until, accept) for _ in range(CONNECTIONS)))
    return [one for part in times for one in part]


async def _ask_one_by_one(port: int, waiting: Iterator[str], until: float | None, accept: str) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "".join(
        f"{name}: {value}\r\n" for name, value in {"Host": f"127.0.0.1:{port}", **page_headers(accept)}.items()
    )
    times = []
    for path in waiting:
        begun = time.perf_counter()
        if until is not None and begun > until:
            break
        writer.write(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", answer)
        if not re.match(rb"HTTP/1.1 [23]", answer) or length is None:
            raise RuntimeError(answer.decode("latin-1"))
        await reader.readexactly(int(length[1]))
        times.append(time.perf_counter() - begun)
    writer.close()
    return times


def _main() -> None:
    port, seconds, accept = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    start = time.perf_counter()
    times = sorted(asyncio.run(_ask_all(port, json.load(sys.stdin), start + seconds, accept)))
    p99 = times[len(times) * 99 // 100] * 1000
    print(json.dumps([len(times) / (time.perf_counter() - start), len(times), p99]))


if __name__ == "__main__":
    _main()
