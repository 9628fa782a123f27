"""Chromium as the tests run it: one process for all tests of a worker, and axe-core to look at its pages."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

# Of the same engine, the one that was built without windows opens a page in a fifth of the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or "/usr/bin/chromium"
NO_SANDBOX = ("--no-sandbox",)
_NPM = Path(__file__).parent / "browser/npm"


def need_chromium() -> None:
    """Leave the test out where there is no Chromium."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: apt-get install chromium-headless-shell")


def axe_source() -> str:
    """The source of axe-core, installed as the lock file says."""
    source = _NPM / "node_modules/axe-core/axe.min.js"
    if not source.exists():
        if shutil.which("npm") is None:
            pytest.skip("npm not found: install Node 20 or later to run axe-core")
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=_NPM, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            reason = f"npm ci failed, so there is no axe-core: {done.stderr.strip()[-300:]}"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return source.read_text(encoding="utf-8")
