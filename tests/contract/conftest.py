"""Verifiers that other people wrote, run on our bytes: npm packages pinned by `npm/package-lock.json`, under Node.

`expand_all`, `verify_all` and `check_labels` take whatever bytes a test has, hand-written or issued by the service.
Without Node or npm these tests are skipped; with `CI` set, a failing `npm ci` fails them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

NPM = Path(__file__).parent / "npm"
SECONDS_A_SCRIPT = 120
SECONDS_TO_INSTALL = 300


@dataclass(frozen=True)
class Outcome:
    """What a verifier said of one document; `terms` are the predicates and types of its graph (expansion only)."""

    ok: bool
    error: str = ""
    terms: tuple[str, ...] = ()


@pytest.fixture(scope="session")
def npm_dir() -> Path:
    """The folder of the scripts, with their packages installed exactly as the lock file says."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not found: install Node 20 or later to run the verifiers others wrote")
    if not _is_installed():
        _install()
    return NPM


def _is_installed() -> bool:
    # npm writes this file last, so that an interrupted installation is not taken for one.
    installed = NPM / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= (NPM / "package-lock.json").stat().st_mtime


def _install() -> None:
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=NPM, capture_output=True, text=True, timeout=SECONDS_TO_INSTALL, check=False)
    if done.returncode:
        reason = f"npm ci failed, so there is no verifier to ask: {done.stderr.strip()[-500:]}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


def run_node(script: str, *arguments: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    """Run one of the scripts in `npm/`; the fixture `npm_dir` must have been asked for. Raises on a non-zero exit."""
    done = subprocess.run(
        ["node", str(NPM / script), *arguments],
        input=stdin,
        capture_output=True,
        timeout=SECONDS_A_SCRIPT,
        check=False,
    )
    assert done.returncode == 0, f"{script} ended with {done.returncode}: {done.stderr.decode()[-2000:]}"
    return done


def outcomes(script: str, *arguments: str, lines: Sequence[bytes]) -> list[Outcome]:
    """One outcome for each line; a line is one JSON document without line breaks, as canonical JSON is."""
    assert all(b"\n" not in line for line in lines), "a document of several lines would be read as several documents"
    answers = run_node(script, *arguments, stdin=b"\n".join(lines) + b"\n").stdout.splitlines()
    assert len(answers) == len(lines), f"{script} answered {len(answers)} of {len(lines)} documents"
    return [
        Outcome(said["ok"], said.get("error", ""), tuple(said.get("terms", ()))) for said in map(json.loads, answers)
    ]


def expand_all(documents: Sequence[bytes], contexts: Mapping[str, bytes]) -> list[Outcome]:
    """Expand each document in JSON-LD safe mode and turn it into RDF; only `contexts` (address → bytes) are at hand."""
    with TemporaryDirectory() as folder:
        manifest = {url: {"file": f"{number}.jsonld"} for number, url in enumerate(contexts)}
        (Path(folder) / "manifest.json").write_text(json.dumps(manifest))
        for url, data in contexts.items():
            (Path(folder) / manifest[url]["file"]).write_bytes(data)
        return outcomes("expand.mjs", folder, lines=documents)


def verify_all(
    documents: Sequence[bytes], did_documents: Iterable[Mapping[str, Any]], *, any_issuer: bool = False
) -> list[Outcome]:
    """Verify the eddsa-jcs-2022 proof of each document with the keys of `did_documents` and nothing else.

    Each must also be a Verifiable Credential 2.0 signed by its issuer's own key, unless `any_issuer`.
    """
    with TemporaryDirectory() as folder:
        known = Path(folder) / "did_documents.json"
        known.write_text(json.dumps(list(did_documents)))
        return outcomes("verify_record.mjs", str(known), *(["--any-issuer"] if any_issuer else []), lines=documents)


def check_labels(labels: Iterable[tuple[str, bytes]]) -> list[Outcome]:
    """Verify signed labels, each (address as printed, 32-byte public key), with Node's WebCrypto."""
    lines = [json.dumps({"url": url, "public_key": key.hex()}).encode() for url, key in labels]
    return outcomes("webcrypto_label.mjs", lines=lines)


def losses(value: Any, path: str = "") -> Iterator[str]:
    """Where a document says what its graph will not, though safe mode stays silent: nulls, empty or nested lists.

    `traceapp:geometry` is kept whole and may hold anything.
    """
    if value is None or value == []:
        yield f"{path} is {json.dumps(value)}"
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name != "traceapp:geometry":
                yield from losses(item, f"{path}.{name}")
    elif isinstance(value, list):
        yield from (
            f"{path}[{number}] is a list in a list" for number, one in enumerate(value) if isinstance(one, list)
        )
        for number, item in enumerate(value):
            yield from losses(item, f"{path}[{number}]")
