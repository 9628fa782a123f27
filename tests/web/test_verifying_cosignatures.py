"""docs/verifying.md lets a stranger check a cosignature with openssl and jq: run as written, and against a liar."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.core.cast import tea
from tests.core.test_cosigning import OTHER_PHONE, cosignature, enrolment

GUIDE = (Path(__file__).resolve().parents[2] / "docs/verifying.md").read_text(encoding="utf-8")
(BLOCK,) = re.findall(r"```sh cosigned\n(.*?)```", GUIDE, re.DOTALL)
TOOLS = ("jq", "openssl", "xxd", "bash")


def checked(folder: Path, *, phone: Any = None, record: int = 6, **how: Any) -> subprocess.CompletedProcess[str]:
    """What the commands say of a cosignature, of the record that it is of or of another."""
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"{' '.join(missing)} not found: apt-get install {' '.join(missing)}")
    ledger = tea(enrolment())
    ledger.say(cosignature(ledger, [6], phone, **how) if phone else cosignature(ledger, [6], **how))
    for name, place in (("record", record), ("enrolment", 7), ("cosignature", 8)):
        (folder / f"{name}.json").write_bytes(ledger.records[place].body or b"")
    command = ["bash", "-euo", "pipefail", "-c", BLOCK]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_the_commands_work_as_written(tmp_path: Path) -> None:
    done = checked(tmp_path)
    assert (done.returncode, done.stdout.splitlines()) == (0, ["true", "Verified OK"]), done.stderr


@pytest.mark.parametrize(
    "lie",
    [
        {"phone": OTHER_PHONE},
        {"record": 5},
        {"type": "webauthn.create"},
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": 0x01},
    ],
    ids=lambda one: next(iter(one)),
)
def test_whatever_is_not_as_it_should_be_stops_them(lie: dict[str, Any], tmp_path: Path) -> None:
    assert checked(tmp_path, **lie).returncode != 0
