"""What a monitor knows: the trust file it pinned, the log as far as it has seen it, and the records it was told of."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from traceapp.core.errors import BadSettings, Malformed, TraceappError
from traceapp.core.keys import parse_multikey
from traceapp.core.merkle import Frontier
from traceapp.core.trust import TrustList, read_trust_list


@dataclass(frozen=True, slots=True)
class Made:
    """A record made in somebody's name."""

    record_id: str
    leaf_index: int
    type: str
    time: str
    declared_by: str

    def line(self) -> str:
        """As a person reads it."""
        return (
            f"entry {self.leaf_index}: {self.type} of {self.time} in the name of {self.declared_by}: {self.record_id}"
        )


@dataclass(slots=True)
class State:
    """One monitor's memory. `unknown` are records in one's name that nobody accepted yet, by id.

    `own_keys` are one's own public keys (multikeys): what they signed nobody else can have made.
    """

    trust: TrustList
    names: tuple[str, ...]
    own_keys: tuple[str, ...] = ()
    frontier: Frontier = field(default_factory=Frontier)
    checkpoint: bytes = b""
    accepted: set[str] = field(default_factory=set)
    unknown: dict[str, Made] = field(default_factory=dict)
    restricted: int = 0

    def add_own_keys(self, named: tuple[str, ...]) -> None:
        """Know these keys as one's own from now on; BadSettings for what is none."""
        for one in named:
            multikey = one.removeprefix("did:key:").partition("#")[0]
            try:
                parse_multikey(multikey)
            except Malformed as cause:
                raise BadSettings(f"--own-key takes z6Mk… or did:key:z6Mk…: {cause}") from cause
            if multikey not in self.own_keys:
                self.own_keys = (*self.own_keys, multikey)

    def accept(self, record_ids: tuple[str, ...]) -> None:
        """These were made; `all` accepts whatever is unknown by now."""
        for one in record_ids:
            wanted = tuple(self.unknown) if one == "all" else (one,)
            self.accepted.update(wanted)
            for record_id in wanted:
                self.unknown.pop(record_id, None)


class Store:
    """The memory in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "state.json"

    def read(self) -> State | None:
        """What is known, None at the very first time. BadSettings where the file is damaged."""
        try:
            return _read(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, TraceappError) as cause:
            raise BadSettings(
                f"{self._path} cannot be read ({cause}): restore it, or begin anew without it."
            ) from cause

    def write(self, state: State) -> None:
        """Keep it; the file is the old one or the new one at any moment."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(_written(state), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def keep_evidence(self, files: dict[str, bytes], now: datetime) -> Path:
        """Put files aside that show what the log did; returns their folder."""
        folder = self._folder / "evidence" / now.strftime("%Y%m%dT%H%M%S.%fZ")
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return folder


def _written(state: State) -> dict[str, Any]:
    return {
        "trust": base64.b64encode(state.trust.body).decode(),
        "names": list(state.names),
        "own_keys": list(state.own_keys),
        "size": state.frontier.size,
        "frontier": base64.b64encode(state.frontier.to_bytes()).decode(),
        "checkpoint": base64.b64encode(state.checkpoint).decode(),
        "accepted": sorted(state.accepted),
        "unknown": [
            [one.record_id, one.leaf_index, one.type, one.time, one.declared_by] for one in state.unknown.values()
        ],
        "restricted": state.restricted,
    }


def _read(found: dict[str, Any]) -> State:
    unknown = [Made(*row) for row in found["unknown"]]
    return State(
        trust=read_trust_list(base64.b64decode(found["trust"])),
        names=tuple(found["names"]),
        own_keys=tuple(found.get("own_keys", ())),
        frontier=Frontier.from_bytes(found["size"], base64.b64decode(found["frontier"])),
        checkpoint=base64.b64decode(found["checkpoint"]),
        accepted=set(found["accepted"]),
        unknown={one.record_id: one for one in unknown},
        restricted=found["restricted"],
    )
