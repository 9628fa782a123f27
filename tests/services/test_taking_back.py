"""A certificate that was declared wrongly is taken back by whoever declared it, until its issuer has spoken."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.services.cast import Cast
from tests.services.test_audit import read_index
from tests.services.test_certificates import CONFIRMED, DETAILS, REVOKED, SUSPENDED, declare, say
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.facts import CertificateState
from traceapp.db.tables import records
from traceapp.services.certificates import desk
from traceapp.services.certificates.lists import held_by, listed_of
from traceapp.services.certificates.statements import declare_certificate, status_indexes
from traceapp.services.certificates.taking_back import take_back
from traceapp.services.search.queries import Asked, search
from traceapp.services.tables.known import Known

WITHDRAWN = CertificateState.WITHDRAWN
OCOP = {"scheme": "OCOP", "stars": 4, "score": 82.5, "decision": "QĐ 12"}


def withdraw(cast: Cast, certificate: str, by: str | None = None, reason: str = "Gõ nhầm số giấy") -> None:
    with cast.world.write() as connection:
        now, notary = cast.world.clock(), cast.world.notary
        take_back(connection, certificate, by or cast.producer, notary, now, reason=reason)


def count(cast: Cast) -> int:
    with cast.world.read() as connection:
        return len(connection.execute(select(records.c.record_id)).all())


def test_what_was_taken_back_counts_for_nothing_and_the_log_keeps_both(cast: Cast) -> None:
    certificate = declare(cast)
    before = count(cast)
    assert "certificate-unconfirmed" in cast.codes()
    withdraw(cast, certificate)
    assert not any(code.startswith("certificate-") for code in cast.codes())
    assert count(cast) == before + 1
    with cast.world.read() as connection:
        (told,) = listed_of(connection, [certificate])
        assert (told.state, told.reason, told.number) == ("withdrawn", "Gõ nhầm số giấy", DETAILS["number"])
        assert read_index(cast, connection).require_same(connection)


def test_stars_that_were_taken_back_are_neither_shown_nor_found(cast: Cast) -> None:
    def found() -> int:
        with cast.world.read() as connection:
            return search(connection, Asked("4 sao"), cast.world.clock()).total

    certificate = declare(cast, cast.product, issuer=cast.council, **OCOP)
    assert ("stars-valid" in cast.codes(), found()) == (True, 1)
    withdraw(cast, certificate)
    assert ("stars-valid" in cast.codes(), found()) == (False, 0)


def test_nobody_but_who_declared_it_takes_it_back(cast: Cast) -> None:
    certificate, before = declare(cast), count(cast)
    for somebody in (cast.certifier, cast.other_producer, cast.authority):
        with pytest.raises(Forbidden, match="whoever declared"):
            withdraw(cast, certificate, somebody)
    with pytest.raises(NotFound, match="no certificate"):
        withdraw(cast, "https://id.example.vn/id/none")
    with pytest.raises(Forbidden, match="Only the issuer named"):
        say(cast, certificate, WITHDRAWN, by=cast.producer)
    with pytest.raises(RuleBroken, match="cannot become withdrawn"):
        say(cast, certificate, WITHDRAWN)
    assert count(cast) == before


def test_nothing_is_taken_back_of_which_its_issuer_has_spoken(cast: Cast) -> None:
    for number, states in enumerate(((CONFIRMED,), (CONFIRMED, SUSPENDED), (REVOKED,))):
        certificate = declare(cast, number=f"VG-{number}")
        for state in states:
            say(cast, certificate, state)
        with pytest.raises(RuleBroken, match=f"is {states[-1]}: only its issuer"):
            withdraw(cast, certificate)
    entered = declare(cast, by=cast.certifier, number="VG-9")
    with pytest.raises(Forbidden, match="whoever declared"):
        withdraw(cast, entered)
    with pytest.raises(RuleBroken, match="only its issuer"):
        withdraw(cast, entered, cast.certifier)


def test_it_is_taken_back_once_with_a_reason_and_for_good(cast: Cast) -> None:
    certificate = declare(cast)
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(InvalidEvent, match="The reason has"):
            withdraw(cast, certificate, reason=reason)
    withdraw(cast, certificate)
    with pytest.raises(Conflict, match="taken back already"):
        withdraw(cast, certificate)
    for state in (CONFIRMED, SUSPENDED, REVOKED):
        with pytest.raises(RuleBroken, match="is withdrawn; it cannot become"):
            say(cast, certificate, state)


def test_who_was_asked_for_a_word_waits_no_longer_and_cannot_give_it(cast: Cast) -> None:
    certificate, world = declare(cast), cast.world
    with world.write() as connection:
        desk.ask_confirmation(connection, certificate, cast.producer, world.clock())
        assert len(desk.waiting_for(connection, cast.certifier)) == 1
    withdraw(cast, certificate)
    with world.write() as connection:
        assert desk.waiting_for(connection, cast.certifier) == []
        with pytest.raises(RuleBroken, match="Nobody waits"):
            desk.refuse_confirmation(connection, certificate, cast.certifier, "Sai số", world.clock())
        with pytest.raises(RuleBroken, match="nothing to ask for"):
            desk.ask_confirmation(connection, certificate, cast.producer, world.clock())


def test_the_same_is_declared_anew_afterwards_and_stands(cast: Cast) -> None:
    first = declare(cast)
    with pytest.raises(Conflict, match="not entered twice"):
        declare(cast)
    withdraw(cast, first)
    second = declare(cast)
    say(cast, second, CONFIRMED)
    assert {"certificate-valid", "certificate-confirmed-by-account"} <= cast.codes()
    with cast.world.read() as connection:
        assert [one.id for one in held_by(connection, cast.producer)][-1] == first, "what counts comes first"
        told = list(Known(connection, cast.producer).certificates())
    assert [one["id"] for one in told] == [second], "tables that can be imported again hold what stands"


def test_its_bit_is_set_as_for_a_revoked_one(cast: Cast) -> None:
    certificates = [declare(cast, number=f"VG-{number}") for number in range(3)]
    withdraw(cast, certificates[0])
    say(cast, certificates[1], REVOKED)
    with cast.world.read() as connection:
        assert len(status_indexes(connection, REVOKED, WITHDRAWN)) == 2
        assert len(status_indexes(connection, WITHDRAWN)) == 1


def test_the_issuers_own_entry_is_another_certificate(cast: Cast) -> None:
    """The producer takes its own word back; what the issuer entered itself stands."""
    own = declare(cast)
    with cast.world.write() as connection:
        world = cast.world
        declare_certificate(
            connection, cast.producer, cast.certifier, DETAILS, cast.certifier, world.notary, world.clock()
        )
    withdraw(cast, own)
    assert "certificate-confirmed-by-account" in cast.codes()
