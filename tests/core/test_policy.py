"""Policies: which witnesses make a checkpoint count."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.errors import CannotBeChecked, Malformed, VerificationError
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.core.policy import NO_WITNESSES, Witness, parse_policy, witnessing


def key(number: int, algorithm: Algorithm = Algorithm.COSIGNATURE_V1) -> VerifierKey:
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return VerifierKey.of(f"w{number}.example", algorithm, private)


LOG = key(99, Algorithm.ED25519)
X1, X2, X3, Y1, Y2 = (key(number) for number in range(1, 6))
NESTED = f"""
# two bodies
log {LOG.format()} https://log.example
witness X1 {X1.format()}
witness\tX2  {X2.format()} https://x2.example
witness X3 {X3.format()}
group X 2 X1 X2 X3
witness Y1 {Y1.format()}
witness Y2 {Y2.format()}
group Y any Y1 Y2
group both all X Y
quorum both
"""


def test_a_quorum_of_groups_is_complete_when_its_last_needed_witness_signs() -> None:
    policy = parse_policy(NESTED)
    assert policy.logs == (LOG,)
    assert policy.witness_keys == (X1, X2, X3, Y1, Y2)
    assert policy.witnesses[1] == Witness("X2", X2, "https://x2.example")
    assert policy.quorum_time({X1: 5, X3: 9, X2: 20, Y2: 7}) == 9
    assert policy.quorum_time({X1: 5, X3: 9, Y1: 30, Y2: 40}) == 30
    assert policy.is_met((X1, X2, Y1))
    for too_few in ((X1, Y1), (X1, X2, X3), (Y1, Y2), ()):
        assert not policy.is_met(too_few)


def test_no_quorum_is_always_met_and_proves_no_time() -> None:
    policy = parse_policy(NO_WITNESSES)
    assert policy.is_met(())
    assert policy.quorum_time({}) is None


def test_what_is_written_is_what_is_read() -> None:
    some = (Witness("w1", X1, "https://a.example"), Witness("w2", X2))
    policy = parse_policy(witnessing(some, 2))
    assert policy.witnesses == some
    assert policy.groups == {"witnesses": (2, ("w1", "w2"))}
    assert witnessing((), 1) == NO_WITNESSES
    with pytest.raises(Malformed):
        witnessing(some, 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum X1\n",
        "quorum none\nquorum none\n",
        "nonsense\nquorum none\n",
        f"witness none {X1.format()}\nquorum none\n",
        f"witness a {X1.format()}\nwitness a {X2.format()}\nquorum a\n",
        f"witness a {X1.format()}\nwitness b {X1.format()}\nquorum a\n",
        f"witness a {LOG.format()}\nquorum a\n",
        f"log {X1.format()}\nquorum none\n",
        f"log {LOG.format()}\nlog {LOG.format()}\nquorum none\n",
        f"witness a {X1.format()} https://a.example more\nquorum a\n",
        f"witness a {X1.format()}\ngroup g 2 a\nquorum g\n",
        f"witness a {X1.format()}\ngroup g 0 a\nquorum g\n",
        f"witness a {X1.format()}\ngroup g most a\nquorum g\n",
        f"witness a {X1.format()}\ngroup g all a a\nquorum g\n",
        f"witness a {X1.format()}\ngroup g all b\nquorum g\n",
        f"witness a {X1.format()}\ngroup g all a\ngroup h all a\nquorum g\n",
        f"witness a {X1.format()}\ngroup a all a\nquorum a\n",
        f"witness a {X1.format()}\ngroup g all\nquorum a\n",
        "\n" * 300 + "quorum none\n",
    ],
)
def test_a_policy_that_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_policy(text)


def test_a_witness_with_a_key_of_an_unknown_kind_cannot_be_checked() -> None:
    with pytest.raises((Malformed, CannotBeChecked)):
        parse_policy("witness a name+00000000+BgAA\nquorum a\n")


@given(st.lists(st.sampled_from([*NESTED.split("\n"), "quorum none", "group z any X1", "witness X1 x+1+y", "\x00"])))
def test_no_lines_whatever_make_the_reader_crash(lines: list[str]) -> None:
    try:
        policy = parse_policy("\n".join(lines))
    except VerificationError:
        return
    assert policy.is_met(policy.witness_keys) or policy.quorum not in ("none",)
