from datetime import UTC, date, datetime, timedelta

import pytest

from tests.builders import (
    CERTIFIER,
    LABORATORY,
    LOT,
    NOW,
    OTHER_LOT,
    PLACE,
    PRODUCER,
    certificate,
    event,
    facts,
    goods,
    identity,
    source,
)
from tests.core.rules.judging import codes, findings
from traceapp.core.dates import midnight
from traceapp.core.facts import CertificateState
from traceapp.core.findings import Mark, Severity
from traceapp.core.rules import certificates

HARVEST = event("HARVEST", "2026-10-07", "2026-10-09", plot="DM-05", outputs=["búp tươi, 880 kg"])


def held(*certified, **fields):
    return facts(HARVEST, certificates=certified, **fields)


def first(*certified, now=NOW, **fields):
    return findings(certificates, held(*certified, **fields), now)[0]


def test_a_confirmed_certificate_in_force_is_valid_in_its_issuers_name():
    valid, confirmed = findings(certificates, held(certificate()))
    assert (valid.code, valid.severity, valid.mark, valid.who) == (
        "certificate-valid",
        Severity.GOOD,
        Mark.CONFIRMED,
        CERTIFIER,
    )
    assert (valid.data["made"], valid.data["made_until"], valid.data["valid_when_made"]) == (
        "2026-10-07",
        "2026-10-09",
        True,
    )
    assert (confirmed.code, confirmed.severity) == ("certificate-confirmed-by-account", Severity.GOOD)


def test_an_issuer_that_signed_with_its_own_key_is_told_apart():
    assert codes(certificates, held(certificate(own_key=True))) == [
        "certificate-valid",
        "certificate-confirmed-own-key",
    ]


def test_what_only_the_producer_says_is_valid_in_its_own_word():
    valid, unconfirmed = findings(certificates, held(certificate(state=CertificateState.DECLARED)))
    assert (valid.code, valid.severity, valid.mark, valid.who) == (
        "certificate-valid",
        Severity.INFO,
        Mark.DECLARED,
        PRODUCER,
    )
    assert (unconfirmed.code, unconfirmed.severity) == ("certificate-unconfirmed", Severity.INFO)


def test_a_laboratory_report_held_as_a_certificate_is_the_laboratorys():
    assert first(certificate("TEST", issuer=LABORATORY)).mark == Mark.TESTED


def test_a_certificate_ends_at_the_midnight_of_its_first_invalid_day():
    known = held(certificate(expires=date(2027, 6, 5)))
    end = midnight(date(2027, 6, 5))
    assert codes(certificates, known, end - timedelta(microseconds=1))[0] == "certificate-valid"
    assert codes(certificates, known, end)[0] == "certificate-expired"
    assert end in certificates.moments(known)


def test_valid_when_harvested_and_expired_since_is_told_apart_from_expired_before():
    since = first(certificate(expires=date(2026, 11, 1)))
    assert (since.code, since.severity, since.data["valid_when_made"]) == (
        "certificate-expired",
        Severity.WARNING,
        True,
    )
    before = first(certificate(expires=date(2026, 10, 9)))
    assert (before.severity, before.data["valid_when_made"], before.data["growing"]) == (
        Severity.WARNING,
        False,
        True,
    )


def test_a_scheme_of_making_is_held_against_the_day_of_making():
    made = first(certificate("HACCP"))
    assert (made.data["made"], made.data["growing"]) == ("2026-10-09", False)


def test_a_growing_scheme_without_any_harvest_is_held_against_the_day_of_making():
    (made, _) = findings(certificates, facts(certificates=(certificate(),)))
    assert (made.data["made"], made.data["growing"]) == ("2026-10-09", False)


def test_a_blend_is_held_against_the_harvests_of_its_sources():
    grown = event("HARVEST", "2026-07-08", lot=OTHER_LOT, plot="DM-02")
    taken = event("MIX", "2026-10-19", inputs=[goods("chè khô, 40 kg", from_lot=OTHER_LOT)])
    (made, _) = findings(certificates, facts(grown, taken, certificates=(certificate(),)))
    assert made.data["made"] == "2026-07-08"


def test_a_product_without_a_lot_is_judged_today_only():
    known = facts(identity=identity("product"), lot=None, certificates=(certificate(subject="any facility"),))
    valid = findings(certificates, known)[0]
    assert (valid.code, valid.data["valid_when_made"], valid.data["made"]) == ("certificate-valid", None, None)


def test_a_certificate_that_began_after_the_harvest_does_not_cover_it():
    began, confirmed = findings(certificates, held(certificate(issued=date(2026, 10, 8))))
    assert (began.code, began.severity, began.data["reason"]) == (
        "certificate-out-of-scope",
        Severity.INFO,
        "began",
    )
    assert confirmed.severity == Severity.INFO
    assert first(certificate(issued=date(2026, 10, 7))).code == "certificate-valid"


def test_a_certificate_that_has_not_begun_starts_at_its_midnight():
    known = facts(identity=identity("product"), lot=None, certificates=(certificate(issued=date(2026, 12, 1)),))
    assert codes(certificates, known)[0] == "certificate-out-of-scope"
    begins = midnight(date(2026, 12, 1))
    assert begins in certificates.moments(known)
    assert codes(certificates, known, begins)[0] == "certificate-valid"


def test_a_certificate_of_another_place_does_not_cover_the_lot():
    assert first(certificate(subject=PLACE)).code == "certificate-valid"
    assert first(certificate(subject=LOT)).code == "certificate-valid"
    elsewhere = first(certificate(subject="https://id.example.vn/414/9520000900038"))
    assert (elsewhere.code, elsewhere.data["reason"]) == ("certificate-out-of-scope", "subject")
    assert first(certificate(), product=None).data["reason"] == "subject"


def withdrawn(state, *, by_day=(2026, 11, 1), **fields):
    said = source(CERTIFIER, datetime(*by_day, tzinfo=UTC))
    return certificate(state=state, state_source=said, state_reason="Không giám sát", **fields)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (CertificateState.SUSPENDED, "certificate-suspended"),
        (CertificateState.REVOKED, "certificate-revoked"),
    ],
)
def test_what_its_issuer_withdrew_is_told_with_its_reason_and_not_called_confirmed(state, code):
    (found,) = findings(certificates, held(withdrawn(state)))
    assert (found.code, found.severity, found.data["reason"]) == (code, Severity.WARNING, "Không giám sát")
    assert (found.who, found.when) == (CERTIFIER, "2026-11-01T00:00:00Z")
    assert found.data["valid_when_made"] is True


def test_what_was_withdrawn_before_the_harvest_was_not_valid_then():
    assert first(withdrawn(CertificateState.REVOKED, by_day=(2026, 10, 1))).data["valid_when_made"] is False


def test_an_ocop_decision_is_left_to_its_stars_unless_it_was_withdrawn():
    assert codes(certificates, held(certificate("OCOP"))) == ["certificate-confirmed-by-account"]
    assert codes(certificates, held(withdrawn(CertificateState.REVOKED, scheme="OCOP"))) == ["certificate-revoked"]


def test_a_renewed_certificate_that_says_nothing_of_these_goods_is_history():
    old = certificate(issued=date(2021, 6, 5), expires=date(2024, 6, 5))
    assert codes(certificates, held(old, certificate())) == ["certificate-valid", "certificate-confirmed-by-account"]


def test_a_renewal_takes_the_warning_from_one_that_was_valid_at_harvest():
    old = certificate(issued=date(2023, 11, 1), expires=date(2026, 11, 1))
    new = certificate(issued=date(2026, 11, 1), expires=date(2029, 11, 1))
    expired, _, began, _ = findings(certificates, held(old, new))
    assert (expired.code, expired.severity) == ("certificate-expired", Severity.INFO)
    assert (began.code, began.data["reason"]) == ("certificate-out-of-scope", "began")


@pytest.mark.parametrize(
    "other",
    [
        {"scheme": "GLOBALGAP"},
        {"subject": PLACE},
        {"issued": date(2020, 1, 1)},
        {"expires": date(2026, 11, 20)},
        {"state": CertificateState.DECLARED},
        {"state": CertificateState.SUSPENDED},
    ],
)
def test_only_a_later_one_in_force_of_the_same_kind_and_as_well_confirmed_renews(other):
    old = certificate(issued=date(2021, 6, 5), expires=date(2024, 6, 5))
    assert first(old, certificate(**other)).code == "certificate-expired"
    assert first(old, certificate(**other)).severity == Severity.WARNING


def test_a_declared_certificate_may_be_renewed_by_a_declared_one():
    old = certificate(issued=date(2021, 6, 5), expires=date(2024, 6, 5), state=CertificateState.DECLARED)
    new = certificate(state=CertificateState.DECLARED)
    assert codes(certificates, held(old, new)) == ["certificate-valid", "certificate-unconfirmed"]


def test_labels_beyond_the_expected_tonnes_of_the_year_are_outside_the_certificate():
    grown = certificate(id="c1", expected_t=190)
    assert codes(certificates, held(grown, labelled_t={"c1": 190}))[-1] != "certificate-out-of-scope"
    beyond = findings(certificates, held(grown, labelled_t={"c1": 190.5}))[-1]
    assert (beyond.code, beyond.severity) == ("certificate-out-of-scope", Severity.WARNING)
    assert (beyond.data["labelled_t"], beyond.data["expected_t"]) == (190.5, 190)


def test_a_certificate_without_an_end_stays_valid():
    endless = held(certificate(expires=None))
    assert list(certificates.moments(endless)) == [midnight(date(2024, 6, 5))]
    assert codes(certificates, endless, datetime(2099, 1, 1, tzinfo=UTC))[0] == "certificate-valid"
