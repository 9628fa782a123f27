"""The phone's modules, asked under Node."""

from __future__ import annotations

import atexit
import base64
import json
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("answer.mjs")
Answer = dict[str, Any]


def ask(tasks: Iterable[dict[str, Any]], *, noble: bool = False) -> list[Answer]:
    """One answer a task. `noble`: without WebCrypto, as on an older phone."""
    return [_answer(_phone(noble=noble), task) for task in tasks]


def _answer(phone: subprocess.Popen[str], task: dict[str, Any]) -> Answer:
    assert phone.stdin is not None
    assert phone.stdout is not None
    phone.stdin.write(json.dumps(task, default=encoded) + "\n")
    phone.stdin.flush()
    answer: Answer = json.loads(phone.stdout.readline())
    return answer


@cache
def _phone(*, noble: bool) -> subprocess.Popen[str]:
    """One process for all questions; it ends with its input."""
    if shutil.which("node") is None:
        pytest.skip("node not found: install Node 20 or later to run what the inspector's phone runs")
    command = ["node", str(SCRIPT), *(["--noble"] if noble else [])]
    phone = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(phone.communicate)
    return phone


def encoded(data: bytes) -> str:
    """Bytes as tasks carry them."""
    return base64.b64encode(data).decode()
