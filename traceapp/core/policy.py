"""Whose cosignatures make a checkpoint count (C2SP tlog-policy): logs, witnesses, groups of them, and the quorum."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from traceapp.core.counted import Counted
from traceapp.core.errors import Malformed
from traceapp.core.note import Algorithm, VerifierKey

NONE = "none"
NO_WITNESSES = "quorum none\n"
MOST_LINES = 200
GROUP = "witnesses"


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness as a policy names it: `name` counts within the policy only, `url` is where it takes checkpoints."""

    name: str
    key: VerifierKey
    url: str | None = None

    def line(self) -> str:
        """Its line in a policy, without the newline."""
        return " ".join(("witness", self.name, self.key.format(), *([self.url] if self.url else [])))


@dataclass(frozen=True, slots=True)
class Policy:
    """A read policy. `groups` maps a name to how many of which members it takes; `quorum` names one, or is `none`."""

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[Witness, ...]
    groups: Mapping[str, tuple[int, tuple[str, ...]]]
    quorum: str

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The keys whose cosignatures are looked at."""
        return tuple(one.key for one in self.witnesses)

    def quorum_time(self, times: Mapping[VerifierKey, int]) -> int | None:
        """The POSIX second in which the quorum was complete, from when each witness cosigned. None: it is not, or
        none is asked for, and then no time is proved.
        """
        if self.quorum == NONE:
            return None
        named = {one.name: times[one.key] for one in self.witnesses if one.key in times}
        return self._time_of(self.quorum, named)

    def is_met(self, keys: Collection[VerifierKey]) -> bool:
        """Whether cosignatures by these keys are enough."""
        return self.quorum == NONE or self.quorum_time(dict.fromkeys(keys, 0)) is not None

    def _time_of(self, name: str, named: Mapping[str, int]) -> int | None:
        if name not in self.groups:
            return named.get(name)
        needed, members = self.groups[name]
        found = sorted(time for one in members if (time := self._time_of(one, named)) is not None)
        return found[needed - 1] if len(found) >= needed else None


@lru_cache(maxsize=16)
def parse_policy(text: str) -> Policy:
    """Read a policy; raises Malformed, and CannotBeChecked for a key of an unknown kind."""
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise Malformed(f"a policy has at most {MOST_LINES} lines, this one {len(lines)}")
    reader = _Reader()
    for line in lines:
        words = line.split()
        if words and not words[0].startswith("#"):
            reader.read(words)
    return reader.policy()


def witnessing(witnesses: Sequence[Witness], needed: int) -> str:
    """The part of a policy below its log: these witnesses, of whom `needed` make the quorum; Malformed otherwise."""
    if not witnesses:
        return NO_WITNESSES
    names = " ".join(one.name for one in witnesses)
    lines = [*(one.line() for one in witnesses), f"group {GROUP} {needed} {names}", f"quorum {GROUP}"]
    text = "".join(f"{line}\n" for line in lines)
    parse_policy(text)
    return text


class _Reader:
    """Takes a policy's lines in order: a group may only name what stands above it."""

    def __init__(self) -> None:
        self._logs: list[VerifierKey] = []
        self._witnesses: list[Witness] = []
        self._groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._names: set[str] = set()
        self._members: set[str] = set()
        self._quorum: str | None = None

    def read(self, words: list[str]) -> None:
        """Take in one line, as its words; Malformed for one that is not known."""
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self._add_log(vkey)
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._add_witness(name, vkey, *url)
            case ["group", name, needed, *members] if members:
                self._add_group(name, needed, tuple(members))
            case ["quorum", name] if self._quorum is None and (name == NONE or name in self._names):
                self._quorum = name
            case _:
                raise Malformed(f"policy line {' '.join(words)[:120]!r} is not known, or names what is not above it")

    def policy(self) -> Policy:
        """What was read; Malformed without a quorum."""
        if self._quorum is None:
            raise Malformed("a policy has one quorum line; this one has none")
        return Policy(tuple(self._logs), tuple(self._witnesses), self._groups, self._quorum)

    def _add_log(self, vkey: str) -> None:
        key = _key(vkey, Algorithm.ED25519)
        if key.public in [one.public for one in self._logs]:
            raise Malformed(f"the policy names the log {key.name} twice")
        self._logs.append(key)

    def _add_witness(self, name: str, vkey: str, url: str | None = None) -> None:
        key = _key(vkey, Algorithm.COSIGNATURE_V1)
        if key.public in [one.key.public for one in self._witnesses]:
            raise Malformed(f"the policy names the witness {key.name} twice")
        self._add_name(name)
        self._witnesses.append(Witness(name, key, url))

    def _add_group(self, name: str, needed: str, members: tuple[str, ...]) -> None:
        if not set(members) <= self._names or self._members & set(members) or len(set(members)) < len(members):
            raise Malformed(f"group {name}: each member stands above it and belongs to one group only")
        count = {"all": len(members), "any": 1}.get(needed) or (
            int(needed) if needed.isascii() and needed.isdigit() else 0
        )
        if not 1 <= count <= len(members):
            raise Malformed(f"group {name}: {needed} of {Counted(len(members)):member|members} cannot be")
        self._add_name(name)
        self._members |= set(members)
        self._groups[name] = (count, members)

    def _add_name(self, name: str) -> None:
        if name == NONE or name in self._names:
            raise Malformed(f"the policy uses the name {name} twice")
        self._names.add(name)


def _key(vkey: str, algorithm: Algorithm) -> VerifierKey:
    key = VerifierKey.parse(vkey)
    if key.algorithm is not algorithm:
        raise Malformed(f"key {key.name}: expected one of type {algorithm:#04x}, got {key.algorithm:#04x}")
    return key
