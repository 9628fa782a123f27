"""Load: 64 connections asking as a phone does, by wrk where it is installed, else by a plain client's own process."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

CONNECTIONS = 64
HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi-VN,vi;q=0.9",
    "User-Agent": "Mozilla/5.0 (Linux; Android 13) Mobile",
}
_LUA = """
local paths = {%s}
local at = 0
request = function() at = at %% #paths + 1; return wrk.format("GET", paths[at]) end
"""


def ask(port: int, paths: Sequence[str], seconds: float, where: Path) -> tuple[float, int]:
    """(answers a second, answers) over `seconds`, going round `paths`. RuntimeError for an answer that is not 200."""
    if shutil.which("wrk"):
        return _ask_with_wrk(port, paths, seconds, where)
    work = [sys.executable, "-m", "bench.load", str(port), str(seconds)]
    answer = subprocess.run(work, input=json.dumps(list(paths)), text=True, check=True, capture_output=True).stdout
    rate, count = json.loads(answer)
    return float(rate), int(count)


def _ask_with_wrk(port: int, paths: Sequence[str], seconds: float, where: Path) -> tuple[float, int]:
    script = where / "paths.lua"
    script.write_text(_LUA % ", ".join(f'"{path}"' for path in paths), encoding="utf-8")
    headers = [part for name, value in HEADERS.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(script), *headers]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], text=True, check=True, capture_output=True, timeout=seconds + 30
    ).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    count = re.search(r"(\d+) requests in", said)
    if rate is None or count is None:
        raise RuntimeError(said)
    return float(rate[1]), int(count[1])


def ask_each(port: int, paths: Sequence[str]) -> int:
    """Ask every path once, to its end; how many were answered."""
    return asyncio.run(_ask_all(port, paths, until=None))


async def _ask_all(port: int, paths: Sequence[str], until: float | None) -> int:
    waiting = iter(paths) if until is None else cycle(paths)
    counts = await asyncio.gather(*(_ask_one_by_one(port, waiting, until) for _ in range(CONNECTIONS)))
    return sum(counts)


async def _ask_one_by_one(port: int, waiting: object, until: float | None) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": f"127.0.0.1:{port}", **HEADERS}.items())
    count = 0
    for path in waiting:  # type: ignore[attr-defined]
        if until is not None and time.perf_counter() > until:
            break
        writer.write(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", answer)
        if not answer.startswith(b"HTTP/1.1 200") or length is None:
            raise RuntimeError(answer.decode("latin-1"))
        await reader.readexactly(int(length[1]))
        count += 1
    writer.close()
    return count


def _main() -> None:
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    start = time.perf_counter()
    count = asyncio.run(_ask_all(port, json.load(sys.stdin), start + seconds))
    print(json.dumps([count / (time.perf_counter() - start), count]))


if __name__ == "__main__":
    _main()
