from tests.builders import AUTHORITY, facts, organisation
from tests.core.rules.judging import codes, only
from traceapp.core.findings import Mark, Severity
from traceapp.core.rules import producer


def test_an_authority_confirms_who_the_producer_is():
    confirmed = only(producer, facts())
    assert (confirmed.code, confirmed.severity) == ("identity-confirmed", Severity.GOOD)
    assert (confirmed.mark, confirmed.who, confirmed.when) == (Mark.CONFIRMED, AUTHORITY, "2023-01-02T02:00:00Z")


def test_a_confirmation_of_unknown_date_still_confirms():
    assert only(producer, facts(producer=organisation(identity_confirmed_at=None))).when is None


def test_until_then_the_identity_is_unconfirmed():
    for unknown in (organisation(identity_confirmed_by=None), None):
        unconfirmed = only(producer, facts(producer=unknown))
        assert (unconfirmed.code, unconfirmed.severity) == ("identity-unconfirmed", Severity.WARNING)
        assert unconfirmed.data == {"disputed": False}


def test_a_disputed_gtin_undoes_a_confirmation():
    disputed = only(producer, facts(producer=organisation(gtin_disputed=True)))
    assert (disputed.code, disputed.data) == ("identity-unconfirmed", {"disputed": True})


def test_what_was_changed_after_it_was_confirmed_is_told_apart():
    changed = only(producer, facts(producer=organisation(identity_confirmed_by=None, identity_changed=True)))
    assert (changed.code, changed.data) == ("identity-unconfirmed", {"disputed": False, "changed": True})


def test_of_an_unknown_product_there_is_no_producer_to_judge():
    assert codes(producer, facts(product=None)) == []
    assert list(producer.moments(facts())) == []
