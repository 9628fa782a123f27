"""What a certificate of each scheme holds, and which scores go with which stars."""

from datetime import date

import pytest

from traceapp.core.registers import SCHEMES
from traceapp.core.sheets.certificate_forms import FORMS, problems_of, stars_for, years_of


def problems(**details):
    return list(problems_of(details))


OCOP = {"scheme": "OCOP", "stars": 4, "decision": "1/QĐ"}


def test_every_scheme_has_its_form():
    assert set(FORMS) == SCHEMES


@pytest.mark.parametrize(("score", "stars"), [(100, 5), (90, 5), (89.9, 4), (70, 4), (69.9, 3), (50, 3), (49.9, None)])
def test_scores_give_stars_from_their_first_point_on(score, stars):
    assert stars_for(score) == stars


@pytest.mark.parametrize(
    ("details", "found"),
    [
        ({**OCOP, "score": 83, "kind": "new"}, []),
        ({**OCOP}, []),
        ({**OCOP, "score": 92}, [("score", "score-of-other-stars")]),
        ({**OCOP, "score": 92, "kind": "potential-5"}, []),
        ({**OCOP, "score": 83, "kind": "potential-5"}, [("score", "potential-odd")]),
        ({**OCOP, "stars": 5, "score": 92, "kind": "potential-5"}, [("score", "potential-odd")]),
        ({**OCOP, "score": 101}, [("score", "score-odd")]),
        ({**OCOP, "stars": 2}, [("stars", "stars-odd")]),
        ({**OCOP, "kind": "again"}, [("kind", "kind-odd")]),
        ({"scheme": "OCOP"}, [("stars", "needed"), ("decision", "needed")]),
        ({"scheme": "HACCP", "stars": 4}, [("stars", "stars-without-ocop")]),
        ({"scheme": "GLOBALGAP"}, [("ggn", "needed")]),
        ({"scheme": "XYZ"}, [("scheme", "scheme-unknown")]),
        (
            {"scheme": "HACCP", "issued": date(2026, 1, 2), "expires": date(2026, 1, 2)},
            [("expires", "ends-before-issue")],
        ),
        ({"scheme": "HACCP", "issued": date(2026, 1, 2), "expires": date(2027, 1, 2)}, []),
    ],
)
def test_what_cannot_be_right_in_a_certificate_is_named_by_its_field(details, found):
    assert problems(**details) == found


def test_certificates_of_animals_last_two_years_and_of_plants_three():
    assert years_of("VIETGAP", "livestock") == 2
    assert years_of("VIETGAP", None) == years_of("HACCP", None) == 3
    assert years_of("ORGANIC", None) is None
