"""Go's golang.org/x/mod/sumdb, which nobody here wrote, verifies our logs.

`go_check(directory)` takes any exported log: `vkey`, `checkpoint` and the C2SP files under `tile/`.
"""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from traceapp.core.checkpoint import Algorithm, Checkpoint, VerifierKey, add_signatures, cosign, sign_checkpoint
from traceapp.core.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from traceapp.core.tiles import HashReader, TileWriter, encode_entries, entries_path, tile_path, tree_tiles

SOURCE = Path(__file__).parent / "go/checklog.go"
GOPATH = Path("/usr/share/gocode")
SECONDS_TO_BUILD, SECONDS_TO_CHECK = 240, 120

ORIGIN = "trace.example.vn/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NEXT = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
SIZE, OLD = 700, 300


def go_check(directory: Path, *, old_size: int | None = None, proofs: bool = False) -> subprocess.CompletedProcess[str]:
    """Let Go verify an exported log; it accepts with exit code 0, and says on stderr why it refuses.

    Checked are the log's signature on `checkpoint` by the key in `vkey`, the inclusion of every entry, and with
    `old_size` the consistency with that smaller tree, with the signed root of `checkpoint.{old_size}` where the
    directory has it. `proofs` prints the proofs as well. Skips the test where Go or its library is not installed.
    """
    arguments = ["-proofs"] * proofs + [str(directory)] + ([] if old_size is None else [str(old_size)])
    command = [str(_compiled()), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_CHECK, check=False)


def _compiled() -> Path:
    if shutil.which("go") is None:
        pytest.skip("go not found: install Debian's golang-go to run Go's verifier")
    if not (GOPATH / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("golang.org/x/mod not found: install Debian's golang-golang-x-mod-dev to run Go's verifier")
    return Path(_build().name) / "checklog"


@cache
def _build() -> TemporaryDirectory[str]:
    """Compile once in a run of the tests; the folder goes when the interpreter ends."""
    folder = TemporaryDirectory(prefix="checklog-")
    atexit.register(folder.cleanup)
    settings = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": f"{folder.name}/cache", "CGO_ENABLED": "0"}
    done = subprocess.run(
        ["go", "build", "-o", f"{folder.name}/checklog", str(SOURCE)],
        env=os.environ | settings | {"GOFLAGS": ""},
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_BUILD,
        check=False,
    )
    assert done.returncode == 0, f"go build failed: {done.stderr}"
    return folder


class ExportedLog:
    """A log in memory, and its export as static files."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.entries = [b'{"id":"%d","t":"record","v":1}' % index for index in range(size)]
        self.leaves = [leaf_hash(entry) for entry in self.entries]
        self._writer = TileWriter()
        self._full = {(level, index): hashes for level, index, hashes in self._writer.extend(self.leaves)}

    def tile(self, level: int, index: int, width: int) -> bytes:
        return self._full[level, index] if width == 256 else self._writer.partial(level)

    def node(self, level: int, index: int) -> bytes:
        return HashReader(self.size, self.tile).node(level, index)

    def checkpoint(self, size: int) -> bytes:
        return sign_checkpoint(Checkpoint(ORIGIN, size, root_of(self.leaves[:size])), PRIVATE)

    def write(self, directory: Path) -> Path:
        """Everything that `go_check` reads, with an earlier checkpoint and a witness's line that Go does not know."""
        signed = self.checkpoint(self.size)
        cosigned = add_signatures(signed, cosign(signed, WITNESS, "witness.example.vn/w1", 1_763_740_800))
        files = {
            "vkey": VerifierKey.of(ORIGIN, Algorithm.ED25519, PRIVATE).format().encode() + b"\n",
            "checkpoint": cosigned,
            f"checkpoint.{OLD}": self.checkpoint(min(OLD, self.size)),
        }
        for tile in tree_tiles(self.size):
            files[tile.path] = self.tile(int(tile.level), tile.index, tile.width)
            if tile.level == 0:
                start = tile.index * 256
                bundle = encode_entries(self.entries[start : start + tile.width])
                files[entries_path(tile.index, tile.width)] = bundle
        for name, data in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return directory


@pytest.fixture(scope="module")
def log() -> ExportedLog:
    return ExportedLog(SIZE)


@pytest.fixture
def export(log: ExportedLog, tmp_path: Path) -> Path:
    return log.write(tmp_path)


def flip(path: Path, at: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def replace(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def test_go_accepts_a_log_of_ours_and_its_growth(export: Path) -> None:
    done = go_check(export, old_size=OLD)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"accepted: {SIZE} entries")


@pytest.mark.parametrize("key", [PRIVATE, NEXT], ids=["old", "new"])
def test_go_accepts_a_log_that_two_keys_sign_side_by_side_under_either(
    key: Ed25519PrivateKey, log: ExportedLog, export: Path
) -> None:
    head = Checkpoint(ORIGIN, SIZE, root_of(log.leaves))
    (export / "checkpoint").write_bytes(sign_checkpoint(head, NEXT, PRIVATE))
    (export / "vkey").write_text(VerifierKey.of(ORIGIN, Algorithm.ED25519, key).format() + "\n")
    done = go_check(export)
    assert done.returncode == 0, done.stderr
    (export / "checkpoint").write_bytes(sign_checkpoint(head, PRIVATE))
    assert go_check(export).returncode == (0 if key is PRIVATE else 1)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512])
def test_go_accepts_logs_that_end_at_the_edge_of_a_tile(size: int, tmp_path: Path) -> None:
    done = go_check(ExportedLog(size).write(tmp_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_go_accepts_a_log_with_a_third_level_of_tiles(tmp_path: Path) -> None:
    done = go_check(ExportedLog(65_536 + 300).write(tmp_path), old_size=OLD)
    assert done.returncode == 0, done.stderr


def test_go_makes_the_same_proofs(log: ExportedLog, export: Path) -> None:
    node = HashReader(SIZE, log.tile).node
    ours = [("inclusion", index, inclusion_proof(index, SIZE, node)) for index in range(SIZE)]
    for old_size in (1, 255, 256, OLD, 511, 512, 699):
        done = go_check(export, old_size=old_size, proofs=True)
        *lines, verdict = done.stdout.splitlines()
        assert verdict.startswith("accepted"), done.stderr
        growth = ("consistency", old_size, consistency_proof(old_size, SIZE, node))
        assert lines == [proof_line(*proof) for proof in (*ours, growth)]


def proof_line(what: str, number: int, path: tuple[bytes, ...]) -> str:
    return " ".join((what, str(number), *(base64.b64encode(sibling).decode() for sibling in path)))


@pytest.mark.parametrize(
    "name",
    [
        tile_path(0, 0),
        tile_path(0, 1),
        tile_path(0, 2, 188),
        tile_path(1, 0, 2),
        entries_path(0),
        entries_path(2, 188),
    ],
)
def test_go_refuses_a_log_with_one_bit_flipped_in_a_file(name: str, export: Path) -> None:
    flip(export / name)
    done = go_check(export)
    assert done.returncode == 1
    assert "refused" in done.stderr


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: replace(path, b"\n700\n", b"\n701\n"),
        lambda path: flip(path, path.read_bytes().index(b"\n700\n") + 10),
        lambda path: flip(path, path.read_bytes().index(b" BNWt") + 20),
        lambda path: replace(path, b"trace.example.vn/log", b"trace.example.vn/lag"),
    ],
    ids=["size", "root", "signature", "origin"],
)
def test_go_refuses_a_log_whose_checkpoint_was_altered(damage: Callable[[Path], None], export: Path) -> None:
    damage(export / "checkpoint")
    done = go_check(export)
    assert done.returncode == 1
    assert "refused: checkpoint" in done.stderr


def test_go_refuses_a_log_that_does_not_extend_its_earlier_checkpoint(export: Path) -> None:
    fork = sign_checkpoint(Checkpoint(ORIGIN, OLD, bytes(32)), PRIVATE)
    (export / f"checkpoint.{OLD}").write_bytes(fork)
    assert go_check(export).returncode == 0
    done = go_check(export, old_size=OLD)
    assert done.returncode == 1
    assert f"refused: consistency from {OLD}" in done.stderr


def test_go_refuses_an_empty_log_with_a_root(tmp_path: Path) -> None:
    export = ExportedLog(0).write(tmp_path)
    (export / "checkpoint").write_bytes(sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), PRIVATE))
    assert go_check(export).returncode == 1


def test_go_refuses_a_log_with_a_tile_missing(export: Path) -> None:
    (export / tile_path(0, 1)).unlink()
    assert go_check(export).returncode == 1
