"""Every failure is told by a code that stays, and by a sentence."""

from __future__ import annotations

from traceapp.core import errors
from traceapp.core.errors import GateRefused, PhotoRefused, TraceappError, VerificationError

ALL = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, TraceappError)]


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in ALL]
    assert len(set(codes)) == len(ALL) > 15
    assert all(code == code.lower() and " " not in code for code in codes)


def test_what_cryptography_refuses_is_one_family() -> None:
    family = {error.code for error in ALL if issubclass(error, VerificationError)}
    assert family >= {"malformed", "bad-signature", "unknown-key", "key-not-valid", "not-in-log", "inconsistent-log"}


def test_a_refusal_of_labels_carries_its_findings() -> None:
    refusal = GateRefused("No labels.", ("phi-broken",))
    assert (str(refusal), refusal.findings, refusal.code) == ("No labels.", ("phi-broken",), "gate-refused")
    assert GateRefused("No labels.").findings == ()


def test_a_refused_photo_names_its_problem_and_its_numbers_for_words_in_any_language() -> None:
    refusal = PhotoRefused("Too small: take it nearer.", "small", least=600)
    assert (str(refusal), refusal.problem, refusal.numbers) == ("Too small: take it nearer.", "small", {"least": 600})
    assert refusal.code == "photo-refused"
