"""One file with all that a service on SQLite needs to live again, and bringing it back.

In a backup: the database as SQLite's own backup makes it (consistent while the service runs), the published checkpoint,
pictures, papers of certificates, and private keys, which must be sealed with a passphrase. Not in it: the root key,
which is kept apart, and counts of scans. A restored database may be older than what is published: where that is known
it appends nothing until `traceapp log recover` has brought it up to date.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from traceapp.core.dates import rfc3339
from traceapp.core.errors import BadSettings, Conflict, Malformed
from traceapp.core.keys import Role
from traceapp.db.migrate import upgrade
from traceapp.services.log.check import LogReport, check_log
from traceapp.services.operating import audit
from traceapp.services.records.index_rows import IndexRows
from traceapp.services.world import World

FORMAT = 1
DATABASE, MANIFEST, PUBLISHED = "database.db", "manifest.json", "published/checkpoint"
_NAME = re.compile(
    r"database\.db|manifest\.json|published/checkpoint|keys/[a-z0-9.-]{1,120}|(?:media|papers)/[A-Za-z0-9._-]{1,120}"
)
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: how much was re-proved, and whether more than that is published already."""

    report: LogReport
    made: str
    published: int


def back_up(world: World, file: Path) -> int:
    """Write the backup; returns how many entries it holds. BadSettings for PostgreSQL and for keys that lie open."""
    if world.engine.dialect.name != "sqlite":
        raise BadSettings(
            "PostgreSQL is backed up with its own tool: pg_dump --format=custom --file=traceapp.dump "
            '"$TRACEAPP_DATABASE_URL", and beside it copy TRACEAPP_KEYS_DIR and, in TRACEAPP_DATA_DIR, published/ and '
            "media/. Restore with pg_restore, then run traceapp log recover and traceapp audit."
        )
    with world.write() as connection:
        audit.note(connection, "backup", world.host, "cli", world.clock(), file=file.name)
    with TemporaryDirectory(dir=world.settings.data_dir) as folder:
        # The published checkpoint first: the copy of the database then holds at least as much.
        checkpoint = world.published.read()
        copy = Path(folder) / DATABASE
        _copy_database(Path(str(world.engine.url.database)), copy)
        files = [(DATABASE, copy), *_keys(world), *_pictures_and_papers(world)]
        if checkpoint:
            noted = Path(folder) / "checkpoint"
            noted.write_bytes(checkpoint[2])
            files.append((PUBLISHED, noted))
        _write(file, files, {"identity": world.host, "made": rfc3339(world.clock()), "format": FORMAT})
    return checkpoint[0] if checkpoint else 0


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other, pages=4096)
        # One file, without the journal beside it that the next reader would have to know of.
        other.execute("PRAGMA journal_mode = DELETE")


def _keys(world: World) -> Iterator[tuple[str, Path]]:
    for path in sorted(world.settings.keys_dir.glob("*")):
        if path.name.startswith("root") or not (path.suffix == ".pem" or path.name == "serial"):
            continue
        if path.suffix == ".pem" and b"ENCRYPTED" not in path.read_bytes():
            raise BadSettings(
                f"{path} is not sealed: whoever finds the backup could sign with it. Set "
                "TRACEAPP_KEY_PASSPHRASE_FILE and run traceapp keys seal first."
            )
        yield f"keys/{path.name}", path


def _pictures_and_papers(world: World) -> Iterator[tuple[str, Path]]:
    """Those that are whole: a `.new` is still being written."""
    for folder in (world.media_dir, world.papers_dir):
        found = (path for path in sorted(folder.glob("*")) if path.is_file() and path.suffix != ".new")
        yield from ((f"{folder.name}/{path.name}", path) for path in found)


def _write(file: Path, files: list[tuple[str, Path]], told: dict[str, Any]) -> None:
    """A tar of these files behind a manifest with their hashes; there whole, or not at all."""
    sums = {name: _sum(path) for name, path in files}
    manifest = json.dumps({**told, "sha256": sums}, indent=1, sort_keys=True).encode()
    draft = file.with_name(f".{file.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w") as archive:
                entry = tarfile.TarInfo(MANIFEST)
                entry.size, entry.mode = len(manifest), 0o600
                archive.addfile(entry, io.BytesIO(manifest))
                for name, path in files:
                    entry = tarfile.TarInfo(name)
                    entry.size, entry.mode = path.stat().st_size, 0o600
                    with path.open("rb") as data:
                        archive.addfile(entry, data)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _sum(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as data:
        while part := data.read(_AT_ONCE):
            found.update(part)
    return found.hexdigest()


def restore(world: World, file: Path, *, replace_database: bool = False) -> Restored:
    """Unpack, verify everything, and only then put it in its place.

    Malformed for a damaged backup, Conflict where a database is there already. Keys and a published checkpoint that are
    here stay: they may be newer than the backup. BadSettings for the backup of another service.
    """
    database = _database_of(world)
    if database.exists() and not replace_database:
        raise Conflict(f"{database} exists already: move it away, or say --replace to keep it as {database.name}.old.")
    world.settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=world.settings.data_dir) as folder:
        unpacked = Path(folder)
        told = _unpack(file, unpacked)
        if told["identity"] != world.host:
            raise BadSettings(f"This backup is of {told['identity']}, these settings are of {world.host}.")
        report = _verify(world, unpacked)
        _put(world, unpacked, database)
    published = world.published.read()
    return Restored(report, told["made"], published[0] if published else 0)


def _database_of(world: World) -> Path:
    if not world.settings.database_url.startswith("sqlite:///"):
        raise BadSettings("This restores SQLite backups: for PostgreSQL use pg_restore, then traceapp log recover.")
    return Path(world.settings.database_url.removeprefix("sqlite:///"))


def _unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Every file under its own name, its hash as the manifest says; returns the manifest."""
    file.stat()  # A file that is not there is no damaged backup.
    try:
        with tarfile.open(file, mode="r:") as archive:
            for entry in archive:
                if not entry.isreg() or not _NAME.fullmatch(entry.name):
                    raise Malformed(f"{file} holds {entry.name[:80]!r}, which no backup does.")
                target = folder / entry.name
                target.parent.mkdir(mode=0o700, exist_ok=True)
                data = archive.extractfile(entry)
                with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                    shutil.copyfileobj(data or io.BytesIO(), out, _AT_ONCE)
        told: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        sums = told["sha256"]
        found = {name: _sum(folder / name) for name in sums}
    except (tarfile.TarError, ValueError, KeyError, EOFError, FileNotFoundError, FileExistsError) as cause:
        raise Malformed(f"{file} is no whole backup: {cause}. Take another.") from cause
    if told.get("format") != FORMAT or DATABASE not in sums or found != sums:
        raise Malformed(f"{file} is damaged, or of another version: a hash in it does not fit. Take another.")
    return told


def _verify(world: World, unpacked: Path) -> LogReport:
    """Log, signatures, trails and index, before anything of it is used."""
    inside = World(
        replace(world.settings, data_dir=unpacked, database_url=f"sqlite:///{unpacked / DATABASE}"), clock=world.clock
    )
    try:
        # A backup of an earlier version is brought to this one's schema, as `init` would.
        upgrade(inside.engine)
        index = IndexRows()
        with inside.read() as connection:
            inside.require_identity(connection)
            trust = inside.trust(connection)
            published = inside.published.read()
            report = check_log(connection, world.host, trust.keyring(), published, index)
            index.require_same(connection)
    finally:
        inside.engine.dispose()
    return report


def _put(world: World, unpacked: Path, database: Path) -> None:
    world.engine.dispose()
    keys = world.settings.keys_dir
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    for source, target in (("keys", keys), ("media", world.media_dir), ("papers", world.papers_dir)):
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted((unpacked / source).glob("*")):
            if not (target / path.name).exists():
                shutil.copy2(path, target / path.name)
    checkpoint = unpacked / PUBLISHED
    if checkpoint.exists() and world.published.read() is None:
        folder = world.settings.data_dir / "published"
        folder.mkdir(exist_ok=True)
        shutil.copy2(checkpoint, folder / "checkpoint")
    with closing(sqlite3.connect(unpacked / DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    if database.exists():
        os.replace(database, database.with_name(f"{database.name}.old"))  # noqa: PTH105
    for beside in ("-wal", "-shm"):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    os.replace(unpacked / DATABASE, database)  # noqa: PTH105


def lacks_root(world: World) -> bool:
    """Whether the root key is to be fetched from where it is kept before keys can be rotated."""
    return not world.key_store.holds(Role.ROOT)
