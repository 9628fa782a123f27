"""What others wrote and pages use: byte for byte as its package has it, with its licence, and listed."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from scripts.vendor import FILES, NOTICES

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "traceapp/static/vendor"


def test_every_vendored_file_is_the_one_the_manifest_names() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()} - {"manifest.json"}
    assert there == manifest.keys()
    for name, told in manifest.items():
        assert sha256((VENDOR / name).read_bytes()).hexdigest() == told["sha256"], name


def test_every_vendored_package_has_its_licence_and_its_locked_version() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    licensed = {told["package"] for name, told in manifest.items() if "LICENSE" in name or "NOTICE" in name}
    assert {told["package"] for told in manifest.values()} == licensed
    for name, told in manifest.items():
        if name in NOTICES:
            continue
        package = locked[f"node_modules/{told['package']}"]
        assert (package["version"], package["license"]) == (told["version"], package["license"])
        assert package["license"] in ("MIT", "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause")


def test_what_was_compiled_into_the_webassembly_has_its_licences_beside_it() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    assert manifest.keys() == (FILES | NOTICES).keys()
    apache = (VENDOR / "zxing/zxing-cpp.LICENSE.txt").read_text(encoding="utf-8")
    assert "Apache License" in apache and "Version 2.0, January 2004" in apache
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert f"zxing-cpp=={manifest['zxing/zxing-cpp.LICENSE.txt']['version']}" in pinned
    notice = (VENDOR / "zxing/NOTICE.txt").read_text(encoding="utf-8")
    assert notice == (ROOT / "scripts/notices/zxing.txt").read_text(encoding="utf-8")
    assert all(name in notice for name in ("zxing-cpp", "libzueci", "BSD-3-Clause"))
