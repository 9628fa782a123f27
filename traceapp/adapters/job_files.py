"""Files that are made in the background: drafts under way, and results that wait to be fetched.

Names are `{job}-{claim}.part` and `{job}-{claim}.pdf`: two workers never write one file, and whatever no job knows of
can be told from its name and is swept away.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from traceapp.core.errors import NotFound, Unavailable

_OURS = re.compile(r"\d+-[0-9a-f]+\.[a-z]+")


class JobFiles:
    """The files of all jobs, in one folder that nobody else reads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def draft(self, stem: str) -> Iterator[BinaryIO]:
        """A new file to write to; it is gone when the block ends, unless it was handed over before."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._draft(stem)
        try:
            with path.open("wb") as file:
                yield file
        finally:
            path.unlink(missing_ok=True)

    def hand_over(self, stem: str, file: BinaryIO, kind: str) -> tuple[str, int]:
        """Name and size of the result that the draft becomes, in one step and on the disk."""
        file.flush()
        os.fsync(file.fileno())
        name, size = f"{stem}.{kind}", file.tell()
        self._draft(stem).replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name, size

    def path(self, name: str) -> Path:
        """Where a result lies. NotFound where it is gone."""
        path = self._folder / name
        if not _OURS.fullmatch(name) or not path.is_file():
            raise NotFound("This file is no longer kept here: print the items again with --from-item.")
        return path

    def require_room(self, size: float) -> None:
        """Unavailable where a file of so many bytes surely does not fit on the disk."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(self._folder).free
        if free < size:
            raise Unavailable(
                f"These labels need about {size / 1e6:,.0f} MB in {self._folder}, {free / 1e6:,.0f} MB are free: "
                "free some space, or ask for fewer at a time. No number was issued."
            )

    def names(self) -> list[str]:
        """Every file of ours, drafts included."""
        found = self._folder.iterdir() if self._folder.is_dir() else ()
        return [path.name for path in found if _OURS.fullmatch(path.name)]

    def delete(self, names: Iterable[str]) -> None:
        """Delete these files, as far as they are there."""
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def _draft(self, stem: str) -> Path:
        return self._folder / f"{stem}.part"
