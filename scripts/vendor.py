"""Copies what pages use of other people's packages into traceapp/static/vendor, with licences and a manifest.

`npm ci --ignore-scripts` first; neither npm nor Node is needed to install or to run. `python -m scripts.vendor` then
copies FILES, byte for byte, and writes manifest.json: where each file is from and its SHA-256. What is compiled into
the WebAssembly comes without its licences: NOTICES has them, from the same code's Python package and by hand.
"""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "traceapp/static/vendor"
FILES = {
    "noble-ed25519.js": ("@noble/ed25519", "index.js"),
    "noble-ed25519.LICENSE.txt": ("@noble/ed25519", "LICENSE"),
    "noble-hashes/sha2.js": ("@noble/hashes", "sha2.js"),
    "noble-hashes/_md.js": ("@noble/hashes", "_md.js"),
    "noble-hashes/_u64.js": ("@noble/hashes", "_u64.js"),
    "noble-hashes/utils.js": ("@noble/hashes", "utils.js"),
    "noble-hashes/LICENSE.txt": ("@noble/hashes", "LICENSE"),
    "htmx.min.js": ("htmx.org", "dist/htmx.min.js"),
    "htmx.LICENSE.txt": ("htmx.org", "LICENSE"),
    "zxing/es/reader/index.js": ("zxing-wasm", "dist/es/reader/index.js"),
    "zxing/es/share.js": ("zxing-wasm", "dist/es/share.js"),
    "zxing/zxing_reader.wasm": ("zxing-wasm", "dist/reader/zxing_reader.wasm"),
    "zxing/LICENSE.txt": ("zxing-wasm", "LICENSE"),
}
"""Where each vendored file comes from: (package, path inside it). Their imports of each other are relative."""
NOTICES = {
    "zxing/zxing-cpp.LICENSE.txt": ("zxing-cpp", "licenses/LICENSE"),
    "zxing/NOTICE.txt": ("traceapp", "scripts/notices/zxing.txt"),
}
"""Licences of what is inside the WebAssembly: (Python package, path in its metadata), or a file of this project."""


def main() -> None:
    """Copy every file, and write down what was copied."""
    manifest = {}
    for name, (package, path) in (FILES | NOTICES).items():
        source, version = _source(package, path, is_notice=name in NOTICES)
        target = TARGET / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        hashed = sha256(target.read_bytes()).hexdigest()
        manifest[name] = {"package": package, "version": version, "path": path, "sha256": hashed}
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (TARGET / "manifest.json").write_text(text, encoding="utf-8")


def _source(package: str, path: str, *, is_notice: bool) -> tuple[Path, str]:
    """The file to copy, and its package's version."""
    if package == "traceapp":
        return ROOT / path, "own"
    if is_notice:
        found = distribution(package)
        (file,) = [one for one in found.files or () if one.as_posix().endswith(path)]
        return Path(str(found.locate_file(file))), found.version
    folder = ROOT / "node_modules" / package
    return folder / path, json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]


if __name__ == "__main__":
    main()
