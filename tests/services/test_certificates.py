"""A certificate counts for what its issuer said of it, and for nobody else's word."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.cast import Cast
from traceapp.core.errors import Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.facts import CertificateState
from traceapp.services.certificates.statements import declare_certificate, set_certificate_state, status_indexes
from traceapp.services.records.signing import read_document

DETAILS = {"scheme": "VIETGAP", "number": "VG-1", "issued": "2025-01-01", "expires": "2028-01-01", "scope": "chè"}
CONFIRMED, SUSPENDED, REVOKED, DECLARED = (
    CertificateState.CONFIRMED,
    CertificateState.SUSPENDED,
    CertificateState.REVOKED,
    CertificateState.DECLARED,
)


def declare(
    cast: Cast, about: str | None = None, *, by: str | None = None, issuer: str | None = None, **more: Any
) -> str:
    with cast.world.write() as connection:
        certificate, _ = declare_certificate(
            connection,
            about or cast.producer,
            issuer or cast.certifier,
            {**DETAILS, **more},
            by or cast.producer,
            cast.world.notary,
            cast.world.clock(),
        )
    return certificate


def say(cast: Cast, certificate: str, state: CertificateState, by: str | None = None) -> None:
    with cast.world.write() as connection:
        set_certificate_state(
            connection,
            certificate,
            state,
            by or cast.certifier,
            cast.world.notary,
            cast.world.clock(),
            reason="Sau khi giám sát",
        )


def test_what_a_producer_types_is_declared_and_no_more(cast: Cast) -> None:
    declare(cast)
    assert "certificate-unconfirmed" in cast.codes()
    assert not cast.codes() & {"certificate-confirmed-by-account", "certificate-confirmed-own-key"}


def test_it_becomes_confirmed_when_the_issuer_says_so(cast: Cast) -> None:
    say(cast, declare(cast), CONFIRMED)
    assert {"certificate-confirmed-by-account", "certificate-valid"} <= cast.codes()


def test_what_the_issuer_enters_is_confirmed_at_once(cast: Cast) -> None:
    declare(cast, by=cast.certifier)
    assert "certificate-confirmed-by-account" in cast.codes()


def test_nobody_but_the_issuer_named_says_anything_of_it(cast: Cast) -> None:
    certificate = declare(cast)
    for somebody in (cast.producer, cast.other_producer, cast.council, cast.laboratory, cast.inspector, cast.authority):
        for state in (CONFIRMED, SUSPENDED, REVOKED):
            with pytest.raises(Forbidden, match="Only the issuer named"):
                say(cast, certificate, state, by=somebody)
    assert "certificate-unconfirmed" in cast.codes()


def test_suspended_reinstated_and_revoked_show_each_in_turn(cast: Cast) -> None:
    certificate = declare(cast)
    for state, code in (
        (CONFIRMED, "certificate-valid"),
        (SUSPENDED, "certificate-suspended"),
        (CONFIRMED, "certificate-valid"),
        (REVOKED, "certificate-revoked"),
    ):
        say(cast, certificate, state)
        assert code in cast.codes()


# What was said so far, and what cannot follow it.
OUT_OF_ORDER: list[tuple[tuple[CertificateState, ...], CertificateState]] = [
    ((), DECLARED),
    ((), SUSPENDED),
    ((CONFIRMED,), CONFIRMED),
    ((CONFIRMED,), DECLARED),
    ((CONFIRMED, SUSPENDED), SUSPENDED),
    ((CONFIRMED, REVOKED), CONFIRMED),
    ((REVOKED,), SUSPENDED),
    ((REVOKED,), REVOKED),
]


def test_states_follow_each_other_in_one_order(cast: Cast) -> None:
    for number, (before, after) in enumerate(OUT_OF_ORDER):
        certificate = declare(cast, number=f"VG-{number}")
        for state in before:
            say(cast, certificate, state)
        with pytest.raises(RuleBroken, match=f"cannot become {after}"):
            say(cast, certificate, after)


def test_nobody_declares_a_certificate_of_another(cast: Cast) -> None:
    for about in (cast.producer, cast.product, cast.place):
        for somebody in (cast.other_producer, cast.council, cast.authority):
            with pytest.raises(Forbidden, match="whoever holds it or whoever issued it"):
                declare(cast, about, by=somebody)


def test_nobody_certifies_themselves(cast: Cast) -> None:
    with pytest.raises(Forbidden, match="Nobody certifies itself"):
        declare(cast, issuer=cast.producer)
    with pytest.raises(Forbidden, match="Nobody certifies itself"):
        declare(cast, cast.product, issuer=cast.producer)


def test_only_who_certifies_by_trade_is_an_issuer(cast: Cast) -> None:
    """Two producers that confirm each other would say "confirmed" to the reader too."""
    for somebody in (cast.other_producer, cast.inspector):
        with pytest.raises(Forbidden, match="does not issue certificates"):
            declare(cast, issuer=somebody)
        with pytest.raises(Forbidden, match="does not issue certificates"):
            declare(cast, issuer=somebody, by=somebody)


def test_a_certificate_of_nothing_or_by_nobody_is_refused(cast: Cast) -> None:
    with pytest.raises(NotFound, match="nothing called"):
        declare(cast, "https://id.example.vn/id/nothing")
    with pytest.raises(NotFound, match="no organisation"):
        declare(cast, issuer="https://id.example.vn/id/nobody")
    with pytest.raises(NotFound, match="no certificate"):
        say(cast, "https://id.example.vn/id/none", CONFIRMED)


MALFORMED: list[dict[str, Any]] = [
    {"scheme": "GREATGAP"},
    {"number": " "},
    {"expires": "2025-01-01"},
    {"stars": 4},
    {"scheme": "OCOP"},
    {"scheme": "OCOP", "stars": 6},
]


def test_a_malformed_certificate_is_refused(cast: Cast) -> None:
    for wrong in MALFORMED:
        with pytest.raises(InvalidEvent):
            declare(cast, **wrong)


def test_a_certificate_shows_only_where_it_applies(cast: Cast) -> None:
    say(cast, declare(cast, cast.product), CONFIRMED)
    assert "certificate-valid" in cast.codes()
    assert not any(code.startswith("certificate-") for code in cast.codes(cast.other_lot))


def test_stars_come_from_the_council_and_go_when_it_takes_them_back(cast: Cast) -> None:
    ocop = {"scheme": "OCOP", "stars": 4, "score": 82.5, "decision": "QĐ 12", "issuer": cast.council}
    certificate = declare(cast, cast.product, **ocop)
    say(cast, certificate, CONFIRMED, by=cast.council)
    assert "stars-valid" in cast.codes()
    say(cast, certificate, REVOKED, by=cast.council)
    assert "stars-valid" not in cast.codes()


def test_every_certificate_has_a_status_index_of_its_own_and_keeps_it(cast: Cast) -> None:
    certificates = [declare(cast, number=f"VG-{number}") for number in range(6)]
    for certificate in certificates[:3]:
        say(cast, certificate, CONFIRMED)
        say(cast, certificate, SUSPENDED)
    with cast.world.read() as connection:
        suspended, declared = status_indexes(connection, SUSPENDED), status_indexes(connection, DECLARED)
    assert (len(suspended), len(declared)) == (3, 3)
    assert len({*suspended, *declared}) == 6
    assert max(*suspended, *declared) > 6, "an index in sequence would tell how many there are"


def test_the_signed_certificate_says_where_its_status_is_found(cast: Cast) -> None:
    with cast.world.write() as connection:
        _, receipt = declare_certificate(
            connection, cast.producer, cast.certifier, DETAILS, cast.producer, cast.world.notary, cast.world.clock()
        )
        status = read_document(connection, receipt.record_id.rpartition("/")[2])["credentialStatus"]
    assert {entry["statusPurpose"] for entry in status} == {"revocation", "suspension"}
    assert len({entry["statusListIndex"] for entry in status}) == 1
