"""When certificates end, and when that is spoken of beforehand."""

from datetime import date, timedelta

import pytest

from tests.builders import CERTIFIER, TODAY, certificate, facts, lot, product
from traceapp.core.errors import InvalidEvent
from traceapp.core.expiry import first_day_without, reminder_for, stars_end
from traceapp.core.facts import CertificateState
from traceapp.core.registers import say_certificate, say_certificate_visit
from traceapp.core.rules.stars import ends_before_goods


def test_stars_end_36_months_after_their_decision_or_on_its_own_end():
    assert stars_end(date(2024, 2, 29), None) == date(2027, 3, 1)
    assert stars_end(date(2025, 11, 28), None) == date(2028, 11, 28)
    assert stars_end(date(2025, 11, 28), date(2027, 1, 1)) == date(2027, 1, 1)
    assert first_day_without("OCOP", date(2025, 1, 1), None) == date(2028, 1, 1)
    assert first_day_without("HACCP", date(2025, 1, 1), None) is None
    assert first_day_without("HACCP", date(2025, 1, 1), date(2026, 1, 1)) == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("left", "due"), [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-5, 0)]
)
def test_an_end_is_spoken_of_90_30_and_7_days_before(left, due):
    assert reminder_for(left) == due


def stars(issued=None, **more):
    return certificate("OCOP", issued=issued or TODAY - timedelta(days=1000), expires=None, **more)


def warned(*certificates, expires=None, made=None, shelf_life_days=None):
    known = facts(
        product=product(shelf_life_days=shelf_life_days),
        lot=lot(made=made, expires=expires) if made or expires else None,
        certificates=certificates,
    )
    return ends_before_goods(known, TODAY)


def test_stars_that_end_while_the_goods_last_are_warned_of():
    ends = stars_end(TODAY - timedelta(days=1000), None)
    later, sooner = ends + timedelta(days=9), ends - timedelta(days=9)
    made = TODAY
    assert warned(stars(), expires=later) == (ends, later)
    assert warned(stars(), expires=sooner) is None
    assert warned(stars(), made=made, shelf_life_days=400) == (ends, TODAY + timedelta(days=400))
    assert warned(stars(), made=made) is None
    assert warned(expires=later) is None
    assert warned(stars()) is None
    assert warned(stars(TODAY - timedelta(days=2000)), expires=later) is None


def test_only_stars_that_a_label_would_show_are_warned_of():
    ended, later = stars(TODAY - timedelta(days=2000)), TODAY + timedelta(days=300)
    assert warned(ended, stars(state=CertificateState.DECLARED), expires=later) is None
    assert warned(stars(state=CertificateState.DECLARED), expires=later) is not None
    assert warned(stars(TODAY + timedelta(days=1)), expires=later) is None


def test_a_paper_stands_in_the_record_as_a_personal_value_only():
    details = {"scheme": "HACCP", "number": "1", "issued": "2026-01-01"}
    told = {"declared_by": "https://x/p", "role": "producer", "status_index": 1}
    said = say_certificate("https://x/c", "https://x/p", CERTIFIER, details, **told, paper="ab" * 32)
    assert said.personal == {"paper": "ab" * 32}
    assert "paper" not in str(said.subject)
    assert say_certificate("https://x/c", "https://x/p", CERTIFIER, details, **told).personal == {}


def test_a_visit_finds_one_of_two_things():
    said = say_certificate_visit("c", "p", TODAY, result="kept", note=None, by=CERTIFIER, role="certifier")
    assert said.subject["traceapp:day"] == TODAY.isoformat()
    with pytest.raises(InvalidEvent, match="no result of a visit"):
        say_certificate_visit("c", "p", TODAY, result="ok", note=None, by=CERTIFIER, role="certifier")
