"""What the processes of one run share: whoever asks first for a thing makes it, the others wait for it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path


class Shared:
    """Folders that every process of a run sees. It goes away with the process that started the others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def once(self, name: str, make: Callable[[Path], object]) -> Path:
        """The folder of that name, which `make` filled the first time that any process asked for it."""
        folder, whole = self.folder / name, self.folder / f"{name}.whole"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                whole.touch()
        return folder
