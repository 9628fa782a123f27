"""What witnesses have seen that the database does not hold, in files beside the published checkpoint.

While AHEAD is there, nothing is appended: the database is a restored backup or a stale copy. DOUBTED holds what single
witnesses say and do not show: it is told, and stops nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from traceapp.core.counted import Counted
from traceapp.core.errors import LogAhead, Unavailable

AHEAD, DOUBTED = "witnesses-ahead.json", "witnesses-doubted.json"


class Alarm:
    """One file; no file is no alarm."""

    def __init__(self, folder: Path, name: str = AHEAD) -> None:
        self._path = folder / name
        self._name = str(self._path)

    def read(self) -> dict[str, int]:
        """The size that each such witness says it has seen, by the witness's name."""
        try:
            found: dict[str, int] = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as cause:
            raise Unavailable(f"{self._path} cannot be read: {cause}. Run traceapp log recover.") from cause
        return found

    def set(self, alarms: Mapping[str, int]) -> None:
        """Make the file say this; nothing is written where it does already."""
        if dict(alarms) == self.read():
            return
        if not alarms:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(dict(alarms)), encoding="utf-8")
        draft.replace(self._path)

    def drop(self, name: str) -> None:
        """Forget what one witness said."""
        self.set({one: size for one, size in self.read().items() if one != name})

    def require_quiet(self) -> None:
        """LogAhead while a witness has seen what the database does not hold."""
        # Asked before each append: a path's own method takes three times as long.
        if not os.path.exists(self._name):  # noqa: PTH110
            return
        said = ", ".join(f"{name} has seen {Counted(size):entry|entries}" for name, size in self.read().items())
        raise LogAhead(
            f"The witness {said} that this database does not hold: is it a restored backup or a stale copy? Nothing "
            "was appended, as that would fork the log. Run traceapp log recover; if it is the witness that is wrong, "
            "run traceapp witness remove."
        )
