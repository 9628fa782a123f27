"""What is installed is what runs from a checkout."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]


def test_every_package_is_listed_in_setup_cfg():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "traceapp").rglob("__init__.py")}
    assert listed == found | {"traceapp.templates"}


def test_a_wheel_carries_templates_styles_words_fonts_and_data(tmp_path: Path):
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = {name.removeprefix("traceapp/") for name in wheel.namelist()}
    folders = {"templates": ROOT, "static": ROOT / "traceapp", "translations": ROOT / "traceapp"}
    for folder, base in folders.items():
        files = {path.relative_to(base).as_posix() for path in (base / folder).rglob("*.*") if path.is_file()}
        assert files <= names, files - names
    for name in ("data/rulebook.json", "demo/data/demo.json", "demo/art/pr-che.webp", "core/contexts/manifest.json"):
        assert name in names
    assert any(name.endswith(".ttf") for name in names)
    assert any(name.endswith("/LICENSE") for name in names)
