"""What was sent against what came."""

from __future__ import annotations

from tests.builders import goods
from traceapp.core.handing_over import Difference, differences


def test_equal_counts_do_not_differ_whatever_unit_they_are_told_in() -> None:
    assert differences([goods("chè khô, 0.1 kg"), goods("chè khô, 0.2 kg")], [goods("Chè  khô, 300 g")]) == ()


def test_what_is_missing_and_what_is_too_much_is_told_in_the_senders_unit() -> None:
    (less,) = differences([goods("gói 200 g, 300 gói")], [goods("gói 200 g, 297 gói")])
    assert (less, less.missing) == (Difference("gói 200 g", "gói", 300.0, 297.0), True)
    (more,) = differences([goods("chè khô, 10 kg")], [goods("chè khô, 10500 g")])
    assert (more, more.missing) == (Difference("chè khô", "kg", 10.0, 10.5), False)


def test_goods_of_one_side_alone_differ() -> None:
    assert differences([goods("chè, 1 kg")], [goods("trà, 1 kg")]) == (
        Difference("chè", "kg", 1.0, 0.0),
        Difference("trà", "kg", 0.0, 1.0),
    )
