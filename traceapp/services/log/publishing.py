"""From committed to published: witnesses see the newest checkpoint first, for as long as they may take.

What must stay true: one request in flight to each witness; what a witness answers counts only once its signature is
verified; nothing is published that is not committed; no witness, slow, dead or lying, delays a checkpoint past the
limit. A witness that shows what the log signed and the database does not hold stops appending: whoever restored a
backup must not sign a second history. What a witness says and does not show stops nothing, until a quorum says so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from sqlalchemy import Connection

from traceapp.adapters.outgoing import Answer, get, post
from traceapp.core.checkpoint import format_add_checkpoint, verify_cosignature
from traceapp.core.counted import Counted
from traceapp.core.errors import InconsistentLog, Malformed, TraceappError, VerificationError
from traceapp.core.keys import Keyring
from traceapp.core.log_keys import head_name, log_origin, verify_by_log
from traceapp.core.note import VerifierKey, add_signatures, read_decimal
from traceapp.core.policy import Policy, Witness
from traceapp.services.log.entries import prove_consistency
from traceapp.services.log.heads import Published, newest_head, size_of
from traceapp.services.log.tree import root_at
from traceapp.services.log.witnessed import last_seen, lines_on, policy_of, store_cosignature
from traceapp.services.world import World

log = logging.getLogger("traceapp.publishing")

CLOCK_SECONDS = 600
"""By how much a witness's clock may differ from ours: a time that is further off would prove what is not so."""
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0

Send = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking one witness: a cosignature on the checkpoint of `size`, or `problem`. `ahead` is the size
    of the log it says it has seen, where that is no part of ours; `shown` whether it shows that the log signed it.
    """

    witness: Witness
    size: int
    line: bytes | None = None
    time: int = 0
    problem: str = ""
    ahead: int | None = None
    shown: bool = False


@dataclass(slots=True)
class _Slot:
    """One witness: the request in flight, and how long to leave it alone after it failed."""

    future: Future[Asked] | None = None
    pause: float = 0.0
    not_before: float = 0.0


@dataclass(slots=True)
class Publisher:
    """Publishes for one world. `send` and `fetch` are `adapters.outgoing.post` and `get`, or what takes their place."""

    world: World
    send: Send = field(default=post)
    fetch: Send = field(default=get)
    _slots: dict[VerifierKey, _Slot] = field(default_factory=dict)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32, "witness"))

    def publish(self) -> tuple[Asked, ...]:
        """One round: ask whoever is not busy, wait no longer than the limit, publish what is committed by then."""
        with self.world.read() as connection:
            newest = newest_head(connection)
            policy = policy_of(self.world.trust(connection))
            witnesses = policy.witnesses
            have = lines_on(connection, newest[0]) if newest and witnesses else {}
        if newest is None or not witnesses:
            return ()
        late = tuple(self._collect())
        for witness in witnesses:
            if f"{witness.key.name}+{witness.key.id.hex()}" not in have:
                self._ask(witness, newest)
        flying = [slot.future for slot in self._slots.values() if slot.future is not None]
        wait(flying, timeout=self.world.settings.witness_seconds)
        asked = (*late, *self._collect())
        self._keep(asked, policy)
        self._publish(newest)
        return asked

    def _ask(self, witness: Witness, newest: Published) -> None:
        slot = self._slots.setdefault(witness.key, _Slot())
        if slot.future is None and time.monotonic() >= slot.not_before:
            slot.future = self._pool.submit(self._submit, witness, newest)

    def _collect(self) -> Iterator[Asked]:
        """What has come in since; the rest stays in flight and is collected in a later round."""
        for slot in self._slots.values():
            if slot.future is not None and slot.future.done():
                done, slot.future = slot.future, None
                asked = done.result()
                slot.pause = 0.0 if asked.line else min(max(slot.pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
                slot.not_before = time.monotonic() + slot.pause
                if asked.problem:
                    tell = log.warning if asked.ahead is None else log.error
                    tell("the witness %s did not cosign: %s", asked.witness.key.name, asked.problem)
                yield asked

    def _submit(self, witness: Witness, newest: Published) -> Asked:
        """Ask one witness; where it remembers another size than we do, once more from there."""
        try:
            with self.world.read() as connection:
                old = min(last_seen(connection, witness.key), newest[0])
            answer = self._post(witness, old, newest)
            if answer.status == 409:
                old = _stated_size(answer)
                if old > newest[0]:
                    return self._claimed(witness, newest[0], old, f"it says it has seen {Counted(old):entry|entries}")
                answer = self._post(witness, old, newest)
            return self._judge(witness, old, newest, answer)
        except (TraceappError, ValueError, OSError) as cause:
            return Asked(witness, newest[0], problem=str(cause))

    def _claimed(self, witness: Witness, size: int, ahead: int, says: str) -> Asked:
        """A number is soon said. A checkpoint that the log signed and the database does not hold cannot be made up."""
        settings = self.world.settings
        address = f"{(witness.url or '').rstrip('/')}/{head_name(log_origin(self.world.host))}/checkpoint"
        shown = f"{says}, and shows that the log signed it"
        try:
            answer = self.fetch(address, settings.witness_seconds, loopback=settings.witness_loopback)
            with self.world.read() as connection:
                if answer.status == 200 and is_not_ours(connection, answer.body, self.world.keyring(connection)):
                    return Asked(witness, size, problem=shown, ahead=ahead, shown=True)
        except (TraceappError, ValueError, OSError) as cause:
            says = f"{says} ({cause})"
        with self.world.read() as connection:
            if size_of(connection) >= ahead > size:
                return Asked(witness, size, problem="another process of this service was faster")
        return Asked(witness, size, problem=f"{says}, and shows nothing that the log signed", ahead=ahead)

    def _post(self, witness: Witness, old: int, newest: Published) -> Answer:
        with self.world.read() as connection:
            proof = prove_consistency(connection, old, newest[0])
        address = f"{(witness.url or '').rstrip('/')}/add-checkpoint"
        settings = self.world.settings
        body = format_add_checkpoint(old, proof, newest[2])
        return self.send(address, body, settings.witness_seconds, loopback=settings.witness_loopback)

    def _judge(self, witness: Witness, old: int, newest: Published, answer: Answer) -> Asked:
        size, _, note = newest
        if answer.status == 422:
            return self._claimed(
                witness, size, old, f"it says it has seen {Counted(old):entry|entries} that are not ours"
            )
        if answer.status != 200:
            return Asked(witness, size, problem=f"it answered {answer.status}{_HINTS.get(answer.status, '')}")
        seen = verify_cosignature(add_signatures(note, answer.body), witness.key)
        if abs(seen - self.world.clock().timestamp()) > CLOCK_SECONDS:
            raise Malformed(f"its clock says {seen}, which is more than {CLOCK_SECONDS} s from ours: compare both")
        return Asked(witness, size, _own_line(note, answer.body, witness.key), seen)

    def _keep(self, asked: tuple[Asked, ...], policy: Policy) -> None:
        cosigned = [one for one in asked if one.line]
        if cosigned:
            with self.world.write_aside() as connection:
                for one in cosigned:
                    store_cosignature(connection, one.size, one.witness.key, one.time, one.line or b"")
        alarms, doubts = _heard(self.world.alarm.read(), self.world.doubts.read(), asked, policy)
        self.world.doubts.set(doubts)
        self.world.alarm.set(alarms)

    def _publish(self, newest: Published) -> None:
        size, root, note = newest
        with self.world.read() as connection:
            lines = lines_on(connection, size)
        if lines:
            note = add_signatures(note, b"".join(lines.values()))
        self.world.published.advance(size, note, root)


_HINTS: Mapping[int, str] = {
    400: ": it cannot read the request",
    403: ": it knows another key of this log; give it the one in /.well-known/traceapp-trust.json",
    404: ": it does not follow this log; ask its operator to add the log's key",
}


def _stated_size(answer: Answer) -> int:
    if not answer.kind.startswith("text/x.tlog.size"):
        raise Malformed(f"it answered 409 with {answer.kind[:60]!r} instead of its size")
    try:
        return read_decimal(answer.body.decode().removesuffix("\n"))
    except UnicodeDecodeError as cause:
        raise Malformed("it answered 409 with what is no size") from cause


def _own_line(note: bytes, lines: bytes, key: VerifierKey) -> bytes:
    """Of what a witness answered, the one line that is its verified signature: nothing else is stored or published."""
    for line in lines.splitlines(keepends=True):
        try:
            verify_cosignature(add_signatures(note, line), key)
        except VerificationError:
            continue
        return line
    raise InconsistentLog("it answered with no cosignature of its own")


def is_not_ours(connection: Connection, note: bytes, keyring: Keyring) -> bool:
    """Whether the log signed this checkpoint and the database does not hold it. Raises what `verify_by_log` raises."""
    checkpoint, _ = verify_by_log(note, keyring)
    return checkpoint.size > size_of(connection) or root_at(connection, checkpoint.size) != checkpoint.root


def _heard(
    alarms: Mapping[str, int], doubts: Mapping[str, int], asked: tuple[Asked, ...], policy: Policy
) -> tuple[dict[str, int], dict[str, int]]:
    """Who has seen what is not ours, shown and only said; forgotten when it cosigns again.

    Two or more that make a quorum are believed on their word: no single one can hold the log up.
    """
    shown, said = dict(alarms), dict(doubts)
    for one in asked:
        if one.line or one.ahead is not None:
            shown.pop(one.witness.name, None)
            said.pop(one.witness.name, None)
        if one.ahead is not None:
            (shown if one.shown else said)[one.witness.name] = one.ahead
    keys = {one.key: 0 for one in policy.witnesses if one.name in shown.keys() | said.keys()}
    if len(said) > 1 and policy.quorum_time(keys) is not None:
        return shown | said, {}
    return shown, said
