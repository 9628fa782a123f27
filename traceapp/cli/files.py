"""Files and folders that commands read and write: named when they cannot be used, and never left half-written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from traceapp.core.errors import BadSettings, TraceappError, VerificationError
from traceapp.core.trust import TrustList, read_trust_list

_HANDED_ON = {("/", "dev", name) for name in ("fd", "stdin", "stdout", "stderr")} | {("/", "proc", "self")}
"""Names of what the command was started with, which may be a file that somebody else writes into."""


@contextmanager
def whole_file(output: Path) -> Iterator[Path]:
    """A path to write to; it takes the place of `output` when all went well, and is gone otherwise.

    A device or a pipe is written to as it is: nothing may take its place.
    """
    stays = output.parts[:3] in _HANDED_ON or (output.exists() and not output.is_file())
    target = output.resolve()
    draft = output if stays else target.with_name(f".{target.name}.part")
    try:
        yield draft
        if not stays:
            draft.replace(target)
    except BaseException as cause:
        if not stays:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        if isinstance(cause, OSError) and cause.filename in (None, str(draft)):
            raise OSError(cause.errno, cause.strerror or str(cause), str(output)) from cause
        raise


def write_whole(output: Path, data: bytes) -> None:
    """All of `data` into `output`, or nothing."""
    with whole_file(output) as draft:
        draft.write_bytes(data)


@contextmanager
def whole_folder(output: Path, mark: str) -> Iterator[Path]:
    """An empty folder to write into; it takes the place of `output` when all went well, and is gone otherwise.

    What was there stays as it was until then, and is replaced whole: only an empty folder, or one that holds the file
    `mark` as such an export does, so that nothing else is ever thrown away. BadSettings for any other, and for the
    root of a disk, which cannot change places.
    """
    target = output.resolve()
    draft, before = target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.before")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Whoever was killed between the two steps below.
        _bring_back(before, target)
        _require_replaceable(output, mark)
        for left in (draft, before):
            _remove(left)
        draft.mkdir()
        if target.is_dir():
            shutil.copymode(target, draft)
        yield draft
        if target.is_dir():
            target.rename(before)
        draft.rename(target)
        _remove(before)
    except BaseException as cause:
        _remove(draft)
        _bring_back(before, target)
        if isinstance(cause, OSError) and str(cause.filename or draft).startswith(str(draft)):
            raise OSError(cause.errno, cause.strerror or str(cause), str(output)) from cause
        raise


def _require_replaceable(output: Path, mark: str) -> None:
    if output.is_mount():
        raise BadSettings(f"{output} is where a disk is mounted, and no other can take its place: name a folder in it.")
    if output.is_dir() and any(output.iterdir()) and not (output / mark).is_file():
        raise BadSettings(f"{output} holds something else than an earlier export: empty it, or name another folder.")


def _bring_back(before: Path, target: Path) -> None:
    if before.is_dir() and not target.exists():
        before.rename(target)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def about(file: Path) -> Iterator[None]:
    """What is wrong with what `file` holds is said with its name."""
    try:
        yield
    except TraceappError as cause:
        raise type(cause)(f"{file}: {cause}") from cause


def trust_in(file: Path, pinned: TrustList | None = None) -> TrustList:
    """The trust file in `file`. VerificationError, with its name, for what is none."""
    try:
        return read_trust_list(file.read_bytes(), pinned=pinned)
    except VerificationError as cause:
        raise type(cause)(f"{file} is no trust file to rely on: {cause}") from cause


def passphrase_in(file: Path) -> str:
    """The passphrase that `file` holds; BadSettings where it holds none, as nothing is to be sealed with that."""
    try:
        found = file.read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError as cause:
        raise BadSettings(f"{file} holds no text: write the passphrase in UTF-8.") from cause
    if not found:
        raise BadSettings(f"{file} is empty: write the passphrase into it.")
    return found
