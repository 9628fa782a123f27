"""What Lighthouse, which others wrote, says of our pages on a phone of the middle class over slow 4G.

It audits the served demonstration in Chromium, with its own simulated throttling. An item's page is not meant
to be found, so that it is not asked whether it can be.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import Figure
from bench.servers import free_port, run_traceapp, serving_traceapp
from bench.worlds import environment, folder
from tests.browsers import CHROMIUM

NPM = Path(__file__).parent / "npm"
LIMITS = {"performance": 99, "accessibility": 100, "best-practices": 100, "seo": 100}
LANGUAGES = {"vi": "", "en": "?lang=en"}
LOT, RECALLED, PRODUCT = "DM2610B", "DM2607A", "09520000000127"
_SECONDS = 180
_TRIES = 3
_CHROME = "--headless=new --no-sandbox --disable-dev-shm-usage"


@dataclass(frozen=True, slots=True)
class Audited:
    """One run: a score from 0 to 100 by category, what took points away, and how fast Lighthouse found this machine.

    At a `machine` of some 1,500 its phone is the one it means; a busy neighbour makes the phone as slow as that.
    """

    machine: float
    scores: Mapping[str, float]
    faults: Mapping[str, tuple[str, ...]]


def main() -> list[Figure]:
    """Every page in both languages; the worse of the two counts."""
    _install()
    with folder() as where:
        port = free_port()
        settings = {**environment(where), "TRACEAPP_IDENTITY": f"localhost:{port}", "PORT": str(port)}
        settings["TRACEAPP_BASE_URL"] = f"http://localhost:{port}"
        run_traceapp(["demo"], settings)
        item = run_traceapp(["url", LOT, "--item", "5"], settings).strip()
        with serving_traceapp(settings):
            return [
                figure
                for name, path in _pages(item[item.index("/01/") :]).items()
                for figure in _figures(name, f"http://localhost:{port}{path}", where)
            ]


def _pages(item: str) -> dict[str, str]:
    product = f"/01/{PRODUCT}"
    return {
        "start": "/",
        "product": product,
        "lot": f"{product}/10/{LOT}",
        "recalled lot": f"{product}/10/{RECALLED}",
        "item": item,
    }


def _figures(name: str, address: str, where: Path) -> Iterator[Figure]:
    categories = {one: limit for one, limit in LIMITS.items() if (name, one) != ("item", "seo")}
    runs = {lang: _audit(address + query, lang, list(categories), where) for lang, query in LANGUAGES.items()}
    for category, limit in categories.items():
        worst = min(run.scores[category] for run in runs.values())
        raw = tuple(f"{lang} {run.scores[category]:g}, machine {run.machine:.0f}" for lang, run in runs.items())
        faults = sorted({fault for run in runs.values() for fault in run.faults[category] if worst < limit})
        yield Figure(f"{name}: {category}", worst, None, worst, limit, "", raw=(*raw, *faults))


def _audit(address: str, lang: str, categories: list[str], where: Path) -> Audited:
    """The first run that is fast enough, or the fastest of three: a busy machine only ever takes points away."""
    best = _run(address, lang, categories, where)
    for _ in range(_TRIES - 1):
        if best.scores["performance"] >= LIMITS["performance"]:
            break
        best = max(best, _run(address, lang, categories, where), key=lambda run: run.scores["performance"])
    return best


def _run(address: str, lang: str, categories: list[str], where: Path) -> Audited:
    report = where / "lighthouse.json"
    command = ["node", str(NPM / "node_modules/lighthouse/cli/index.js"), address, "--quiet", "--output=json"]
    command += [f"--output-path={report}", f"--only-categories={','.join(categories)}", f"--chrome-flags={_CHROME}"]
    command += [f"--extra-headers={json.dumps({'Accept-Language': lang})}", "--no-enable-error-reporting"]
    chromium = {"CHROME_PATH": shutil.which("chromium") or CHROMIUM}
    for _ in range(_TRIES):
        done = subprocess.run(
            command, env={**os.environ, **chromium}, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        # On a busy machine Chromium sometimes loses its own trace, which says nothing of the page.
        if done.returncode == 0:
            return _read(json.loads(report.read_text("utf-8")))
    raise RuntimeError(f"Lighthouse could not audit {address}: {done.stderr.strip()[-500:]}")


def _read(report: Mapping[str, Any]) -> Audited:
    categories = report["categories"]
    faults = {
        name: tuple(
            f"{audit['title']} {audit.get('displayValue', '')}".strip()
            for one in category["auditRefs"]
            if one["weight"] and ((audit := report["audits"][one["id"]])["score"] or 0) < 1
        )
        for name, category in categories.items()
    }
    scores = {name: round(100 * (one["score"] or 0)) for name, one in categories.items()}
    return Audited(report["environment"]["benchmarkIndex"], scores, faults)


def _install() -> None:
    """Lighthouse exactly as the lock file says; no browser is fetched with it."""
    if shutil.which("npm") is None:
        raise RuntimeError("npm was not found: install Node 20 or later, whose npm installs Lighthouse.")
    lock, made = NPM / "package-lock.json", NPM / "node_modules/.package-lock.json"
    if not made.exists() or made.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=NPM, check=True)
