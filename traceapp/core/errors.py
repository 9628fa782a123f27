"""One family of errors, each with a stable code. Low-level code raises; only `assess` turns failures into findings."""

from __future__ import annotations


class TraceappError(Exception):
    """Something the caller can be told plainly: what failed, with which value, and what to do.

    `code` is stable and machine-readable; the message is for people.
    """

    code = "error"


class InvalidIdentifier(TraceappError):
    """A GTIN, lot, serial, web address or other name that breaks its standard."""

    code = "invalid-identifier"


class InvalidEvent(TraceappError):
    """A statement that is malformed or impossible and therefore never signed."""

    code = "invalid-event"


class NotReadable(InvalidEvent):
    """Something typed that means nothing; `problem` names why, for words in the reader's language, `said` is it."""

    code = "not-readable"

    def __init__(self, message: str, problem: str = "", said: str = "") -> None:
        super().__init__(message)
        self.problem = problem
        self.said = said


class RuleBroken(TraceappError):
    """A well-formed request that the trade's rules or the state of things do not allow."""

    code = "rule-broken"


class PhotoRefused(RuleBroken):
    """A picture that cannot be used. `problem` names why, for words in the reader's language; `numbers` fill them."""

    code = "photo-refused"

    def __init__(self, message: str, problem: str = "", **numbers: int) -> None:
        super().__init__(message)
        self.problem = problem
        self.numbers = numbers


class SheetRefused(RuleBroken):
    """A table that cannot be read at all: `problem` names why, for words in the reader's language; `values` fill in."""

    code = "sheet-refused"

    def __init__(self, message: str, problem: str = "", **values: str | int) -> None:
        super().__init__(message)
        self.problem = problem
        self.values = values

    @classmethod
    def of(cls, problem: str, **values: str | int) -> SheetRefused:
        """The same with a message made of its problem."""
        told = ", ".join(f"{name} {value}" for name, value in values.items())
        return cls(f"This file cannot be read as a table: {problem}{f' ({told})' if told else ''}.", problem, **values)


class CellRefused(InvalidEvent):
    """One cell of a table that cannot be used, told the same way."""

    code = "cell-refused"

    def __init__(self, message: str, problem: str = "", **values: str | int) -> None:
        super().__init__(message)
        self.problem = problem
        self.values = values

    @classmethod
    def of(cls, problem: str, **values: str | int) -> CellRefused:
        """The same with a message made of its problem."""
        return cls(f"This cell cannot be used: {problem}.", problem, **values)


class VerificationError(TraceappError):
    """Cryptography said no."""

    code = "verification-failed"


class Malformed(VerificationError):
    """Bytes that are not the format they claim to be."""

    code = "malformed"


class BadSignature(VerificationError):
    """A signature that does not fit the bytes and the key."""

    code = "bad-signature"


class UnknownKey(VerificationError):
    """A key that the keyring does not hold."""

    code = "unknown-key"


class KeyNotValid(VerificationError):
    """A known key, used for a role or at a time it does not have."""

    code = "key-not-valid"


class KeyRevoked(KeyNotValid):
    """What a key signed that was in other hands, and nobody else saw before that."""

    code = "key-revoked"


class NotInLog(VerificationError):
    """A record whose entry the log does not prove."""

    code = "not-in-log"


class InconsistentLog(VerificationError):
    """Two views of the log that cannot both be prefixes of one history."""

    code = "inconsistent-log"


class CannotBeChecked(VerificationError):
    """A version or type this verifier does not know: neither good nor bad."""

    code = "cannot-be-checked"


class GateRefused(TraceappError):
    """Labels refused; `findings` says why."""

    code = "gate-refused"

    def __init__(self, message: str, findings: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class NotFound(TraceappError):
    """Nothing here by that name."""

    code = "not-found"


class Conflict(TraceappError):
    """Somebody was first, or the state has moved on."""

    code = "conflict"


class Forbidden(TraceappError):
    """Known caller, not allowed."""

    code = "forbidden"


class Unavailable(TraceappError):
    """The outside world (disk, database, network) refused; nothing was written."""

    code = "unavailable"


class LogAhead(Unavailable):
    """The published log is ahead of the database: a restored backup or a stale standby. Appending would fork it."""

    code = "log-ahead"


class BadSettings(TraceappError):
    """Settings or key files that cannot be used; the message lists every problem."""

    code = "bad-settings"
