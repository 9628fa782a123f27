"""The house keeps its own rules: imports only go down, core is pure, modules and functions stay small, nothing private
or of one machine is committed."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
LISTS = re.compile(r"i18n/words_\w+\.py|core/facts\.py")
"""No code, only what there is: as long as there are words, or kinds of facts."""
HISTORY = re.compile(r"db/migrations/versions/")
"""Written once and never changed."""
MODULES = sorted((ROOT / "traceapp").rglob("*.py"))
CORE = sorted((ROOT / "traceapp/core").rglob("*.py"))

ELSEWHERE = (
    "aiohttp", "asyncio", "click", "flask", "glob", "http", "httpx", "io", "logging", "multiprocessing", "os",
    "pathlib", "psycopg", "random", "requests", "secrets", "shutil", "signal", "socket", "sqlalchemy", "sqlite3", "ssl",
    "subprocess", "sys", "tempfile", "threading", "time", "urllib.request", "werkzeug",
)  # fmt: skip
"""What a pure module has no use for: the world outside, its clock and its dice."""
ALLOWED = {("bundle.py", "io")}
"""A ZIP is written into memory."""
READS_ITS_OWN_FILES = {"vocabulary.py"}


def tracked() -> list[Path]:
    """Every file that git keeps; every file there is, where this is no checkout."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout, so there is no list of what is committed")
    found = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    return [path for path in found if path.is_file()]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# Imports


def test_imports_only_go_down() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"Contracts: [4-9] kept, 0 broken", done.stdout)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                yield node.module or ""
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_core_imports_nothing_of_the_world() -> None:
    barred = [
        (name_of(path), name)
        for path in CORE
        for name in imported(path)
        for one in ELSEWHERE
        if (name == one or name.startswith(f"{one}.")) and (path.name, one) not in ALLOWED
    ]
    assert barred == []


def test_core_asks_no_clock_and_opens_no_file() -> None:
    outside = {"open", "print", "input", "datetime.now", "datetime.utcnow", "date.today", "exec", "eval", "__import__"}
    files = (".read_text", ".read_bytes", ".write_text", ".write_bytes")
    barred = [
        (name_of(path), name)
        for path in CORE
        for name in {ast.unparse(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)}
        if name in outside or (name.endswith(files) and path.name not in READS_ITS_OWN_FILES)
    ]
    assert barred == []


# What pages share

WHO_AND_WHEN = {"world", "clock", "current_app", "environ", "request", "session"}
WORDS = {"choose_locale", "gettext", "ngettext"}
SAYS_UNTIL_WHEN = {"look_at"}
"""A verdict names the instant at which time changes it, and what was made of it ends then (db/notes.py)."""


def shared_ones() -> Iterator[tuple[ast.FunctionDef, set[str]]]:
    """Functions whose answers pages share, with what they may not ask for."""
    for node in (node for path in MODULES for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)):
        marks = {ast.unparse(one) for one in node.decorator_list}
        if "spoken" in marks or "shared" in marks:
            own = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
            yield node, (WHO_AND_WHEN if "spoken" in marks else WHO_AND_WHEN | WORDS) - own


def test_what_pages_share_depends_on_its_arguments_alone() -> None:
    odd, found = [], 0
    for node, barred in shared_ones():
        found += 1
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        asked = names | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
        if asked & barred and node.name not in SAYS_UNTIL_WHEN:
            odd.append((node.name, asked & barred))
    assert found > 50
    assert odd == []


# Sizes


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function with its length in lines."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def test_a_module_is_small() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    long = {name: length for name, length in lengths.items() if length > LONGEST_MODULE}
    assert [name for name in long if not LISTS.search(name)] == []


def test_a_function_is_small() -> None:
    long = [
        (name_of(path), name, length)
        for path in MODULES
        for name, length in functions(path)
        if length > LONGEST_FUNCTION and not HISTORY.search(name_of(path))
    ]
    assert long == []


def test_most_functions_are_a_few_lines() -> None:
    lengths = sorted(length for path in MODULES for _, length in functions(path))
    assert lengths[len(lengths) // 2] <= 10


# What is committed

FOREIGN = {
    "a path of one machine": re.compile(rb"/(?:work|root|home|Users)/[a-z.]"),
    "a temporary path": re.compile(rb"/[t]mp/"),
    # Written backwards, so that this file names none of them either.
    "a registry's host": re.compile(
        b"|".join(
            name[::-1]
            for name in (b"sjmpn.yrtsiger", b"gkpnray.yrtsiger", b"gro.ipyp", b"detsohnohtyp", b"gnalog.yxorp")
        )
    ),
    "something left undone": re.compile(rb"\b(?:TO[D]O|FIX[M]E|X[X]X)\b"),
    "a private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}"),
    "a conflict": re.compile(rb"^(?:<<<<<<<|>>>>>>>) ", re.MULTILINE),
}
BINARY = {".ttf", ".webp", ".png", ".ico", ".mo", ".gz", ".zip", ".wasm", ".pdf"}
SAYS_SO_ITSELF = {"tests/test_house.py"}


@pytest.mark.parametrize("what", FOREIGN)
def test_nothing_of_one_machine_and_nothing_unfinished_is_committed(what: str) -> None:
    texts = (path for path in tracked() if path.suffix not in BINARY and name_of(path) not in SAYS_SO_ITSELF)
    assert [name_of(path) for path in texts if FOREIGN[what].search(path.read_bytes())] == []


def test_no_key_and_no_database_is_committed() -> None:
    kept = (".db", ".pem", ".key", ".sqlite", ".p12", ".env")
    assert [name_of(path) for path in tracked() if path.suffix in kept or "node_modules" in path.parts] == []


def test_constraints_name_versions_and_no_place() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert len(wanted) > 20
    assert [line for line in wanted if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []


def test_npm_lockfiles_name_hashes_and_no_place() -> None:
    lockfiles = [path for path in tracked() if path.name == "package-lock.json"]
    assert lockfiles
    for path in lockfiles:
        text = path.read_text(encoding="utf-8")
        assert '"resolved"' not in text, name_of(path)
        packages = json.loads(text)["packages"]
        assert [name for name, one in packages.items() if name and "integrity" not in one and not one.get("link")] == []


def test_the_reading_of_this_house_sees_what_it_should() -> None:
    assert len(MODULES) > 100
    assert len(CORE) > 40
    assert len(tracked()) > 200
    samples = (
        b"see @work@main".replace(b"@", b"/"),
        b"in @tmp@x".replace(b"@", b"/"),
        b"gro.ipyp"[::-1],
        b"# TO-DO later".replace(b"-", b""),
        b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAA",
        b"<<<<<<< a",
    )
    assert all(any(pattern.search(sample) for pattern in FOREIGN.values()) for sample in samples)
